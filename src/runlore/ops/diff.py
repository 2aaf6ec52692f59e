"""`diff`: what is different between two runs, part by part."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from runlore.errors import CacheDamagedError, CorruptError
from runlore.ops.difference import metrics, resources
from runlore.ops.difference.code import compare_code
from runlore.ops.difference.environment import compare_environments, unrecorded
from runlore.ops.difference.environment import differs as environment_differs
from runlore.ops.difference.inputs import compare_inputs
from runlore.ops.difference.outputs import compare_made
from runlore.ops.difference.results import (
    CODE,
    COMMAND,
    CONFIG,
    DIFFERENT,
    ENVIRONMENT,
    EQUAL,
    IDENTICAL,
    INPUTS,
    METRICS,
    NOT_COMPARABLE,
    OUTPUTS,
    PARAMS,
    PARTS,
    RESOURCES,
    Code,
    Damage,
    Diff,
    Pair,
)
from runlore.ops.difference.sides import Read, read_side, side
from runlore.ops.difference.tables import compare_config, table
from runlore.ops.names import resolve
from runlore.ops.parts import Parts
from runlore.ops.project import open_store
from runlore.ops.sharing.promised import awaited, share_a_key
from runlore.records.phrases import DAMAGED, counted
from runlore.store.refs import Refs
from runlore.store.store import Store


class Found(NamedTuple):
    """What a part returns, one of the words of `Diff.parts`, why some of it could not be compared, and what is damaged.

    ``value`` is ``None`` where nothing of it could be compared.
    """

    value: Any
    status: str
    why: str = ""
    damaged: tuple[Damage, ...] = ()


def diff(folder: str, a: str, b: str, *, only: Collection[str] = (), patch: bool = False) -> Diff:
    """How the runs of these names differ: in all parts, or in those of ``only``; with ``patch`` also line by line.

    Raises:
        NoStoreError: there is no store here.
        RunNotFoundError: a name stands for no run; `AmbiguousRunError`: for several.
        CorruptError: of one of the runs the first record is damaged. What else is damaged is said in the result.
    """
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        left, right = (read_side(store, resolve(store, refs, name, even_damaged=True)) for name in (a, b))
        wanted = [part for part in PARTS if not only or part in only]
        found = {part: _compared(store, part, (left, right), patch=patch) for part in wanted}
        return Diff(
            *(left.parts.run, right.parts.run),
            identical=all(each.status != DIFFERENT for part, each in found.items() if part != RESOURCES),
            parts={part: each.status for part, each in found.items()},
            not_comparable={part: each.why for part, each in found.items() if each.why},
            damaged=tuple(damage for each in found.values() for damage in each.damaged),
            runs=(side(store, left), side(store, right)),
            **_values(found),
        )


def _values(found: Mapping[str, Found]) -> dict[str, Any]:
    """What `Diff` holds of each part, by the part's name."""
    return {part: found[part].value if part in found else None for part in PARTS}


def _compared(store: Store, part: str, reads: Sequence[Read], *, patch: bool) -> Found:
    """A part of the two runs; what is damaged in the store takes this part alone."""
    left, right = (read.parts for read in reads)
    unread = dict.fromkeys(read.damaged[part] for read in reads if part in read.damaged)
    if unread:
        return _spoilt(part, *unread)
    if why := _not_comparable(part, left, right):
        return Found(None, NOT_COMPARABLE, why)
    try:
        found = _COMPARERS[part](store, left, right, patch)
    except CacheDamagedError:
        raise  # nothing is lost: the same command again finds everything
    except CorruptError as error:
        found = _spoilt(part, error.message)
    runs = awaited(store, (left, right)) if found.damaged else ()
    return _awaiting(part, found, left, right, runs) if runs else found


def _awaiting(part: str, found: Found, left: Parts, right: Parts, runs: Sequence[str]) -> Found:
    """A part of which some is not here because only the records of ``runs`` were pulled: nothing of it is damaged."""
    why = f"not all of it is here yet: mlrun pull {' '.join(run[:8] for run in runs)}"
    if part == CODE and found.value is None and left.recipe.code != right.recipe.code:
        commits = Pair(*((each.intent.git or {}).get("commit") for each in (left, right)))
        value = Code(Pair(left.recipe.code, right.recipe.code), commits, (), 0, 0)
        return Found(value, DIFFERENT, f"it differs; {why}")
    return found._replace(why=why, damaged=())


def _spoilt(part: str, *what: str) -> Found:
    return Found(None, NOT_COMPARABLE, "; ".join(what), tuple(Damage(part, None, each) for each in what))


def _files(part: str, paths: Iterable[str]) -> tuple[Damage, ...]:
    return tuple(Damage(part, path, DAMAGED) for path in paths)


