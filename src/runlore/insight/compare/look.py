"""One comparison on its way: what has been found, and what it may still cost."""

import math
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import BinaryIO, Self, cast

from runlore.insight.compare.content import Comparison, Content, UnreadableError

MAX_VALUES = 2_000_000
"""Pairs of values, arrays aside, that are looked at."""
_INFLATED = 256 << 20
_RATIO = 16
"""Bytes that are unpacked: 256 MiB, or of larger files 16 times their size."""
MAX_DEPTH = 4
"""Archives in archives."""
_IN_MEMORY = 4 << 20
_SHOWN = 60


class Budget:
    """What is left to be unpacked and looked at, over all parts of two files."""

    def __init__(self, size: int) -> None:
        """``size`` is the number of bytes of both files."""
        self._bytes = max(_INFLATED, _RATIO * size)
        self._values = MAX_VALUES
        self._temporary = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._temporary.close()

    def temporary_file(self) -> BinaryIO:
        """A new file that is gone with the budget; in memory while it is small."""
        return cast("BinaryIO", self._temporary.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY)))

    def unpack(self, count: int) -> None:
        """Account for bytes that are unpacked; raises `UnreadableError` when it is too many."""
        self._bytes -= count
        if self._bytes < 0:
            raise UnreadableError("it unpacks to too many bytes")

    def value(self, count: int = 1) -> None:
        """Account for pairs of values; raises `UnreadableError` when it is too many."""
        self._values -= count
        if self._values < 0:
            raise UnreadableError("it holds too many values")


class Look:
    """What was found between two contents and their parts. Formats write into it; `conclude` reads it."""

    def __init__(
        self, tolerance: float, budget: Budget, nested: Callable[[Content, Content, "Look", str], None], depth: int = 0
    ) -> None:
        """``nested`` compares two parts and writes what it finds into the look that it is given."""
        self.tolerance, self.budget, self.depth = tolerance, budget, depth
        self._nested = nested
        self.numbers = self.unequal = self.outside = 0
        self.deviation = 0.0
        self.cut = False
        self.differences = 0
        self.first_difference = self.first_unread = self.first_number = ""
        self.places: set[str] = set()
        self.times = 0
        self.first_time = ""

    def parts(self, a: Content, b: Content, place: str) -> None:
        """Compare two parts of what is being looked at, each by its own format."""
        if self.depth >= MAX_DEPTH:
            raise UnreadableError("archives are nested too deep")
        self.depth += 1
        self._nested(a, b, self, place)
        self.depth -= 1

    def child(self) -> "Look":
        """A look of its own, for `adopt` if all goes well."""
        return Look(self.tolerance, self.budget, self._nested, self.depth)

    def adopt(self, other: "Look") -> None:
        """Make what a child found our own."""
        self.numbers += other.numbers
        self.unequal += other.unequal
        self.outside += other.outside
        self.deviation = max(self.deviation, other.deviation)
        self.cut = self.cut or other.cut
        self.differences += other.differences
        self.first_difference = self.first_difference or other.first_difference
        self.first_unread = self.first_unread or other.first_unread
        self.first_number = self.first_number or other.first_number
        self.places |= other.places
        self.times += other.times
        self.first_time = self.first_time or other.first_time

    def differ(self, place: str, what: str) -> None:
        """Something that no tolerance covers: ``what`` is a phrase about both sides."""
        self.differences += 1
        self.first_difference = self.first_difference or at(place, what)

    def unread(self, place: str, why: str) -> None:
        """Bytes differ, and the values could not be compared."""
        self.first_unread = self.first_unread or at(place, why)

    def pass_over(self, place: str) -> None:
        """Something differs that says when, or how long: it is counted, and no difference."""
        self.times += 1
        self.first_time = self.first_time or place

    def number(self, place: str, x: float, y: float) -> None:
        """A pair of numbers, equal or not."""
        self.numbers += 1
        if x == y or (x != x and y != y):  # noqa: PLR0124 - NaN, of a float or of no float at all
            return
        self.pair(place, x, y)

    def pair(self, place: str, x: float, y: float) -> None:
        """A pair of numbers that is known to be unequal, and counted."""
        deviation = relative(x, y)
        self.unequal += 1
        self.outside += not (math.isfinite(deviation) and deviation <= self.tolerance)
        self.deviation = max(self.deviation, deviation)
        if len(self.places) < 2:  # noqa: PLR2004 - one place is named, of several only the first
            self.places.add(place)
        if not self.first_number:
            self.first_number = at(place, _both(x, y))

    def pairs(self, place: str, unequal: Sequence[tuple[float, float]]) -> None:
        """As `pair` for each, but faster for many."""
        # The larger of 0 and NaN may be 0.
        deviations = [abs(x - y) / (max(abs(x), abs(y)) or math.nan) for x, y in unequal]
        slow = 1 if math.isfinite(sum(deviations)) else len(unequal)  # one of them has no measure
        for x, y in unequal[:slow]:
            self.pair(place, x, y)
        rest = deviations[slow:]
        self.unequal += len(rest)
        self.outside += sum(each > self.tolerance for each in rest)
        self.deviation = max(self.deviation, *rest, 0.0)

    def conclude(self) -> Comparison:
        """What all that comes to, for files whose bytes differ."""
        deviation = self.deviation if self.numbers and not self.differences and not self.first_unread else None
        if self.differences:
            more = f", and {self.differences - 1:,} more" if self.differences > 1 else ""
            return Comparison("different", self.first_difference + more, None)
        if self.outside:
            return Comparison("different", self._counted(), deviation)
        if self.first_unread:
            return Comparison("unreadable", self.first_unread, None)
        if self.unequal:
            return Comparison("within-tolerance", self._counted() + self._but_times(), deviation)
        return Comparison("equal", "the bytes differ, the values do not" + self._but_times(), deviation)

    def _but_times(self) -> str:
        if not self.times:
            return ""
        return f", but for {self.times:,} {'time' if self.times == 1 else 'times'}, the first at {self.first_time}"

    def _counted(self) -> str:
        if self.unequal == self.numbers == 1:
            return self.first_number
        least = "at least " if self.cut else ""
        counted = f"{least}{self.unequal:,} of {self.numbers:,} numbers"
        if self.unequal == 1:
            place, _, values = self.first_number.rpartition(": ")
            return at(place, f"{counted} differs: {values}")
        size = f"by at most {self.deviation:.2g} relative" if math.isfinite(self.deviation) else "some without measure"
        counted = f"{counted} differ, {size}"
        if len(self.places) == 1:
            return at(next(iter(self.places)), counted)
        return f"{counted}, the first at {self.first_number}"


