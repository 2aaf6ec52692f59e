"""The first of many in a row that is bad, where some may not be known: bisection."""

from collections.abc import Callable
from typing import NamedTuple

Verdict = Callable[[int], bool | None]
"""Whether the one at that place is bad; ``None`` where nobody can tell."""


class First(NamedTuple):
    """The first that is bad lies in ``places``: one, unless those before it cannot be told."""

    places: tuple[int, ...]


def first_bad(count: int, is_bad: Verdict) -> First:
    """The first bad one of ``count``, of which the last is known to be bad and what comes before the first to be good.

    Those that cannot be told are passed over, the nearest to the middle first, as `git bisect skip` does.
    """
    good, bad = -1, count - 1
    unknown: set[int] = set()
    while True:
        middle = (good + bad) / 2
        open_ = [at for at in range(good + 1, bad) if at not in unknown]
        if not open_:
            return First(tuple(range(good + 1, bad + 1)))
        at = min(open_, key=lambda each: abs(each - middle))
        found = is_bad(at)
        if found is None:
            unknown.add(at)
        elif found:
            bad = at
        else:
            good = at
