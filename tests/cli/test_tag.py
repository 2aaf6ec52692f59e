"""`mlrun tag`."""

import json

from tests.cli.place import Place
from tests.cli.terminal import on_terminal

AUTHOR = "a-very-long-name-" * 6


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


def test_a_tag_that_cannot_be_is_shown_in_one_line(place: Place, runs: list[str]) -> None:
    assert runs
    result = place.mlrun("tag", "a\nerror: b\x1b[2J")
    assert result.status == 2
    assert result.err.splitlines() == [
        'error: "a\\nerror: b\\x1b[2J" cannot be a tag',
        "",
        'hint: a tag has no spaces, "@", "~", ":" or "\\", and does not look like an id',
    ]


def test_a_tag_that_is_not_there_is_answered_with_those_that_are(place: Place, runs: list[str]) -> None:
    assert place.mlrun("tag", "-d", "best").err == 'error: no tag is named "best"\n\nhint: there are no tags\n'
    for name in ("best", "paper", "1", "2", "3", "4"):
        place.mlrun("tag", name, runs[0])
    assert place.mlrun("tag", "-d", "bset").err.endswith("hint: did you mean best\n")
    assert place.mlrun("tag", "-d", "xyzzy").err.endswith("hint: there are 1, 2, 3, 4, best and 1 more\n")


def test_a_long_author_is_cut_and_not_wrapped(place: Place, runs: list[str]) -> None:
    assert runs
    place.sign(AUTHOR)
    place.mlrun("tag", "best")
    assert len(on_terminal(place, "tag").splitlines()) == 2
    assert AUTHOR in place.mlrun("tag").out
