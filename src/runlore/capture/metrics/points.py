"""Points of many series on their way into the store: 28 bytes each, whatever the number of names."""

from array import array
from collections.abc import Iterable
from itertools import accumulate

from runlore.capture.metrics.series import MAX_STEP, Series, canonical_name, in_range

MAX_POINTS = 10_000_000
MAX_NAMES = 2_000_000
MAX_NAMES_TEXT = 128 << 20
"""Characters of all names together. What a run logs beyond these three is counted, not kept."""


class Room:
    """How much may still be kept of one run, and how much was not."""

    __slots__ = ("lost_names", "lost_points", "names", "points", "text")

    def __init__(self, points: int = MAX_POINTS, names: int = MAX_NAMES, text: int = MAX_NAMES_TEXT) -> None:
        self.points, self.names, self.text = points, names, text
        self.lost_points = self.lost_names = 0


class Points:
    """The points of one source, in the order they came. Times are nanoseconds since 1970 UTC."""

    __slots__ = ("_ats", "_ids", "_late", "_latest", "_order", "_room", "_starts", "_steps", "_values", "names")

    def __init__(self, room: Room) -> None:
        self.names: dict[str, int] = {}
        self._room = room
        self._ids, self._steps, self._ats, self._values = array("I"), array("q"), array("q"), array("d")
        self._latest = array("q")
        self._late: dict[int, tuple[int, int, float]] = {}
        self._order, self._starts = array("I"), array("Q")

    def add(self, name: str, step: int | None, at: int, value: float) -> None:
        """Add a point; without a step it is one step after the series' last, the first is 0.

        Beyond the room there is, only the last point of each series is kept.
        """
        number = self.names.get(name)
        if number is None:
            number = self._number(name)
            if number is None:
                return
        if step is None or not in_range(step):
            step = min(self._latest[number] + 1, MAX_STEP)
        self._latest[number] = step
        if at < 0 or not in_range(at):
            at = 0
        if self._room.points <= 0:
            self._room.lost_points += number in self._late
            self._late[number] = step, at, value
            return
        self._room.points -= 1
        self._ids.append(number)
        self._steps.append(step)
        self._ats.append(at)
        self._values.append(value)

    def is_full(self) -> bool:
        """Whether there is no room for another point of this run."""
        return self._room.points <= 0

    def put_under(self, prefix: str) -> None:
        """Begin every name with ``prefix``."""
        if prefix:
            names = ((canonical_name(prefix + name), number) for name, number in self.names.items())
            self.names = {name: number for name, number in names if name is not None}
            self._room.lost_names += len(self._latest) - len(self.names)

    def drop(self, names: Iterable[str]) -> None:
        """Forget these series."""
        for name in names:
            self.names.pop(name, None)

    def one(self, name: str) -> Series:
        """The series of that name; raises ``KeyError``."""
        number = self.names[name]
        order = self._points_of(number)
        steps = array("q", map(self._steps.__getitem__, order))
        ats = array("q", map(self._ats.__getitem__, order))
        values = array("d", map(self._values.__getitem__, order))
        if number in self._late:
            step, at, value = self._late[number]
            steps.append(step)
            ats.append(at)
            values.append(value)
        return Series(name, steps, ats, values)

    def _number(self, name: str) -> int | None:
        """The number of a new series, ``None`` for one that is not kept."""
        known = canonical_name(name)
        if known in self.names:
            return self.names[known]
        if known is None or self._room.names <= 0 or self._room.text < len(known):
            self._room.lost_names += 1
            return None
        self._room.names -= 1
        self._room.text -= len(known)
        number = self.names[known] = len(self._latest)
        self._latest.append(-1)
        return number

    def _points_of(self, number: int) -> "array[int] | range":
        if len(self._latest) == 1:
            return range(len(self._ids))
        if len(self._order) != len(self._ids) or len(self._starts) != len(self._latest) + 1:
            self._sort()
        return self._order[self._starts[number] : self._starts[number + 1]]

    def _sort(self) -> None:
        """Count, then place: the points of each series together, in the order they came."""
        counts = array("I", bytes(4 * len(self._latest)))
        for number in self._ids:
            counts[number] += 1
        self._starts = array("Q", accumulate(counts, initial=0))
        place = self._starts[:]
        self._order = array("I", bytes(4 * len(self._ids)))
        for index, number in enumerate(self._ids):
            self._order[place[number]] = index
            place[number] += 1
