"""A DVC project on this disk: what its cache has."""

import os
import stat
from collections.abc import Iterator, Mapping
from functools import cached_property

from runlore.capture.dvc.listing import MOST, files_in
from runlore.capture.dvc.settings import DvcSettings, read_settings
from runlore.store.reading import open_plain


def names_of(md5: str) -> tuple[str, str]:
    """Where a cache or a remote has the bytes: as DVC 3 puts them there, and as those before it did."""
    name = f"{md5[:2]}/{md5[2:]}"
    return "files/md5/" + name, name


class DvcProject:
    """The DVC project in the folder ``root``; nothing is read before it is asked for."""

    def __init__(self, root: str, environ: Mapping[str, str]) -> None:
        """``environ`` leads to the person's own settings of DVC."""
        self._root = root
        self._environ = environ
        self._listings: dict[str, Mapping[str, str] | None] = {}

    @cached_property
    def settings(self) -> DvcSettings:
        """Where its bytes are."""
        return read_settings(self._root, self._environ)

    def in_cache(self, md5: str) -> Iterator[str]:
        """The paths of files that may have these bytes: nobody has looked into them."""
        for name in names_of(md5):
            path = f"{self.settings.cache}/{name}"
            if _size(path) is not None:
                yield path

    def size(self, md5: str) -> int | None:
        """How long what the cache has is; ``None`` if it has nothing."""
        return next((_size(path) for path in self.in_cache(md5)), None)

    def listing(self, md5: str) -> Mapping[str, str] | None:
        """The files of a folder by its MD5, if the cache has its listing; each is read once."""
        if md5 not in self._listings:
            self._listings[md5] = self._listed(md5)
        return self._listings[md5]

    def learn(self, md5: str, files: Mapping[str, str]) -> None:
        """Take a listing that came from elsewhere."""
        self._listings[md5] = files

    def _listed(self, md5: str) -> Mapping[str, str] | None:
        for path in self.in_cache(md5):
            try:
                with open(open_plain(path), "rb") as file:
                    files = files_in(file.read(MOST + 1), md5)
            except OSError:
                continue
            if files is not None:
                return files
        return None


def _size(path: str) -> int | None:
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
