"""The two runs of which is asked why they differ: whether they may be run again, and can be; by which metric."""

import math
import shlex
from collections.abc import Iterator

from runlore.errors import CannotRebuildError, CorruptError, RunNotFoundError, UsageError
from runlore.ops.counted import Progress
from runlore.ops.describe import live_state
from runlore.ops.hybrids.difference import LeftOut
from runlore.ops.hybrids.memory import Came, came
from runlore.ops.hybrids.results import WhyRequest
from runlore.ops.names import candidates, resolve
from runlore.ops.parts import Parts, read_begun
from runlore.ops.reproduction.preflight import IMPOSSIBLE, UNCERTAIN, Preflight
from runlore.ops.sharing.supply import supply
from runlore.ops.trust import is_known, refuse
from runlore.records.hashing import RunId
from runlore.records.phrases import DAMAGED
from runlore.store.adopting import origin_of
from runlore.store.refs import Refs
from runlore.store.store import Store

_ENDED = {"failed": "failed", "killed": "was killed", "crashed": "crashed"}


def end_named(store: Store, name: str) -> RunId:
    """The run that is meant; `@` is the newest that is no mixture, so that the same words mean the same once more."""

    def is_mixture(run: RunId) -> bool:
        return "mixture" in (read_begun(store, run).intent.parent or {})

    return resolve(store, Refs(store.layout, store.index), name, passed=is_mixture)


def check_trust(store: Store, parts: Parts, request: WhyRequest, verb: str) -> None:
    """Raises `RefusedError` if others made a run and nobody allowed it."""
    if not request.trusted and not is_known(store, parts, request.environ):
        raise refuse(parts, f"mlrun {verb} {shlex.join((request.a, request.b))} --trust")


def check_end(store: Store, name: str, parts: Parts, request: WhyRequest, progress: Progress) -> Iterator[LeftOut]:
    """What of a run will not be as it was when it is run again, which nobody can swap.

    Raises:
        RunNotFoundError: it is still running.
        UsageError: it did not end well.
        CannotRebuildError, CorruptError: something that it was made of is nowhere, or damaged.
    """
    if parts.seal is None and live_state(store, parts.run, parts.intent.boot) == "running":
        raise RunNotFoundError(f"run {parts.run[:8]} is still running", hint="wait for its end: mlrun list")
    if parts.seal is None or parts.seal.state != "succeeded":
        state = "crashed" if parts.seal is None else parts.seal.state
        raise UsageError(f"run {name} has no result to explain: it {_ENDED.get(state, state)}")
    if origin_of(store.layout, parts.run) is not None:
        supply(store, parts, request.environ, progress)
    for part in Preflight(store, parts, request.environ, trusted=True).parts(replaced={}, environment=False):
        if part.status == IMPOSSIBLE:
            kind = CorruptError if DAMAGED in part.detail else CannotRebuildError
            raise kind(
                f"run {name} cannot be run again: {part.part}: {part.detail}", hint=f"mlrun reproduce {name} --check"
            )
        if part.status == UNCERTAIN and part.part == "inputs":
            yield LeftOut(f"{part.part} of {name}", part.detail, can_matter=True)


def metric_of(a: Parts, b: Parts, asked: str | None) -> str:
    """The metric that is meant.

    Raises:
        UsageError: it is not a number in both runs, or none is named and they have several.
    """
    mine, theirs = numbers(a), numbers(b)
    both = sorted(mine.keys() & theirs.keys())
    if asked is None and len(both) == 1:
        return both[0]
    if asked is None and both:
        changed = [name for name in both if mine[name] != theirs[name]]
        raise UsageError("which metric?", hint=f"--metric {' or '.join((changed or both)[:5])}")
    for side, parts in (("a", a), ("b", b)):
        for name, last in sorted(_lasts(parts).items()):
            if name not in numbers(parts) and (name == asked or not both):
                raise UsageError(f'"{name}" of run {side} is {last}, which has no distance to anything')
    if asked is None:
        raise UsageError("the two runs have no metric in common", hint="mlrun metrics shows what each logged")
    if asked not in both:
        raise UsageError(f'not both runs have a metric "{asked}"', hint=candidates(asked, both, ()) or None)
    return asked


def recorded(parts: Parts, metric: str) -> Came:
    """What a run that ended well came to."""
    assert parts.seal is not None  # noqa: S101 - for the type checker: it ended
    return came(parts.run, parts.intent, parts.seal, metric)


def numbers(parts: Parts) -> dict[str, float]:
    """The last values of the metrics of a run, those that are finite."""
    return {
        name: float(last)
        for name, last in _lasts(parts).items()
        if isinstance(last, int | float) and math.isfinite(last)
    }


def _lasts(parts: Parts) -> dict[str, object]:
    found = parts.seal.metrics if parts.seal is not None else {}
    return {name: each.get("last") for name, each in found.items()}
