"""An axis: where a number lies on it, and which numbers are written beside it."""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_NICE = (1, 2, 5, 10)
_LONGEST = 1e7
_SHORTEST = 1e-5
_UNITS = ((72 * 3600, 86_400, "d"), (3 * 3600, 3600, "h"), (180, 60, "min"))
_ROUNDING = 1e-9
_FEW_DECADES = 2
_MOST, _LEAST, _DECADES = 1e307, 1e-300, 300.0
"""What lies beyond is drawn at the edge: next to it arithmetic ends."""
_SAME = 1e-12
"""Of two numbers as far apart as this part of them, one is not told from the other."""


class Axis(NamedTuple):
    """From ``low`` to ``high``, which are logarithms to base 10 if ``log``. Numbers are written in this ``unit``."""

    low: float
    high: float
    log: bool = False
    unit: float = 1.0
    whole: bool = False
    """Whether only whole numbers are written."""

    def place(self, value: float) -> float:
        """Where on the axis, from 0 to 1."""
        return self._part(math.log10(value) if self.log else value)

    def _part(self, at: float) -> float:
        # Halves, for the difference of two numbers may be too large for one.
        return min(1.0, max(0.0, (at / 2 - self.low / 2) / (self.high / 2 - self.low / 2)))

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Up to about so many places with the numbers there."""
        if not self.log:
            return [(self.place(value * self.unit), said) for value, said in self._steps(self.low, self.high, most)]
        first, last = math.ceil(self.low - _ROUNDING), math.floor(self.high + _ROUNDING)
        if last - first + 1 < _FEW_DECADES and max(-self.low, self.high) < _DECADES:
            return [(self.place(value), said) for value, said in self._steps(10**self.low, 10**self.high, most)]
        stride = max(1, math.ceil((last - first + 1) / most))
        return [(self._part(power), _decade(power)) for power in range(first, last + 1, stride)]

    def _steps(self, low: float, high: float, most: int) -> Iterator[tuple[float, str]]:
        """Multiples of a nice number: P. Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990."""
        low, high = low / self.unit, high / self.unit
        step = _nice(high / most - low / most)
        step = max(1.0, step) if self.whole else step
        first = math.ceil(low / step - _ROUNDING)
        for count in range(2 * most + 2):
            value = (first + count) * step
            if value > high + step * _ROUNDING:
                return
            yield value, _text(value, step)


def across(low: float, high: float, *, time: bool) -> tuple[Axis, str]:
    """The axis of steps or of seconds, and what is written below it."""
    if high - low <= max(abs(low), abs(high)) * _SAME:
        beside = max(0.5, abs(low) * _ROUNDING)
        low, high = low - beside, high + beside
    if not time:
        return Axis(low, high, whole=True), "step"
    unit, name = next(((unit, name) for least, unit, name in _UNITS if high - low >= least), (1, "s"))
    return Axis(low, high, unit=unit), f"time ({name})"


def upwards(values: Iterable[float], *, log: bool, room: float = 0.0) -> Axis:
    """The axis that all of the finite ``values`` have a place on, with some ``room`` above and below (a part of it)."""
    found = [math.log10(value) if log else value for value in values]
    most = math.inf if log else _MOST
    low, high = max(min(found, default=0.0), -most), min(max(found, default=1.0), most)
    if high - low <= max(abs(low), abs(high)) * _SAME + _LEAST:
        beside = 0.5 if log or abs(low) < _LEAST else abs(low) / 20
        return Axis(low - beside, high + beside, log)
    room = (high - low) * room
    return Axis(low - room, high + room, log)


def _nice(size: float) -> float:
    """The smallest of 1, 2, 5 and 10 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(size)) if size > 0 else 0.0
    if not power:
        return size or 1.0
    return next((nice * power for nice in _NICE if nice * power >= size * (1 - _ROUNDING)), 10 * power)


def _decade(power: int) -> str:
    """Ten to that power, which need not be a number that a double holds exactly."""
    return f"{10.0**power:g}" if abs(power) <= _DECADES else f"1e{power:+d}"


def _text(value: float, step: float) -> str:
    """With as many digits as tell it from its neighbours."""
    if value and (abs(value) >= _LONGEST or step < _SHORTEST):
        digits = max(1, math.ceil(math.log10(abs(value) / step) - _ROUNDING) + 1)
        return f"{value:.{min(digits, 17)}g}"
    return f"{value + 0.0:,.{max(0, -math.floor(math.log10(step) + _ROUNDING))}f}"
