"""Journals as the probe writes them."""

import json
import os
import zlib
from pathlib import Path
from typing import Any


def line(entry: object) -> bytes:
    """One checked line."""
    text = json.dumps(entry, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def log(values: dict[str, Any], step: int | None = None, at: int = 0, **more: str) -> dict[str, Any]:
    """An entry of kind ``log``."""
    return {"kind": "log", "at": at, "step": step, "values": values, **more}


def write_journal(folder: Path, *entries: dict[str, Any]) -> str:
    """A journal of these entries; its path."""
    path = folder / "journal"
    path.write_bytes(b"".join(map(line, entries)))
    return os.fspath(path)
