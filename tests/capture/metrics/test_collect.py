"""Everything a run left to its metrics, together."""

import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.capture.metrics.journals import log, write_journal

from runlore.capture.metrics.collect import MAX_FILES, Metrics, collect
from runlore.capture.metrics.gather import MAX_SUMMARY
from runlore.capture.metrics.reader import decode_series, read_one
from runlore.capture.metrics.summary import summarise
from runlore.records.canonical import decode, encode

_EVENTS = Path(__file__).parent / "events" / "tensorboardx" / "events.out.tfevents.1.made"


def _points(metrics: Metrics, name: str) -> list[tuple[int, float]]:
    assert metrics.series is not None
    series = read_one(metrics.series, name)
    assert series is not None
    return list(zip(series.steps, series.values, strict=True))


def test_a_run_that_logged_nothing_has_no_metrics(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    written = [os.fspath(tmp_path / "model.bin"), os.fspath(tmp_path / "metrics.json")]
    assert collect(os.fspath(tmp_path / "journal"), written, top=os.fspath(tmp_path)) == Metrics({}, None, ())


def test_the_summary_is_what_the_series_say(tmp_path: Path) -> None:
    path = write_journal(tmp_path, *(log({"loss": value}, step) for step, value in ((1, 0.5), (2, 0.125), (3, 0.25))))
    metrics = collect(path, [], top=os.fspath(tmp_path))
    assert metrics.summary == {"loss": {"last": 0.25, "min": 0.125, "max": 0.5, "count": 3, "step": 3}}
    assert _points(metrics, "loss") == [(1, 0.5), (2, 0.125), (3, 0.25)]
    assert metrics.warnings == ()


def test_nan_is_last_and_neither_least_nor_greatest(tmp_path: Path) -> None:
    path = write_journal(tmp_path, *(log({"loss": value, "bad": "NaN"}) for value in (1, 2, "NaN")))
    metrics = collect(path, [], top=os.fspath(tmp_path))
    loss, bad = metrics.summary["loss"], metrics.summary["bad"]
    assert math.isnan(loss.pop("last"))
    assert loss == {"min": 1.0, "max": 2.0, "count": 3, "step": 2}
    assert (bad["min"], bad["max"], bad["count"]) == (None, None, 3)
    assert encode(decode(encode(metrics.summary))) == encode(metrics.summary)


def test_what_a_hook_copied_is_not_there_twice(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "today"
    folder.mkdir(parents=True)
    shutil.copy(_EVENTS, folder)
    # The first ten points, with all digits of the script's own numbers.
    copies = [log({"loss": 1 / (step + 1)}, step, source="tensorboard", run="runs/today") for step in range(10)]
    metrics = collect(write_journal(tmp_path, *copies), map(os.fspath, folder.iterdir()), top=os.fspath(tmp_path))
    loss = _points(metrics, "loss")
    assert [step for step, _ in loss] == list(range(20))
    assert [value for _, value in loss[:10]] == [1 / (step + 1) for step in range(10)]
    assert loss[19][1] == 0.05000000074505806
    assert metrics.summary["val/acc"]["count"] == 20


def test_a_script_with_two_loggers_has_one_series(tmp_path: Path) -> None:
    entries = [
        log({"loss": 0.5}, 1, source="tensorboard", run="logs"),
        log({"loss": 0.5}, 1, source="wandb", run="x"),
        log({"loss": 0.25}, 2, source="tensorboard", run="logs"),
        log({"loss": 0.25}, 2, source="wandb", run="x"),
        log({"loss": 0.2}, 3, source="wandb", run="x"),
    ]
    metrics = collect(write_journal(tmp_path, *entries), [], top=os.fspath(tmp_path))
    assert _points(metrics, "loss") == [(1, 0.5), (2, 0.25), (3, 0.2)]


def test_files_and_output_add_what_nobody_logged(tmp_path: Path) -> None:
    journal = write_journal(tmp_path, log({"loss": 0.5}, 1), log({"loss": 0.25}, 2))
    (tmp_path / "metrics.json").write_text(json.dumps({"loss": 9, "acc": 0.75}))
    (tmp_path / "metrics.csv").write_text("step,loss,f1\n2,9,0.1\n3,0.125,0.2\n")
    (tmp_path / "log").write_text("epoch=1 seconds=12.5\n")
    written = [os.fspath(tmp_path / name) for name in ("metrics.json", "metrics.csv")]
    metrics = collect(
        journal, written, top=os.fspath(tmp_path), log_path=os.fspath(tmp_path / "log"), patterns=["key=value"]
    )
    assert _points(metrics, "loss") == [(1, 0.5), (2, 0.25), (3, 0.125)]
    assert {name: found["last"] for name, found in metrics.summary.items()} == {
        "loss": 0.125,
        "f1": 0.2,
        "acc": 0.75,
        "seconds": 12.5,
    }
    assert metrics.warnings == ()


def test_files_beyond_the_first_thousand_are_said(tmp_path: Path) -> None:
    written = []
    for number in range(MAX_FILES + 1):
        (tmp_path / f"{number:04}").mkdir()
        written.append(os.fspath(tmp_path / f"{number:04}" / "metrics.json"))
        Path(written[-1]).write_text('{"acc": 1}')
    metrics = collect("/nothing", written, top="/")
    assert (len(metrics.summary), [warning.code for warning in metrics.warnings]) == (MAX_FILES, ["metrics-too-many"])
    assert f"{MAX_FILES - 1:04}/acc" in metrics.summary


def test_points_are_found_wherever_in_the_journal_they_are(tmp_path: Path) -> None:
    other = {"kind": "interpreter", "path": "x" * 700}
    for more in range(0, 40, 3):
        filler = [other] * 1_400 + [{"kind": "interpreter", "path": "x" * (400 + more)}]
        metrics = collect(write_journal(tmp_path, *filler, log({"loss": 1.0}), *filler), [], top="/")
        assert list(metrics.summary) == ["loss"]


def test_a_run_without_metrics_loads_nothing_to_read_them() -> None:
    code = "import sys; from runlore.capture.metrics.collect import collect; collect('/nothing', ['/a'], top='/');"
    code += "print(*sorted(name for name in sys.modules if name.startswith('runlore.capture.')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [
        "runlore.capture.metrics",
        "runlore.capture.metrics.collect",
        "runlore.capture.metrics.names",
    ]


def test_output_is_not_searched_unasked(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("loss=0.5\n")
    metrics = collect("/nothing", [], top=os.fspath(tmp_path), log_path=os.fspath(tmp_path / "log"))
    assert metrics.summary == {}


def test_a_pattern_that_cannot_be_used_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("loss=0.5\n")
    metrics = collect("/nothing", [], top="/", log_path=os.fspath(tmp_path / "log"), patterns=["("])
    assert [warning.code for warning in metrics.warnings] == ["metrics-unreadable"]


def test_the_record_has_the_first_ten_thousand_names_and_the_series_all(tmp_path: Path) -> None:
    count = MAX_SUMMARY + 5
    names = [f"z{count - number}" for number in range(count)]
    metrics = collect(write_journal(tmp_path, *(log({name: 1.0}) for name in names)), [], top="/")
    assert set(metrics.summary) == set(names[:MAX_SUMMARY])
    assert [warning.code for warning in metrics.warnings] == ["metrics-too-many"]
    assert "10,005" in metrics.warnings[0].message
    assert metrics.series is not None
    assert sum(1 for _ in decode_series(metrics.series)) == count


def test_what_is_lost_is_said(tmp_path: Path) -> None:
    journal = write_journal(tmp_path, log({"x" * 2000: 1.0, "loss": 0.5}))
    (tmp_path / "metrics.json").write_text("{")
    (tmp_path / "events.out.tfevents.1.host").write_bytes(bytes(100))
    metrics = collect(journal, map(os.fspath, tmp_path.iterdir()), top="/")
    assert [warning.code for warning in metrics.warnings] == [
        "events-damaged",
        "metrics-unreadable",
        "metrics-too-many",
    ]
    assert list(metrics.summary) == ["loss"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3), st.lists, max_leaves=5
)
_KEYS = st.sampled_from(["kind", "at", "step", "values", "source", "run"]) | st.text(max_size=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.dictionaries(_KEYS, _JSON | st.dictionaries(st.text(max_size=4), st.floats(), max_size=3), max_size=6)),
    st.lists(st.sampled_from(["", "tensorboard", "wandb"]), min_size=1),
    st.text(max_size=5),
    st.text(st.characters(), max_size=4),
)
def test_any_journal_gives_metrics_that_can_be_read(
    tmp_path: Path, found: list[dict[str, object]], sources: list[str], run: str, name: str
) -> None:
    entries = [{**entry, "kind": "log"} for entry in found]
    entries += [log({name: 1.0, "\udc80": 2.0}, source=source, run=run + source) for source in sources]
    metrics = collect(write_journal(tmp_path, *entries), [], top="/p")
    assert metrics.series is not None
    series = list(decode_series(metrics.series))
    assert str({each.name: summarise(each) for each in series}) == str(
        {each.name: metrics.summary[each.name] for each in series}
    )
    assert len(series) == len(metrics.summary)
    encode(metrics.summary)
