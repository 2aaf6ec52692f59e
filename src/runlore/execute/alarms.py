"""When a supervisor does what is to be done."""

_BEAT = 30.0
_FIRST_SAMPLE, _LAST_SAMPLE = 0.005, 1.0
_GRACE = 10.0
"""Seconds between asking a command to end when its time is up and making it."""


class Alarm:
    """Something to do at a time, once or again and again at growing intervals."""

    def __init__(self, at: float, *, every: float = 0.0, up_to: float = 0.0) -> None:
        """``at`` is a time of `time.monotonic`."""
        self.at = at
        self.passed = False
        self._every = every
        self._up_to = up_to

    def due(self, now: float) -> bool:
        """Whether it is to be done now; then it counts as done."""
        if now < self.at:
            return False
        self.passed = True
        self.at = now + self._every if self._every else float("inf")
        self._every = min(self._every * 1.5, self._up_to)
        return True


class Alarms:
    """What is to be done while a command runs."""

    def __init__(self, start: float, timeout: float | None) -> None:
        """``timeout`` is in seconds after ``start``."""
        limit = float("inf") if timeout is None else start + timeout
        self.sample = Alarm(start, every=_FIRST_SAMPLE, up_to=_LAST_SAMPLE)
        self.beat = Alarm(start + _BEAT, every=_BEAT, up_to=_BEAT)
        self.term = Alarm(limit)
        self.kill = Alarm(limit + _GRACE)

    def next(self) -> float:
        """The time of the first of them."""
        return min(self.sample.at, self.beat.at, self.term.at, self.kill.at)
