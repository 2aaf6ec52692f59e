"""NumPy's ``.npy``: an array and what it is (NumPy Enhancement Proposal 1)."""

import ast
import re
import struct
import warnings

from runlore.insight.compare.content import Content, Part, UnreadableError, read_exactly
from runlore.insight.compare.dtype import from_description, product
from runlore.insight.compare.look import Look
from runlore.insight.compare.nodes import Array
from runlore.insight.compare.numbers import compare_arrays

MAGIC = b"\x93NUMPY"
_MAX_HEADER = 64 << 10
_PLAIN = re.compile(r"[\w\s'\"<>|=,:.()\[\]{}?/%@-]*")
_MAX_NESTED = 16


def compare_npy(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how the arrays differ; of Python objects, how the pickles that hold them do."""
    left = right = 0
    while left < a.size and right < b.size:  # `numpy.save` may have been called more than once
        x, y = _read(a, left), _read(b, right)
        if isinstance(x, Part) and isinstance(y, Part):
            look.parts(x, y, place)
            return
        if isinstance(x, Part) or isinstance(y, Part):
            look.differ(place, "only one holds Python objects")
            return
        compare_arrays(x, y, look, place)
        left, right = _end(x), _end(y)
    if left < a.size or right < b.size:
        look.differ(place, f"the {'first' if left < a.size else 'second'} has more arrays")


def _end(array: Array) -> int:
    """Where the array ends in the file."""
    return array.offset + product(array.shape) * array.dtype.size


def _read(content: Content, begin: int) -> Array | Part:
    """The array that begins there, or the pickle of its items."""
    with content.open() as file:
        file.seek(begin)
        start = read_exactly(file, 8)
        if not start.startswith(MAGIC):
            raise UnreadableError("it does not begin as NumPy files do")
        form = struct.Struct("<H" if start[6] == 1 else "<I")
        (length,) = form.unpack(read_exactly(file, form.size))
        if length > _MAX_HEADER:
            raise UnreadableError("its header is too long")
        header = _literal(read_exactly(file, length).decode("utf-8" if start[6] > 2 else "latin-1"))  # noqa: PLR2004
        offset = begin + len(start) + form.size + length
    if not isinstance(header, dict) or not isinstance(shape := header.get("shape"), tuple):
        raise UnreadableError("its header says nothing")
    product(shape)
    if header.get("descr") == "|O":
        return Part("objects.pkl", content, offset, content.size - offset)
    return Array(from_description(header.get("descr")), shape, bool(header.get("fortran_order")), content, offset)


def _literal(text: str) -> object:
    """What the header says: Python's literals, none of which is evaluated before it is seen to be small and plain."""
    depth = deepest = 0
    for each in text:
        depth += (each in "([{") - (each in ")]}")
        deepest = max(deepest, depth)
    if deepest > _MAX_NESTED or "--" in text or not _PLAIN.fullmatch(text):
        raise UnreadableError("its header is not plain")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text.strip())
    except SyntaxError as error:
        raise UnreadableError("its header is not plain") from error
