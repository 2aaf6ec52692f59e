"""`mlrun rm`."""

from tests.cli.place import Place


def test_runs_are_removed_and_brought_back(place: Place, runs: list[str]) -> None:
    result = place.mlrun("rm", "@", "first")
    assert result.out == f"removed {runs[0][:8]}\nremoved {runs[2][:8]}\n"
    assert f"mlrun rm --undo {runs[0][:8]} {runs[2][:8]}" in result.err
    assert [run["id"] for run in place.mlrun("list", "--json").data()["runs"]] == [runs[1]]
    back = place.mlrun("rm", "--undo", runs[0][:8], "--json")
    assert back.data() == {"runs": [runs[0]], "restored": True}
    assert len(place.mlrun("list", "--json").data()["runs"]) == 2


def test_nothing_is_removed_if_one_name_is_wrong(place: Place, runs: list[str]) -> None:
    assert place.mlrun("rm", "@", "nothing-like-it").status == 12
    assert len(place.mlrun("list", "--json").data()["runs"]) == len(runs)
