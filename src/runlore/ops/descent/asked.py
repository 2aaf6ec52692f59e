"""What a word stands for whose lineage is asked: a file here, a run, a file of a run, or an object."""

import os
import re
from collections.abc import Collection
from shlex import quote
from typing import NamedTuple

from runlore.capture.data import DataCapture, relative
from runlore.capture.sink import InMemory
from runlore.errors import AmbiguousRunError, NoSuchFileError, RunNotFoundError, UsageError
from runlore.ops.descent.results import CODE_TREE, FILE, FOLDER, RUN
from runlore.ops.files import Files
from runlore.ops.names import resolve
from runlore.ops.parts import read_parts
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import FileRef
from runlore.store import settings
from runlore.store.noting import CODE, HAD, MADE, READ
from runlore.store.refs import Refs
from runlore.store.store import Store
from runlore.store.treediff import Trees
from runlore.store.uses import Use, Uses

_OBJECT = re.compile(r"[0-9a-f]{8,64}")
_PATH = ("./", "../", "/")
_NOT_A_NAME = re.compile(r"[@~:\\\s]")


class Asked(NamedTuple):
    """A run, or a file or folder as ``ref``, whose path is relative to the top; ``trees`` can read its folders."""

    kind: str
    id: str
    ref: FileRef | None
    trees: Trees


def asked_for(store: Store, refs: Refs, uses: Uses, folder: str, word: str) -> Asked:
    """What ``word`` means in ``folder``.

    Raises:
        AmbiguousRunError: it is a file and a run, or the beginning of several ids.
        NoSuchFileError: a path at which nothing is, or none of the run.
        RunNotFoundError: it is nothing at all.
        UsageError: what is there is neither a file nor a folder.
    """
    if not word:
        raise UsageError("nothing is asked for", hint="name a file, a run or an object")
    is_path = word.startswith(_PATH) or word in {".", ".."}
    is_there = os.path.lexists(os.path.join(folder, word))
    if is_path or is_there:
        if is_there and not is_path and (run := _run_called(store, refs, word)) is not None:
            hint = f"{quote(f'./{word}')} is the file, {run[:12]} the run"
            raise AmbiguousRunError(f'"{word}" is a file here and a run', hint=hint)
        return _on_disk(store, refs, uses, folder, word)
    run_word, colon, path = word.partition(":")
    if colon and path:
        return _of_run(store, RunId(resolve(store, refs, run_word)), path)
    if _OBJECT.fullmatch(word) and (found := _object(store, uses, word)) is not None:
        return found
    try:
        return Asked(RUN, resolve(store, refs, word), None, store.objects)
    except AmbiguousRunError:
        raise
    except RunNotFoundError as error:
        if had := _had(store, refs, uses, folder, word):
            raise NoSuchFileError(f'there is no file "{word}" here now', hint=had) from error
        if _looks_like_path(word):
            hint = "paths are relative to the working folder"
            raise NoSuchFileError(f'"{word}" is no file here, no run and no object', hint=error.hint or hint) from error
        raise


def _run_called(store: Store, refs: Refs, word: str) -> str | None:
    """The run of that id, tag or name, if there is one; nobody looks for what is like it."""
    removed = refs.removed()
    tag = refs.tags().get(word)
    found = [str(tag.event.data["run"])] if tag is not None else []
    found += store.index.named(word)
    if re.fullmatch(r"[0-9a-f]{4,64}", word):
        found += store.index.starting(word)
    if re.fullmatch(r"@(~\d{0,9})?", word):
        found.append(resolve(store, refs, word))
    return next((run for run in found if run not in removed), None)


def _on_disk(store: Store, refs: Refs, uses: Uses, folder: str, word: str) -> Asked:
    """The file or folder that lies there, by its content."""
    where = os.path.join(folder, word)
    if not os.path.exists(where):
        hint = _had(store, refs, uses, folder, word) or "paths are relative to the working folder"
        raise NoSuchFileError(f'there is no file "{word}"', hint=hint)
    trees = InMemory(store.objects)
    limits = settings.limits(store.layout)._replace(data_store="none")
    capture = DataCapture(store, trees, limits, settled=store.clock())
    top = os.path.dirname(os.path.realpath(store.layout.root))
    ref = capture.take(os.path.realpath(where), cwd=folder, top=top)
    return Asked(FOLDER if ref.kind == "d" else FILE, ref.oid, ref, trees)


def _of_run(store: Store, run: RunId, path: str) -> Asked:
    files = Files(store.objects, read_parts(store, run))
    pieces = files.find(os.path.normpath(path))
    if len(pieces) != 1 or pieces[0].below:
        raise files.unknown(path, run)
    _, entry, _ = pieces[0]
    ref = FileRef(os.path.normpath(path), ObjectId(entry.digest.hex()), entry.size, True, "traced", entry.kind.decode())
    return Asked(FOLDER if ref.kind == "d" else FILE, ref.oid, ref, store.objects)


def _object(store: Store, uses: Uses, word: str) -> Asked | None:
    """The object whose id begins so; ``None`` if there is none and a run may be meant."""
    found = uses.starting(word)
    runs = store.index.starting(word)
    if len(found) + len(runs) > 1 and word not in found:
        several = ", ".join(each[:16] for each in (*found, *runs))
        raise AmbiguousRunError(f'several objects or runs start with "{word}"', hint=f"use more letters: {several}")
    if not found:
        return None
    oid = ObjectId(found[0])
    use = next((use for kind in (MADE, READ, HAD) for use in uses.of([bytes.fromhex(oid)], kind)), None)
    kind = "d" if uses.is_folder(oid) else "f"
    path = use.path if use else ""
    ref = FileRef(path, oid, (use and use.size) or 0, False, "traced", kind)
    if kind == "d":
        return Asked(CODE_TREE if use and use.role == CODE and not path else FOLDER, oid, ref, store.objects)
    return Asked(FILE, oid, ref, store.objects)


def _had(store: Store, refs: Refs, uses: Uses, folder: str, word: str) -> str | None:
    """Where a file of that path is on record, as one would ask for it."""
    top = os.path.dirname(os.path.realpath(store.layout.root))
    path = relative(os.path.normpath(os.path.join(folder, word)), top)
    use = newest_at(uses, path, refs.removed())
    return None if use is None else f"mlrun lineage {quote(f'{use.run[:12]}:{path}')} is the one that run had"


def newest_at(uses: Uses, path: str, removed: Collection[str], *, but: str | None = None) -> Use | None:
    """The newest use of what lay at ``path``, ``but`` for one object."""
    return next((use for use in uses.at(path) if use.run not in removed and use.oid.hex() != but), None)


def _looks_like_path(word: str) -> bool:
    return "/" in word or ("." in word and not _NOT_A_NAME.search(word))
