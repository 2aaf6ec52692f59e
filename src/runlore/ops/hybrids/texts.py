"""Two files side by side: change by change where both are text, so that each can be had with or without the others."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from runlore.insight.lines import Change, changes, is_binary, lines_of

_LARGEST = 16 << 20
"""Bytes of a file that is taken apart."""
_PIECE = re.compile(rb'(?:"(?:[^"\\\n]|\\.)*+"|[^",\n])*+(?:,[ \t]*+\n?|\n|\Z)')
"""Of JSON what ends with a comma or a line: a key with its value, where it is no object or list."""


class Texts(NamedTuple):
    """Lines of both, or pieces of lines, and the changes between them, in order."""

    a: list[bytes]
    b: list[bytes]
    changes: tuple[Change, ...]

    def mixed(self, chosen: Collection[int]) -> bytes:
        """The first with the changes at these places."""
        pieces: list[bytes] = []
        at = 0
        for number, change in enumerate(self.changes):
            pieces += self.a[at : change.a_start]
            pieces += (
                self.b[change.b_start : change.b_end] if number in chosen else self.a[change.a_start : change.a_end]
            )
            at = change.a_end
        return b"".join((*pieces, *self.a[at:]))

    def line(self, change: Change) -> int:
        """The line that a change begins in, of the first; of the second where nothing of the first is replaced."""
        before = self.a[: change.a_start] if change.a_end > change.a_start else self.b[: change.b_start]
        return 1 + sum(piece.endswith(b"\n") for piece in before)

    def said(self, change: Change) -> tuple[str, ...]:
        """The lines of a change, as in a patch."""
        return (*_said("-", self.a[change.a_start : change.a_end]), *_said("+", self.b[change.b_start : change.b_end]))


def texts(a: bytes, b: bytes, *, by_line: bool, is_json: bool = False) -> Texts | None:
    """The changes of two texts; with ``by_line`` one for each line where as many lines stand in the place of others.

    With ``is_json`` keys that stand in one line are told apart too. ``None`` where one is no text, or too large.
    """
    if max(len(a), len(b)) > _LARGEST or is_binary(a) or is_binary(b):
        return None
    x, y = (_pieces(data) if is_json else lines_of(data) for data in (a, b))
    found = changes(x, y)
    return Texts(x, y, tuple(_lines(found) if by_line else found))


def _pieces(data: bytes) -> list[bytes]:
    found = [piece for piece in _PIECE.findall(data) if piece]
    return found if b"".join(found) == data else lines_of(data)


def _lines(found: Sequence[Change]) -> Iterator[Change]:
    for each in found:
        count = each.a_end - each.a_start
        if count != each.b_end - each.b_start:
            yield each
            continue
        for at in range(count):
            i, j = each.a_start + at, each.b_start + at
            yield Change(i, i + 1, j, j + 1)


def _said(mark: str, lines: Sequence[bytes]) -> Iterator[str]:
    return (mark + line.rstrip(b"\r\n").decode("utf-8", "surrogateescape") for line in lines)
