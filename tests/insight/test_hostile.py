"""Files that a stranger made to harm: they cost a bounded amount, and nothing they hold is believed."""

import bz2
import gzip
import io
import json
import lzma
import os
import resource
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.insight.said import sameness

MEMORY = 500 << 20
"""Bytes of address space of the process that compares."""
_CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
from runlore.insight.compare.compare import compare
from runlore.insight.compare.content import Path
print(compare(*(Path(each, each) for each in sys.argv[2:])).sameness)
"""


def in_little_memory(tmp_path: Path, name: str, a: bytes, b: bytes) -> str:
    """What a process says that may not use much, and has a minute of processor time."""
    for folder, data in (("a", a), ("b", b)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(data)
    found = subprocess.run(
        [sys.executable, "-c", _CHILD, str(MEMORY), str(tmp_path / "a" / name), str(tmp_path / "b" / name)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)),
    )
    return found.stdout.strip()


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as member:
        for _ in range(300):
            member.write(bytes(1 << 20))
    return file.getvalue()


def endless_gzip() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()


def npy(shape: str, descr: str = "'<f8'") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header


def safetensors(header: object) -> bytes:
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(data)) + data


def tensor(shape: list[int], end: int) -> dict[str, object]:
    return {"x": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}}


def shared_pickle(item: int) -> bytes:
    """A pair of a pair of a pair, and so on: 2 to the power of 60 items in 130 bytes."""
    return b"\x80\x04K" + bytes([item]) + b"2\x86" * 60 + b"."


def laughing_yaml(depth: int) -> bytes:
    lines = [b"a0: &a0 [1, 1]"]
    lines += [b"a%d: &a%d [*a%d, *a%d, *a%d]" % (n, n, n - 1, n - 1, n - 1) for n in range(1, depth)]
    return b"\n".join(lines)


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a zip of 300 MiB of zeros": ("x.npz", zip_bomb),
    "an endless gzip": ("x.csv.gz", endless_gzip),
    "an endless bzip2": ("x.json.bz2", lambda: b"".join([bz2.compress(bytes(20 << 20))] * 15)),
    "an endless xz": ("x.json.xz", lambda: b"".join([lzma.compress(bytes(20 << 20))] * 15)),
    "a hundred thousand empty gzips": ("x.json.gz", lambda: gzip.compress(b"") * 110_000),
    "a million brackets of JSON": ("x.json", lambda: b"[" * 1_000_000 + b"1" + b"]" * 1_000_000),
    "a number of a million digits": ("x.json", lambda: b"1" * 1_000_000),
    "JSON of many small lists": ("x.json", lambda: b"[" + b"[]," * 2_500_000 + b"1]"),
    "a line without an end": ("x.jsonl", lambda: b"1" * (10 << 20)),
    "a million brackets of YAML": ("x.yaml", lambda: b"[" * 900_000),
    "a billion laughs": ("x.yaml", lambda: laughing_yaml(40)),
    "a TOML key of many parts": ("x.toml", lambda: b".".join([b"a"] * 100_000) + b" = 1"),
    "a row without an end": ("x.csv", lambda: b'"' + b"a\n" * (10 << 20)),
    "a row of many cells": ("x.csv", lambda: b"," * (20 << 20)),
    "an array of more than there is": ("x.npy", lambda: npy("(1000000000, 1000000000)")),
    "an array of negative size": ("x.npy", lambda: npy("(-5,)")),
    "an array of many dimensions": ("x.npy", lambda: npy("(" + "1," * 9000 + ")")),
    "a header of brackets": ("x.npy", lambda: npy("(" * 5000)),
    "a header of signs": ("x.npy", lambda: npy("-" * 5000 + "1")),
    "a header that is a program": ("x.npy", lambda: npy("__import__('os').abort()")),
    "a type of a gigabyte": ("x.npy", lambda: npy("(1,)", "'<U999999999'")),
    "tensors of more than there is": ("x.safetensors", lambda: safetensors(tensor([1 << 40], 1 << 42))),
    "a safetensors header of brackets": ("x.safetensors", lambda: safetensors(b"[" * 1_000_000)),
    "a tensor outside the file": ("x.safetensors", lambda: safetensors(tensor([-1], -4))),
    "a pickle of a gigabyte of text": ("x.pkl", lambda: b"\x80\x04X\xff\xff\xff\x3f" + b"a"),
    "a pickle of nested lists": ("x.pkl", lambda: b"\x80\x04" + b"]" * 500_000 + b"a" * 499_999 + b"."),
    "a pickle of nested tuples as keys": ("x.pkl", lambda: b"\x80\x04}N" + b"\x85" * 500_000 + b"Ns."),
    "a pickle of marks": ("x.pkl", lambda: b"\x80\x04" + b"(" * 2_100_000),
    "a pickle of many pickles": ("x.pkl", lambda: b"\x80\x04N." * 200_000),
    "a huge picture": (
        "x.png",
        lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", 1 << 31, 1 << 31, 16, 6, 0, 0, 0) + bytes(4),
    ),
    "a tar whose member is longer than the file": ("x.tar", lambda: tar_of(1 << 40)),
    "a tar with a table of a gigabyte": ("x.tar", lambda: tar_of(1 << 30, kind=tarfile.XHDTYPE)),
    "a tar that names a name that names a name": ("x.tar", lambda: tar_of(0, kind=tarfile.GNUTYPE_LONGNAME) * 3000),
}


def tar_of(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo("x")
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def nested_zip(data: bytes, depth: int) -> bytes:
    for _ in range(depth):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.zip", data)
        data = file.getvalue()
    return data


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_not_called_equal_and_takes_little(tmp_path: Path, what: str) -> None:
    name, make = HOSTILE[what]
    data = make()
    assert in_little_memory(tmp_path, name, data, data[:-1] + bytes([data[-1] ^ 1])) in {"unreadable", "different"}
    assert sameness(name, data, data) == "identical"


def test_what_is_shared_a_billion_times_is_compared_once() -> None:
    assert sameness("x.pkl", shared_pickle(1), shared_pickle(2)) == "different"
    assert sameness("x.pkl", shared_pickle(1), shared_pickle(1).replace(b"\x80\x04", b"\x80\x03")) == "equal"
    laughing = laughing_yaml(40)
    assert sameness("x.yaml", laughing, laughing.replace(b"[1, 1]", b"[1, 2]")) == "different"
    assert sameness("x.yaml", laughing, laughing + b"\n") == "equal"


@pytest.mark.parametrize(("depth", "expected"), [(3, "different"), (30, "unreadable")])
def test_zips_in_zips_are_opened_to_a_bounded_depth(depth: int, expected: str) -> None:
    assert sameness("x.zip", nested_zip(b"1", depth), nested_zip(b"2", depth)) == expected


def test_a_large_array_is_compared_in_little_memory(tmp_path: Path) -> None:
    """Each has more bytes than the process may use."""
    size = 80_000_000
    for folder in "ab":
        (tmp_path / folder).mkdir()
        with (tmp_path / folder / "x.npy").open("wb") as file:
            file.write(npy(f"({size},)"))
            file.truncate(file.tell() + 8 * size)
            if folder == "b":
                file.seek(-8, os.SEEK_END)
                file.write(struct.pack("<d", 0.5))
    paths = [str(tmp_path / folder / "x.npy") for folder in "ab"]
    found = subprocess.run(
        [sys.executable, "-c", _CHILD, str(MEMORY), *paths], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "different"
