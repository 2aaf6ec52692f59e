"""What a person types, and the run it names."""

import json
import os

import pytest
from tests.cli.place import AT, SECOND, Place


@pytest.fixture
def ids(place: Place) -> list[str]:
    """Four runs, the newest first."""
    made = [place.record(at=AT + count * SECOND, name="odd" if count % 2 else "even") for count in range(4)]
    return made[::-1]


def named(place: Place, name: str | bytes) -> str:
    done = place.mlrun("show", "--json", name)
    assert done.status == 0, done.err
    found = done.data()["id"]
    assert isinstance(found, str)
    return found


def test_at_counts_back_from_the_newest(place: Place, ids: list[str]) -> None:
    assert [named(place, name) for name in ("@", "@~0", "@~1", "@~3", "@~")] == [
        ids[0], ids[0], ids[1], ids[3], ids[1]
    ]  # fmt: skip


def test_counting_back_too_far_says_how_many_there_are(place: Place, ids: list[str]) -> None:
    done = place.mlrun("show", "@~4")
    assert done.status == 12
    assert f"there are {len(ids)}" in done.err
    assert "the oldest is @~3" in done.err


def test_a_prefix_of_four_digits_is_enough_and_three_are_not(place: Place, ids: list[str]) -> None:
    assert named(place, ids[2][:4]) == ids[2]
    assert place.mlrun("show", ids[2][:3]).status == 12


def test_an_ambiguous_prefix_names_the_candidates(place: Place) -> None:
    made: dict[str, str] = {}
    for count in range(2000):
        run = place.record(at=AT + count)
        if run[:4] in made:
            done = place.mlrun("--", "show", run[:4]) if run.startswith("-") else place.mlrun("show", run[:4])
            assert done.status == 12
            assert made[run[:4]][:12] in done.err
            assert run[:12] in done.err
            assert "use more letters" in done.err
            assert place.mlrun("rm", run, made[run[:4]]).status == 0
            done = place.mlrun("rm", "--undo", run[:4])
            assert (done.status, "2 removed runs start with" in done.err) == (12, True)
            assert all(each[:12] in done.err for each in (run, made[run[:4]]))
            return
        made[run[:4]] = run
    pytest.fail("no two of 2,000 ids began alike")


def test_a_name_is_the_newest_run_of_that_name(place: Place, ids: list[str]) -> None:
    assert (named(place, "odd"), named(place, "even")) == (ids[0], ids[1])


def test_a_tag_goes_before_a_name_and_moves_only_when_told(place: Place, ids: list[str]) -> None:
    assert place.mlrun("tag", "best", ids[3]).status == 0
    assert named(place, "best") == ids[3]
    refused = place.mlrun("tag", "best", ids[0])
    assert (refused.status, "mlrun tag --force best" in refused.err) == (17, True)
    assert named(place, "best") == ids[3]
    assert place.mlrun("tag", "-f", "best", "@").status == 0
    assert named(place, "best") == ids[0]
    assert place.mlrun("tag", "-d", "best").status == 0
    assert place.mlrun("show", "best").status == 12


@pytest.mark.parametrize("tag", ["deadbeef", "a b", "@", "x~1", "-x", "", "a:b", b"\xff"])
def test_what_could_be_mistaken_for_something_else_is_no_tag(place: Place, ids: list[str], tag: str | bytes) -> None:
    assert place.mlrun("tag", "--", tag, ids[0]).status == 2


def test_a_removed_run_is_gone_from_every_name_until_it_is_brought_back(place: Place, ids: list[str]) -> None:
    place.mlrun("tag", "best", ids[0])
    assert place.mlrun("rm", ids[0]).status == 0
    assert named(place, "@") == ids[1]
    assert named(place, "odd") == ids[2]
    for name in (ids[0], ids[0][:8], "best"):
        assert place.mlrun("show", name).status == 12
    assert "mlrun rm --undo" in place.mlrun("show", ids[0][:8]).err
    assert ids[0] not in place.mlrun("list", "--json").out
    assert place.mlrun("rm", "--undo", ids[0][:8]).status == 0
    assert (named(place, "@"), named(place, "best")) == (ids[0], ids[0])


def test_removing_several_with_one_wrong_name_removes_none(place: Place, ids: list[str]) -> None:
    assert place.mlrun("rm", ids[0], "nobody").status == 12
    assert named(place, "@") == ids[0]


@pytest.mark.usefixtures("ids")
def test_a_slip_is_answered_with_what_is_like_it(place: Place) -> None:
    assert "did you mean even" in place.mlrun("show", "evne").err


def test_a_name_like_nothing_is_answered_with_what_there_is(place: Place, ids: list[str]) -> None:
    newest = ", ".join(run[:12] for run in ids)
    assert place.mlrun("show", "xyzzy").err == (
        f'error: no run matches "xyzzy"\n\nhint: there are even, odd; the newest runs are {newest}\n'
    )
    place.mlrun("tag", "my-best", ids[0])
    place.record(name="a name")
    assert "hint: there are 'a name', even, my-best, odd; the newest" in place.mlrun("show", "xyzzy").err
    assert place.mlrun("show", "my-bets").err.endswith("hint: did you mean my-best\n")


def test_a_slip_in_an_id_is_answered_with_the_ids_like_it(place: Place, ids: list[str]) -> None:
    slip = ids[1][:6] + "00000000"
    assert ids[1][:12] in place.mlrun("show", slip).err.partition("hint: did you mean ")[2]


def test_where_nothing_was_recorded_no_name_is_offered(place: Place) -> None:
    place.mlrun("init")
    assert place.mlrun("show", "best").err.endswith("hint: no runs are recorded yet\n")


def test_bringing_back_what_was_not_removed_names_what_was(place: Place, ids: list[str]) -> None:
    assert place.mlrun("rm", "--undo", "zork").err.endswith("hint: no run is removed\n")
    place.mlrun("rm", ids[2])
    assert place.mlrun("rm", "--undo", "zork").err.endswith(f"hint: removed are {ids[2][:12]}\n")


def test_labels_that_are_not_utf8_can_be_listed_and_found(place: Place) -> None:
    label = os.fsdecode(b"caf\xe9")
    run = place.record(name=label, experiment=label)
    assert named(place, b"caf\xe9") == run
    listed = place.mlrun("list", "-e", b"caf\xe9", "--json")
    assert [each["name"] for each in json.loads(listed.out)["data"]["runs"]] == [label]


def test_an_error_with_json_is_one_object_for_scripts(place: Place, ids: list[str]) -> None:
    done = place.mlrun("show", "--json", "nobody" + ids[0][:1])
    error = json.loads(done.err)
    assert (done.status, done.out, error["schema"], error["error"]["code"]) == (12, "", "error/1", "no-such-run")
