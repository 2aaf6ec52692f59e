"""Mixtures that are measured: from memory as far as they were run before, else by running them, within a budget."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from runlore.ops.counted import Progress
from runlore.ops.hybrids.memory import Came, Memory
from runlore.ops.hybrids.mixture import Mixed
from runlore.ops.hybrids.running import Ended, Going, Runner
from runlore.records.hashing import RunId


class Budget(NamedTuple):
    """How much may be spent: new runs, and seconds; ``None`` for as many as it takes. ``said`` is how it was put."""

    runs: int | None
    seconds: float | None
    said: str


class ExhaustedError(Exception):
    """The budget is spent."""


class Trial(NamedTuple):
    """A mixture, what its runs came to, which they were, and why there are no more if it cannot be run."""

    key: object
    came: tuple[Came, ...]
    runs: tuple[RunId, ...]
    why: str

    @property
    def values(self) -> tuple[float, ...]:
        """The values of those that came to one."""
        return tuple(each.value for each in self.came if each.value is not None)


class Trials:
    """Everything that was measured."""

    def __init__(self, memory: Memory, runner: Runner, budget: Budget, jobs: int, progress: Progress) -> None:
        self._memory = memory
        self._runner = runner
        self._budget = budget
        self._jobs = jobs
        self._progress = progress
        self._began = time.monotonic()
        self._known: dict[object, Trial] = {}
        self.made = 0

    @property
    def all(self) -> list[Trial]:
        """In the order in which they were first asked for."""
        return list(self._known.values())

    def need(self, wanted: Sequence[tuple[object, Callable[[], Mixed], str]], count: int) -> None:
        """See that each of these mixtures, given by a key, how to make it and what to call it, has so many values.

        Those that cannot be run have none, and say why. Raises `ExhaustedError` where the budget does not allow it.
        """
        waiting = [
            (key, mixed, message)
            for key, make, message in wanted
            if not self._has(key, count)
            for mixed in [self._recalled(key, make())]
            for _ in range(self._lacks(key, count))
        ]
        going: list[tuple[object, Going]] = []
        try:
            while waiting or going:
                while waiting and len(going) < self._jobs:
                    key, mixed, message = waiting.pop(0)
                    if self._has(key, count):
                        continue
                    self._spend(message)
                    begun = self._runner.start(mixed, message=message)
                    if isinstance(begun, Ended):
                        self._note(key, begun)
                    else:
                        going.append((key, begun))
                if going:
                    key, first = going[0]
                    ended = self._runner.end(first, self._left())
                    if ended is None:
                        raise ExhaustedError
                    del going[0]
                    self._note(key, ended)
        finally:
            if going:
                self._runner.stop([each for _, each in going])

    def trial(self, key: object) -> Trial | None:
        """What is known of a mixture; ``None`` if nobody has asked for it."""
        return self._known.get(key)

    def values(self, key: object) -> tuple[float, ...] | None:
        """What a mixture came to; ``None`` if it cannot be run."""
        found = self._known.get(key)
        return found.values if found is not None and found.values else None

    def came(self, key: object) -> tuple[Came, ...]:
        """The runs of a mixture that came to a value."""
        found = self._known.get(key)
        return found.came if found is not None else ()

    def _has(self, key: object, count: int) -> bool:
        return self._lacks(key, count) == 0

    def _lacks(self, key: object, count: int) -> int:
        found = self._known.get(key)
        if found is None:
            return count
        return 0 if found.why else max(0, count - len(found.values))

    def _recalled(self, key: object, mixed: Mixed) -> Mixed:
        """The mixture; what is remembered of it counts."""
        if key not in self._known:
            before = self._memory.of(mixed.id)
            good = tuple(each for each in before if each.value is not None)
            why = before[-1].why if before and not good else ""
            self._known[key] = Trial(key, good, tuple(each.run for each in before), why)
        return mixed

    def _spend(self, message: str) -> None:
        if (self._budget.runs is not None and self.made >= self._budget.runs) or self._left() == 0:
            raise ExhaustedError
        self.made += 1
        what = message.partition(": ")[2]
        self._progress(f"running {what}", self.made, self._budget.runs or 0)

    def _left(self) -> float | None:
        """Seconds; ``None`` for as many as it takes."""
        if self._budget.seconds is None:
            return None
        return max(0.0, self._budget.seconds - (time.monotonic() - self._began))

    def _note(self, key: object, ended: Ended) -> None:
        found = self._known[key]
        if ended.run is None:
            self._known[key] = found._replace(why=ended.why)
            return
        came = self._memory.take(RunId(ended.run))
        runs = (*found.runs, RunId(ended.run))
        if came is None or came.value is None:
            why = f"run {ended.run[:8]} was stopped before its end" if came is None else came.why
            self._known[key] = found._replace(runs=runs, why=found.why or why)
        else:
            self._known[key] = found._replace(runs=runs, came=(*found.came, came), why="")
