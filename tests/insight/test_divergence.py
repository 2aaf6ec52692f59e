import io
from array import array
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.capture.metrics.reader import MalformedSeriesError
from runlore.capture.metrics.series import Series, encode_series
from runlore.insight.divergence import LinePoint, MetricPoint, compare_outputs, first_line, first_metric, same_lines
from runlore.insight.volatile import is_timing

Points = list[tuple[int, float]]


def blob(**series: Points) -> io.BytesIO:
    """Series whose points are a second apart, in the order in which they are given."""
    clock = 0
    found = []
    for name, points in series.items():
        ats = array("q", range(clock, clock + len(points)))
        clock += len(points)
        steps, values = array("q", [each[0] for each in points]), array("d", [each[1] for each in points])
        found.append(Series(name, steps, ats, values))
    return io.BytesIO(encode_series(sorted(found)))


def test_runs_whose_metrics_are_equal_do_not_part() -> None:
    points = [(0, 1.0), (1, float("nan")), (2, float("inf"))]
    assert first_metric(blob(a=points, b=points), blob(a=points, b=points)) is None
    assert first_metric(None, None) is None


def test_the_first_point_is_the_one_with_the_lowest_step_of_all_metrics() -> None:
    a = blob(acc=[(0, 0.5), (5, 0.6), (10, 0.7)], loss=[(step, 1.0) for step in range(11)])
    b = blob(acc=[(0, 0.5), (5, 0.6), (10, 0.8)], loss=[(step, 1.0 if step < 7 else 1.5) for step in range(11)])
    assert first_metric(a, b) == MetricPoint("loss", 7, 1.0, 1.5)


def test_of_one_step_the_point_that_was_logged_first_counts() -> None:
    a, b = blob(z=[(3, 1.0)], a=[(3, 1.0)]), blob(z=[(3, 2.0)], a=[(3, 2.0)])
    assert first_metric(a, b) == MetricPoint("z", 3, 1.0, 2.0)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([(0, 1.0), (1, 2.0)], [(0, 1.0)], MetricPoint("x", 1, 2.0, None)),
        ([(0, 1.0)], [(0, 1.0), (1, 2.0)], MetricPoint("x", 1, None, 2.0)),
        ([(0, 1.0), (2, 2.0)], [(0, 1.0), (1, 5.0), (2, 2.0)], MetricPoint("x", 1, None, 5.0)),
        ([(0, 1.0)], [], MetricPoint("x", 0, 1.0, None)),
        ([(0, float("nan"))], [(0, 1.0)], None),
    ],
)
def test_a_point_that_one_run_does_not_have_is_where_they_part(
    a: Points, b: Points, expected: MetricPoint | None
) -> None:
    found = first_metric(blob(x=a), blob(x=b))
    if expected is None:
        assert found is not None
        assert (found.metric, found.step, found.b) == ("x", 0, 1.0)
    else:
        assert found == expected


def test_a_metric_that_only_one_run_has_is_where_they_part() -> None:
    assert first_metric(blob(a=[(0, 1.0)], b=[(4, 1.0)]), blob(a=[(0, 1.0)])) == MetricPoint("b", 4, 1.0, None)
    assert first_metric(None, blob(a=[(0, 1.0)])) == MetricPoint("a", 0, None, 1.0)


def test_a_step_that_was_logged_twice_is_compared_twice() -> None:
    assert first_metric(blob(x=[(0, 1.0), (0, 2.0)]), blob(x=[(0, 1.0), (0, 3.0)])) == MetricPoint("x", 0, 2.0, 3.0)


def test_what_is_within_a_metrics_tolerance_is_passed_over() -> None:
    a, b = blob(x=[(0, 1.0), (1, 1.0)], y=[(0, 1.0)]), blob(x=[(0, 1.001), (1, 1.5)], y=[(0, 1.0)])
    assert first_metric(a, b, tolerances={"x": 0.01}) == MetricPoint("x", 1, 1.0, 1.5)
    assert first_metric(a, b, tolerances={"y": 0.01}) == MetricPoint("x", 0, 1.0, 1.001)


