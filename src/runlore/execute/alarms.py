"""When a supervisor does what is to be done."""

_BEAT = 30.0
_SCREEN = 1.0
_FIRST_LOOK, _EARLY, _LONGEST = 0.005, 1.0, 60.0
_LOOKS = 600
"""Looks at a run per its age: its course needs no more."""
_SHARE = 2000
"""One part in so many of the time at most is spent looking."""
_GRACE = 10.0
"""Seconds between asking a command to end when its time is up and making it."""


class Alarm:
    """Something to do at a time, once or again and again."""

    def __init__(self, at: float, *, every: float = float("inf")) -> None:
        """``at`` is a time of `time.monotonic`."""
        self.at = at
        self.passed = False
        self._every = every

    def due(self, now: float) -> bool:
        """Whether it is to be done now; then it counts as done."""
        if now < self.at:
            return False
        self.passed = True
        self.at = now + self._every
        return True


class Looks:
    """When to look at what runs: very often at first, then once a second, and ever less of one that takes long."""

    def __init__(self, start: float) -> None:
        """``start`` is a time of `time.monotonic`."""
        self.at = start
        self._start = start

    def done(self, now: float, cost: float) -> None:
        """That was done now, and took so many seconds of the processor."""
        age = now - self._start
        self.at = now + max(_FIRST_LOOK, min(age / 2, _EARLY), min(age / _LOOKS, _LONGEST))
        if age > _EARLY:
            self.at = max(self.at, now + cost * _SHARE)


class Alarms:
    """What is to be done while a command runs."""

    def __init__(self, start: float, timeout: float | None, *, screen: bool = False) -> None:
        """``timeout`` is in seconds after ``start``; ``screen`` is whether there is one whose size may change."""
        limit = float("inf") if timeout is None else start + timeout
        self.look = Looks(start)
        self.screen = Alarm(start + _SCREEN, every=_SCREEN) if screen else Alarm(float("inf"))
        self.beat = Alarm(start + _BEAT, every=_BEAT)
        self.term = Alarm(limit)
        self.kill = Alarm(limit + _GRACE)

    def next(self) -> float:
        """The time of the first of them."""
        return min(self.look.at, self.screen.at, self.beat.at, self.term.at, self.kill.at)
