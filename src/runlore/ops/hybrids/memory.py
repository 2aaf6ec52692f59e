"""What mixtures came to that were run before: runs like any others, whose intents say of what they were made."""

import math
from typing import NamedTuple

from runlore.errors import CacheDamagedError, CorruptError
from runlore.insight.volatile import is_timing
from runlore.ops.parts import read_begun
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import Intent, Seal
from runlore.store.refs import Refs
from runlore.store.store import Store

_COUNTS = frozenset(("succeeded", "failed"))
"""States in which a run has come to an end of its own."""
_UNSEEDED = "unseeded"


class Came(NamedTuple):
    """What a run came to: the last value of the metric; ``None``, with the reason, if there is no number.

    ``told`` stands for all that it measured beside time; ``is_random`` says that it drew random numbers without a seed.
    """

    run: RunId
    value: float | None
    why: str = ""
    told: str = ""
    is_random: bool = False


class Memory:
    """Runs by the id of their mixture."""

    def __init__(self, store: Store, parents: tuple[RunId, ...], metric: str) -> None:
        """``parents`` are the runs that mixtures are made of."""
        self._store = store
        self._metric = metric
        self._known: dict[ObjectId, list[Came]] = {}
        removed = Refs(store.layout, store.index).removed()
        for parent in parents:
            for run in store.index.children(parent):
                if run not in removed:
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
        if begun.seal is None or begun.seal.state not in _COUNTS:
            return None
        found = came(run, begun.intent, begun.seal, self._metric)
        if mixture := (begun.intent.parent or {}).get("mixture"):
            self._known.setdefault(ObjectId(mixture), []).append(found)
        return found


def came(run: RunId, intent: Intent, seal: Seal, metric: str) -> Came:
    """What a run came to that has ended."""
    told = sorted((name, repr(sorted(each.items()))) for name, each in seal.metrics.items() if not is_timing(name))
    is_random = any(warn.code == _UNSEEDED for warn in (*intent.warnings, *seal.warnings))
    last = seal.metrics.get(metric, {}).get("last")
    if seal.state != "succeeded":
        value, why = None, f"run {run[:8]} failed"
    elif last is None:
        value, why = None, f'run {run[:8]} logged no "{metric}"'
    elif not isinstance(last, int | float) or not math.isfinite(last):
        value, why = None, f"{metric} of run {run[:8]} is {last}"
    else:
        value, why = float(last), ""
    return Came(run, value, why, repr(told), is_random)