def _not_comparable(part: str, a: Parts, b: Parts) -> str:
    """Why a part of the two runs cannot be held against each other; empty if it can."""
    if a.run == b.run:
        return ""
    if part == CODE:
        return _both("kept no code", *(parts.recipe.code is None for parts in (a, b)))
    if part == INPUTS:
        return _both("was not watched", *(parts.seal is None or parts.seal.observer == "none" for parts in (a, b)))
    if part in {METRICS, OUTPUTS}:
        return _both("has not ended", *(parts.seal is None for parts in (a, b))) or (
            _both("was not watched", *(bool(parts.seal and parts.seal.observer == "none") for parts in (a, b)))
            if part == OUTPUTS and not (a.outputs and b.outputs)
            else ""
        )
    return ""


def _both(what: str, a: bool, b: bool) -> str:
    if a and b:
        return f"each of the two {what}"
    return f"run a {what}" if a else f"run b {what}" if b else ""


def _command(_store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    sides = [{"argv": list(parts.recipe.argv), "cwd": parts.recipe.cwd} for parts in (a, b)]
    return Found(Pair(*sides), IDENTICAL if sides[0] == sides[1] else DIFFERENT)


def _code(store: Store, a: Parts, b: Parts, patch: bool) -> Found:
    found = compare_code(store, a, b, patch=patch)
    damaged = _files(CODE, (each.path for each in found.files if each.why == DAMAGED))
    return Found(found, IDENTICAL if a.recipe.code == b.recipe.code else DIFFERENT, damaged=damaged)


def _params(_store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found = table(a.recipe.params, b.recipe.params)
    return Found(found, DIFFERENT if found.differs else IDENTICAL)


def _config(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found, is_other, damaged = compare_config(store, a, b)
    why = f"{', '.join(damaged)}: {DAMAGED}" if damaged else ""
    status = EQUAL if found.added or found.removed or found.changed else IDENTICAL
    return Found(found, DIFFERENT if is_other else status, why, _files(CONFIG, damaged))


def _environment(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found, unread = compare_environments(store, a, b)
    damaged = tuple(Damage(ENVIRONMENT, None, each) for each in unread)
    is_whole = not unread and bool(a.recipe.environment and b.recipe.environment)
    status = DIFFERENT if environment_differs(found) else IDENTICAL if is_whole or a.run == b.run else NOT_COMPARABLE
    no_python = _both("had no Python that reported itself", *(not parts.recipe.environment for parts in (a, b)))
    why = [] if unread or not no_python or a.run == b.run else [f"packages: {no_python}"]
    why += [*unrecorded(a, b), *_in_two_keys(store, a, b), *(f"packages cannot be compared: {each}" for each in unread)]
    return Found(found, status, "; ".join(why), damaged)


def _in_two_keys(store: Store, a: Parts, b: Parts) -> list[str]:
    """What is said of the variables whose values are not kept, if these cannot be told apart."""
    both = (a.intent.others or {}).keys() & (b.intent.others or {}).keys()
    if not both or share_a_key(store, a, b):
        return []
    what = f"values of {counted(len(both), 'variable')} that are not kept"
    return [f"{what}: each store has its own key, and a run was pulled"]


def _inputs(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found = compare_inputs(store, a, b)
    is_other = found.added or found.removed or found.changed
    damaged = _files(INPUTS, (each.path for each in found.changed if each.why == DAMAGED))
    return Found(found, DIFFERENT if is_other else EQUAL if found.renamed else IDENTICAL, damaged=damaged)


def _metrics(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found, unread = metrics.compare_metrics(store, a, b)
    why = f"points on the way cannot be compared: {unread}" if unread else ""
    damaged = (Damage(METRICS, None, unread),) if unread else ()
    return Found(found, DIFFERENT if metrics.differs(found) else IDENTICAL, why, damaged)


def _outputs(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found, status = compare_made(store, a, b)
    why = "their bytes differ, and not all are in the store to be compared by value"
    damaged = _files(OUTPUTS, (each.path for each in found.changed if each.detail == DAMAGED))
    return Found(found, status, why if status == NOT_COMPARABLE else "", damaged)


def _resources(_store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found = resources.compare_resources(a, b)
    return Found(found, IDENTICAL if resources.is_same(found) else DIFFERENT)


_COMPARERS: dict[str, Callable[[Store, Parts, Parts, bool], Found]] = {
    COMMAND: _command,
    CODE: _code,
    PARAMS: _params,
    CONFIG: _config,
    ENVIRONMENT: _environment,
    INPUTS: _inputs,
    METRICS: _metrics,
    OUTPUTS: _outputs,
    RESOURCES: _resources,
}
