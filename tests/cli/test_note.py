"""`mlrun note`."""

import pytest
from tests.cli.place import Place
from tests.cli.terminal import on_terminal

AUTHOR = "a-very-long-name-" * 6


def test_notes_are_written_and_read_in_order(place: Place, runs: list[str]) -> None:
    assert place.mlrun("note", "-m", "one").status == 0
    assert place.mlrun("note", runs[0][:8], "two\nlines").status == 0
    lines = place.mlrun("note").out.splitlines()
    assert lines[0] == f"run {runs[0][:8]}"
    assert [lines[2], *lines[4:]] == ["    one", "    two", "    lines"]
    assert [note["text"] for note in place.mlrun("show", "--json").data()["notes"]] == ["one", "two\nlines"]


def test_notes_as_json(place: Place, runs: list[str]) -> None:
    data = place.mlrun("note", "first", "-m", "hm", "--json").data()
    assert data["run"] == runs[2]
    assert [note["text"] for note in data["notes"]] == ["hm"]


def test_without_notes_it_says_how_to_write_one(place: Place, runs: list[str]) -> None:
    result = place.mlrun("note", "first")
    assert (result.status, result.out) == (0, "")
    assert result.err == f"no notes on {runs[2][:8]}; mlrun note {runs[2][:8]} TEXT adds one\n"


@pytest.mark.parametrize("command", [["note"], ["show"]])
def test_on_a_terminal_a_long_author_is_cut_and_a_long_note_goes_on_below_itself(
    place: Place, runs: list[str], command: list[str]
) -> None:
    assert runs
    place.sign(AUTHOR)
    place.mlrun("note", "@", "word " * 30 + "end")
    shown = on_terminal(place, *command, env={"NO_COLOR": "1"}).splitlines()
    at = next(at for at, row in enumerate(shown) if "a-very-long-name-" in row)
    assert (len(shown[at]), shown[at][-1]) == (80, "…")
    assert [row[:9] for row in shown[at + 1 : at + 4]] == ["    word ", "    word ", "    end"]
    piped = place.mlrun(*command).out
    assert AUTHOR in piped
    assert "    " + "word " * 30 + "end\n" in piped
