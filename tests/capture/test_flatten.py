"""Nested values as flat parameters, also when they are hostile."""

import datetime as dt
import math

from hypothesis import given
from hypothesis import strategies as st

from runlore.capture.flatten import MAX_DEPTH, MAX_KEYS, flatten, flatten_whole
from runlore.records.canonical import Json, encode


def test_mappings_become_dotted_keys_and_lists_are_numbered() -> None:
    value = {"lr": 0.1, "model": {"layers": [64, {"width": 32}], "bias": None}}
    assert flatten(value) == {"lr": 0.1, "model.layers.0": 64, "model.layers.1.width": 32, "model.bias": None}
    assert list(flatten({"b": 1, "a": 2})) == ["b", "a"]


def test_empty_containers_are_seen() -> None:
    assert flatten({"layers": [], "model": {"head": {}}}) == {"layers": "[]", "model.head": "{}"}
    assert flatten({}) == {}
    assert flatten([]) == {}


def test_a_top_that_is_a_scalar_has_no_name_and_so_no_parameters() -> None:
    assert flatten(3) == {}


def test_keys_that_are_not_strings_are_written_as_json_writes_them() -> None:
    day = dt.date(2024, 3, 1)
    value = {7: "a", True: "b", None: "c", 2.5: "d", math.inf: "e", day: "f"}
    assert flatten(value) == {"7": "a", "true": "b", "null": "c", "2.5": "d", "inf": "e", "2024-03-01": "f"}


def test_dates_and_times_become_iso_8601() -> None:
    moment = dt.datetime(2024, 3, 1, 12, 30, tzinfo=dt.UTC)
    assert flatten({"at": moment, "time": moment.time()}) == {"at": "2024-03-01T12:30:00+00:00", "time": "12:30:00"}


def test_large_integers_stay_integers_until_python_could_not_print_them() -> None:
    assert flatten({"n": 2**64})["n"] == 2**64
    assert flatten({"n": 1 << 20_000})["n"] == hex(1 << 20_000)


def test_of_two_values_with_one_path_the_later_counts() -> None:
    assert flatten({"a.b": 1, "a": {"b": 2}}) == {"a.b": 2}


def test_the_number_of_keys_is_bounded_and_said() -> None:
    fits = {str(index): index for index in range(MAX_KEYS)}
    assert flatten_whole(fits) == (fits, True)
    assert flatten_whole(fits | {"more": 1}) == (fits, False)


def _nested(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def test_what_is_nested_too_deep_is_left_out_and_said() -> None:
    assert flatten_whole(_nested(MAX_DEPTH)) == ({".".join("a" * MAX_DEPTH): 1}, True)
    assert flatten_whole({"deep": _nested(MAX_DEPTH), "after": 2}) == ({"after": 2}, False)


def test_shared_parts_that_multiply_do_not_take_time_or_memory() -> None:
    bomb: Json = ["x"]
    for _ in range(MAX_DEPTH * 2):
        bomb = [bomb] * 10
    found, whole = flatten_whole({"bomb": bomb})
    assert (found, whole) == ({}, False)


def test_long_keys_and_texts_do_not_multiply() -> None:
    long = "k" * 100_000
    shared = {long: {str(index): long for index in range(100)}}
    found, whole = flatten_whole(shared)
    assert not whole
    assert sum(len(key) + len(str(each)) for key, each in found.items()) < 1 << 20


def test_a_value_that_holds_itself_ends() -> None:
    value: list[Json] = [1]
    value.append(value)
    found, whole = flatten_whole(value)
    assert found["0"] == found["1.0"] == 1
    assert not whole


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_scalars, inner, max_size=4)
)


@given(_values)
def test_whatever_a_parser_gives_becomes_something_a_record_can_hold(value: Json) -> None:
    found = flatten(value)
    assert not any(isinstance(each, list | dict) for each in found.values())
    assert encode(found)
