"""What `runlore.params` and `runlore.output` write."""

import os
from typing import Any

import pytest
from tests.probe.children import Child


def params(child: Child, call: str, before: str = "", python: str = "python3") -> dict[str, Any]:
    child.script(f"import runlore\n{before}\nrunlore.params({call})", python)
    (entry,) = child.told()
    assert entry["kind"] == "params"
    values: dict[str, Any] = entry["values"]
    return values


def test_scalars_stay_what_they_are(python: str, child: Child) -> None:
    call = "lr=0.1, layers=3, deep=True, name='é\"', seed=None, tiny=1e-300, no=float('nan'), up=float('inf')"
    assert params(child, call, python=python) == {
        "lr": 0.1,
        "layers": 3,
        "deep": True,
        "name": 'é"',
        "seed": None,
        "tiny": 1e-300,
        "no": "NaN",
        "up": "Infinity",
    }


def test_nested_ones_get_the_names_that_config_files_give(child: Child) -> None:
    call = "{'model': {'layers': [64, {'k': 1}], 'none': [], 'empty': {}}, 3: (1, 2)}, lr=0.1"
    assert params(child, call) == {
        "model.layers.0": 64,
        "model.layers.1.k": 1,
        "model.none": "[]",
        "model.empty": "{}",
        "3.0": 1,
        "3.1": 2,
        "lr": 0.1,
    }


@pytest.mark.parametrize(
    "values",
    [
        "argparse.Namespace(lr=0.1, optimizer=argparse.Namespace(name='sgd'))",
        "Config(lr=0.1, optimizer=Optimizer(name='sgd'))",
        "types.SimpleNamespace(lr=0.1, optimizer={'name': 'sgd'})",
        "types.MappingProxyType({'lr': 0.1, 'optimizer': types.MappingProxyType({'name': 'sgd'})})",
        "collections.UserDict(lr=0.1, optimizer=collections.OrderedDict(name='sgd'))",
    ],
)
def test_what_scripts_keep_their_configuration_in(child: Child, values: str) -> None:
    before = """
import argparse, collections, dataclasses, types
@dataclasses.dataclass
class Optimizer: name: str
@dataclasses.dataclass
class Config: lr: float; optimizer: Optimizer
"""
    assert params(child, values, before) == {"lr": 0.1, "optimizer.name": "sgd"}


def test_all_else_is_text_that_is_the_same_in_every_run(child: Child) -> None:
    before = "import datetime, fractions, pathlib\nclass Net: pass\ndef relu(x): pass"
    call = (
        "path=pathlib.Path('/data'), day=datetime.date(2024, 2, 29), net=Net(), kind=Net, act=relu,"
        "ratio=fractions.Fraction(1, 3), held=type('T', (), {'item': lambda self: 7})(), raw=b'x', names={'a'}"
    )
    assert params(child, call, before) == {
        "path": "/data",
        "day": "2024-02-29",
        "net": "__main__.Net",
        "kind": "<class '__main__.Net'>",
        "act": "__main__.relu",
        "ratio": "1/3",
        "held": 7,
        "raw": "b'x'",
        "names": "{'a'}",
    }


def test_numbers_that_python_would_not_print_and_very_long_texts(child: Child) -> None:
    found = params(child, "whole=1 << 5000, text='x' * 50_000")
    assert found["whole"] == hex(1 << 5000)
    assert found["text"] == "x" * 10_000


def test_what_has_no_end_is_cut(child: Child) -> None:
    before = "loop = {}; loop['again'] = loop; loop['a'] = 1\nwide = {str(n): n for n in range(10**5)}"
    assert len(params(child, "loop", before)) < 100
    child.journal.write_bytes(b"")
    assert len(params(child, "wide", before)) == 1000


def test_arrays_and_tables_are_shown_as_they_show_themselves(child: Child) -> None:
    before = """
class Array:
    def __bool__(self): raise ValueError("ambiguous")
    def __eq__(self, other): raise ValueError("ambiguous")
    def item(self): raise ValueError("more than one")
    def __str__(self): return "[1 2]"
"""
    assert params(child, "betas=Array(), lr=1", before) == {"betas": "[1 2]", "lr": 1}


@pytest.mark.parametrize("call", ["[1, 2]", "'lr'", "3", "{1: Odd()}"])
def test_what_has_no_names_is_a_warning(child: Child, call: str) -> None:
    odd = "class Odd:\n    def __str__(self): raise RuntimeError('odd')"
    child.script(f"import runlore\n{odd}\nrunlore.params({call})")
    (warning,) = child.told()
    assert warning["message"].startswith("runlore.params: ")


def test_nothing_said_is_nothing_written(child: Child) -> None:
    child.script("import runlore\nrunlore.params()\nrunlore.params({})\nrunlore.log()\nrunlore.log({}, step=1)")
    assert child.told() == []


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("'model.pkl'", "/model.pkl"),
        ("'../project/./out'", "/out"),
        ("b'\\xff.bin'", "/\udcff.bin"),
        ("pathlib.Path('out') / 'é'", "/out/é"),
    ],
)
def test_an_output_is_named_by_its_absolute_path(child: Child, path: str, written: str) -> None:
    child.script(f"import pathlib, runlore\nrunlore.output({path})")
    assert child.told() == [{"kind": "output", "path": os.path.realpath(child.folder) + written}]
