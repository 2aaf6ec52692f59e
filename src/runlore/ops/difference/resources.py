"""How two runs ended, how long they took and what they used."""

from runlore.ops.difference.results import Pair, Resources
from runlore.ops.parts import Parts

_USAGE = ("cpu_seconds", "gpu_seconds", "peak_memory", "read_bytes", "written_bytes")


def compare_resources(a: Parts, b: Parts) -> Resources:
    """Both sides of each number; ``None`` where one has none, which is so for all of a run that has not ended."""
    used = [{} if parts.seal is None else parts.seal.usage for parts in (a, b)]
    return Resources(
        end=Pair(*map(_end, (a, b))),
        duration=Pair(*(None if parts.seal is None else parts.seal.duration for parts in (a, b))),
        usage={name: Pair(*(side.get(name) for side in used)) for name in _USAGE},
    )


def is_same(found: Resources) -> bool:
    """Whether all of it is the same, as it is for a run beside itself."""
    return all(each.a == each.b for each in (found.end, found.duration, *found.usage.values()))


def _end(parts: Parts) -> str:
    """``succeeded``, ``failed 3``, ``killed by 9``, ``unfinished``."""
    seal = parts.seal
    if seal is None:
        return "unfinished"
    if seal.signal is not None:
        return f"{seal.state} by {seal.signal}"
    return f"{seal.state} {seal.exit_code}" if seal.exit_code else seal.state
