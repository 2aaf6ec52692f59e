"""From what a person types to the run it names."""

import os
import re
import shlex
from collections.abc import Callable, Collection, Sequence

from runlore.errors import AmbiguousRunError, CorruptError, RunNotFoundError
from runlore.ops.describe import why_unreadable
from runlore.ops.indexing import refresh
from runlore.records.hashing import RunId
from runlore.records.phrases import named
from runlore.store.refs import Refs
from runlore.store.store import Store

_RELATIVE = re.compile(r"@(?:~(\d{0,9}))?")
_PREFIX = re.compile(r"[0-9a-f]{4,64}")
_SHOWN = 5
_SHORT = 12


def resolve(
    store: Store,
    refs: Refs,
    name: str,
    *,
    even_damaged: bool = False,
    passed: Callable[[RunId], bool] = lambda _: False,
) -> RunId:
    """The run that ``name`` stands for: `@`, `@~N`, a tag, a run's name, an id or a prefix of at least 4 digits.

    ``even_damaged``: an id may be that of a run of which not all can be read. ``passed`` are runs that `@` does not
    count.

    Raises:
        RunNotFoundError: there is none; says what there is that is like it.
        AmbiguousRunError: a prefix of several runs.
        CorruptError: its records cannot be read, or it cannot be told which run it is for such records.
    """
    damaged = refresh(store)
    removed = refs.removed()
    if match := _RELATIVE.fullmatch(name):
        if damaged:
            count = f"{len(damaged)} runs" if len(damaged) > 1 else "a run"
            message = f'"{name}" is not certain: the records of {count} cannot be read, nor when that was'
            raise CorruptError(message, hint="name the run by its id; mlrun fsck says why")
        # As in git, a bare "@~" is "@~1".
        return _back(store, removed, passed, 0 if match[1] is None else int(match[1] or 1), name)
    tag = refs.tags().get(name)
    if tag is not None and (run := str(tag.event.data["run"])) not in removed:
        return RunId(run)
    for run in store.index.named(name):
        if run not in removed:
            return RunId(run)
    if even_damaged and _PREFIX.fullmatch(name):
        broken = [run for run in damaged if run.startswith(name)]
        if len(broken) == 1 and not store.index.starting(name):
            return RunId(broken[0])
    return _by_prefix(store, refs, removed, damaged, name)


def _back(store: Store, removed: Collection[str], passed: Callable[[RunId], bool], count: int, name: str) -> RunId:
    """The run ``count`` before the newest."""
    left = count
    total = 0
    for run in store.index.newest():
        if run in removed or passed(RunId(run)):
            continue
        if left == 0:
            return RunId(run)
        left -= 1
        total += 1
    if total == 0:
        raise RunNotFoundError("no runs are recorded yet", hint="mlrun exec train.py records the first one")
    raise RunNotFoundError(f'no run matches "{name}": there are {total}', hint=f"the oldest is @~{total - 1}")


def _by_prefix(store: Store, refs: Refs, removed: Collection[str], damaged: Collection[str], name: str) -> RunId:
    found = store.index.starting(name) if _PREFIX.fullmatch(name) else []
    if not found and _PREFIX.fullmatch(name):
        for run in damaged:
            if run.startswith(name):
                raise why_unreadable(store, run)
    alive = [run for run in found if run not in removed]
    if len(alive) == 1:
        return RunId(alive[0])
    if alive:
        raise AmbiguousRunError(f'{len(alive)} runs start with "{name}"', hint=f"use more letters: {_ids(alive)}")
    if found:
        short = found[0][:_SHORT]
        raise RunNotFoundError(f"run {short} was removed", hint=f"mlrun rm --undo {short} brings it back")
    raise RunNotFoundError(f'no run matches "{name}"', hint=_similar(store, refs, removed, name))


def is_prefix(name: str) -> bool:
    """Whether it may be an id or the beginning of one."""
    return _PREFIX.fullmatch(name) is not None


def resolve_removed(store: Store, refs: Refs, name: str) -> RunId:
    """The removed run with this id or prefix, if it was not erased yet; raises `RunNotFoundError`."""
    refresh(store)
    every = refs.removed()
    removed = [run for run in every if os.path.exists(f"{store.layout.runs}/{run}")]
    found = [run for run in removed if run.startswith(name)] if _PREFIX.fullmatch(name) else []
    if len(found) == 1:
        return RunId(found[0])
    if found:
        raise AmbiguousRunError(
            f'{len(found)} removed runs start with "{name}"', hint=f"use more letters: {_ids(found)}"
        )
    if _PREFIX.fullmatch(name) and any(run.startswith(name) for run in every):
        raise RunNotFoundError(f'run "{name}" was erased by mlrun gc', hint="a store or remote that has it can give it")
    hint = f"removed are {_ids(sorted(removed))}" if removed else "no run is removed"
    raise RunNotFoundError(f'no removed run matches "{name}"', hint=hint)


def candidates(name: str, labels: Collection[str], runs: Sequence[str]) -> str:
    """What may have been meant by ``name``: labels like it, else what there is, as one would type it."""
    import difflib  # noqa: PLC0415 - only where a name was mistyped

    close = difflib.get_close_matches(name, labels, n=_SHOWN)
    # What was typed may be the beginning of an id with a slip further on, or too short a one.
    likely = [run for run in runs if run.startswith(name[:3])] if re.fullmatch(r"[0-9a-f]{2,64}", name) else []
    if close or likely:
        return f"did you mean {', '.join([*map(shlex.quote, close), *_short(likely)][:_SHOWN])}"
    labelled = f"there are {named(sorted(map(shlex.quote, labels)))}; " if labels else ""
    return f"{labelled}the newest runs are {_ids(runs)}" if runs else labelled.removesuffix("; ")


def _similar(store: Store, refs: Refs, removed: Collection[str], name: str) -> str:
    """What there is that is like ``name``, or else what there is."""
    tags = [tag for tag, head in refs.tags().items() if head.event.data["run"] not in removed]
    names = [label for label in store.index.names() if any(run not in removed for run in store.index.named(label))]
    runs = [run for run in store.index.newest() if run not in removed]
    return candidates(name, {*tags, *names}, runs) or "no runs are recorded yet"


def _ids(runs: Sequence[str]) -> str:
    return named(_short(runs))


def _short(runs: Sequence[str]) -> list[str]:
    return [run[:_SHORT] for run in runs]
