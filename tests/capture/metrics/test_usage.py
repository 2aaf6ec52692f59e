"""What a run used over its time, from the journal into a blob."""

import pytest

from runlore.capture.metrics.reader import decode_series
from runlore.capture.metrics.series import Series
from runlore.capture.metrics.usage import MAX_POINTS, last_usage, usage_series
from runlore.records.canonical import Json

BEGAN = 1_795_438_083_000
"""Milliseconds since 1970."""


def entry(*rows: list[Json]) -> dict[str, Json]:
    return {"kind": "usage", "rows": list(rows)}


def row(seconds: float, cpu: float = 0.0, memory: int = 0, read: int = 0, written: int = 0, **gpus: Json) -> list[Json]:
    at = BEGAN + round(seconds * 1000)
    return [at, cpu, memory, read, written, gpus.get("busy", []), gpus.get("gpu_memory", [])]


def series(*entries: dict[str, Json]) -> dict[str, Series]:
    data = usage_series(entries)
    assert data is not None
    return {each.name: each for each in decode_series(data)}


def test_totals_become_rates_and_sizes_stay_sizes() -> None:
    found = series(
        entry(row(0), row(0.5, cpu=0.5, memory=100, read=1000)),
        entry(
            row(1, cpu=1.5, memory=300, read=1000),
            row(1.9, cpu=1.9, memory=200),
            row(3, cpu=1.9, memory=50, written=110),
        ),
    )
    assert sorted(found) == ["usage.cpu", "usage.memory", "usage.read", "usage.written"]
    cpu = found["usage.cpu"]
    assert list(cpu.steps) == [0, 1, 3]
    assert list(cpu.ats) == [(BEGAN + at) * 1_000_000 for at in (500, 1900, 3000)]
    assert list(cpu.values) == pytest.approx([1.0, 1.0, 0.0])
    assert list(found["usage.memory"].values) == [100, 300, 50]
    assert list(found["usage.read"].values) == pytest.approx([2000, 0, 0])
    assert list(found["usage.written"].values) == pytest.approx([0, 0, 100])


def test_a_long_run_has_a_few_hundred_points_with_its_peaks_and_its_means() -> None:
    rows, cpu = [], 0.0
    for second in range(0, 100_000, 7):
        cpu += 7 * (second % 13) / 12
        rows.append(row(second, cpu=round(cpu, 2), memory=second % 1009))
    rows[5000][2] = 10**12
    found = series(*(entry(*rows[at : at + 30]) for at in range(0, len(rows), 30)))
    for each in found.values():
        assert MAX_POINTS / 2 < len(each.values) <= MAX_POINTS
        assert list(each.steps) == sorted(set(each.steps))
    assert max(found["usage.memory"].values) == 10**12
    mean = sum(found["usage.cpu"].values) / len(found["usage.cpu"].values)
    assert mean == pytest.approx(cpu / 100_000, rel=0.02)


def test_gpus_that_were_used_have_series_of_their_own() -> None:
    found = series(
        entry(
            row(0),
            row(1, busy=[0.0, 0.0, 0.5], gpu_memory=[0, 0, 10]),
            row(2, busy=[0.0, 0.0, 3.5], gpu_memory=[0, 7, 30]),
            row(3, busy=[0.0, 0.0, 3.75], gpu_memory=[0, 0, 20]),
        )
    )
    assert sorted(name for name in found if "gpu" in name) == [
        "usage.gpu.1", "usage.gpu.1.memory", "usage.gpu.2", "usage.gpu.2.memory"
    ]  # fmt: skip
    assert list(found["usage.gpu.2"].values) == pytest.approx([0.5, 1.0, 0.25])  # never more than all the time
    assert list(found["usage.gpu.2.memory"].values) == [0, 10, 30, 20]
    assert list(found["usage.gpu.1"].values) == [0, 0, 0]


def test_a_run_that_was_looked_at_once_has_sizes_and_no_rates() -> None:
    found = series(entry(row(0, memory=5)))
    assert sorted(found) == ["usage.memory"]
    assert usage_series([]) is None
    assert usage_series([{"kind": "log", "rows": [row(0)]}]) is None


@pytest.mark.parametrize(
    "forged",
    [
        None, {}, "text", [], [1], [BEGAN, 0, 0, 0, 0, []], [BEGAN, "1", 0, 0, 0, [], []],
        [BEGAN, 0, True, 0, 0, [], []], [BEGAN, 0, 0, 0.5, 0, [], []],
        [BEGAN, 0, -1, 0, 0, [], []], [BEGAN, float("nan"), 0, 0, 0, [], []], [BEGAN, float("inf"), 0, 0, 0, [], []],
        [2**80, 0, 0, 0, 0, [], []], [BEGAN, 0, 2**80, 0, 0, [], []], [2**60, 0, 0, 0, 0, [], []],
        [BEGAN, 0, 0, 0, 0, [1], []], [BEGAN, 0, 0, 0, 0, None, None], [BEGAN, 0, 0, 0, 0, ["x"], [1]],
        [BEGAN, 0, 0, 0, 0, [1.0] * 65, [1] * 65],
    ],
)  # fmt: skip
def test_what_a_process_of_the_run_made_up_is_left_out(forged: Json) -> None:
    honest = entry(row(0, memory=1), row(1, cpu=1.0, memory=2))
    assert usage_series(
        [{"kind": "usage", "rows": [forged]}, {"kind": "usage", "rows": forged}, honest]
    ) == usage_series([honest])
    assert last_usage([{"kind": "usage", "rows": [forged]}, honest]) == last_usage([honest])


def test_numbers_that_fall_back_are_no_negative_rate() -> None:
    found = series(entry(row(0, cpu=5.0), row(1, cpu=1.0)))
    assert list(found["usage.cpu"].values) == [0.0]


def test_the_last_that_was_seen_of_a_killed_run() -> None:
    rows = [row(0, memory=9), row(2, 1.5, 4, 100, 200, busy=[1.0, 0.5], gpu_memory=[1, 2])]
    assert last_usage([entry(*rows)]) == {
        "cpu_seconds": 1.5, "peak_memory": 9, "gpu_seconds": 1.5, "read_bytes": 100, "written_bytes": 200
    }  # fmt: skip
    assert last_usage([entry(row(1, 0.5))])["gpu_seconds"] is None
    assert last_usage([]) == {}
