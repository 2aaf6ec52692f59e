"""Metrics in what a run printed, for who asked for them."""

import math
import os
import re
import time
from pathlib import Path

import pytest

from runlore.capture.metrics.output import BUILT_IN, compile_patterns, from_log
from runlore.capture.metrics.points import Points, Room


def _found(folder: Path, text: str | bytes, *patterns: str) -> dict[str, list[tuple[int, float]]]:
    log = folder / "log"
    log.write_bytes(text if isinstance(text, bytes) else text.encode())
    points = Points(Room())
    from_log(os.fspath(log), compile_patterns(patterns), points)
    series = map(points.one, points.names)
    return {each.name: list(zip(each.steps, each.values, strict=True)) for each in series}


def test_pairs_are_found_with_the_step_of_their_line(tmp_path: Path) -> None:
    text = "epoch=1 loss=0.5, acc = .25\nepoch=2 loss=5e-1 acc=1\ndone in 3 s\n"
    assert _found(tmp_path, text, "key=value") == {"loss": [(1, 0.5), (2, 0.5)], "acc": [(1, 0.25), (2, 1.0)]}


def test_pairs_with_a_colon_are_another_pattern(tmp_path: Path) -> None:
    text = "val/loss: 0.5 - mae: 1.25\nval/loss: 0.25 (best)\n"
    assert _found(tmp_path, text, "key: value") == {"val/loss": [(0, 0.5), (1, 0.25)], "mae": [(0, 1.25)]}
    assert _found(tmp_path, text, "key=value") == {}


@pytest.mark.parametrize("text", ["size=3MB", "v=1.2.3", "x=0x10", "a==1", "--lr=0.1", "path/=1x", "time=12:30"])
def test_what_is_no_number_is_no_metric(tmp_path: Path, text: str) -> None:
    assert _found(tmp_path, f"{text}\n", "key=value") == {}


def test_progress_bars_colours_and_nan_are_read(tmp_path: Path) -> None:
    text = "100%|###| 10/10 [00:01<00:00, loss=\x1b[32m0.125\x1b[0m, acc=93.5%, norm=nan]\n"
    found = _found(tmp_path, text, "key=value")
    assert (found["loss"], found["acc"]) == ([(0, 0.125)], [(0, 93.5)])
    assert math.isnan(found["norm"][0][1])


def test_patterns_of_ones_own_name_and_place_their_values(tmp_path: Path) -> None:
    pattern = r"step (?P<step>\d+): (?P<name>\w+) is (?P<value>\S+)"
    text = "step 10: loss is 0.5\nstep 20: loss is 0.25\nstep 30: loss is high\n"
    assert _found(tmp_path, text, pattern) == {"loss": [(10, 0.5), (20, 0.25)]}


@pytest.mark.parametrize(
    ("pattern", "message"),
    [("(", "no regular expression"), (r"loss=(\d+)", "no groups"), (r"(?P<name>\w)=", "no groups")],
)
def test_a_pattern_that_cannot_be_used_is_said(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile_patterns([pattern])


def test_of_a_long_line_only_the_beginning_is_searched(tmp_path: Path) -> None:
    text = b"loss=1 " + b"x" * (8 << 20) + b" loss=2\nloss=3\n"
    assert _found(tmp_path, text, "key=value") == {"loss": [(0, 1.0), (1, 3.0)]}


@pytest.mark.parametrize(
    "text", ["a" * 4096, "a=" * 2048, "a.b/" * 1024, "a=1" * 1365, "a=" + "1" * 4094, " = " * 1365]
)
def test_the_built_in_patterns_take_no_longer_for_hostile_lines(text: str) -> None:
    started = time.process_time()
    for pattern in BUILT_IN.values():
        for _ in range(10):
            list(re.finditer(pattern, text))
    assert time.process_time() - started < 2


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    assert _found(tmp_path, b"\xff\xfe\0 loss=0.5 \xc3\n\x1b[\n", "key=value") == {"loss": [(0, 0.5)]}
