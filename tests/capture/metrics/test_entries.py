"""The journal of a run as points, whoever wrote to it."""

import json
import math
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.capture.metrics.journals import line, log, write_journal

from runlore.capture.metrics import entries
from runlore.capture.metrics.entries import OWN, Source, put_under_folders, read_entries
from runlore.capture.metrics.points import Points, Room


def _own(path: str) -> Points:
    return read_entries(path, Room())[OWN]


def test_points_come_in_the_order_of_the_journal(tmp_path: Path) -> None:
    path = write_journal(
        tmp_path, log({"loss": 0.5, "acc": 1}, 1, 10), log({"loss": 0.25}, 2, 20), log({"loss": -1e-300}, 1, 30)
    )
    loss = _own(path).one("loss")
    assert list(loss.steps) == [1, 2, 1]
    assert list(loss.ats) == [10, 20, 30]
    assert list(loss.values) == [0.5, 0.25, -1e-300]
    assert list(_own(path).one("acc").values) == [1.0]


def test_points_without_a_step_count_on_for_each_name(tmp_path: Path) -> None:
    path = write_journal(
        tmp_path, log({"a": 1}), log({"b": 1}), log({"a": 2}), log({"a": 3}, 10), log({"a": 4}), log({"b": 2})
    )
    assert list(_own(path).one("a").steps) == [0, 1, 10, 11]
    assert list(_own(path).one("b").steps) == [0, 1]


def test_nan_and_infinities_are_words(tmp_path: Path) -> None:
    values = ("NaN", "Infinity", "-Infinity", "1.5", "nan", None, True, [1], {"x": 1})
    path = write_journal(tmp_path, *(log({"loss": value}) for value in values))
    first, *others = _own(path).one("loss").values
    assert math.isnan(first)
    assert others == [math.inf, -math.inf]


def test_lines_that_fail_their_check_are_no_points(tmp_path: Path) -> None:
    good, other = line(log({"loss": 1.5}, 1)), line(log({"loss": 2.5, "acc": 1}, 2))
    damaged = [
        good.replace(b"1.5", b"9.5"),
        b"00000000" + good[8:],
        good[:-1] + b"x\n",
        good[1:],
        good.upper(),
        other.replace(b"2.5", b"9.5"),
        b"\n",
        b"\xff\xfe\n",
        b"%08x %s\n" % (zlib.crc32(b'["log"]'), b'["log"]'),
        b"%08x %s\n" % (zlib.crc32(b'{"kind":"log"'), b'{"kind":"log"'),
    ]
    torn = line(log({"loss": 7.5}, 3))[:-1]
    path = tmp_path / "journal"
    path.write_bytes(b"".join((*damaged, good, other, torn)))
    assert list(_own(os.fspath(path)).one("loss").values) == [1.5, 2.5]


def test_entries_of_other_shapes_do_no_harm(tmp_path: Path) -> None:
    odd: list[dict[str, Any]] = [
        {"kind": "params", "values": {"loss": 1}},
        {"kind": "log"},
        {"kind": "log", "values": [1]},
        {"kind": "log", "values": {"": 1, "x" * 2000: 1}},
        {"kind": "log", "at": "now", "step": 1.5, "values": {"loss": 1}, "source": 7, "run": []},
        {"kind": "log", "at": -5, "step": 10**30, "values": {"loss": 10**400}},
        {"kind": "log", "at": 10**30, "step": True, "values": {"loss": 2}},
    ]
    room = Room()
    points = read_entries(write_journal(tmp_path, *odd), room)[OWN]
    assert list(points.names) == ["loss"]
    assert list(points.one("loss").steps) == [0, 1, 2]
    assert list(points.one("loss").ats) == [0, 0, 0]
    assert list(points.one("loss").values) == [1, math.inf, 2]
    assert room.lost_names == 2


_VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(1 << 70), 1 << 70)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(min_size=1, max_size=6),
    st.none() | st.integers(-(10**17), 10**18),
    st.integers(0, 10**19),
    _VALUES,
)
def test_the_short_way_reads_what_json_reads(
    tmp_path: Path, name: str, step: int | None, at: int, value: float
) -> None:
    path = write_journal(tmp_path, log({name: value}, step, at))
    fast = read_entries(path, Room())[OWN]
    slow = {OWN: Points(Room())}
    entries._add(json.loads(json.dumps(log({name: value}, step, at))), slow, Room())
    assert list(fast.names) == list(slow[OWN].names)
    for found in fast.names:
        assert fast.one(found) == slow[OWN].one(found)


def test_the_form_that_the_probe_writes_takes_the_short_way() -> None:
    entry = pytest.importorskip("runlore.probe.entry", reason="the probe's logging is not there")
    for value, step in ((0.31, "10"), (1e-07, "null"), (-2, "0"), (1.5e300, "-3")):
        (text,) = entry.log_entries([entry.pair("train/loss", entry.number(value))], step)
        data = text.encode()
        match = entries._ONE.fullmatch(b"%08x %s\n" % (zlib.crc32(data), data))
        assert match is not None
        assert float(match[6]) == value


def test_a_journal_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert not _own(os.fspath(tmp_path / "journal")).names
    os.mkfifo(tmp_path / "pipe")
    assert not _own(os.fspath(tmp_path / "pipe")).names


def test_each_library_and_run_is_a_source(tmp_path: Path) -> None:
    path = write_journal(
        tmp_path,
        log({"loss": 1}, 1, source="wandb", run="x1"),
        log({"loss": 2}, 1),
        log({"loss": 3}, 1, source="wandb", run="x2"),
        log({"loss": 4}, 1, source="mlflow", run="y1"),
    )
    sources = read_entries(path, Room())
    assert list(sources) == [OWN, Source("wandb", "x1"), Source("wandb", "x2"), Source("mlflow", "y1")]
    put_under_folders(sources, [], top="/p")
    assert [list(points.names) for points in sources.values()] == [["loss"], ["loss"], ["run-2/loss"], ["loss"]]


def test_sources_are_bounded(tmp_path: Path) -> None:
    path = write_journal(tmp_path, *(log({"loss": 1}, 1, source="wandb", run=str(run)) for run in range(300)))
    sources = read_entries(path, Room())
    assert len(sources) == 256
    assert sum(len(points.one("loss").values) for points in sources.values() if points.names) == 300


@pytest.mark.parametrize("told", ["/p/logs/{}", "logs/{}", "./logs/{}/"])
def test_tensorboard_writers_are_named_as_their_event_files(tmp_path: Path, told: str) -> None:
    path = write_journal(
        tmp_path, *(log({"loss": 1}, 1, source="tensorboard", run=told.format(part)) for part in ("train", "val"))
    )
    files = ["/p/logs/events.out.tfevents.1", *(f"/p/logs/{part}/events.out.tfevents.1" for part in ("train", "val"))]
    for event_files in (files, files[1:], []):
        sources = read_entries(path, Room())
        put_under_folders(sources, event_files, top="/p")
        assert [list(points.names) for points in sources.values()] == [[], ["train/loss"], ["val/loss"]]


def test_one_writer_needs_no_prefix(tmp_path: Path) -> None:
    path = write_journal(tmp_path, log({"loss": 1}, 1, source="tensorboard", run="runs/Nov23_host"))
    sources = read_entries(path, Room())
    put_under_folders(sources, ["/p/sub/runs/Nov23_host/events.out.tfevents.1"], top="/p")
    assert list(sources[Source("tensorboard", "runs/Nov23_host")].names) == ["loss"]
