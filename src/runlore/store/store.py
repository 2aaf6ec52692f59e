"""A store: the one object through which the verbs reach `.mlrun`."""

import contextlib
import functools
import os
from collections.abc import Iterator
from typing import Self

from runlore.store import durable, layout
from runlore.store.durable import writing
from runlore.store.index import Index
from runlore.store.layout import Layout
from runlore.store.lock import shared
from runlore.store.objects import Objects
from runlore.store.secret_key import secret_key
from runlore.store.statcache import StatCache
from runlore.store.writer import ObjectWriter


class Store:
    """An open store. Parts are opened when first used; use as a context manager or `close` it."""

    def __init__(self, root: str) -> None:
        """Open the store at ``root``; raises `FormatError` or `RefusedError`."""
        layout.check_format(root)
        self.layout = Layout(root)

    @classmethod
    def create(cls, root: str) -> "Store":
        """Open the store at ``root``, made first if there is none."""
        if not (layout.is_store(root) and os.path.exists(root + "/.gitignore")):
            layout.create(root)
        return cls(root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the caches. What is used afterwards is opened again."""
        opened = self.__dict__
        opened.pop("objects", None)
        for name in ("index", "stats"):
            if name in opened:
                opened.pop(name).close()

    @functools.cached_property
    def index(self) -> Index:
        """The index, knowing every pack that was there when it was first asked for."""
        self._restore_folders()
        index = Index(self.layout.cache)
        index.refresh_packs(self.layout.packs)
        return index

    @functools.cached_property
    def stats(self) -> StatCache:
        """The stat cache."""
        self._restore_folders()
        return StatCache(self.layout.cache)

    @functools.cached_property
    def objects(self) -> Objects:
        """Objects, for reading."""
        return Objects(self.layout, self.index)

    @functools.cached_property
    def secret_key(self) -> bytes:
        """The store's key, made if there is none; raises `StoreWriteError`."""
        self._restore_folders()
        return secret_key(self.layout)

    def _restore_folders(self) -> None:
        """A store that was copied by a tool that drops empty folders, or whose cache was deleted, is whole again."""
        missing = [each for each in layout.FOLDERS if not os.path.isdir(f"{self.layout.root}/{each}")]
        with contextlib.suppress(OSError):
            for folder in missing:
                os.makedirs(f"{self.layout.root}/{folder}", exist_ok=True)
            if missing:
                durable.fsync_folder(self.layout.root)

    def clock(self) -> int:
        """What time the store's file system gives a file changed now (nanoseconds); 0 if nothing can be written."""
        self._restore_folders()
        try:
            with shared(self.layout.root):
                return durable.clock(self.layout.tmp)
        except OSError:
            return 0

    @contextlib.contextmanager
    def unfinished(self) -> Iterator[None]:
        """For the time in which objects are here that no record names yet: nobody takes them for garbage meanwhile.

        Raises:
            StoreWriteError: the store cannot be written.
        """
        self._restore_folders()
        with writing(f'"{self.layout.root}"'), shared(self.layout.root):
            if "index" in self.__dict__:  # who cleaned while we waited may have taken packs away
                self.index.refresh_packs(self.layout.packs)
            yield

    @contextlib.contextmanager
    def writer(self) -> Iterator[ObjectWriter]:
        """A batch of new objects, durable when the block ends without an error.

        Raises:
            StoreWriteError: something could not be written; nothing of the batch is left then.
        """
        with self.unfinished():
            batch = ObjectWriter(self.layout, self.index, self.objects)
            try:
                yield batch
                batch.commit()
            finally:
                batch.discard()


def find(folder: str, *, top: str | None) -> str | None:
    """The nearest store from ``folder`` upward, not looking above ``top``, the work tree's; ``None`` without one."""
    at = folder
    while True:
        root = f"{at.rstrip('/')}/{layout.NAME}"
        if layout.is_store(root):
            return root
        if at in (top, os.path.dirname(at)):
            return None
        at = os.path.dirname(at)
