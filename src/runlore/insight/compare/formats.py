"""Which format a content has: by its first bytes where they say it, else by its name."""

import os

from runlore.insight.compare.content import Content, head
from runlore.insight.compare.npy import MAGIC as NPY
from runlore.insight.compare.png import MAGIC as PNG

_MAGIC = (
    (NPY, "npy"),
    (PNG, "png"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
    (b"\x1f\x8b\x08", "packed"),
    (b"BZh", "packed"),
    (b"\xfd7zXZ\x00", "packed"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"SQLite format 3\x00", "SQLite"),
)
_NAMES = {
    **dict.fromkeys((".json", ".ipynb", ".geojson"), "json"),
    **dict.fromkeys((".jsonl", ".ndjson"), "json-lines"),
    **dict.fromkeys((".yaml", ".yml", ".toml"), "config"),
    **dict.fromkeys((".csv", ".tsv"), "table"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".sav", ".dill", ".cloudpickle"), "pickle"),
    ".safetensors": "safetensors",
}
_WEAK = frozenset((".pt", ".pth", ".ckpt", ".bin", ".p", ".model", ".z", ".lzma", *_NAMES))
_TAR = slice(257, 262)
_PROTOCOLS = range(2, 6)
SAID = {
    "json": "JSON",
    "json-lines": "JSON lines",
    "config": "YAML or TOML",
    "table": "CSV",
    "npy": "a NumPy array",
    "packed": "compressed",
    "png": "PNG",
    "parquet": "Parquet",
    "pickle": "a pickle",
}
"""Formats as a person calls them, where that is not their name here."""


def format_of(content: Content) -> str:
    """A word for the format, empty where none is known; raises what reading raises."""
    start = head(content, 512)
    for magic, name in _MAGIC:
        if start.startswith(magic):
            return name
    if start[_TAR] == b"ustar":
        return "tar"
    suffix = os.path.splitext(content.name)[1].lower()
    if start[:1] == b"\x80" and len(start) > 1 and start[1] in _PROTOCOLS:
        return "pickle"
    if suffix in _WEAK and _is_zlib(start):
        return "packed"
    if suffix in (".xz", ".lzma") and start.startswith(b"\x5d\x00\x00"):
        return "packed"
    return _NAMES.get(suffix, "")


def _is_zlib(start: bytes) -> bool:
    """Whether these are the two bytes with which zlib begins (RFC 1950), as joblib writes its pickles."""
    return len(start) > 1 and start[0] == 0x78 and int.from_bytes(start[:2], "big") % 31 == 0  # noqa: PLR2004
