"""`diff`: what is different between two runs, part by part."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from runlore.ops.describe import live_state
from runlore.ops.difference import metrics, resources
from runlore.ops.difference.code import compare_code
from runlore.ops.difference.environment import compare_environments
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
    Diff,
    Pair,
    Side,
)
from runlore.ops.difference.tables import compare_config, table
from runlore.ops.names import resolve
from runlore.ops.parts import Parts, read_parts
from runlore.ops.project import open_store
from runlore.store.refs import Refs
from runlore.store.store import Store

Found = tuple[Any, str]
"""What a part returns, and what it says of it: one of the words of `Diff.parts`."""


def diff(folder: str, a: str, b: str, *, only: Collection[str] = (), patch: bool = False) -> Diff:
    """How the runs of these names differ: in all parts, or in those of ``only``; with ``patch`` also line by line.

    Raises:
        NoStoreError: there is no store here.
        RunNotFoundError: a name stands for no run; `AmbiguousRunError`: for several.
        CorruptError: a record, or an object that is needed, is damaged.
    """
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        left, right = (read_parts(store, resolve(store, refs, name)) for name in (a, b))
        wanted = [part for part in PARTS if not only or part in only]
        reasons = {part: why for part in wanted if (why := _not_comparable(part, left, right))}
        found = {part: _COMPARERS[part](store, left, right, patch) for part in wanted if part not in reasons}
        parts = {part: NOT_COMPARABLE if part in reasons else found[part][1] for part in wanted}
        return Diff(
            *(left.run, right.run),
            identical=all(parts[part] != DIFFERENT for part in wanted if part != RESOURCES),
            parts=parts,
            not_comparable={**reasons, **_in_part(parts, found, left, right)},
            runs=(_side(store, left), _side(store, right)),
            **_results(found),
        )


def _results(found: Mapping[str, Found]) -> dict[str, Any]:
    """What `Diff` holds of each part, by the part's name."""
    return {part: found[part][0] if part in found else None for part in PARTS}


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


def _in_part(parts: Mapping[str, str], found: Mapping[str, Found], a: Parts, b: Parts) -> dict[str, str]:
    """What of a part could not be compared although the rest of it was, and why."""
    said: dict[str, str] = {}
    if ENVIRONMENT in found and a.run != b.run:
        packages = _both("had no Python that reported itself", *(not parts.recipe.environment for parts in (a, b)))
        said |= {ENVIRONMENT: f"packages: {packages}"} if packages else {}
    if OUTPUTS in found and parts[OUTPUTS] == NOT_COMPARABLE:
        said[OUTPUTS] = "their bytes differ, and not all are in the store to be compared by value"
    return said


def _both(what: str, a: bool, b: bool) -> str:
    if a and b:
        return f"each of the two {what}"
    return f"run a {what}" if a else f"run b {what}" if b else ""


def _command(_store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    sides = [{"argv": list(parts.recipe.argv), "cwd": parts.recipe.cwd} for parts in (a, b)]
    return Pair(*sides), IDENTICAL if sides[0] == sides[1] else DIFFERENT


def _code(store: Store, a: Parts, b: Parts, patch: bool) -> Found:
    return compare_code(store, a, b, patch=patch), IDENTICAL if a.recipe.code == b.recipe.code else DIFFERENT


def _params(_store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found = table(a.recipe.params, b.recipe.params)
    return found, DIFFERENT if found.differs else IDENTICAL


def _config(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found, is_other = compare_config(store, a, b)
    if is_other:
        return found, DIFFERENT
    return found, EQUAL if found.added or found.removed or found.changed else IDENTICAL


def _environment(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found = compare_environments(store, a, b)
    if environment_differs(found):
        return found, DIFFERENT
    return found, IDENTICAL if (a.recipe.environment and b.recipe.environment) or a.run == b.run else NOT_COMPARABLE


def _inputs(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found = compare_inputs(store, a, b)
    if found.added or found.removed or found.changed:
        return found, DIFFERENT
    return found, EQUAL if found.renamed else IDENTICAL


def _metrics(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found = metrics.compare_metrics(store, a, b)
    return found, DIFFERENT if metrics.differs(found) else IDENTICAL


def _outputs(store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    return compare_made(store, a, b)


def _resources(_store: Store, a: Parts, b: Parts, _patch: bool) -> Found:
    found = resources.compare_resources(a, b)
    return found, IDENTICAL if resources.is_same(found) else DIFFERENT


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


def _side(store: Store, parts: Parts) -> Side:
    seal, intent = parts.seal, parts.intent
    return Side(
        id=parts.run,
        name=intent.name,
        state=live_state(store, parts.run, intent.boot) if seal is None else seal.state,
        started_at=intent.started_at,
        duration=None if seal is None else seal.duration,
        command=parts.recipe.argv,
        message=intent.message,
    )
