"""What `runlore.samples` writes."""

import importlib.util
import time
from typing import Any

import pytest
from tests.probe.children import Child


def columns(child: Child) -> dict[str, list[Any]]:
    """Those of all calls, put together."""
    found: dict[str, list[Any]] = {}
    for entry in child.told("samples"):
        for name, values in entry["columns"].items():
            found.setdefault(name, []).extend(values)
    return found


def test_columns_are_kept_by_name(python: str, child: Child) -> None:
    child.script(
        "import runlore\n"
        "runlore.samples(['a', 'b'], target=[0, 1], prediction=(0.2, 0.9), loss=range(2),\n"
        "                split='test', hard=[True, None])",
        python,
    )
    assert child.told() == [
        {
            "kind": "samples",
            "split": "test",
            "columns": {
                "id": ["a", "b"],
                "target": [0, 1],
                "prediction": [0.2, 0.9],
                "loss": [0, 1],
                "hard": [True, None],
            },
        }
    ]


def test_calls_add_up(child: Child) -> None:
    child.script("import runlore\nfor n in range(3):\n    runlore.samples([n], loss=[n / 2])")
    assert columns(child) == {"id": [0, 1, 2], "loss": [0.0, 0.5, 1.0]}
    assert {entry["split"] for entry in child.told()} == {None}


def test_a_single_value_stands_for_all_samples(child: Child) -> None:
    child.script("import runlore\nrunlore.samples(['a', 'b'], epoch=3, site='x', meta={'k': 1}, none=None)")
    assert columns(child) == {"id": ["a", "b"], "epoch": [3, 3], "site": ["x", "x"], "meta": ["{'k': 1}"] * 2}


def test_many_samples_come_in_pieces_that_one_write_can_take(python: str, child: Child) -> None:
    started = time.monotonic()
    child.script(
        "import runlore\nn = 100_000\n"
        "runlore.samples(range(n), loss=[i / 7 for i in range(n)], text=['x' * (i % 90) for i in range(n)])",
        python,
    )
    assert time.monotonic() - started < 20
    found = columns(child)
    assert found["id"] == list(range(100_000))
    assert found["loss"] == [i / 7 for i in range(100_000)]
    assert found["text"] == ["x" * (i % 90) for i in range(100_000)]
    lengths = [len(line) for line in child.journal.read_bytes().splitlines()]
    assert max(lengths) <= (1 << 16) + 100
    assert len(lengths) < 2 * sum(lengths) / (1 << 16)


def test_a_sample_longer_than_a_piece_is_one_entry(child: Child) -> None:
    child.script("import runlore\nrunlore.samples([1, 2, 3], text=['a' * 200_000, 'b', 'c' * 100_000])")
    assert columns(child)["text"] == ["a" * 200_000, "b", "c" * 100_000]


def test_arrays_tables_and_tensors_by_their_own_conversion(child: Child) -> None:
    child.script("""
import array, runlore
class Array:
    def tolist(self): return [[0.1, 0.9], [float("nan"), 1.0]]
class Series:
    def to_list(self): return [1, 2]
class Arrow:
    def to_pylist(self): return ["x", None]
class Tensor:
    def __array__(self): return Array()
class Scalar:
    def tolist(self): return 0.5
runlore.samples(array.array("i", [7, 8]), target=Array(), prediction=Series(), loss=Arrow(), t=Tensor(), s=Scalar())
""")
    assert columns(child) == {
        "id": [7, 8],
        "target": [[0.1, 0.9], ["NaN", 1.0]],
        "prediction": [1, 2],
        "loss": ["x", None],
        "t": [[0.1, 0.9], ["NaN", 1.0]],
        "s": [0.5, 0.5],
    }


def test_values_that_json_has_no_form_for(child: Child) -> None:
    child.script("""
import datetime, decimal, runlore
class Number:
    def item(self): return float("-inf")
class Odd:
    def item(self): raise ValueError
    def __str__(self): return "odd"
runlore.samples(
    [b"a", "\\udcff", datetime.date(2024, 1, 2)],
    loss=[float("inf"), Number(), decimal.Decimal("0.1")],
    more=iter([{1, }, Odd(), {"k": float("nan")}]),
)
""")
    assert columns(child) == {
        "id": ["a", "\udcff", "2024-01-02"],
        "loss": ["Infinity", "-Infinity", "0.1"],
        "more": [[1], "odd", {"k": "NaN"}],
    }


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("[1, 2], loss=[1]", "ValueError: 'loss' has 1 values for 2 samples"),
        ("7, loss=[1]", "TypeError: 'id' is one value, not one for each sample"),
        ("'abc'", "TypeError: 'id' is one value, not one for each sample"),
        ("None, loss=[1]", "TypeError: samples need ids"),
        ("[1], [2]", "TypeError: samples() takes 1 positional argument but 2 were given"),
        ("[1], loss=[{(1,): 2}]", "TypeError: keys must be str, int, float, bool or None, not tuple"),
    ],
)
def test_columns_that_do_not_fit_are_a_warning(child: Child, call: str, message: str) -> None:
    child.script(f"import runlore\nrunlore.samples({call})")
    (warning,) = child.told()
    assert warning["message"] == f"runlore.samples: {message}"


def test_no_samples_are_no_entry(child: Child) -> None:
    child.script("import runlore\nrunlore.samples([], loss=[])")
    assert child.told() == []


@pytest.mark.skipif(importlib.util.find_spec("numpy") is None, reason="numpy is not installed")
def test_numpy_arrays_and_scalars(child: Child) -> None:
    child.script("""
import numpy as np, runlore
runlore.samples(
    np.arange(2), target=np.array(["a", "b"]), prediction=np.eye(2, dtype="float32"),
    loss=[np.float32(0.5), np.float64("nan")], n=np.int64(3), b=[np.bool_(True), np.str_("s")],
)
runlore.log(
    a=np.float32(0.1), b=np.float64(0.2), c=np.int8(-3), d=np.array(4.5), e=np.array([6]),
    f=np.bool_(True), g=np.float16("inf"), step=np.int64(5),
)
runlore.log(bad=np.zeros(2))
runlore.params(lr=np.float64(0.1), n=np.int64(3), betas=np.array([0.9, 0.99]))
""")
    assert columns(child) == {
        "id": [0, 1],
        "target": ["a", "b"],
        "prediction": [[1.0, 0.0], [0.0, 1.0]],
        "loss": [0.5, "NaN"],
        "n": [3, 3],
        "b": [True, "s"],
    }
    (point,) = child.told("log")
    assert point["step"] == 5
    assert point["values"] == {
        "a": 0.10000000149011612, "b": 0.2, "c": -3, "d": 4.5, "e": 6, "f": 1, "g": "Infinity",
    }  # fmt: skip
    assert child.told("params")[0]["values"] == {"lr": 0.1, "n": 3, "betas": "[0.9  0.99]"}
    assert len(child.told("warning")) == 1
