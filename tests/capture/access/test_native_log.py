"""The reader of the preloaded library's log, which processes of the run may have filled with anything."""

import os
import random
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from tests.native.watched import library, observer

from runlore.capture.access import touch, tracelog
from runlore.capture.access.observer import Place
from runlore.capture.access.touch import Touch
from runlore.capture.content import state_of

UNIT = 65536
FIRST = 2 * UNIT + 16
GONE = [Touch(touch.LOST, 0, 0, b"the log is gone")]
DAMAGED = [Touch(touch.LOST, 0, 0, b"the log is damaged")]


def record(  # noqa: PLR0913 - a record has these fields
    kind: int, at: int, path: bytes, other: bytes = b"", *, fresh: int = 0, state: bytes = bytes(36), pid: int = 7
) -> bytes:
    """A record as docs/internals/native-observer.md describes it."""
    size = (64 + len(path) + len(other) + 7) & ~7
    rest = struct.pack("<IBBHIQHH36s", size, kind, fresh, len(path), pid, at, len(other), 0, state) + path + other
    rest += bytes(size - 4 - len(rest))
    return struct.pack("<I", zlib.adler32(rest)) + rest


@pytest.fixture
def log(tmp_path: Path) -> Path:
    tracelog.create(Place(str(tmp_path), f"{tmp_path}/saved", 10), 5)
    return tmp_path / "trace"


def put(log: Path, *records: bytes, at: int = FIRST) -> None:
    data = b"".join(records)
    with open(log, "r+b") as file:
        file.seek(at)
        file.write(data)
        slab = at // UNIT * UNIT
        file.seek(slab)
        file.write(struct.pack("<I", at - slab - 16 + len(data)))


def read(log: Path) -> list[Touch]:
    return list(tracelog.touches(str(log.parent)))


def test_a_new_log_is_as_the_format_says(log: Path) -> None:
    data = log.read_bytes()
    assert len(data) == 3 * UNIT
    head = struct.unpack_from("<8sQQqQ6QQ", data)
    assert head == (b"RLTRACE1", 5, 10, 160, 2, 0, 0, 0, 0, 0, 0, 0)
    assert data[96:2096].rstrip(b"\0") == os.fsencode(log.parent / "saved")
    assert data[2096:4096].rstrip(b"\0") == os.fsencode(log)
    assert not any(data[4096:])
    assert os.stat(log).st_mode & 0o777 == 0o600
    assert read(log) == []


def test_the_space_of_a_new_log_is_really_taken(log: Path) -> None:
    assert os.stat(log).st_blocks * 512 >= 3 * UNIT


def test_a_log_that_exists_is_not_made_again(log: Path) -> None:
    with pytest.raises(FileExistsError):
        tracelog.create(Place(str(log.parent), f"{log.parent}/saved", 10), 5)


def test_each_kind_is_read_as_it_was_written(log: Path) -> None:
    state = state_of(os.stat(log))
    kinds = ("read", "write", "update", "list", "rename", "saved", "exec", "exec-failed", "start")
    others = {"rename": b"/b", "saved": b"0123456789abcdef"}
    wanted = []
    for number, kind in enumerate(kinds, 1):
        one = Touch(kind, 7, number, b"/none/%d" % number, others.get(kind, b""), state, fresh=number == 2)
        wanted.append(one)
    put(log, *(record(n, t.at, t.path, t.other, fresh=t.fresh, state=state) for n, t in enumerate(wanted, 1)))
    assert read(log) == wanted


def test_an_address_is_read_as_text(log: Path) -> None:
    four = struct.pack("=H", 2) + struct.pack(">H4s8x", 443, bytes((192, 0, 2, 1)))
    six = struct.pack("=H", 10) + struct.pack(">HI16sI", 80, 0, bytes.fromhex("20010db8") + bytes(11) + b"\1", 0)
    put(log, record(10, 1, four), record(10, 2, six), record(10, 3, b"?"), record(11, 4, b"example.org"))
    assert [each.path for each in read(log)] == [b"192.0.2.1:443", b"[2001:db8::1]:80", b"example.org"]


def test_a_record_that_was_not_finished_is_passed_over(log: Path) -> None:
    torn = record(1, 2, b"/x" * 2000)
    for cut in (0, 4, 8, 64, 100, len(torn) - 8):
        half = torn[:cut] + bytes(len(torn) - cut)
        put(log, record(1, 1, b"/a"), half, b"\0\0\0\0" + torn[4:], record(1, 3, b"/b"))
        assert [each.path for each in read(log)] == [b"/a", b"/b"]


def test_records_of_several_slabs_come_by_time(log: Path) -> None:
    os.truncate(log, 5 * UNIT)
    put(log, record(1, 3, b"/c"), record(1, 1, b"/a"))
    put(log, record(1, 2, b"/b"), at=4 * UNIT + 16)
    assert [each.path for each in read(log)] == [b"/a", b"/b", b"/c"]


def test_a_slab_that_was_filled_beyond_its_end_is_read_to_its_end(log: Path) -> None:
    last = record(1, 1, b"/last")
    put(log, last, at=3 * UNIT - len(last))
    with open(log, "r+b") as file:
        file.seek(2 * UNIT)
        file.write(struct.pack("<I", UNIT * 3))
    assert [each.path for each in read(log)] == [b"/last"]


def test_what_was_lost_is_said_where_it_began(log: Path) -> None:
    put(log, record(1, 10, b"/a"), record(1, 30, b"/b"))
    with open(log, "r+b") as file:
        file.seek(40)
        file.write(struct.pack("<6Q", 20, 0, 0, 0, 0, 40))
    assert [(each.kind, each.at) for each in read(log)] == [("read", 10), ("lost", 20), ("read", 30), ("lost", 40)]


