"""What of a command's output is kept, and what is not."""

import os
import pathlib

import pytest

from runlore.execute.log import LogWriter

CASES = [
    (b"", b""),
    (b"plain\ntext\n", b"plain\ntext\n"),
    (b"no end", b"no end"),
    (b"dos\r\nlines\r\n", b"dos\nlines\n"),
    (b"1%\r2%\r3%\ndone\n", b"3%\ndone\n"),
    (b"1%\r2%\r3%\r\ndone\n", b"3%\ndone\n"),
    (b"\r1%\r2%\rlast", b"last"),
    (b"1%\r2%\r", b"2%"),
    (b"100%\r    \rdone\n", b"done\n"),
    (b"\r\n\r\n\r", b"\n\n"),
    (b"\x1b[31mred\x1b[0m\xff\0\n", b"\x1b[31mred\x1b[0m\xff\0\n"),
]


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "log"


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize(("printed", "kept"), CASES)
def test_of_a_line_that_is_overwritten_the_last_state_is_kept(
    path: pathlib.Path, printed: bytes, kept: bytes, size: int
) -> None:
    log = LogWriter(str(path))
    for start in range(0, len(printed), size):
        log.write(printed[start : start + size])
    assert path.read_bytes() == kept  # not only in the end: a kill loses nothing
    assert log.close() == ()
    assert path.read_bytes() == kept
    assert log.received == len(printed)


def test_a_shorter_state_leaves_nothing_of_a_longer_one(path: pathlib.Path) -> None:
    log = LogWriter(str(path))
    for state in (b"a long state", b"\rshort", b"\r", b"\rs"):
        log.write(state)
    assert path.read_bytes() == b"s"
    log.close()


@pytest.mark.parametrize("size", [1, 7, 64, 1000, 5000])
def test_of_too_much_the_first_and_the_last_half_are_kept(path: pathlib.Path, size: int) -> None:
    printed = b"".join(b"%06d\n" % number for number in range(700))
    log = LogWriter(str(path), limit=1000)
    for start in range(0, len(printed), size):
        log.write(printed[start : start + size])
        kept = path.read_bytes()
        assert len(kept) <= 1500 + size + 50
        assert kept.startswith(printed[: min(start + size, 500)])
        assert kept.endswith(printed[: start + size][-500:])
    (warning,) = log.close()
    assert (warning.code, warning.message[:12]) == ("log-shortened", "3,900 bytes ")
    gap = b"\n[mlrun: 3900 bytes of output are not kept]\n"
    assert path.read_bytes() == printed[:500] + gap + printed[-500:]


def test_up_to_the_limit_everything_is_kept(path: pathlib.Path) -> None:
    log = LogWriter(str(path), limit=1000)
    log.write(b"x" * 999)
    log.write(b"\n")
    log.close()
    assert path.read_bytes() == b"x" * 999 + b"\n"


def test_a_progress_bar_takes_no_room(path: pathlib.Path) -> None:
    log = LogWriter(str(path), limit=1000)
    log.write(b"before\n")
    for number in range(100_000):
        log.write(b"\r%6d" % number)
    log.write(b"\nafter\n")
    log.close()
    assert path.read_bytes() == b"before\n 99999\nafter\n"


def test_a_line_without_end_is_kept_piece_by_piece(path: pathlib.Path) -> None:
    log = LogWriter(str(path))
    for _ in range(40):
        log.write(b"0123456789" * 1000)
    assert len(log._line) <= 1 << 16
    log.write(b"\rnew")
    log.close()
    kept = path.read_bytes()
    assert kept.startswith(b"0123456789" * 30000)
    assert kept.endswith(b"new")


def test_what_cannot_be_written_is_a_warning(tmp_path: pathlib.Path) -> None:
    for where, why in (
        ("/dev/full", "No space left"),
        (f"{tmp_path}/none/log", "No such file"),
        (str(tmp_path), "Is a"),
    ):
        log = LogWriter(where)
        log.write(b"x\n")
        log.write(b"y\n")
        (warning,) = log.close()
        assert warning.code == "log-incomplete"
        assert why in warning.message
        assert log.received == 4


def test_nothing_is_kept_and_nothing_said_of_what_nobody_wants() -> None:
    log = LogWriter(os.devnull, limit=10)
    log.write(b"x" * 100)
    assert log.close() == ()
    assert log.received == 100
    assert log.close() == ()


def test_a_closed_log_takes_no_more(path: pathlib.Path) -> None:
    log = LogWriter(str(path))
    log.write(b"kept\n")
    log.close()
    log.write(b"late\n")
    assert path.read_bytes() == b"kept\n"
