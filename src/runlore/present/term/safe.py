"""Text from a record, made safe to show: nothing in it can move the cursor, colour the screen or reverse a line."""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator

_HARMLESS = frozenset(("Zs", "Co"))
"""Of what Python does not count as printable, what stays: spaces of other widths, and a font's own symbols."""
_WIDE = frozenset(("W", "F"))
_WITHOUT_WIDTH = frozenset(("Mn", "Me"))
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LATIN, _PLANE = 0xFF, 0xFFFF
_BYTE = range(0xDC80, 0xDD00)
# Select Graphic Rendition, the one escape sequence that only changes how later text looks (ECMA-48, 8.3.117).
_COLOUR = re.compile(r"(\x1b\[[0-9;:]*m)")
_RESET = "\x1b[0m"


def visible(text: str) -> str:
    r"""``text`` with every character that acts or hides instead of showing written as an escape (``\x1b``, ``\u202e``).

    These are controls, all of category Cf (what reverses text, see CVE-2021-42574, and what has no width: the
    joiner in an emoji too), line separators, and what this Python's Unicode does not know.
    A lone surrogate that stands for a byte which is not UTF-8 (PEP 383) is shown as that byte, ``\xff``.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def columns(text: str) -> int:
    """How many columns of a screen ``text`` takes, made visible: Chinese characters and emoji take two."""
    shown = visible(text)
    return len(shown) if shown.isascii() else sum(map(_columns, shown))


def _columns(character: str) -> int:
    if unicodedata.east_asian_width(character) in _WIDE:
        return 2
    return 0 if unicodedata.category(character) in _WITHOUT_WIDTH else 1


def visible_stream(chunks: Iterable[bytes], *, colour: bool) -> Iterator[str]:
    """A recorded file as text, whole lines at a time: made visible, tabs kept, colours kept where ``colour`` allows."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    rest = ""
    for chunk in chunks:
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        if lines:
            yield "".join(f"{_line(line, colour)}\n" for line in lines)
    rest += decoder.decode(b"", final=True)
    if rest:
        yield f"{_line(rest, colour)}\n"


def _line(line: str, colour: bool) -> str:
    parts = _COLOUR.split(line.removesuffix("\r"))
    shown = "".join(
        (part if colour else "") if at % 2 else "\t".join(visible(cell) for cell in part.split("\t"))
        for at, part in enumerate(parts)
    )
    return shown + _RESET if colour and len(parts) > 1 else shown


def _shown(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) in _HARMLESS:
        return character
    return _escape(character)


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code in _BYTE:
        return f"\\x{code - 0xDC00:02x}"
    if code <= _LATIN:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _PLANE else f"\\U{code:08x}"
