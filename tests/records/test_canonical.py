import json
import math
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.records.canonical import Json, decode, encode

texts = st.text() | st.binary(max_size=8).map(os.fsdecode)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts | st.sampled_from(["$float", "$", "$$x"]), inner),
    max_leaves=20,
)


@given(values)
def test_every_value_comes_back_as_it_was(value: Json) -> None:
    assert decode(encode(value)) == value


@given(values)
def test_every_value_has_one_form(value: Json) -> None:
    encoded = encode(value)
    assert encode(decode(encoded)) == encoded
    assert encoded.isascii()
    assert json.loads(encoded) is not Ellipsis  # plain JSON to everybody else


@given(st.floats(allow_nan=False))
def test_a_float_keeps_every_bit_and_stays_a_float(value: float) -> None:
    back = decode(encode({"x": value}))["x"]
    assert isinstance(back, float)
    assert (back, math.copysign(1, back)) == (value, math.copysign(1, value))


def test_the_bytes_are_those_of_the_specification() -> None:
    value = {"b": [1, 0.1, math.nan, -math.inf, None, True], "a": "é\n\udcff", "$x": {"$float": "no number"}}
    assert encode(value) == (
        b'{"$$x":{"$$float":"no number"},"a":"\\u00e9\\n\\udcff",'
        b'"b":[1,{"$float":"0.1"},{"$float":"nan"},{"$float":"-inf"},null,true]}'
    )


def test_nan_comes_back_as_nan() -> None:
    assert math.isnan(decode(encode(math.nan)))


@pytest.mark.parametrize("value", [b"bytes", {1: "a"}, {"a": object()}, {1.5}])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("data", [b"", b"{", b'{"$float":"x"}', b"\xff"])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of any kind
        decode(data)


def test_a_float_whose_key_is_spelled_otherwise_and_that_is_no_text_is_no_float() -> None:
    assert decode(b'[{"$float":"1.5"},{"\\u0024float":null}]') == [1.5, {"$float": None}]
