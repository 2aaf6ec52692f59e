"""Reading an interpreter's report, which any process of the run could have written."""

import json
from typing import Any

import pytest

from runlore.capture.interpreter import Interpreter, read_report

REPORT: dict[str, Any] = {
    "kind": "interpreter",
    "pid": 42,
    "executable": "/v/bin/python",
    "prefix": "/v",
    "base_prefix": "/usr",
    "version": "3.13.0rc1+",
    "abiflags": "t",
    "implementation": "cpython",
    "platform": "linux-x86_64-glibc2.36",
    "path": ["/usr/lib/python313.zip", "/v/lib"],
    "flags": {"optimize": 1},
    "hash_seed": "0",
}


def test_a_report_becomes_an_interpreter() -> None:
    assert read_report(REPORT) == Interpreter(
        pid=42,
        executable="/v/bin/python",
        prefix="/v",
        base_prefix="/usr",
        version="3.13.0rc1+",
        abiflags="t",
        implementation="cpython",
        platform="linux-x86_64-glibc2.36",
        path=("/usr/lib/python313.zip", "/v/lib"),
        flags={"optimize": 1},
        hash_seed="0",
    )


def test_what_a_newer_probe_adds_is_no_trouble() -> None:
    assert read_report({**REPORT, "colour": ["green"]}) == read_report(REPORT)


@pytest.mark.parametrize("name", [name for name in REPORT if name not in {"abiflags", "hash_seed"}])
@pytest.mark.parametrize("value", [None, 1.5, -1, True, [], {}, "", "a b\n", "\0", [[]], ["/x"] * 2, {"x": "y"}])
def test_a_field_that_is_anything_never_raises(name: str, value: object) -> None:
    found = read_report({**REPORT, name: value})
    if found is not None:
        assert type(getattr(found, name)) is type(getattr(read_report(REPORT), name))
        json.dumps(found.path)


@pytest.mark.parametrize("name", [name for name in REPORT if name not in {"abiflags", "hash_seed"}])
def test_a_report_without_a_field_is_none(name: str) -> None:
    assert read_report({key: value for key, value in REPORT.items() if key != name}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "metrics"},
        {"pid": True},
        {"pid": "42"},
        {"version": "3.11"},
        {"version": "3.11.7\n"},
        {"version": "3.11.7 \x1b[31m"},
        {"version": "9" * 1000},
        {"implementation": "c\x1bpython"},
        {"platform": "x" * 101},
        {"executable": "/bin/py\0thon"},
        {"path": "/v/lib"},
        {"flags": []},
    ],
)
def test_a_report_that_cannot_be_true_is_none(wrong: dict[str, object]) -> None:
    assert read_report({**REPORT, **wrong}) is None


def test_entries_that_name_no_folder_are_left_out() -> None:
    found = read_report({**REPORT, "path": ["", "lib", "/a\0b", 3, None, ["/c"], "/v/lib"]})
    assert found is not None
    assert found.path == ("/v/lib",)


def test_what_is_worthless_beside_a_good_report_is_dropped() -> None:
    found = read_report(
        {**REPORT, "abiflags": 7, "hash_seed": ["0"], "flags": {"optimize": 2, "utf8_mode": "1", "isolated": True}}
    )
    assert found is not None
    assert (found.abiflags, found.hash_seed, found.flags) == ("", None, {"optimize": 2})


def test_an_endless_path_is_cut() -> None:
    found = read_report({**REPORT, "path": ["/x"] * 100_000, "flags": {str(number): 0 for number in range(10_000)}})
    assert found is not None
    assert len(found.path) < 10_000
    assert len(found.flags) < 100
