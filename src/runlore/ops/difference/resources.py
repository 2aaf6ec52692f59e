"""How two runs ended, how long they took and what they used."""

from runlore.ops.difference.results import Cost, Pair, Resources
from runlore.ops.parts import Parts
from runlore.records.canonical import Json

_USAGE = ("cpu_seconds", "gpu_seconds", "peak_memory", "read_bytes", "written_bytes")


def compare_resources(a: Parts, b: Parts) -> Resources:
    """Both sides of each number; ``None`` where one has none, which is so for all of a run that has not ended."""
    used = [dict(parts.seal.usage) if parts.seal else {} for parts in (a, b)]
    usage = {name: _cost(used[0].get(name), used[1].get(name)) for name in _USAGE}
    scope = Pair(used[0].get("gpu_scope"), used[1].get("gpu_scope"))
    if scope.a != scope.b:
        usage["gpu_seconds"] = usage["gpu_seconds"]._replace(delta=None, percent=None)
    return Resources(
        end=Pair(*map(_end, (a, b))),
        duration=_cost(*(None if parts.seal is None else parts.seal.duration for parts in (a, b))),
        usage=usage,
        gpu_scope=scope,
    )


def is_same(found: Resources) -> bool:
    """Whether all of it is the same, as it is for a run beside itself."""
    costs = found.duration, *found.usage.values()
    return found.end.a == found.end.b and all(cost.a == cost.b for cost in costs)


def _cost(a: Json, b: Json) -> Cost:
    if a is None or b is None:
        return Cost(a, b, None, None)
    return Cost(a, b, b - a, 100 * (b - a) / a if a else None)


def _end(parts: Parts) -> str:
    """``succeeded``, ``failed 3``, ``killed by 9``, ``unfinished``."""
    seal = parts.seal
    if seal is None:
        return "unfinished"
    if seal.signal is not None:
        return f"{seal.state} by {seal.signal}"
    return f"{seal.state} {seal.exit_code}" if seal.exit_code else seal.state