def test_how_long_something_took_is_no_metric_that_a_run_repeats() -> None:
    a, b = blob(loss=[(5, 1.0)], epoch_time=[(0, 1.0)]), blob(loss=[(5, 2.0)], epoch_time=[(0, 2.0)])
    assert first_metric(a, b) == MetricPoint("loss", 5, 1.0, 2.0)
    timings = [
        "time",
        "train/time",
        "eval_runtime",
        "train_samples_per_second",
        "fps",
        "fit_time",
        "step_time_ms",
        "perf/throughput",
    ]
    assert [name for name in timings if not is_timing(name)] == []
    assert [name for name in ("loss", "lifetime_value", "speedup", "timesteps") if is_timing(name)] == []


def test_what_is_no_series_is_said_to_be_none() -> None:
    with pytest.raises(MalformedSeriesError):
        first_metric(io.BytesIO(b"x"), None)


def outputs(a: bytes, b: bytes) -> LinePoint | None:
    return first_line([a], [b])


def test_the_first_line_that_differs_is_counted_from_one() -> None:
    assert outputs(b"a\nb\nc\n", b"a\nx\nc\n") == LinePoint(2, "b", "x", 0)
    assert outputs(b"a\nb\n", b"a\nb") is None
    assert outputs(b"a\n", b"a\nb\n") == LinePoint(2, None, "b", 0)
    assert first_line([], []) is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("2026-11-27 15:36:04,123 INFO loss=0.5", "2026-11-28 01:00:00,999 INFO loss=0.5"),
        ("2026-11-27T15:36:04.5+01:00 x", "2026-01-02T03:04:05Z x"),
        ("Fri Nov 27 15:36:04 UTC 2026", "Sat Nov 28 15:36:05 UTC 2026"),
        ("[27/Nov/2026:15:36:04 +0000] x", "[28/Nov/2026:01:36:04 +0000] x"),
        ("took 1.2s", "took 13.5s"),
        ("done in 950 ms", "done in 1.25 seconds"),
        ("elapsed 1m 20s", "elapsed 59s"),
        ("Epoch 1 time: 1.23 loss 2", "Epoch 1 time: 4 loss 2"),
        (
            "{'train_runtime': 1.2, 'train_samples_per_second': 33.1}",
            "{'train_runtime': 9, 'train_samples_per_second': 3}",
        ),
        (" 50%|##| 5/10 [00:05<00:05,  1.02it/s]", " 50%|##| 5/10 [00:07<00:09, 11.02it/s]"),
        ("  0%|  | 0/10 [00:00<?, ?it/s]", "  0%|  | 0/10 [00:00<?, 3.1it/s]"),
        ("5/5 --- 0s 12ms/step - loss: 0.3", "5/5 --- 1s 9ms/step - loss: 0.3"),
        ("read at 1.5 GB/s", "read at 900 MB/s"),
        ("pid 123 started", "pid 99 started"),
        ("python[123]: ok", "python[4567]: ok"),
        ("<X object at 0x7f0c1c2d3e4f>", "<X object at 0x7f0c1c2d3fff>"),
        ("saved /tmp/tmpabc/x.bin", "saved /tmp/tmpq/y"),
        ("\x1b[32mok\x1b[0m \x1b]0;title\x07", "ok"),
        ("10%\r20%\rdone", "50%\rdone"),
        ("at 1764257764.123", "at 1764257999.5"),
    ],
)
def test_lines_that_differ_in_times_and_the_like_are_no_place_to_part(a: str, b: str) -> None:
    found = compare_outputs([a.encode() + b"\n"], [b.encode() + b"\n"])
    assert found.first is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("loss=0.5", "loss=0.6"),
        ("accuracy: 0.9500", "accuracy: 0.9501"),
        ("shape [128]", "shape [256]"),
        ("epoch 1/10", "epoch 2/10"),
        ("ratio 3:1", "ratio 4:1"),
        ("5 samples", "6 samples"),
        ("lr 1e-3", "lr 1e-4"),
        ("timesteps 100", "timesteps 200"),
        ("100 steps", "200 steps"),
        ("size 12", "size 13"),
        ("2026-11-27 loss 1", "2026-11-27 loss 2"),
        ("took 1s, best 0.5", "took 2s, best 0.6"),
        ("INFO", "info"),
        ("seed 1234567", "seed 1234568"),
        ("version 1.2.3", "version 1.2.4"),
    ],
)
def test_lines_that_say_something_else_are_where_two_outputs_part(a: str, b: str) -> None:
    assert outputs(b"same\n" + a.encode(), b"same\n" + b.encode()) == LinePoint(2, a, b, 0)


