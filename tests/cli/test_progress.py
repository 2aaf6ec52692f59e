"""The line that says how far long work has come."""

import contextlib
import json
import os
import pty
import time
from collections.abc import Iterator

import pytest

from runlore.cli import progress as module
from runlore.cli.output import Output
from runlore.cli.progress import Progress, count


@contextlib.contextmanager
def _terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Standard error as a terminal; what it shows can be read from here."""
    reader, writer = pty.openpty()
    os.set_blocking(reader, False)
    with os.fdopen(writer, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", stream)
        yield reader
    os.close(reader)


def _shown(terminal: int) -> str:
    """All of it: the kernel may hand it over in pieces."""
    data = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            data += os.read(terminal, 1000)
    return data.decode()


def test_nothing_is_said_of_work_that_is_soon_done(monkeypatch: pytest.MonkeyPatch) -> None:
    with _terminal(monkeypatch) as shown:
        with Progress(Output({})) as progress:
            progress("reading files", 10, 100)
        assert _shown(shown) == ""


def test_long_work_has_one_line_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    monkeypatch.setattr(module, "_PAUSE", 0.0)
    with _terminal(monkeypatch) as shown:
        with Progress(Output({})) as progress:
            progress("reading files", 1 << 30, 0)
            progress("checking", 5, 10)
        line = "mlrun: reading files: 1.0 GiB"
        shorter = "mlrun: checking: 5 B of 10 B"
        assert _shown(shown) == f"\r{line}\r{shorter} \b\r{' ' * len(shorter)}\r"


def test_a_name_of_a_strangers_does_not_act_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    with _terminal(monkeypatch) as shown:
        with Progress(Output({})) as progress:
            progress("from DVC's remote \x1b[2J\u202e", 0, 0)
        assert _shown(shown).startswith("\rmlrun: from DVC's remote \\x1b[2J\\u202e")


def test_things_are_counted_and_bytes_measured_in_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    monkeypatch.setattr(module, "_PAUSE", 0.0)
    with _terminal(monkeypatch) as shown:
        with Progress(Output({})) as progress:
            progress("reading runs", 2048, 10_000)
            progress("pushing", 2048, 4096)
        assert "\rmlrun: reading runs: 2,048 of 10,000\r" in _shown(shown)


def test_nothing_is_said_into_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        with Progress(Output({})) as progress:
            progress("reading files", 1, 2)
        monkeypatch.undo()
    assert os.read(reader, 100) == b""
    os.close(reader)


def test_things_are_counted_where_no_bytes_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", -1.0)
    with _terminal(monkeypatch) as shown:
        Progress(Output({}), count)("noting runs", 1_200, 10_000)
        assert _shown(shown).endswith("mlrun: noting runs: 1,200 of 10,000")


def test_work_that_goes_on_says_how_fast_and_for_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((0.0, 10.0, 20.0))
    monkeypatch.setattr("runlore.cli.progress.time.monotonic", lambda: next(clock))
    with _terminal(monkeypatch) as shown:
        progress = Progress(Output({}))
        progress("pushing", 1 << 20, 101 << 20)
        progress("pushing", 11 << 20, 101 << 20)
        assert _shown(shown).endswith("\rmlrun: pushing: 11 MiB of 101 MiB, 1.0 MiB/s, 1m30s left")


def test_a_program_gets_lines_of_json(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    with Progress(Output({}), events=True) as progress:
        progress("pushing", 1, 2)
        progress("pushing", 2, 2)
    shown = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert shown[1] == {"schema": "progress/1", "data": {"what": "pushing", "done": 2, "total": 2}}


def test_what_waits_for_others_is_shown_though_nothing_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """And once: what comes to stand there meanwhile is left alone."""
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    monkeypatch.setattr(module, "_LOOK", 0.02)
    with _terminal(monkeypatch) as shown:
        with Progress(Output({})) as progress:
            progress("asking origin", 0, 0)
            said = ""
            while "origin" not in said:
                time.sleep(0.01)
                said += _shown(shown)
            time.sleep(0.1)
            assert said + _shown(shown) == "\rmlrun: asking origin"
            progress("", 0, 0)
        assert _shown(shown).strip() == ""


def test_who_is_interrupted_is_told_what_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for goes_on in (True, False):
        with _terminal(monkeypatch) as shown:
            with contextlib.suppress(KeyboardInterrupt), Progress(Output({}), goes_on=goes_on):
                raise KeyboardInterrupt
            assert ("interrupted; the same command goes on from there" in _shown(shown)) is goes_on