@pytest.mark.parametrize(
    "bad",
    [
        record(1, 1, b"relative"),
        record(1, 1, b""),
        record(1, 1, b"/with\0nul"),
        record(5, 1, b"/a", b"relative"),
        record(5, 1, b"/a", b"/with\0nul"),
        record(0, 1, b"/a"),
        record(99, 1, b"/a"),
        record(10, 1, b"\2"),
    ],
)
def test_what_the_library_never_writes_is_passed_over(bad: bytes, log: Path) -> None:
    put(log, bad, record(1, 2, b"/good"))
    assert [each.path for each in read(log)] == [b"/good"]


def test_a_saved_name_cannot_lead_out_of_its_folder(log: Path) -> None:
    names = (b"../../etc/passwd", b"/etc/passwd", b"0123456789abcde/", b"0123456789ABCDEF")
    put(log, *(record(6, 1, b"/x", name) for name in names))
    assert [each.other for each in read(log)] == [b""] * 4


def test_lengths_that_lead_out_of_a_record_are_harmless(log: Path) -> None:
    one = bytearray(record(1, 1, b"/a"))
    struct.pack_into("<H", one, 10, 65535)
    struct.pack_into("<I", one, 0, zlib.adler32(one[4:]))
    put(log, bytes(one), record(1, 2, b"/b"))
    assert [each.path for each in read(log)] == [b"/b"]  # zeros lie behind the first name
    for size in (0, 8, 63, 65, 65535, 1 << 31):
        struct.pack_into("<I", one, 4, size)
        put(log, bytes(one), record(1, 2, b"/b"))
        assert b"/b" in {each.path for each in read(log)}


@pytest.mark.parametrize("damage", [b"", b"RLTRACE1", b"RLTRACE2" + bytes(UNIT * 3), bytes(UNIT * 3)])
def test_what_is_no_log_is_said_to_be_damaged(damage: bytes, log: Path) -> None:
    log.write_bytes(damage)
    assert read(log) == DAMAGED


@pytest.mark.parametrize("size", [96, 4096, UNIT, 2 * UNIT, 2 * UNIT + 100, 3 * UNIT - 1])
def test_a_log_that_was_cut_is_read_as_far_as_it_goes(size: int, log: Path) -> None:
    put(log, record(1, 1, b"/a"))
    os.truncate(log, size)
    assert read(log) == []


def test_a_log_that_is_no_file_is_gone(log: Path) -> None:
    log.unlink()
    assert read(log) == GONE
    log.symlink_to("/etc/passwd")
    assert read(log) == GONE
    log.unlink()
    log.mkdir()
    assert [each.kind for each in read(log)] == [touch.LOST]
    log.rmdir()
    os.mkfifo(log)
    assert [each.kind for each in read(log)] == [touch.LOST]


def test_random_bytes_are_read_without_an_error(log: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - to be the same each time
    good = record(1, 5, b"/good") * 50
    for _ in range(40):
        noise = bytearray(good + chance.randbytes(2000) + good)
        for _ in range(chance.randrange(40)):
            noise[chance.randrange(len(noise))] = chance.randrange(256)
        put(log, bytes(noise))
        assert {each.path for each in read(log)} >= {b"/good"}


def test_a_hostile_log_of_any_size_is_read_in_bounded_time(log: Path) -> None:
    os.truncate(log, 400 * UNIT)
    slab = struct.pack("<4I", UNIT, 0, 0, 0) + struct.pack("<II", 1, 8264) * ((UNIT - 16) // 8)
    with open(log, "r+b") as file:
        for number in range(2, 400):
            file.seek(number * UNIT)
            file.write(slab)
    started = time.process_time()
    assert {(each.kind, each.path) for each in read(log)} == {(touch.LOST, b"the log is damaged")}
    assert time.process_time() - started < 20


def test_a_hostile_header_is_survived_by_the_programs(tmp_path: Path) -> None:
    code = "import os\nfor n in range(900): open('x%d' % n, 'w').close(); os.unlink('x%d' % n)\nprint('well')"
    for at, value in ((32, 0), (32, 3), (32, 16383), (32, 1 << 40), (16, 1 << 63), (24, 1 << 63), (0, 0)):
        environ = {**observer(str(tmp_path)).environ({}), "LD_PRELOAD": library()}
        with open(tmp_path / "run" / "trace", "r+b") as file:
            file.seek(at)
            file.write(struct.pack("<Q", value))
        command = (sys.executable, "-I", "-S", "-c", code)
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "well\n", "")


def test_slab_counters_that_were_written_over_are_survived(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "log = os.open('run/trace', os.O_RDWR)\n"
        "for n in range(900):\n"
        " if n % 100 == 50: [os.pwrite(log, os.urandom(4), u * 65536) for u in range(2, 40)]\n"
        " open('x%d' % n, 'w').close(); os.unlink('x%d' % n)\n"
        "print('well')"
    )
    native = observer(str(tmp_path))
    environ = {**native.environ({}), "LD_PRELOAD": library()}
    command = (sys.executable, "-I", "-S", "-c", code)
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "well\n", "")
    assert all(isinstance(each, Touch) for each in native.touches())


def test_the_run_of_an_owner_who_was_killed_is_read_from_its_folder(tmp_path: Path) -> None:
    native = observer(str(tmp_path))
    environ = {**native.environ({}), "LD_PRELOAD": library()}
    subprocess.run((sys.executable, "-I", "-S", "-c", "open('x', 'w')"), cwd=tmp_path, env=environ, check=True)
    assert os.fsencode(tmp_path / "x") in {each.path for each in tracelog.touches(f"{tmp_path}/run")}
