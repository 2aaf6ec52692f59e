"""Fuzzed: files that `diff`, `reproduce` and `samples` look into, and those of which parameters are read."""

import csv
import gzip
import io
import json
import struct
import tarfile
import zipfile
import zlib
from functools import partial
from pathlib import Path

from tests.fuzz.target import Target, Targets, file

from runlore.capture.config import parse, read_config
from runlore.capture.flatten import flatten_whole
from runlore.capture.samples.collect import collect
from runlore.insight.compare.compare import compare
from runlore.insight.compare.content import Held
from runlore.insight.lines import changes, hunks, is_binary, lines_of
from runlore.insight.rows import compare_rows
from runlore.insight.samples.duck import UnreadableError, database
from runlore.insight.samples.looking import Wish, look
from runlore.insight.samples.sources import Source
from runlore.records.samples import LINES

_BUNDLED = Path(__file__).parents[1] / "insight" / "files"


def _compare(name: str, other: bytes, data: bytes, _: str) -> None:
    for pair in ((data, other), (other, data)):
        compare(*(Held(name, each) for each in pair))


def _compared(name: str, *seeds: bytes, tokens: tuple[bytes, ...] = ()) -> Target:
    return Target(partial(_compare, name, seeds[0]), seeds, (), tokens)


def _rows(name: str, other: bytes, data: bytes, _: str) -> None:
    compare_rows(Held(name, other), Held(name, data))


def _config(name: str, data: bytes, folder: str) -> None:
    value, _ = parse(name, data)
    flatten_whole(value)
    read_config(file(folder, name, data))


def _samples(form: str, columns: tuple[dict[str, str], ...] | None, data: bytes, folder: str) -> None:
    path = file(folder, f"predictions.{form}", data)
    with database(folder, [path], memory=200 << 20) as opened:
        look(opened, Source(path, form, columns), Wish())


def _collected(data: bytes, _: str) -> None:
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        return
    collect([each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else [], io.BytesIO())


def _lines(data: bytes, _: str) -> None:
    first, _bar, second = data.partition(b"|")
    if not is_binary(data):
        a, b = lines_of(first), lines_of(second)
        list(hunks(a, b, changes(a, b)))


def _bundled(pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(_BUNDLED.glob(pattern)))


def _zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


def _tarred() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in ("a.json", "é" * 120):
            member = tarfile.TarInfo(name)
            member.size = 7
            archive.addfile(member, io.BytesIO(b'{"a":1}'))
    return made.getvalue()


def _npy(descr: str, data: bytes, shape: str = "(2,)") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def _tensors() -> bytes:
    header = json.dumps(
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "__metadata__": {"x": "y"}}
    ).encode()
    return struct.pack("<Q", len(header)) + header + bytes(8)


_YAML = b"""lr: 1e-3
base: &b {a: 1, b: [1, 2, 0x1f, 1:30, 2024-02-29, ~, .inf]}
other: {<<: *b, c: !ENV '${HOME}', d: !!binary aGk=, e: |
  text
}
---
? key
: !!set {x, y}
"""
_YAML_WORDS = (
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!timestamp ",
    b"!!int ",
    b"!!binary ",
    b"!!float ",
    b"? ",
    b"- ",
    b"%YAML 1.1\n",
    b"\xff\xfe",
    b"0b_",
    b"0o",
    b"1:1:1",
)
_TOML = b'a.b = 1\n[t]\nd = 1979-05-27T07:32:00Z\nx = [1, 2.5, "s", """l"""]\n[[u]]\nk = {z = true}\n'
_JSON = json.dumps(
    {"cells": [{"cell_type": "code", "source": ["x = 1\n"], "outputs": [], "n": 1.5, "m": None}]}
).encode()
_JSONL = b'{"id":1,"y":"a","p":0.5}\n{"id":2,"y":"b","p":[1,2]}\n'
_CSV = b"id,target,prediction,loss,split\n1,a,a,0.5,test\n2,b,a,1.5,test\n3,b,b,,train\n"
_CSV_WORDS = (b'"', b'""', b",", b"\r\n", b"\t", b";", b"1e400", b"2024-01-01", b"infinity", b"\xef\xbb\xbf")
_LINES = gzip.compress(b'{"split":"test","columns":{"id":[1,2],"target":["a","b"],"prediction":["a","a"]}}\n', mtime=0)
_COLUMNS = (
    {"name": "id", "type": "integer"},
    {"name": "target", "type": "text"},
    {"name": "prediction", "type": "text"},
)
_ENTRIES = json.dumps([{"split": "a", "columns": {"x": [1, 2.5], "X": ["a", None], "split": [True, 10**400]}}]).encode()


_UNREADABLE = (UnreadableError,)
_NO_TABLE = (ValueError, ArithmeticError, RecursionError, csv.Error)
"""What `ops/difference/inputs.py` takes for "not a table"."""
_PARSE = (ValueError, RecursionError)

TARGETS: Targets = {
    "yaml": Target(partial(_config, "x.yaml"), (_YAML,), _PARSE, _YAML_WORDS),
    "toml": Target(partial(_config, "x.toml"), (_TOML,), _PARSE, (b"[", b"]]", b"'''", b"0x", b"inf", b"07:32:00")),
    "json-config": Target(partial(_config, "x.json"), (_JSON, b'{"a":{"b":[1,{"c":null}]}}'), _PARSE),
    "notebook": _compared("x.ipynb", _JSON),
    "json-lines": _compared("x.jsonl", _JSONL),
    "compare-yaml": _compared("x.yaml", _YAML, tokens=_YAML_WORDS),
    "csv": _compared("x.csv", _CSV, tokens=_CSV_WORDS),
    "csv-rows": Target(partial(_rows, "x.csv", _CSV), (_CSV,), _NO_TABLE, _CSV_WORDS),
    "jsonl-rows": Target(partial(_rows, "x.jsonl", _JSONL), (_JSONL,), _NO_TABLE),
    "npy": _compared("x.npy", _npy("'<f8'", bytes(16)), _npy("[('a', '<i4'), ('b', '|S4', (1,))]", bytes(16))),
    "safetensors": _compared("x.safetensors", _tensors(), *_bundled("*.safetensors")),
    "pickle": _compared("x.pkl", *_bundled("pickle-*.pkl"), *_bundled("torch-pickle*.pkl")),
    "joblib": _compared("x.joblib", *_bundled("*.joblib")),
    "torch": _compared("x.pt", *_bundled("*.pt")),
    "zip": _compared("x.zip", _zipped(a=b'{"a":1}', b=b"x"), _zipped(a=b"y")),
    "tar": _compared("x.tar", _tarred()),
    "packed": _compared("x.json.gz", gzip.compress(_JSON, mtime=0), zlib.compress(_JSON)),
    "png": _compared("x.png", *_bundled("*.png")),
    "parquet": _compared("x.parquet", *_bundled("*.parquet")),
    "lines": Target(_lines, (b"a\nb\nc\n|a\nx\nc\n",), (), (b"|", b"\n")),
    "samples-told": Target(_collected, (_ENTRIES,)),
    "samples-csv": Target(partial(_samples, "csv", None), (_CSV,), _UNREADABLE, _CSV_WORDS, heavy=True),
    "samples-jsonl": Target(partial(_samples, "jsonl", None), (_JSONL,), _UNREADABLE, heavy=True),
    "samples-parquet": Target(partial(_samples, "parquet", None), _bundled("*.parquet"), _UNREADABLE, heavy=True),
    "samples-lines": Target(partial(_samples, LINES, _COLUMNS), (_LINES,), _UNREADABLE, heavy=True),
}
