"""Pickles are read, never run."""

import os
import pickle
import pickletools
import struct
import threading
from collections import OrderedDict, defaultdict
from pathlib import Path

import pytest
from tests.insight.said import said, sameness


class Marker:
    """What a hostile pickle would do: leave a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.path,)


class Thing:
    def __init__(self, **values: object) -> None:
        self.__dict__.update(values)


def pickled(value: object, protocol: int = 4) -> bytes:
    return pickle.dumps(value, protocol)


@pytest.mark.parametrize("name", ["x.pkl", "x.joblib", "x.pt", "x"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_nothing_in_a_pickle_is_ever_run(tmp_path: Path, name: str, protocol: int) -> None:
    a, b = (pickled([Marker(f"{tmp_path}/{each}")], protocol) for each in "ab")
    assert sameness(name, a, b) == "different"
    assert os.listdir(tmp_path) == []


def test_a_call_with_other_arguments_is_a_difference() -> None:
    assert said("x.pkl", pickled(Marker("/a")), pickled(Marker("/b"))).detail == '"/a" and "/b"'


@pytest.mark.parametrize("protocol", range(6))
def test_the_protocol_says_nothing(protocol: int) -> None:
    value = {
        "list": [1, -5, 2.5, 1 << 80, None, True, "ä", b"bytes"],
        "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "sets": [{"a", "b", "c"}, frozenset((1, 2))],
        "objects": [Thing(x=1, y=[Thing()]), OrderedDict(a=1), defaultdict(list, a=[1]), range(3), 1 + 2j],
    }
    shared = [value, value]
    assert sameness("x.pkl", pickled(shared, 4), pickletools.optimize(pickled(shared, protocol))) in {
        "equal",
        "identical",
    }


def test_a_shared_object_equals_two_equal_ones() -> None:
    part = [1.5, "x"]
    assert sameness("x.pkl", pickled([part, part]), pickled([part, list(part)])) == "equal"


def test_an_object_within_itself_has_an_end() -> None:
    values = []
    for number in (1, 2):
        value: list[object] = [number]
        value.append(value)
        values.append(pickled(value))
    assert said("x.pkl", *values).detail == "0: 1 and 2"


def test_the_order_of_a_dictionary_and_of_a_set_says_nothing() -> None:
    a = pickled({"x": 1, "y": 2})
    b = pickled({"y": 2, "x": 1})
    assert a != b
    assert sameness("x.pkl", a, b) == "equal"
    names = [f"name{number}" for number in range(50)]
    forwards = b"\x80\x04\x8f(" + b"".join(b"\x8c" + bytes([len(each)]) + each.encode() for each in names) + b"\x90."
    backwards = (
        b"\x80\x04\x8f(" + b"".join(b"\x8c" + bytes([len(each)]) + each.encode() for each in reversed(names)) + b"\x90."
    )
    assert pickle.loads(forwards) == pickle.loads(backwards) == set(names)  # noqa: S301 - made above
    assert sameness("x.pkl", forwards, backwards) == "equal"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"x": 1}, {"x": 1, "y": 1}),
        ({1: "a"}, {"1": "a"}),
        ({True: "a"}, {1: "a"}),
        ([1], (1,)),
        ({"a", "b"}, {"a", "c"}),
        ("a", b"a"),
        (True, 1),
        (None, 0),
        (Thing(x=1), Thing(x=1, y=2)),
        (Thing(x=1), OrderedDict(x=1)),
        (b"a" * 5000, b"a" * 4999 + b"b"),
        (OrderedDict(a=1), OrderedDict(a="1")),
    ],
)
def test_these_are_not_the_same(a: object, b: object) -> None:
    assert sameness("x.pkl", pickled(a), pickled(b), tolerance=0.1) == "different"
    assert sameness("x.pkl", pickled(b), pickled(a), tolerance=0.1) == "different"


def test_no_tolerance_covers_the_sizes_that_a_call_is_given() -> None:
    a, b = (
        b"\x80\x04\x8c\x0ctorch._utils\x8c\x12_rebuild_tensor_v2\x93(K" + bytes([rows]) + b"K\x02\x86K\x05tR."
        for rows in (100, 101)
    )
    assert said("x.pkl", a, b, tolerance=0.5) == ("different", '"(100, 2)" and "(101, 2)"', None)


def test_what_could_not_be_pickled_by_us_is_still_compared() -> None:
    """A class that exists nowhere; cloudpickle and torch write such names."""
    made = b"\x80\x04\x8c\x07nowhere\x8c\x05Model\x93)\x81}\x8c\x01w%bsb."
    number = [b"G" + struct.pack(">d", each) for each in (0.5, 0.75)]
    assert said("x.pkl", *(made % each for each in number)).detail == "w: 0.5 and 0.75"
    assert not hasattr(threading, "Model")


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04.",
        b"\x80\x040.",
        b"\x80\x04]R.",
        b"\x80\x04h\x05.",
        b"\x80\x04(t",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x80\x04\x8b\xff\xff\xff\x7f",
        b"\x80\x04B\xff\xff\xff\xffxx.",
        b"\x80\x05\x97.",
        b"\x80\x04Nb.",
        b"\x80\x04N\x8f\x90.",
        b"\x80\x04\x95" + b"\xff" * 8 + b"N",
    ],
)
def test_a_malformed_pickle_is_unreadable(data: bytes) -> None:
    assert sameness("x.pkl", data, data + b"x") == "unreadable"


def test_several_pickles_in_one_file_are_all_compared() -> None:
    a, b = pickled(1) + pickled([2.0]), pickled(1) + pickled([3.0])
    assert said("x.pkl", a, b).detail == "1.0: 1 of 2 numbers differs: 2 and 3"


def test_models_of_scikit_learn_are_equal_when_trained_alike_and_different_when_not(tmp_path: Path) -> None:
    reason = "these files are written by scikit-learn"
    np = pytest.importorskip("numpy", reason=reason)
    ensemble = pytest.importorskip("sklearn.ensemble", reason=reason)
    joblib = pytest.importorskip("joblib", reason=reason)
    x = np.random.default_rng(0).normal(size=(80, 4))
    y = x[:, 0] > 0

    def trained(seed: int, **how: object) -> bytes:
        model = ensemble.RandomForestClassifier(n_estimators=3, random_state=seed).fit(x, y)
        joblib.dump(model, tmp_path / "model", **how)
        return (tmp_path / "model").read_bytes()

    for how in ({}, {"compress": 3}, {"compress": ("gzip", 1)}, {"compress": ("xz", 1)}, {"protocol": 5}):
        one, two, other = trained(1, **how), trained(1, **how), trained(2, **how)
        assert sameness("model.joblib", one, two) in {"equal", "identical"}
        assert sameness("model.joblib", one, other) == "different"
        assert sameness("model.joblib", pickled(joblib.load(tmp_path / "model")), pickled(0)) == "different"
    model = ensemble.RandomForestClassifier(n_estimators=3, random_state=1).fit(x, y)
    one = pickled(model)
    model.estimators_[1].tree_.value[0, 0, 0] += 0.25
    found = said("model.pkl", one, pickled(model))
    assert found.sameness == "different"
    assert found.detail.startswith("estimators_.1.tree_.values: 1 of ")


def test_joblibs_arrays_between_the_instructions_are_compared_by_number(tmp_path: Path) -> None:
    np = pytest.importorskip("numpy", reason="these files are written by joblib")
    joblib = pytest.importorskip("joblib", reason="these files are written by joblib")

    def dumped(change: float) -> bytes:
        weights = np.ones((100, 100), order="F")
        weights[5, 7] += change
        joblib.dump({"a": np.arange(10), "w": weights, "o": np.array([{"x": 1}, weights], object)}, tmp_path / "x")
        return (tmp_path / "x").read_bytes()

    found = said("x.joblib", dumped(0.0), dumped(1e-9), tolerance=1e-6)
    assert found.sameness == "within-tolerance"
    assert found.deviation == pytest.approx(1e-9, rel=1e-3)


def test_a_search_of_scikit_learn_repeats_all_but_its_times() -> None:
    reason = "these files are written by scikit-learn"
    svm = pytest.importorskip("sklearn.svm", reason=reason)
    selection = pytest.importorskip("sklearn.model_selection", reason=reason)
    x, y = [[float(number), number % 3] for number in range(24)], [number % 2 for number in range(24)]
    a, b = (pickled(selection.GridSearchCV(svm.SVC(), {"C": [1, 2]}, cv=2).fit(x, y)) for _ in range(2))
    found = said("search.pkl", a, b)
    assert found.sameness == "equal"
    assert "but for " in found.detail
