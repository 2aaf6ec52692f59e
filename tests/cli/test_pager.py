"""Long pages go through a pager, short ones do not, and a pager that has seen enough is no failure."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.place import AT, SECOND, Place
from tests.cli.terminal import on_terminal

from runlore.cli.pager import page

LINES = [f"line {at}\n" for at in range(200)]


def paged(parts: list[str], pager: str, **environ: str) -> list[str]:
    """What was written without a pager."""
    written: list[str] = []
    page(parts, written.extend, {"PATH": "/usr/bin:/bin", "TERM": "xterm", "PAGER": pager, **environ})
    return written


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    return tmp_path / "seen"


def test_what_fits_the_screen_is_not_paged(seen: Path) -> None:
    assert paged(LINES[:20], f"sh -c 'cat > {seen}'") == LINES[:20]
    assert not seen.exists()


def test_what_does_not_fit_is_paged_whole(seen: Path) -> None:
    assert paged(LINES, f"sh -c 'cat > {seen}'") == []
    assert seen.read_text() == "".join(LINES)


def test_a_line_that_takes_many_rows_counts_as_many(seen: Path) -> None:
    few = ["x" * 800 + "\n"] * 4
    assert paged(few, f"sh -c 'cat > {seen}'") == []
    coloured = ["\x1b[32m+\x1b[0m" * 8 + "\n"] * 20
    assert paged(coloured, "false") == coloured, "escape sequences take no room"


def test_our_own_variable_comes_before_the_common_one_and_may_say_none(seen: Path) -> None:
    assert paged(LINES, "false", RUNLORE_PAGER=f"sh -c 'cat > {seen}'") == []
    assert seen.read_text() == "".join(LINES)
    assert paged(LINES, "false", RUNLORE_PAGER="") == LINES
    assert paged(LINES, "/no/such/program") == LINES
    assert paged(LINES, "false", TERM="dumb") == LINES


def test_a_pager_that_ends_at_once_ends_the_page_silently() -> None:
    assert paged(["x" * 79 + "\n"] * 50_000, "true") == []


def test_what_nobody_looks_at_is_not_made() -> None:
    made = []

    def parts() -> Iterator[str]:
        for at in range(2000):
            made.append(at)
            yield "x" * 8000 + "\n"
            if at > 20:  # more than a pipe holds: the pager has to have read, or ended
                time.sleep(0.001)

    page(parts(), lambda _: None, {"PATH": "/usr/bin:/bin", "TERM": "xterm", "PAGER": "head -c 10"})
    assert len(made) < 2000


def test_a_difference_that_is_too_long_for_a_terminal_is_paged(place: Place, seen: Path) -> None:
    place.record(at=AT, params={f"p{at}": 1 for at in range(40)}, loss=0.3)
    place.record(at=AT + SECOND, params={f"p{at}": 2 for at in range(40)}, loss=0.2)
    pager = {"PAGER": f"sh -c 'cat > {seen}'"}
    assert on_terminal(place, "diff", rows=24, env=pager) == ""
    assert "Parameters" in seen.read_text()
    seen.unlink()
    assert "Parameters" in on_terminal(place, "diff", rows=99, env=pager)
    assert not seen.exists()
