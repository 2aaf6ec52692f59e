"""All that runs need, brought from where they are: level by level, for a folder must be here to be looked into."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import RemoteDamagedError
from runlore.ops.counted import Progress
from runlore.ops.parts import Parts
from runlore.ops.sharing.closure import Asked, Key, ask
from runlore.ops.sharing.link import Link, learn, look
from runlore.records import tree
from runlore.records.phrases import counted
from runlore.records.portions import portions
from runlore.store import reach
from runlore.store.pack import BLOB, TREE
from runlore.store.reach import PARTS
from runlore.store.refs import Refs
from runlore.store.remote.fetching import fetch
from runlore.store.store import Store

_BATCH = 256 << 20
"""Bytes after which what has come is made durable, so that a pull that is cut need not begin again."""
_MOST = 1_000_000
"""Folders of runs that are brought together: their ids are in memory, those of files are not."""
_PORTION = 50_000
"""Objects that are looked at together, however many a folder has."""
_MOST_MISSING = 100_000
"""Of what the remote does not have, so many are named."""


class Place(NamedTuple):
    """Where things are brought to, and who is told how far that has come."""

    store: Store
    progress: Progress


class Brought(NamedTuple):
    """What came: how many objects, their bytes, and what the remote does not have, in words."""

    objects: int = 0
    bytes: int = 0
    missing: tuple[str, ...] = ()


def roots_of(store: Store, runs: Sequence[Parts], wanted: Collection[str] = PARTS) -> dict[Key, Asked]:
    """The objects that these runs name themselves, of the ``wanted`` parts."""
    found: dict[Key, Asked] = {}
    refs = Refs(store.layout, store.index) if runs else None
    for parts in runs:
        named = [*reach.of_run(parts.intent, parts.seal), *reach.of_recipe(parts.recipe)]
        if refs is not None and parts.recipe.environment is not None:
            named += [one for each in refs.vendored(parts.recipe.environment) for one in reach.of_kept(each)]
        ask(found, named, reach.excepted(parts.intent, parts.seal))
    return {key: asked for key, asked in found.items() if asked.part in wanted}


def bring(link: Link, roots: Mapping[Key, Asked], place: Place, *, folders_only: bool = False) -> Brought:
    """Bring these objects and all below them that are not here; with ``folders_only`` no contents of files.

    Raises:
        RemoteDamagedError: an object is not what its name says, or folders are nested too deep.
        RemoteError: the remote fails. What came before stays.
    """
    return _Bringing(link, place, folders_only=folders_only).run(dict(roots)) if roots else Brought()


def is_whole(store: Store, roots: Mapping[Key, Asked], *, folders_only: bool = False) -> bool:
    """Whether all these objects are here that should be, with what is below them. No remote is asked anything."""
    waiting: list[Mapping[Key, Asked]] = [roots]
    seen = set(roots)
    while waiting:
        some = waiting.pop()
        asked = [key for key, each in some.items() if key[0] == TREE or not (folders_only or each.excused)]
        if _absent(store, asked):
            return False
        for below in _below(store, some, seen):
            if any(key[0] == TREE for key in below):
                waiting.append(below)
            elif not folders_only and _absent(store, [key for key, each in below.items() if not each.excused]):
                return False
    return True


def _absent(store: Store, keys: Iterable[Key]) -> set[Key]:
    asked = list(keys)
    trees = [digest for kind, digest in asked if kind == TREE]
    here = store.objects.present_trees(trees)
    blobs = [digest for kind, digest in asked if kind == BLOB]
    gone = {(BLOB, digest) for digest in store.objects.absent_blobs(blobs)}
    return gone | {(TREE, digest) for digest in trees if digest not in here}


def _below(store: Store, level: Mapping[Key, Asked], seen: set[Key]) -> Iterator[dict[Key, Asked]]:
    """What is directly in the folders of a level, all of which are here: folders and files apart, in portions.

    A folder comes once, and is then in ``seen``; a file may come again in another portion.
    """
    found: dict[bytes, dict[Key, Asked]] = {TREE: {}, BLOB: {}}
    for (kind, digest), asked in level.items():
        for entry in store.objects.tree(digest) if kind == TREE else ():
            is_folder = entry.kind == tree.FOLDER
            key = (TREE if is_folder else BLOB, entry.digest)
            if is_folder and key in seen:
                continue
            if is_folder:
                seen.add(key)
            some = found[key[0]]
            some.setdefault(key, Asked(0 if is_folder else entry.size, asked.part, asked.excused))
            if len(some) >= _PORTION:
                yield some
                found[key[0]] = {}
    yield from filter(None, found.values())


class _Bringing:
    def __init__(self, link: Link, place: Place, *, folders_only: bool) -> None:
        self._store, self._progress = place
        self._link = link
        self._folders_only = folders_only
        self._learned = False
        self._looked_again = False
        self._objects = 0
        self._done = 0
        self._total = 0
        self._missing: list[str] = []

    def run(self, level: dict[Key, Asked]) -> Brought:
        """Level by level, until there is nothing below."""
        seen = set(level)
        for _ in range(tree.DEEPEST + 1):
            gone = self._fetch(level)
            folders = {key: asked for key, asked in level.items() if key[0] == TREE and key not in gone}
            level = {}
            for some in _below(self._store, folders, seen):
                if any(key[0] == TREE for key in some):
                    level |= some
                elif not self._folders_only:
                    self._fetch(some)
            if not level:
                return Brought(self._objects, self._done, tuple(self._missing))
            if len(seen) > _MOST:
                what = f"the runs name more than {counted(_MOST, 'folder')}"
                raise RemoteDamagedError(what, hint="pull fewer of them at once")
        (_, deep), *_ = level
        raise RemoteDamagedError(f"folder {deep.hex()} has more than {tree.DEEPEST} folders above it")

    def _fetch(self, level: Mapping[Key, Asked]) -> set[Key]:
        """Bring what of these is not here; what cannot be had."""
        absent = _absent(self._store, level)
        wanted = {key for key in absent if key[0] == TREE or not self._folders_only}
        if wanted and not self._learned:
            learn(self._link, look(self._link, may_be_new=False))
            self._learned = True
        self._total += sum(level[key].size for key in wanted)
        if self._total:
            self._progress("pulling", min(self._done, self._total), self._total)
        gone = absent - wanted
        for some in portions(sorted(wanted), lambda key: level[key].size, _BATCH):
            sizes = {key: level[key].size for key in some}
            left = self._bring(sizes)
            if left and not self._looked_again:  # somebody may have cleaned since
                self._looked_again = True
                learn(self._link, look(self._link, may_be_new=False))
                left = self._bring({key: sizes[key] for key in left})
            gone.update(left)
            self._objects += len(some) - len(left)
            room = _MOST_MISSING - len(self._missing)
            self._missing += [f"{_words(key[0])} {key[1].hex()}" for key in left if not level[key].excused][:room]
        return gone

    def _bring(self, sizes: Mapping[Key, int]) -> list[Key]:
        with self._store.writer() as writer:
            return fetch(self._link.remote, self._link.known, sizes, writer, self._count)

    def _count(self, size: int) -> None:
        self._done += size
        self._progress("pulling", min(self._done, self._total) if self._total else self._done, self._total)


def _words(kind: bytes) -> str:
    return "folder" if kind == TREE else "file"