def test_lines_that_differ_in_times_alone_are_counted_until_the_outputs_part() -> None:
    a = b"took 1s\nx\ntook 2s\nloss 1\ntook 3s\n"
    b = b"took 4s\nx\ntook 2s\nloss 2\ntook 5s\n"
    assert outputs(a, b) == LinePoint(4, "loss 1", "loss 2", 1)
    assert compare_outputs([a.replace(b"loss 1", b"")], [b.replace(b"loss 2", b"")]) == (None, 2)


def test_the_folders_in_which_two_runs_were_stand_for_each_other() -> None:
    a, b = b"saved /home/a/p/out.txt\n", b"saved /x/out.txt\n"
    assert first_line([a], [b], folders=(b"/home/a/p", b"/x")) is None
    assert first_line([a], [b]) is not None
    assert first_line([b"/home/a/project\n"], [b"/x\n"], folders=(b"/home/a/p", b"/x")) is not None


def test_of_a_long_line_the_part_that_differs_is_given() -> None:
    found = outputs(b"x" * 1000 + b"1" + b"y" * 1000, b"x" * 1000 + b"2" + b"y" * 1000)
    assert found is not None
    assert found.a == "…" + "x" * 60 + "1" + "y" * 139 + "…"
    assert found.b == "…" + "x" * 60 + "2" + "y" * 139 + "…"


def test_bytes_that_are_no_text_are_compared_and_shown() -> None:
    assert outputs(b"\xff\xfe1", b"\xff\xfe2") == LinePoint(1, "\ufffd\ufffd1", "\ufffd\ufffd2", 0)


@given(
    st.lists(st.sampled_from([b"a", b"b\n", b"\n", b"c\rd\n", b"\r\n", b"\r"])), st.integers(1, 5), st.integers(1, 5)
)
def test_it_does_not_matter_in_which_pieces_an_output_comes(parts: list[bytes], one: int, other: int) -> None:
    data = b"".join(parts)
    a, b = ([data[at : at + size] for at in range(0, len(data), size)] for size in (one, other))
    assert compare_outputs(a, b) == (None, 0)
    found = first_line(a, [*b, b"\nnew"])
    assert found is None or found.a is None or found.b is not None


def test_an_endless_line_is_not_kept_in_memory() -> None:
    """A gigabyte, of which each side would otherwise hold all."""
    import tracemalloc  # noqa: PLC0415 - slows down what is imported after it

    def endless(last: bytes) -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * (1 << 20)
        yield last

    tracemalloc.start()
    found = first_line(endless(b"1"), endless(b"2"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found is not None
    assert peak < 20 << 20


@pytest.mark.parametrize(
    "part", [b"1", b"1:", b"1 ", b"1.", b"1d ", b"time", b"time ", b"\x1b[", b"\x1b]", b"/tmp/", b" "]
)
def test_no_line_takes_longer_than_others_of_its_length(part: bytes) -> None:
    """A pattern that takes time by the square of the length would take minutes for this one."""
    line = (part * 65_536)[:65_000]
    assert outputs(line + b"x\n" * 5, line + b"y\n" * 5) is not None


def test_lines_of_two_streams_may_come_in_any_order() -> None:
    a, b = [b"one\ntwo in 3.1 s\n", b"three\n"], [b"three\none\ntwo in 2.9 s"]
    assert same_lines(a, b)
    assert same_lines([b"in /a/x\n"], [b"in /b/x\n"], folders=(b"/a", b"/b"))
    for other in ([b"one\none\ntwo in 3.1 s\nthree\n"], [b"one\nthree\n"], [b"one\ntwo in 3.1 s\nfour\n"]):
        assert not same_lines(a, other)
