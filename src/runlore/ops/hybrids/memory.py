"""What mixtures came to that were run before: runs like any others, whose intents say of what they were made."""

import math
from typing import NamedTuple

from runlore.errors import CacheDamagedError, CorruptError
from runlore.ops.parts import Begun, read_begun
from runlore.records.hashing import ObjectId, RunId
from runlore.store.store import Store

_COUNTS = frozenset(("succeeded", "failed"))
"""States in which a run has come to an end of its own."""


class Came(NamedTuple):
    """What a run came to: the last value of the metric; ``None`` if it failed, or logged none."""

    run: RunId
    value: float | None


class Memory:
    """Runs by the id of their mixture."""

    def __init__(self, store: Store, parents: tuple[RunId, ...], metric: str) -> None:
        """``parents`` are the runs that mixtures are made of."""
        self._store = store
        self._metric = metric
        self._known: dict[ObjectId, list[Came]] = {}
        for parent in parents:
            for run in store.index.children(parent):
                self.take(RunId(run))

    def of(self, mixture: ObjectId) -> list[Came]:
        """What runs of this mixture came to."""
        return list(self._known.get(mixture, ()))

    def take(self, run: RunId) -> Came | None:
        """What a run came to; ``None`` if it was stopped, or its record is damaged, so that nobody knows."""
        try:
            begun = read_begun(self._store, run)
        except CacheDamagedError:
            raise
        except CorruptError:
            return None  # fsck says what is wrong with it
        found = came(begun, self._metric)
        if found is not None and (mixture := (begun.intent.parent or {}).get("mixture")):
            self._known.setdefault(ObjectId(mixture), []).append(found)
        return found


def came(begun: Begun, metric: str) -> Came | None:
    """What a run came to; ``None`` if it was stopped."""
    seal = begun.seal
    if seal is None or seal.state not in _COUNTS:
        return None
    last = seal.metrics.get(metric, {}).get("last")
    value = float(last) if seal.state == "succeeded" and isinstance(last, int | float) else None
    return Came(begun.run, value if value is not None and math.isfinite(value) else None)
