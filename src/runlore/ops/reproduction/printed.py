"""What two runs printed, side by side: the places of project and environment stand for each other."""

import os
from collections.abc import Iterator

from runlore.errors import CorruptError
from runlore.insight.divergence import LinePoint, first_line, same_lines
from runlore.ops.reproduction.outputs import DIFFERENT, EQUAL, IDENTICAL, UNKNOWN
from runlore.ops.reproduction.results import Part
from runlore.ops.reproduction.setting import home_of
from runlore.records.run import Seal
from runlore.store.store import Store

_MOST_SORTED = 16 << 20
"""Bytes of output of which the lines are compared without their order too."""
_LONG = 1 << 20
"""A longer line may be cut where the path of the environment stands."""


def compare_printed(store: Store, a: Seal, b: Seal, folders: tuple[str, str]) -> tuple[LinePoint | None, Part]:
    """Where what was printed first differs, and a line about it; ``folders`` are those in which the two ran."""
    if a.log == b.log:
        return None, Part("log", IDENTICAL, f"{b.log_bytes:,} bytes" if b.log else "neither printed anything")
    ran = (os.fsencode(folders[0]), os.fsencode(folders[1]))
    try:
        found = first_line(_pieces(store, a), _pieces(store, b), folders=ran)
        if found is None:
            return None, Part("log", EQUAL, "it differs in nothing but times, process ids and where things lie")
        if max(a.log_bytes, b.log_bytes) <= _MOST_SORTED and same_lines(
            _pieces(store, a), _pieces(store, b), folders=ran
        ):
            return None, Part("log", EQUAL, "the same lines in another order")
    except CorruptError as error:
        return None, Part("log", UNKNOWN, error.message)
    return found, Part("log", DIFFERENT, f"from line {found.number} on")


def _pieces(store: Store, seal: Seal) -> Iterator[bytes]:
    """What was printed, with a mark for the folder of its environment: warnings name the file that they are from."""
    if seal.log is None:
        return
    home, rest = os.fsencode(home_of(seal.interpreter) or ""), b""
    for piece in store.objects.blob_chunks(bytes.fromhex(seal.log)):
        whole, end, rest = (rest + piece).rpartition(b"\n")
        if len(rest) > _LONG:
            whole, end, rest = whole + end + rest, b"", b""
        yield _marked(whole + end, home)
    yield _marked(rest, home)


def _marked(text: bytes, home: bytes) -> bytes:
    return text.replace(home + b"/", b"<environment>/") if home else text
