"""What is asked for: whether two runs may be run again, and which metric of theirs is meant."""

import math

from runlore.errors import UsageError
from runlore.ops.counted import Progress
from runlore.ops.hybrids.memory import Came, came
from runlore.ops.hybrids.results import WhyRequest
from runlore.ops.names import candidates
from runlore.ops.parts import Parts
from runlore.ops.sharing.supply import supply
from runlore.ops.trust import is_known, refuse
from runlore.store.adopting import origin_of
from runlore.store.store import Store


def allow(store: Store, parts: Parts, request: WhyRequest, progress: Progress) -> None:
    """Return if a run may be run again here, with all of it at hand; raises `RefusedError`."""
    if not request.trusted and not is_known(store, parts, request.environ):
        raise refuse(parts)
    if origin_of(store.layout, parts.run) is not None:
        supply(store, parts, request.environ, progress)


def metric_of(a: Parts, b: Parts, asked: str | None) -> str:
    """The metric that is asked for, or the only one that there is; raises `UsageError`."""
    mine, theirs = (set(finite(parts)) for parts in (a, b))
    both = sorted(mine & theirs)
    if asked is None and len(both) == 1:
        return both[0]
    if not both:
        raise UsageError("the two runs have no metric in common", hint="mlrun metrics shows what each logged")
    if asked is None:
        changed = [name for name in both if finite(a)[name] != finite(b)[name]]
        raise UsageError("which metric?", hint=f"--metric {' or '.join((changed or both)[:5])}")
    if asked not in both:
        raise UsageError(f'not both runs have a metric "{asked}"', hint=candidates(asked, both, ()) or None)
    return asked


def finite(parts: Parts) -> dict[str, float]:
    """The last values of a run that ended well, as far as they are numbers."""
    found = parts.seal.metrics if parts.seal is not None and parts.seal.state == "succeeded" else {}
    lasts = {name: each.get("last") for name, each in found.items()}
    return {name: float(last) for name, last in lasts.items() if isinstance(last, int | float) and math.isfinite(last)}


def recorded(parts: Parts, metric: str) -> Came:
    """What a run that has the metric came to."""
    assert parts.seal is not None  # noqa: S101 - for the type checker: it has a metric
    return came(parts.run, parts.intent, parts.seal, metric)
