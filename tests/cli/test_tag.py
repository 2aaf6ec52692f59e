"""`mlrun tag`."""

import json

from tests.cli.place import Place


def test_a_tag_names_the_newest_run_or_a_given_one(place: Place, runs: list[str]) -> None:
    assert place.mlrun("tag", "best").out == f"best -> {runs[0][:8]}\n"
    assert place.mlrun("tag", "base", "first").out == f"base -> {runs[2][:8]}\n"
    assert place.mlrun("show", "best", "--json").data()["id"] == runs[0]
    assert [row.split()[:2] for row in place.mlrun("tag").out.splitlines()] == [
        ["tag", "run"],
        ["base", runs[2][:8]],
        ["best", runs[0][:8]],
    ]


def test_a_tag_is_taken_from_another_run_only_by_force(place: Place, runs: list[str]) -> None:
    place.mlrun("tag", "best")
    refused = place.mlrun("tag", "best", "first", "--json")
    assert refused.status == 17
    assert json.loads(refused.err)["error"]["code"] == "refused"
    assert place.mlrun("tag", "-f", "best", "first").status == 0
    assert place.mlrun("show", "best", "--json").data()["id"] == runs[2]


def test_a_tag_can_be_taken_away(place: Place, runs: list[str]) -> None:
    place.mlrun("tag", "best")
    assert place.mlrun("tag", "-d", "best").out == f"deleted best -> {runs[0][:8]}\n"
    assert place.mlrun("tag", "--json").data() == {"tags": []}
    assert place.mlrun("tag", "-d", "best").status == 12


def test_tags_as_json(place: Place, runs: list[str]) -> None:
    made = json.loads(place.mlrun("tag", "best", "--json").out)
    assert made["schema"] == "tag-list/1"
    assert made == json.loads(place.mlrun("tag", "--json").out)
    assert made["data"]["tags"][0]["run"] == runs[0]
    assert made["data"]["tags"][0]["at"].endswith("Z")


def test_without_tags_it_says_how_to_make_one(place: Place, runs: list[str]) -> None:
    assert runs
    result = place.mlrun("tag")
    assert (result.status, result.out) == (0, "")
    assert "mlrun tag best @" in result.err
