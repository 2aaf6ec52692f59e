"""`get`: one file of a run, or a folder of them."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runlore.capture.data import relative
from runlore.errors import CannotRebuildError, CorruptError, MlrunError, RefusedError, UsageError
from runlore.ops.counted import Progress
from runlore.ops.dvc.bringing import Brought, bring, from_dvc, nowhere
from runlore.ops.dvc.kept import Kept
from runlore.ops.files import Files, Piece
from runlore.ops.merging import Over
from runlore.ops.names import resolve
from runlore.ops.parts import read_parts
from runlore.ops.placing import Staging, on_disk
from runlore.ops.project import open_store
from runlore.ops.rebuilt import Got
from runlore.ops.record import Counter
from runlore.ops.sharing.closure import Asked, Key
from runlore.ops.sharing.supply import supply
from runlore.records import tree
from runlore.records.absent import DAMAGED, MISSING, Absent
from runlore.records.hashing import ObjectId, RunId
from runlore.records.paths import is_below
from runlore.records.run import FileRef
from runlore.store.pack import BLOB, TREE
from runlore.store.reach import CODE
from runlore.store.refs import Refs
from runlore.store.restore import Restorer
from runlore.store.store import Store

_PIECE = 4 << 20


class Wanted(NamedTuple):
    """A file or folder of a run: the run's name, the path as it was typed, and whether outputs do not count."""

    run: str
    path: str
    only_inputs: bool = False


class _Found(NamedTuple):
    run: RunId
    path: str
    pieces: list[Piece]
    kept: Kept
    brought: Brought

    @property
    def is_file(self) -> bool:
        return len(self.pieces) == 1 and not self.pieces[0].below and self.pieces[0].entry.kind != tree.FOLDER


def get(  # noqa: PLR0913 - what, where to, how, and for whom
    folder: str,
    wanted: Wanted,
    to: str | None,
    *,
    force: bool,
    environ: Mapping[str, str],
    progress: Progress,
) -> Got:
    """Put it where ``to`` says, relative to ``folder``; else into ``folder`` under its own name.

    A path is relative to the top of the project or else to ``folder``; with ``./`` or ``../`` to ``folder`` alone.
    With ``force`` other files there are replaced.

    Raises:
        NoSuchFileError: the run has no such file.
        RefusedError: another file is there; nothing was changed.
        CannotRebuildError: the file is not in the store, or cannot be written.
        CorruptError: the file is damaged.
        RemoteError: the run was pulled, and its remote fails.
    """
    with open_store(folder) as store:
        found = _find(store, folder, wanted, environ, progress)
        where = _target(folder, found, to)
        if is_below(where, os.path.realpath(store.layout.root)):
            raise UsageError(f'"{where}" is inside the store', hint="choose another place")
        above, name = os.path.split(where) if found.is_file else (where, "")
        with on_disk(where), Staging(above) as staging:
            count = Counter("restoring", progress)
            with Restorer(store.objects, staging.folder, caches=found.kept.paths, on_write=count) as restorer:
                for piece in found.pieces:
                    restorer.put(piece.entry, piece.below or os.fsencode(name))
            missing = _lost(found, restorer)
            dvc = from_dvc(restorer.cached, restorer.spoilt, found.brought)
            staging.place(Over(force, uncommitted=True, option="--force"))
    role = found.pieces[0].role if found.is_file else None
    return Got(found.run, found.path, role, where, restorer.files, restorer.bytes, missing, dvc)


def read(folder: str, wanted: Wanted, *, environ: Mapping[str, str], progress: Progress) -> Iterator[bytes]:
    """The bytes of a file, verified before the first is given; raises as `get`."""
    with open_store(folder) as store:
        found = _find(store, folder, wanted, environ, progress)
        if not found.is_file:
            raise UsageError(f'"{wanted.path}" is a folder', hint="-o DIR puts it on the disk")
        (piece,) = found.pieces
        if not store.objects.has(piece.entry.digest, BLOB):
            yield from _cached(store, found, piece)
            return
        yield from store.objects.blob_chunks(piece.entry.digest)


