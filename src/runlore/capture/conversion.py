"""What git does to a file's bytes between the work tree and its objects, redone without running a filter.

Git's order on the way in is: filter, encoding, line ends, ``$Id$`` (gitattributes(5)). Filters are
programs named by the repository and never run.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

_EXPANDED_ID = re.compile(rb"\$Id: [^$\n]*\$")
_PLAIN = bytes(range(32, 127)) + bytes(range(128, 256)) + b"\b\t\x1b\x0c\r\n"
# git calls content binary from one odd byte in 128 plain ones.
_ODD_SHIFT = 7


class Conversion(NamedTuple):
    """What applies to one path: ``text`` is ``always``, ``auto`` or empty; ``filter`` and ``encoding`` names."""

    text: str
    ident: bool
    encoding: str
    filter: str


def conversion(attributes: Mapping[bytes, bytes], *, autocrlf: bool) -> Conversion | None:
    """What these attributes of a path, as ``git check-attr`` names them, ask for; ``None`` for nothing."""
    found = Conversion(
        text=_text(attributes, autocrlf=autocrlf),
        ident=attributes.get(b"ident") == b"set",
        encoding=_named(attributes.get(b"working-tree-encoding", b"")),
        filter=_named(attributes.get(b"filter", b"")),
    )
    return found if any(found) else None


def to_git(data: bytes, how: Conversion, *, keep_line_ends: bool = False) -> bytes:
    """The content as git would keep it, its filters left out.

    ``keep_line_ends`` is for a path that git already has with CRLF: ``auto`` leaves such a one alone.
    """
    if how.encoding:
        data = _recode(data, how.encoding)
    if how.text == "always" or (how.text == "auto" and not keep_line_ends and not _binary(data)):
        data = data.replace(b"\r\n", b"\n")
    return _EXPANDED_ID.sub(b"$Id$", data) if how.ident else data


def _text(attributes: Mapping[bytes, bytes], *, autocrlf: bool) -> str:
    text = attributes.get(b"text") or attributes.get(b"crlf", b"")
    if text == b"unset":
        return ""
    if text == b"auto":
        return "auto"
    if text in {b"set", b"input"} or attributes.get(b"eol") in {b"lf", b"crlf"}:
        return "always"
    return "auto" if autocrlf else ""


def _named(value: bytes) -> str:
    return "" if value in {b"set", b"unset"} else value.decode("ascii", "replace")


def _recode(data: bytes, encoding: str) -> bytes:
    name = "utf-16" if encoding.upper().endswith("-BOM") else encoding
    try:
        return data.decode(name).encode()
    except (UnicodeError, LookupError):
        return data


def _binary(data: bytes) -> bool:
    # gather_stats() and convert_is_binary() in git's convert.c.
    if b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return True
    odd = len(data.removesuffix(b"\x1a").translate(None, _PLAIN))
    line_ends = data.count(b"\r") + data.count(b"\n")
    return (len(data) - odd - line_ends) >> _ODD_SHIFT < odd
