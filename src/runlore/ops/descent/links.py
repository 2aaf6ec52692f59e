"""Which runs made or read the bytes of given files: by content, within reason.

Equal bytes count as the same file wherever they lie. Bytes so few that many files have them by chance count only
under one path, and an empty file is linked to nothing.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.hashing import blob_digest
from runlore.records.run import FileRef
from runlore.store.noting import HAD
from runlore.store.treediff import Trees
from runlore.store.uses import Use, Uses
from runlore.store.whole import entry_of

FEW = 32
"""Bytes below which equal content says little."""
MOST_MEMBERS = 2_000
"""Files of a folder that are asked for one by one."""
_EMPTY = blob_digest(b"")


class Link(NamedTuple):
    """How a run used a file or folder; of a folder possibly only as many ``files`` as lie in it."""

    use: Use
    files: int | None


class _Member(NamedTuple):
    owner: str
    path: str
    size: int


class Links:
    """Looks uses up for many files at once."""

    def __init__(self, uses: Uses, trees: Trees) -> None:
        """``trees`` can read the folders among the files."""
        self._uses = uses
        self._trees = trees

    def of(
        self,
        refs: Iterable[FileRef],
        kind: int,
        wanted: Callable[[Use], bool] = lambda _: True,
        *,
        by_chance: bool = False,
    ) -> dict[str, list[Link]]:
        """For each file or folder, by id, the runs that made, read or had it (``kind``), the newest first.

        Only uses that are ``wanted`` count.

        With ``by_chance`` few bytes and none count as any others.
        """
        asked: dict[bytes, list[_Member]] = {}
        for ref in refs:
            for oid, member in self._members(ref, whole=kind == HAD):
                asked.setdefault(oid, []).append(member)
        if not by_chance:
            asked.pop(_EMPTY, None)
        found: dict[str, dict[str, Use]] = {}
        matched: dict[tuple[str, str], set[bytes] | None] = {}
        for use in self._uses.of(asked, kind):
            if not wanted(use):
                continue
            for owner, path, size in asked[use.oid]:
                if size < FEW and not by_chance and path != use.path:
                    continue
                found.setdefault(owner, {}).setdefault(use.run, use)
                if use.oid.hex() == owner:
                    matched[owner, use.run] = None
                elif (some := matched.setdefault((owner, use.run), set())) is not None:
                    some.add(use.oid)
        return {
            owner: [Link(use, _count(matched[owner, run])) for run, use in runs.items()]
            for owner, runs in found.items()
        }

    def _members(self, ref: FileRef, *, whole: bool) -> Iterator[tuple[bytes, _Member]]:
        """The object itself, and of a folder, unless only the ``whole`` counts, the files in it."""
        oid = bytes.fromhex(ref.oid)
        # A folder says enough, however few bytes lie in it; and so does a config file of unknown size.
        yield oid, _Member(ref.oid, ref.path, FEW if ref.kind == "d" or not ref.size else ref.size)
        if ref.kind == "d" and not whole:
            members = self._below(ref)
            yield from islice(members, MOST_MEMBERS)
            self._uses.cut |= next(members, None) is not None

    def _below(self, ref: FileRef) -> Iterator[tuple[bytes, _Member]]:
        waiting = [(ref.path, entry_of(ref), 0)]
        seen: set[bytes] = set()
        while waiting:
            path, entry, deep = waiting.pop()
            if entry.kind != tree.FOLDER:
                yield entry.digest, _Member(ref.oid, path, entry.size)
                continue
            if entry.digest in seen or deep > tree.DEEPEST:
                continue
            seen.add(entry.digest)
            inside = f"{path}/" if path not in {"", "."} else ""
            try:
                entries = self._trees.tree(entry.digest)
            except CorruptError:
                continue
            waiting += [(inside + os.fsdecode(each.name), each, deep + 1) for each in reversed(entries)]


def _count(matched: set[bytes] | None) -> int | None:
    return None if matched is None else len(matched)
