"""Stores of earlier formats, unpacked, and records in them that another version may have written."""

import glob
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.place import Place

from runlore.records.canonical import decode, encode
from runlore.records.hashing import record_id
from runlore.store.layout import Layout
from runlore.store.runs import open_seal
from runlore.store.store import Store

ARCHIVES = sorted(glob.glob(os.path.join(os.path.dirname(__file__), "format-*.tar.xz")))
NEWEST = ARCHIVES[-1]

Parts = dict[str, dict[str, Any]]
"""The records of a run: ``intent``, ``seal``, ``recipe`` and ``environment``."""


def unpack(archive: str, folder: Path) -> Place:
    """A folder that holds the store and nothing else."""
    for name in ("project", "home"):
        (folder / name).mkdir()
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "project", filter="tar")
    return Place(os.fspath(folder / "project"), os.fspath(folder / "home"))


def add_altered(place: Place, run: str, change: Callable[[Parts], None]) -> str:
    """Put on record another run, the newest: ``run`` with its records changed. Its id."""
    with Store(os.path.join(place.folder, ".mlrun")) as store:
        parts = _parts(store, run)
        parts["intent"] |= {"name": "altered", "started_at": parts["intent"]["started_at"] + 10**12}
        change(parts)
        with store.writer() as writer:
            parts["recipe"]["environment"] = writer.add_record(encode(parts["environment"]))
            recipe = writer.add_record(encode(parts["recipe"]))
        parts["intent"]["recipe"] = parts["seal"]["recipe"] = recipe
        return _write(store.layout, encode(parts["intent"]), parts["seal"])


def _parts(store: Store, run: str) -> Parts:
    folder = f"{store.layout.runs}/{run}"
    intent = decode(_read(f"{folder}/intent"))
    sealed = _read(f"{folder}/seal")
    recipe = decode(store.objects.record(bytes.fromhex(open_seal(sealed).recipe)))
    environment = decode(store.objects.record(bytes.fromhex(recipe["environment"])))
    seal = decode(sealed.partition(b"\n")[2])
    return {"intent": intent, "seal": seal, "recipe": recipe, "environment": environment}


def _write(layout: Layout, intent: bytes, end: dict[str, Any]) -> str:
    run: str = record_id(intent)
    seal = encode({**end, "run": run})
    os.mkdir(f"{layout.runs}/{run}")
    for name, data in (("intent", intent), ("seal", record_id(seal).encode() + b"\n" + seal)):
        with open(f"{layout.runs}/{run}/{name}", "wb") as file:
            file.write(data)
    return run


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
