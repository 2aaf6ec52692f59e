"""The JSON view."""

import json
import math
import tracemalloc
from array import array
from collections.abc import Iterator

import pytest
from tests.present.made import AT, a_file, a_run, a_short_run, an_id

from runlore.capture.metrics.series import Series
from runlore.ops.metrics import Metric, MetricsTable, RunMetrics
from runlore.ops.results import Notes, Removed, RunList, Setting, Settings, Tag, Tags
from runlore.present.json import dumps, error_text, parts, rfc3339, text


def _data(schema: str, result: object) -> dict[str, object]:
    document = json.loads(text(schema, result))
    assert document["schema"] == schema
    assert list(document) == ["schema", "data"]
    data: dict[str, object] = document["data"]
    return data


def test_times_are_rfc_3339_in_utc_with_microseconds() -> None:
    assert rfc3339(AT) == "2026-11-23T12:48:03.123456Z"
    assert rfc3339(0) == "1970-01-01T00:00:00.000000Z"
    data = _data("run/1", a_run())
    assert data["started_at"] == "2026-11-23T12:48:03.123456Z"
    assert data["finished_at"] == "2026-11-23T12:48:05.123456Z"
    assert data["notes"] == [{"text": "looks good\nsecond line", "author": "ann", "at": "2026-11-23T12:48:03.123456Z"}]


def test_a_running_run_has_no_end() -> None:
    assert _data("run/1", a_run(finished_at=None))["finished_at"] is None


def test_a_parameter_named_at_stays_a_number() -> None:
    assert _data("run/1", a_run(params={"at": 12, "started_at": 7}))["params"] == {"at": 12, "started_at": 7}


def test_numbers_that_json_lacks_are_strings_and_all_others_are_numbers() -> None:
    params = {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 0.1, "e": 1, "f": True, "g": None, "h": 2**80}
    assert _data("run/1", a_run(params=params))["params"] == {
        "a": "nan",
        "b": "inf",
        "c": "-inf",
        "d": 0.1,
        "e": 1,
        "f": True,
        "g": None,
        "h": 2**80,
    }


def test_text_is_ascii_and_bytes_that_are_not_utf_8_come_back() -> None:
    shown = text("run/1", a_run(name="caf\udce9 模型", outputs=(a_file("\udcff"),)))
    assert shown.isascii()
    data = json.loads(shown)["data"]
    assert data["name"] == "caf\udce9 模型"
    assert data["outputs"][0]["path"].encode("utf-8", "surrogateescape") == b"\xff"


def test_a_list_that_was_left_out_is_absent_and_an_empty_one_is_there() -> None:
    short = _data("run/1", a_short_run())
    assert not {"config", "inputs", "outputs", "omitted"} & set(short)
    assert _data("run/1", a_run(inputs=()))["inputs"] == []


def test_one_line_in_a_pipe_and_indented_for_a_person() -> None:
    assert "\n" not in text("run/1", a_run())
    assert text("run/1", a_run(), indent=2).startswith('{\n  "schema": "run/1",\n')
    assert json.loads(text("run/1", a_run(), indent=2)) == json.loads(text("run/1", a_run()))


def test_one_tag_and_one_setting_are_lists_of_one() -> None:
    tag = Tag(name="best", run=an_id("3"), author="ann", at=AT, conflict=())
    assert text("tag-list/1", tag) == text("tag-list/1", Tags(tags=(tag,)))
    setting = Setting(key="k", value=1, default=1, source="default", help="h")
    assert text("config/1", setting) == text("config/1", Settings(settings=(setting,)))


def test_results_without_times_are_their_fields() -> None:
    assert _data("removed/1", Removed(runs=(an_id("3"),), restored=True)) == {"runs": [an_id("3")], "restored": True}


def test_notes_have_their_time_as_text() -> None:
    notes = Notes(run=an_id("3"), notes=({"text": "t", "author": "a", "at": 0},))
    assert _data("note-list/1", notes)["notes"] == [{"text": "t", "author": "a", "at": "1970-01-01T00:00:00.000000Z"}]


def test_an_error_is_one_object() -> None:
    assert json.loads(error_text("no-store", "no store", None)) == {
        "schema": "error/1",
        "error": {"code": "no-store", "message": "no store", "hint": None},
    }


def test_a_value_that_json_cannot_hold_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError):
        dumps({"a": b"bytes"})


STEPS = 40_000


class _Many:
    """A series that nobody holds."""

    def __iter__(self) -> Iterator[Series]:
        for at in range(0, STEPS, 1000):
            steps = array("q", range(at, at + 1000))
            yield Series("loss", steps, array("q", [AT] * 1000), array("d", (step / 7 for step in steps)))


def test_a_long_series_is_written_without_being_held() -> None:
    five = {"last": 1.0, "min": 0.0, "max": 1.0, "count": STEPS, "step": STEPS - 1}
    table = MetricsTable((RunMetrics(an_id("a"), None, "succeeded", (Metric("loss", five, _Many()),)),))
    tracemalloc.start()
    length = sum(map(len, parts("metrics/1", table)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert length > 2_000_000
    assert peak < 600_000


def test_what_is_written_in_pieces_is_what_it_would_be_at_once() -> None:
    points = (
        Series("loss", array("q", (0, 1)), array("q", (AT, 0)), array("d", (0.5, float("nan")))),
        Series("loss", array("q"), array("q"), array("d")),
        Series("loss", array("q", (2,)), array("q", (AT,)), array("d", (float("-inf"),))),
    )
    metrics = (Metric("loss", {"last": 1.0}, points), Metric("none", {}, ()), Metric("last", {"last": 2}, None))
    table = MetricsTable((RunMetrics(an_id("a"), "a", "failed", metrics), RunMetrics(an_id("b"), None, "running", ())))
    for schema, result in (
        ("metrics/1", table),
        ("metrics/1", MetricsTable(())),
        ("run-list/1", RunList(runs=(a_short_run(), a_short_run(params={"odd": "a\nb"})), total=3)),
        ("run-list/1", RunList(runs=(), total=0, damaged=(an_id("c"),))),
    ):
        data = json.loads(text(schema, result))
        assert text(schema, result) == dumps(data)
        assert text(schema, result, indent=2) == dumps(data, indent=2)
    loss = json.loads(text("metrics/1", table))["data"]["runs"][0]["metrics"][0]
    assert (loss["steps"], loss["values"]) == ([0, 1, 2], [0.5, "nan", "-inf"])
    assert loss["times"] == [rfc3339(AT), None, rfc3339(AT)]
