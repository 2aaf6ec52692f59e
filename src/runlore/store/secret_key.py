"""`secret-key`: random bytes of this store alone, under which the fingerprints of secrets are made."""

import os

from runlore.store.durable import create, forget, writing
from runlore.store.layout import KEY_FILE, Layout
from runlore.store.lock import shared
from runlore.store.reading import open_plain

SIZE = 32
"""Bytes."""


def secret_key(layout: Layout) -> bytes:
    """The store's key, made at first; private, durable on return.

    Raises:
        StoreWriteError: it can neither be read nor made.
    """
    path = f"{layout.root}/{KEY_FILE}"
    with writing("the store's secret key"):
        if (known := read(path)) is not None and len(known) == SIZE:
            return known
        if known is not None:
            forget(path)  # what is not a key is worth nothing
        fresh = os.urandom(SIZE)
        with shared(layout.root):
            created = create(path, fresh, tmp=layout.tmp, mode=0o600)
        return fresh if created else read(path) or fresh  # somebody else's was there first


def read(path: str) -> bytes | None:
    """What is there, of what is too long one byte too many; ``None`` if nothing is. Raises ``OSError``."""
    try:
        file = open_plain(path)
    except FileNotFoundError:
        return None
    try:
        return os.read(file, SIZE + 1)
    finally:
        os.close(file)
