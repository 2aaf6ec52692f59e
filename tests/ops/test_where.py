"""`--where`: what a filter finds, and what it says when it cannot be understood."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.place import AT, SECOND, Place
from tests.ops.rebuilding import new_store, record

from runlore.errors import UsageError
from runlore.ops.list import list_runs
from runlore.ops.where.dates import period, seconds
from runlore.records.hashing import blob_digest

DAY = 86_400 * SECOND


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _place(folder: Path) -> Place:
    os.makedirs(folder / "project")
    return Place(os.fspath(folder / "project"), os.fspath(folder))


def _record(place: Place, name: str, day: int, **given: Any) -> None:  # noqa: ANN401 - any field
    place.record(name=name, at=AT + day * DAY, **given)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Five runs, a to e, the newest last; only looked at."""
    return _filled(tmp_path_factory.mktemp("where"))


def _filled(folder: Path) -> Place:
    place = _place(folder)
    _record(place, "a", 0, params={"lr": 0.1, "model": "resnet", "flag": True}, loss=0.5, experiment="one")
    _record(place, "b", 1, params={"lr": 0.01, "model": "vit", "flag": False}, loss=0.25, experiment="one")
    _record(place, "c", 2, params={"lr": "0.1", "model": None}, loss=float("nan"), message="does it Warm up?")
    _record(place, "d", 3, params={"my key": "two words", "big": 1 << 70}, loss=float("inf"), state="failed")
    _record(place, "e", 4, params={"lr": 1}, argv=("other.py", "\udcff"), exit_code=3)
    assert place.mlrun("tag", "best", "a").status == 0
    assert place.mlrun("tag", "paper", "b").status == 0
    return place


def _found(place: Place, where: str | None = None, sort: str | None = None) -> str:
    return "".join(run.name or "?" for run in list_runs(place.folder, limit=None, where=where, sort=sort).runs)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("metrics.loss < 0.5", "b"),
        ("metrics.loss <= 0.5 and params.lr = 0.1", "a"),
        ("metrics.loss.max > 0.3", "da"),
        ("metrics.loss = nan", "c"),
        ("metrics.loss > 0", "dba"),
        ("metrics.loss = inf", "d"),
        ("not metrics.loss > 0", "ec"),
        ("metrics.loss != 0.5", "dcb"),
        ("params.lr = 0.1", "a"),
        ('params.lr = "0.1"', "c"),
        ("params.lr >= 0.1", "ea"),
        ("params.lr > '0'", "c"),
        ("params.lr != 0.1", "ecb"),
        ("not params.lr = 0.1", "edcb"),
        ("params.lr in (0.1, 1)", "ea"),
        ("params.lr not in (0.1, 1)", "cb"),
        ("params.flag", "a"),
        ("params.flag = false", "b"),
        ("params.model = none", "c"),
        ("params.model ~ ^RES", "a"),
        ("params.model !~ res and params.model", "b"),
        ('params."my key" = "two words"', "d"),
        ("params.big > 1e20", "d"),
        ("state = failed or name = a", "da"),
        ("state != succeeded", "d"),
        ("experiment = one and not (name = a or name = e)", "b"),
        ("NOT experiment AND NOT state = failed", "ec"),
        ('message ~ "warm up\\\\?"', "c"),
        ("tag = best", "a"),
        ("tag != best", "b"),
        ("tag", "ba"),
        ("not tag", "edc"),
        ("tag in (best, paper) and name = b", "b"),
        ("author ~ ann and host = box and exit_code = 3", "e"),
        ("command ~ other", "e"),
        ("duration > 2s and duration < 0.1m and name in (a)", "a"),
        ("started = 2026-11-24", "b"),
        ("started > 2026-11-25", "ed"),
        ("started >= 2026-11-25 and before 2026-11-27", "dc"),
        ("since 2026-11-26T13:00", "e"),
        ("started since 2026-11-27", "e"),
        ("started < 2026-11-23T12:48:04Z", "a"),
        ("since 100000 days ago", "edcba"),
        ("metrics.loss==0.25", "b"),
        ("since 999999 weeks ago and before 9999-12-31", "edcba"),
        ("since 9999-12-31T23:59 or started = 0001-01-01 or before 1600-01-01T00:00+14:00", ""),
        ("dirty", ""),
        ("parent", ""),
    ],
)
def test_a_filter_finds_the_runs_for_which_it_holds(store: Place, where: str, names: str) -> None:
    assert _found(store, where) == names


