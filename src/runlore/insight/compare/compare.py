"""Whether two files say the same, each by what its format means."""

import csv
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping

from runlore.errors import MlrunError
from runlore.insight.compare.archives import compare_tars, compare_zips
from runlore.insight.compare.content import Comparison, Content, first_difference
from runlore.insight.compare.documents import compare_config, compare_json, compare_json_lines
from runlore.insight.compare.formats import SAID, format_of
from runlore.insight.compare.look import Budget, Look
from runlore.insight.compare.npy import compare_npy
from runlore.insight.compare.parquet import compare_parquet
from runlore.insight.compare.pickles.pickle import compare_pickles
from runlore.insight.compare.png import compare_png
from runlore.insight.compare.safetensors import compare_safetensors
from runlore.insight.compare.tables import compare_tables
from runlore.insight.compare.unpacked import compare_unpacked

_FORMATS: Mapping[str, Callable[[Content, Content, Look, str], None]] = {
    "json": compare_json,
    "json-lines": compare_json_lines,
    "config": compare_config,
    "table": compare_tables,
    "npy": compare_npy,
    "safetensors": compare_safetensors,
    "parquet": compare_parquet,
    "pickle": compare_pickles,
    "zip": compare_zips,
    "tar": compare_tars,
    "packed": compare_unpacked,
    "png": compare_png,
}
_MALFORMED = (
    *(ValueError, ArithmeticError, LookupError, RuntimeError, OSError, EOFError, MemoryError),
    *(TypeError, AttributeError, csv.Error, struct.error, zlib.error, lzma.LZMAError, zipfile.BadZipFile),
    tarfile.TarError,
)
"""What the readers of the standard library raise for bytes that they were not made for."""


def compare(a: Content, b: Content, *, tolerance: float = 0.0) -> Comparison:
    """Whether the two say the same; never raises, whatever they hold, and runs nothing that is in them.

    ``tolerance`` is how far two numbers may be apart, relative to the larger; all else must be equal.
    """
    try:
        if first_difference(a, b) is None:
            return Comparison("identical", "", None)
        with Budget(a.size + b.size) as budget:
            look = Look(tolerance, budget, _compare_into)
            _compare_unlike(a, b, look, "")
            found = look.conclude()
            return found._replace(detail=_one_line(found.detail))
    except (OSError, MlrunError) as error:
        return Comparison("unreadable", str(error), None)


def _compare_into(a: Content, b: Content, look: Look, place: str) -> None:
    if first_difference(a, b) is not None:
        _compare_unlike(a, b, look, place)


def _compare_unlike(a: Content, b: Content, look: Look, place: str) -> None:
    """Compare two contents whose bytes differ."""
    kind = format_of(a)
    comparer = _FORMATS.get(kind)
    if kind != format_of(b) or comparer is None:
        look.differ(place, _bytes(a, b, kind))
        return
    child = look.child()
    try:
        comparer(a, b, child, place)
    except _MALFORMED as error:
        look.unread(place, f"the bytes differ; as {SAID.get(kind, kind)} they could not be compared: {_reason(error)}")
    else:
        look.adopt(child)


def _bytes(a: Content, b: Content, kind: str) -> str:
    where = first_difference(a, b) or 0
    by = f"{kind} is compared by its bytes, which" if kind and kind not in _FORMATS else "the bytes"
    if a.size != b.size and where == min(a.size, b.size):
        return f"{a.size:,} and {b.size:,} bytes, of which the first {where:,} are equal"
    return f"{by} differ from byte {where + 1:,} on" + (
        "" if a.size == b.size else f"; {a.size:,} and {b.size:,} bytes"
    )


def _one_line(text: str) -> str:
    """The text with escapes in place of what is not printed: it may hold names from the files."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _reason(error: BaseException) -> str:
    """What is wrong, on one line: a parser's message may be as long as the file."""
    return " ".join(str(error)[:160].split()) or type(error).__name__
