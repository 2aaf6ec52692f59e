"""`secret-key`: random bytes of this store alone, under which the fingerprints of secrets are made."""

import contextlib
import os

from runlore.records.hashing import blob_digest
from runlore.store.aside import set_aside
from runlore.store.durable import create, forget, replace, writing
from runlore.store.flipped import mended
from runlore.store.layout import KEY_CHECK, KEY_FILE, Layout
from runlore.store.lock import shared
from runlore.store.reading import open_plain

SIZE = 32
"""Bytes."""
_CHECK_SIZE = 17


def secret_key(layout: Layout) -> bytes:
    """The store's key, made at first; private, durable on return. One with a flipped bit is mended.

    Raises:
        StoreWriteError: it can neither be read nor made.
    """
    path = f"{layout.root}/{KEY_FILE}"
    with writing("the store's secret key"):
        known, check = read(path), read_check(layout)
        if known is not None and len(known) == SIZE and check in {None, check_of(known)}:
            return known  # stores of before have no check, and reading them shall write none
        with shared(layout.root):
            if known is not None:
                known = _rescued(layout, known, check or b"")
            if known is None:
                forget(f"{layout.root}/{KEY_CHECK}")  # that of a key which is gone
                create(path, os.urandom(SIZE), tmp=layout.tmp, mode=0o600)
                known = read(path) or b""  # somebody else's, if that was there first
            with contextlib.suppress(OSError):  # without one the key is believed
                replace(f"{layout.root}/{KEY_CHECK}", check_of(known), tmp=layout.tmp)
        return known


def _rescued(layout: Layout, known: bytes, check: bytes) -> bytes | None:
    """The key that was there; ``None``, and what is there set aside, if nobody can tell."""
    if len(known) == SIZE and not is_check(check):
        return known
    found = right(known, check)
    if found != known:
        with contextlib.suppress(FileNotFoundError):  # somebody else did so a moment ago
            set_aside(layout, KEY_FILE)
    if found is not None and found != known:
        create(f"{layout.root}/{KEY_FILE}", found, tmp=layout.tmp, mode=0o600)
    return found


def right(known: bytes, check: bytes) -> bytes | None:
    """What the key was, if it or its check has one wrong digit or bit; ``None`` if nobody can tell."""
    if len(known) != SIZE:
        return None
    if sum(a != b for a, b in zip(check, check_of(known), strict=False)) <= 1:
        return known
    return mended(known, lambda each: check_of(each) == check)


def check_of(key: bytes) -> bytes:
    """What stands in the file beside the key; nobody finds a key by it."""
    return blob_digest(b"runlore secret-key check " + key).hex()[: _CHECK_SIZE - 1].encode() + b"\n"


def is_check(data: bytes) -> bool:
    """Whether these bytes are of the form of a check."""
    return len(data) == _CHECK_SIZE and data[-1:] == b"\n" and not set(data[:-1]) - set(b"0123456789abcdef")


def read(path: str) -> bytes | None:
    """What is there, of what is too long one byte too many; ``None`` if nothing is. Raises ``OSError``."""
    return _start(path, SIZE)


def read_check(layout: Layout) -> bytes | None:
    """What lies beside the key, as `read`; stores of before have none."""
    return _start(f"{layout.root}/{KEY_CHECK}", _CHECK_SIZE)


def _start(path: str, size: int) -> bytes | None:
    try:
        file = open_plain(path)
    except FileNotFoundError:
        return None
    try:
        return os.read(file, size + 1)
    finally:
        os.close(file)