def test_runs_are_found_by_what_they_read_and_made(tmp_path: Path) -> None:
    data, model, other = b"data", b"model", b"other"
    oid, made, elsewhere = (blob_digest(each).hex() for each in (data, model, other))
    with new_store(tmp_path / "project") as store:
        record(store, {}, outputs={"data.csv": data}, at=1)
        record(store, {}, inputs={"moved.csv": data}, outputs={"model": model}, at=2)
        record(store, {}, inputs={"parts": {b"in": {b"x": data}}, "too": other}, config={"c.yaml": model}, at=3)
        record(store, {}, inputs={oid[:8]: other}, at=4)
        record(store, {}, inputs={"gone.csv": data}, at=5)
    found = {where: _starts(tmp_path, where) for where in (
        f"input = {oid}", f"input = {oid[:8].upper()}", f"input = {oid[:8]}", f"input in (too, {oid})",
        f"input != {oid}", f"not input = {oid[:20]}", f"input not in (too, {oid})", f"output = {oid}",
        f"output in ({made}, {oid[:9]})", f"config = {made}", f"input = {made}", f"input ~ {oid[:8]}",
        f"input = {elsewhere} and not output", "input = 00000000", f"input = {oid[:7]}", "input = moved.csv",
        "input ~ mov",
    )}  # fmt: skip
    assert list(found.values()) == [
        [5, 3, 2], [5, 3, 2], [5, 4, 3, 2], [5, 3, 2],
        [4, 3], [4, 1], [4], [1],
        [2, 1], [3], [], [4],
        [4, 3], [], [], [2], [2],
    ]  # fmt: skip


def _starts(folder: Path, where: str) -> list[int]:
    return [run.started_at for run in list_runs(os.fspath(folder / "project"), limit=None, where=where).runs]


def test_a_run_is_found_by_the_first_digits_of_its_id(store: Place) -> None:
    run = list_runs(store.folder, limit=1).runs[0]
    assert _found(store, f"id = {run.id[:6]}") == "e"
    assert _found(store, f"id != {run.id[:6]}") == "dcba"
    assert _found(store, f"fingerprint in ({run.fingerprint}, {'0' * 64})") == "e"


def test_age_is_how_long_ago_a_run_began(tmp_path: Path) -> None:
    place = _place(tmp_path)
    for name, hours in (("a", 1), ("b", 3), ("c", 5)):
        place.record(name=name, at=time.time_ns() - hours * 3600 * SECOND)
    assert [_found(place, f"age {op} 2h") for op in ("<", "<=", ">", ">=", "=", "!=")] == [
        "a",
        "a",
        "bc",
        "bc",
        "",
        "abc",
    ]
    assert (_found(place, "age > 4h or age < 120m"), _found(place, "age < 1000000w")) == ("ac", "abc")
    assert (_found(place, sort="age"), _found(place, sort="-age")) == ("abc", "cba")


def test_a_number_that_a_record_keeps_as_text_is_found_as_it_was_typed(tmp_path: Path) -> None:
    place = _place(tmp_path)
    for day, (name, value) in enumerate({"a": "007", "b": 7, "c": float("nan"), "d": "nan", "e": "1e999"}.items()):
        _record(place, name, day, params={"x": value})
    found = {text: _found(place, f"params.x = {text}") for text in ("007", "7", '"007"', "nan", '"nan"', "1e999")}
    assert found == {"007": "ba", "7": "b", '"007"': "a", "nan": "dc", '"nan"': "d", "1e999": "e"}
    assert (_found(place, "params.x != 007"), _found(place, "params.x not in (nan, 7)")) == ("edc", "ea")


def test_a_regular_expression_that_python_warns_of_is_no_reason_to_speak(
    store: Place, recwarn: pytest.WarningsRecorder
) -> None:
    assert _found(store, 'name ~ "[[a]"') == "a"
    assert not recwarn.list


def test_removed_runs_are_not_found_and_not_counted(tmp_path: Path) -> None:
    store = _filled(tmp_path)
    assert store.mlrun("rm", "a").status == 0
    found = list_runs(store.folder, limit=1, where="metrics.loss < 1")
    assert ([run.name for run in found.runs], found.total) == (["b"], 1)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("metrics.loss", "badec"),
        ("-metrics.loss", "dabec"),
        ("params.lr", "baecd"),
        ("-started", "edcba"),
        ("name", "abcde"),
        ("-exit_code", "edcba"),
        ("tags", "abedc"),
    ],
)
def test_runs_without_a_value_and_nan_come_last_in_either_direction(store: Place, sort: str, names: str) -> None:
    assert _found(store, sort=sort) == names
    for limit in range(6):
        some = list_runs(store.folder, limit=limit, sort=sort)
        assert ("".join(run.name or "" for run in some.runs), some.total) == (names[:limit], 5)


