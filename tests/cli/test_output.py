"""Terminals, pipes, colours and pagers."""

import os
import re
import subprocess
import sys

import pytest
from tests.cli.place import AT, SECOND, Place
from tests.cli.terminal import on_terminal

ESCAPE = "\x1b["


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.usefixtures("runs")
def test_a_terminal_gets_colours_and_they_say_nothing_that_the_words_do_not(place: Place) -> None:
    shown = on_terminal(place, "list")
    assert ESCAPE in shown
    assert _plain(shown) == on_terminal(place, "list", env={"NO_COLOR": "1"})
    assert _plain(shown) == on_terminal(place, "list", env={"TERM": "dumb"})


@pytest.mark.usefixtures("runs")
def test_a_pipe_gets_colours_only_if_they_are_forced(place: Place) -> None:
    assert ESCAPE not in place.mlrun("list").out
    forced = place.mlrun("list", env={"FORCE_COLOR": "1"}).out
    assert ESCAPE in forced
    assert _plain(forced) == place.mlrun("list").out
    assert ESCAPE not in place.mlrun("list", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).out
    assert ESCAPE not in place.mlrun("list", "--json", env={"FORCE_COLOR": "1"}).out


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_table_keeps_within_the_terminal(place: Place, columns: int) -> None:
    place.record(at=AT + 200 * SECOND, argv=("train.py", *("--a-long-option" for _ in range(20))))
    lines = _plain(on_terminal(place, "list", columns=columns)).splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) == 5
    assert any("…" in line for line in lines)
    assert "…" not in place.mlrun("list").out


@pytest.mark.usefixtures("runs")
def test_columns_of_the_environment_count_more_than_the_terminals(place: Place) -> None:
    assert on_terminal(place, "list", columns=80, env={"COLUMNS": "50"}) == on_terminal(place, "list", columns=50)


@pytest.mark.usefixtures("runs")
def test_json_on_a_terminal_is_indented_and_without_colour(place: Place) -> None:
    shown = on_terminal(place, "show", "--json")
    assert shown.startswith('{\n  "schema": "run/1",\n')
    assert ESCAPE not in shown


@pytest.mark.usefixtures("runs")
def test_a_patch_and_a_log_cannot_act_on_the_terminal(place: Place) -> None:
    assert on_terminal(place, "show", "--patch") == "--- a/x\n+++ b/x\n+caf\\xe9 \\x1b[2J\n"
    assert on_terminal(place, "show", "--log") == "\x1b[32mepoch 1\x1b[0m\x1b[0m\n\\xff\n"
    assert on_terminal(place, "show", "--log", env={"NO_COLOR": "1"}) == "epoch 1\n\\xff\n"


def _pager(place: Place) -> str:
    """A pager that says that it was here and with which settings."""
    path = place.write("pager", '#!/bin/sh\necho "LESS=$LESS"\ncat\n')
    os.chmod(path, 0o700)
    return path


@pytest.mark.usefixtures("runs")
def test_a_page_longer_than_the_terminal_goes_through_the_pager_and_a_short_one_does_not(place: Place) -> None:
    pager = {"PAGER": f"'{_pager(place)}' -x"}
    long = on_terminal(place, "show", rows=5, env=pager)
    assert long.startswith("LESS=FRX\n")
    assert _plain(long).splitlines()[1].startswith("run ")
    assert not on_terminal(place, "show", rows=80, env=pager).startswith("LESS")
    assert on_terminal(place, "show", rows=5, env={**pager, "LESS": "R"}).startswith("LESS=R\n")


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("env", [{"PAGER": ""}, {"PAGER": "/no/such/pager"}, {"TERM": "dumb"}])
def test_without_a_usable_pager_the_page_is_shown_all_the_same(place: Place, env: dict[str, str]) -> None:
    shown = _plain(on_terminal(place, "show", rows=5, env={"PAGER": _pager(place), **env}))
    assert shown.startswith("run ")
    assert "Observation" in shown


@pytest.mark.usefixtures("runs")
def test_a_pager_that_is_left_early_is_no_error(place: Place) -> None:
    place.record(at=AT + 300 * SECOND, log=b"a line\n" * 200_000)
    assert on_terminal(place, "show", "--log", env={"PAGER": "true"}) == ""


@pytest.mark.usefixtures("runs")
def test_a_pipe_is_never_paged(place: Place) -> None:
    assert "LESS=" not in place.mlrun("show", env={"PAGER": _pager(place)}).out


@pytest.mark.parametrize(
    "args", [["show", "--log"], ["list", "--json", "-n", "0"], ["completion", "bash"], ["--version"]]
)
@pytest.mark.usefixtures("runs")
def test_a_closed_pipe_is_a_silent_success(place: Place, args: list[str]) -> None:
    place.record(at=AT + 300 * SECOND, log=b"a line\n" * 200_000)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "runlore", *args],
        cwd=place.folder,
        env=place.env,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.usefixtures("runs")
def test_output_that_cannot_be_written_is_an_error_and_no_bug(place: Place) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "runlore", "list", "--json"],
            cwd=place.folder,
            env=place.env,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 3
    assert b'"code":"output"' in done.stderr


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_standard_streams_are_no_bug(place: Place, closed: str) -> None:
    script = f'"{sys.executable}" -m runlore list {closed}'
    done = subprocess.run(["sh", "-c", script], cwd=place.folder, env=place.env, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"bug" not in done.stderr