def _cached(store: Store, found: _Found, piece: Piece) -> Iterator[bytes]:
    """The bytes from DVC's cache, from a copy of ours: what lies there may change while it is read."""
    name = os.fsencode(os.path.basename(found.path))
    with tempfile.TemporaryDirectory(prefix="mlrun-get-") as folder:
        with Restorer(store.objects, folder, caches=found.kept.paths) as restorer:
            restorer.put(piece.entry, name)
        _lost(found, restorer)
        with open(os.path.join(os.fsencode(folder), name), "rb") as file:
            while data := file.read(_PIECE):
                yield data


def _find(store: Store, folder: str, wanted: Wanted, environ: Mapping[str, str], progress: Progress) -> _Found:
    """What is meant; of a pulled run it is brought."""
    run = resolve(store, Refs(store.layout, store.index), wanted.run)
    parts = read_parts(store, run)
    supply(store, parts, environ, progress, folders_only=True)
    files = Files(store.objects, parts, made=not wanted.only_inputs)
    top = os.path.dirname(store.layout.root)
    for path in _meant(wanted.path, folder, top):
        if pieces := files.find(path):
            supply(store, parts, environ, progress, below={_key(each): _asked(each) for each in pieces})
            kept = Kept(store, parts, environ)
            refs = [_ref(each, path) for each in pieces]
            return _Found(
                run, path, pieces, kept, bring(store, kept, nowhere(store, kept, refs, []), environ, progress)
            )
    raise files.unknown(os.path.normpath(wanted.path), run)


def _ref(piece: Piece, path: str) -> FileRef:
    """A piece of what lies at ``path``, as records have it."""
    _, kind, digest, size = piece.entry
    where = os.path.join(path, os.fsdecode(piece.below)) if piece.below else path
    return FileRef(where, ObjectId(digest.hex()), size, stored=True, how="traced", kind=kind.decode())


def _key(piece: Piece) -> Key:
    return (TREE if piece.entry.kind == tree.FOLDER else BLOB, piece.entry.digest)


def _asked(piece: Piece) -> Asked:
    return Asked(0 if piece.entry.kind == tree.FOLDER else piece.entry.size, piece.role or CODE, False)


def _meant(path: str, folder: str, top: str) -> list[str]:
    """Paths as records have them that may be meant by ``path``, the likeliest first."""
    here = relative(os.path.normpath(os.path.join(folder, path)), top)
    if path.startswith(("/", "./", "../")) or path in {".", ".."}:
        return [here]
    return list(dict.fromkeys((os.path.normpath(path), here)))


def _target(folder: str, found: _Found, to: str | None) -> str:
    name = os.path.basename(found.path)
    if to is None and name in {"", "."}:
        raise UsageError("this is everything that the run has", hint="name a folder for it: -o DIR")
    where = os.path.join(folder, name if to is None else to)
    if found.is_file and to is not None and (to.endswith("/") or os.path.isdir(where)):
        where = os.path.join(where, name)
    above, last = os.path.split(os.path.normpath(where))
    return os.path.join(os.path.realpath(above), last) if found.is_file else os.path.realpath(where)


def _lost(found: _Found, restorer: Restorer) -> tuple[Absent, ...]:
    """What could not be restored; an error if it is all that was asked for."""
    if found.is_file and restorer.missing:
        raise _error(found, restorer.missing[0])
    return tuple(restorer.missing)


def _error(found: _Found, absent: Absent) -> MlrunError:
    if absent.why == MISSING:
        hint = f"it was too large to be kept; b3sum of the right file gives {absent.oid}"
        hint = "; ".join((*found.brought.failures, hint))
        return CannotRebuildError(f'"{found.path}" of run {found.run[:12]} is not in the store', hint=hint)
    if absent.why == DAMAGED:
        hint = "mlrun fsck shows what else is affected"
        return CorruptError(f'"{found.path}" of run {found.run[:12]} is damaged', hint=hint)
    return RefusedError(f'"{found.path}" cannot be put there: {absent.detail}', hint="choose another name: -o FILE")