@pytest.mark.parametrize(
    ("where", "message", "hint"),
    [
        ("params.lrr = 1", 'no run has a parameter "lrr"', "did you mean params.lr"),
        ("metrics.los.max > 1", 'no run has a metric "los"', "did you mean metrics.loss"),
        ("loss > 1", 'there is no key "loss"', "did you mean metrics.loss"),
        ("statee = failed", 'there is no key "statee"', "did you mean state"),
        ("(state = failed", 'at character 1: this "(" is not closed', "[here] (state = failed"),
        ("name in (a, b", 'at character 9: this "(" is not closed', "name in [here] (a, b"),
        ("name = a)", 'at character 9: this ")" closes nothing', "name = a [here] )"),
        ("name = a state = failed", 'there should be "and" or "or" before "state"', "name = a [here] state"),
        ("name =", 'where it ends: there should be a value after "="', "name = [here]"),
        ("name = and dirty", 'at character 8: there should be a value after "="', "name = [here] and"),
        ("name in a", 'there should be values in parentheses after "in"', "name in [here] a"),
        ("name in (a b)", 'there should be "," or ")" before "b"', "name in (a [here] b)"),
        ("and", 'a comparison is missing before "and"', "[here] and"),
        ("dirty and", "where it ends: a comparison is missing here", "dirty and [here]"),
        ("", "it is empty", "[here]"),
        ("not", "a comparison is missing here", "not [here]"),
        ('name = "a', "at character 8: this quote is not closed", 'name = [here] "a'),
        ("name ! a", 'at character 6: "!" has no meaning here', "name [here] ! a"),
        ("name ~ '('", "is no regular expression", "name ~ [here]"),
        ("metrics.loss > high", 'loss is compared with a number, not with "high"', "> [here] high"),
        ("duration > long", "duration is compared with a time such as", "> [here] long"),
        ("state = done", "states are running, succeeded", "= [here] done"),
        ("dirty = yes", "dirty is = true or = false", "= [here] yes"),
        ("started > soon", '"soon" is no date', "> [here] soon"),
        ("since", "there should be a date here", "since [here]"),
        ("commit = main", "commit is compared with 4 or more digits of an id", "= [here] main"),
        ("name = \u201ca b\u201d", 'at character 8: "\u201c" is no quote here; write " or \'', "name = [here]"),
        ("started ~ 2026", "started is no text", "started ~ [here] 2026"),
        ("age < yesterday", 'age is compared with a time such as 90s, 10m, 2h or 3d, not with "yesterday"', "[here]"),
        ("params.LR = 1", 'no run has a parameter "LR"', "did you mean params.lr"),
        ("params.mykey = 1", 'no run has a parameter "mykey"', 'did you mean params."my key"'),
        (
            "params.q = 1",
            'no run has a parameter "q"',
            "there are params.big, params.flag, params.lr, params.model, par",
        ),
        ("params. = 1", 'no run has a parameter ""', "there are params.big"),
        ("status = failed", 'there is no key "status"', "did you mean state"),
        ("(" * 100 + "dirty", "it is nested too deep", "[here]"),
        ("dirty or " * 400 + "dirty", "it is too long", "[here]"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_place(store: Place, where: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        _found(store, where)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "where", ["(" * 100_000, "x" * 100_000, "name = a " + "b" * 100_000, "not " * 30_000, "state = " + "x" * 100_000]
)
def test_of_a_very_long_filter_only_the_place_is_shown(store: Place, where: str) -> None:
    with pytest.raises(UsageError) as caught:
        _found(store, where)
    assert len(caught.value.message) + len(caught.value.hint or "") < 500


def test_text_in_a_filter_is_never_taken_for_sql(store: Place) -> None:
    for text in ("x' OR 1=1 --", "%", "*", "x'); DROP TABLE runs; --"):
        assert _found(store, f'name = "{text}"') == ""
        assert _found(store, f'params.model = "{text}"') == ""
    with pytest.raises(UsageError):
        _found(store, 'params."x\' OR 1=1 --" = 1')
    assert _found(store) == "edcba"


def test_a_store_without_runs_finds_none_whatever_the_key(tmp_path: Path) -> None:
    place = _place(tmp_path)
    assert place.mlrun("init").status == 0
    assert _found(place, "metrics.acc > 0.9 and params.anything = 1") == ""


def test_days_minutes_and_seconds_are_as_long_as_they_are() -> None:
    assert period("2026-11-23", 0) == (AT - AT % DAY, AT - AT % DAY + DAY)
    assert period("yesterday", AT + DAY) == period("2026-11-23", 0)
    assert period("today", AT) == period("2026-11-23", 0)
    assert period("2026-11-23T12:48", 0) == (AT - 3 * SECOND, AT + 57 * SECOND)
    assert period("2026-11-23 13:48:03+01:00", 0) == (AT, AT + SECOND)
    assert period("2 hours ago", AT) == (AT - 7200 * SECOND, AT - 7200 * SECOND)
    assert period("3d", AT) == (AT - 3 * DAY, AT - 3 * DAY)
    assert [period(text, AT) for text in ("2026-13-01", "2026", "soon", "", "999999 weeks ago x")] == [None] * 5


def test_lengths_of_time_have_units() -> None:
    assert [seconds(text) for text in ("90", "1.5h", "2 m", "1d", ".5s")] == [90, 5400, 120, 86400, 0.5]
    assert [seconds(text) for text in ("", "h", "-1", "1y")] == [None] * 4