def at(place: str, what: str) -> str:
    """A phrase with the place that it is about in front."""
    return f"{place}: {what}" if place else what


def below(place: str, name: object) -> str:
    """The place of something inside another place, bounded in length."""
    text = str(name) if not isinstance(name, str) or len(name) <= _SHOWN else name[:_SHOWN] + "…"
    return f"{place}.{text}"[-4 * _SHOWN :] if place else text


def shown(value: object) -> str:
    """A value as a person may read it: bounded, on one line, text in quotes."""
    if isinstance(value, int) and value.bit_length() > 4 * _SHOWN:
        return "a large number"
    if isinstance(value, str | bytes):
        value = value[:_SHOWN]
        return f'"{value}"' if isinstance(value, str) and value.isprintable() else repr(value)
    return str(value) if value is None or isinstance(value, int | float) else type(value).__name__


def relative(x: float, y: float) -> float:
    """How far two unequal numbers are apart, relative to the larger one; infinite where that has no measure."""
    try:
        largest = max(abs(x), abs(y))
        found = abs(x - y) / largest
        if math.isinf(found):  # the difference alone is out of range
            found = abs(x / largest - y / largest)
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return found if math.isfinite(found) else math.inf


def _both(x: float, y: float) -> str:
    """Two unequal numbers, with no more digits than tell them apart."""
    if not isinstance(x, int) and not isinstance(y, int):
        short = f"{x:.6g}", f"{y:.6g}"
        if short[0] != short[1]:
            return " and ".join(short)
    return f"{_digits(x)} and {_digits(y)}"


def _digits(number: float) -> str:
    return shown(number) if isinstance(number, int) else repr(number)
