"""Short ways to ask whether two files say the same."""

from pathlib import Path

from runlore.insight.compare.compare import compare
from runlore.insight.compare.content import Comparison, Held

FILES = Path(__file__).parent / "files"


def said(name: str, a: bytes, b: bytes, *, tolerance: float = 0.0) -> Comparison:
    return compare(Held(name, a), Held(name, b), tolerance=tolerance)


def sameness(name: str, a: bytes, b: bytes, *, tolerance: float = 0.0) -> str:
    return said(name, a, b, tolerance=tolerance).sameness


def bundled(first: str, second: str, *, tolerance: float = 0.0) -> Comparison:
    """How two of the files that other libraries wrote compare."""
    return said(first, (FILES / first).read_bytes(), (FILES / second).read_bytes(), tolerance=tolerance)
