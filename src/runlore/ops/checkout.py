"""`checkout`: what a run was made of, rebuilt in a folder of its own. Runs nothing."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from runlore.errors import CannotRebuildError, RefusedError, UsageError
from runlore.ops.counted import Progress
from runlore.ops.dvc.bringing import bring, from_dvc, nowhere
from runlore.ops.dvc.kept import Kept
from runlore.ops.merging import Over
from runlore.ops.names import resolve
from runlore.ops.parts import read_parts
from runlore.ops.placing import Staging, is_vacant, on_disk
from runlore.ops.project import open_store
from runlore.ops.rebuilt import CheckedOut
from runlore.ops.record import Counter
from runlore.ops.restoring import restore_run
from runlore.ops.sharing.supply import supply
from runlore.records.paths import is_below
from runlore.store.reach import CODE, DATA, OUTPUTS
from runlore.store.refs import Refs


class Choice(NamedTuple):
    """What to restore and over what.

    ``force``: also into a folder with other files; ``overwrite``: also over them, unless they hold what git does not.
    """

    outputs: bool = False
    outside: bool = False
    link: bool = False
    force: bool = False
    overwrite: bool = False


def checkout(  # noqa: PLR0913, PLR0917 - which run, where to, how, and for whom
    folder: str, name: str, target: str, choice: Choice, environ: Mapping[str, str], progress: Progress
) -> CheckedOut:
    """Rebuild the run that ``name`` stands for at ``target``, relative to ``folder``; all of it or nothing is there.

    Raises:
        RefusedError: the target holds files already that would be lost; nothing was changed.
        CannotRebuildError: it cannot be written, or no code is on record.
        CorruptError: a record of the run is damaged.
        RemoteError: the run was pulled, and its remote fails.
    """
    where = os.path.realpath(os.path.join(folder, target))
    with open_store(folder) as store:
        run = resolve(store, Refs(store.layout, store.index), name)
        _check_target(where, target, os.path.realpath(store.layout.root), choice)
        parts = read_parts(store, run)
        if parts.recipe.code is None:
            raise CannotRebuildError(f"run {run[:12]} has no code on record", hint="mlrun show says why")
        wanted = (CODE, DATA, OUTPUTS) if choice.outputs else (CODE, DATA)
        supply(store, parts, environ, progress, wanted=wanted)
        here = os.path.dirname(store.layout.root)
        kept = Kept(store, parts, environ)
        brought = bring(store, kept, nowhere(store, kept, parts.inputs, [here]), environ, progress)
        count = Counter("restoring", progress)
        with on_disk(target), Staging(where) as staging:
            restored = restore_run(
                store,
                parts,
                staging.folder,
                link=choice.link,
                outputs=choice.outputs,
                outside=choice.outside,
                spare=here,
                caches=kept.paths,
                on_write=count,
            )
            staging.place(Over(choice.overwrite, uncommitted=False, option="--overwrite"))
    return CheckedOut(
        run=run,
        folder=where,
        files=restored.files,
        bytes=restored.bytes,
        missing=restored.missing,
        borrowed=restored.borrowed,
        outside=restored.outside,
        outside_restored=choice.outside,
        dvc=from_dvc(restored.cached, restored.spoilt, brought),
    )


def _check_target(where: str, target: str, store: str, choice: Choice) -> None:
    if is_below(where, store):
        raise UsageError(f'"{target}" is inside the store', hint="choose a folder of its own")
    if os.path.lexists(where) and not os.path.isdir(where):
        raise UsageError(f'"{target}" is not a folder', hint="choose a folder of its own")
    with on_disk(target):
        if choice.force or choice.overwrite or is_vacant(where):
            return
    raise RefusedError(
        f'"{target}" is not empty', hint="choose a new folder, or, to add what is missing there: --force"
    )
