"""What is asked of `why`, and what it says."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.ops.hybrids.difference import Difference, LeftOut
from runlore.ops.hybrids.trials import Budget
from runlore.records.hashing import RunId

FOUND, NOISE, ELSEWHERE, OPEN, SAME, PLAN = "found", "within-noise", "elsewhere", "open", "same", "planned"


class WhyRequest(NamedTuple):
    """Two runs by name, in the absolute working folder ``folder``, and what may be spent on them.

    ``metric`` may be left out where they have one in common; ``timeout`` is seconds of one run; ``jobs`` how many run
    at a time.
    """

    a: str
    b: str
    folder: str
    environ: Mapping[str, str]
    metric: str | None = None
    budget: Budget = Budget(50, None, "50 runs")
    jobs: int = 1
    dry_run: bool = False
    trusted: bool = False
    timeout: float | None = None


class Culprit(NamedTuple):
    """What made a share of the change: differences by what they are called, together if they are several."""

    parts: tuple[str, ...]
    differences: tuple[str, ...]
    share: float
    suffices: bool | None
    needed: bool | None
    lines: tuple[str, ...]


class PartShare(NamedTuple):
    """A part, how many differences it has, and the share of the change that they make alone."""

    part: str
    differences: int
    share: float | None


class Measured(NamedTuple):
    """A mixture: what of the second run is in it (``a``, ``b``: an end itself), its values, share and runs."""

    differences: tuple[str, ...]
    values: tuple[float, ...]
    share: float | None
    runs: tuple[RunId, ...]
    why: str | None


class Why(NamedTuple):
    """The answer.

    ``verdict``: ``found``; ``within-noise``; ``elsewhere``, it is not among what can be swapped; ``open``, it is not
    known yet; ``same``, there is nothing to explain; ``planned``, nothing was run. ``values`` are those of the metric
    at both ends, ``spread`` the standard deviation of one run, ``p`` how likely ends so far apart are by chance.
    ``runs`` were made; a single cause takes at most ``needed`` where runs repeat exactly.
    """

    a: RunId
    b: RunId
    metric: str
    verdict: str
    sentence: str
    values: Mapping[str, tuple[float, ...]]
    spread: float
    p: float | None
    causes: tuple[Culprit, ...]
    parts: tuple[PartShare, ...]
    trials: tuple[Measured, ...]
    differences: tuple[Difference, ...]
    left_out: tuple[LeftOut, ...]
    runs: int
    needed: int


class Step(NamedTuple):
    """A commit, or a recorded run: what it is called, its values, share and runs. ``bad``: it is as the second run."""

    id: str
    subject: str
    values: tuple[float, ...]
    share: float | None
    bad: bool | None
    runs: tuple[RunId, ...]
    why: str | None


class Bisected(NamedTuple):
    """The answer: ``first`` are the ids of the commits, or the run, of which one is the first as in the second run.

    ``verdict`` is as in `Why`. ``values`` are what the two runs came to. ``steps`` are the oldest first.
    """

    a: RunId
    b: RunId
    metric: str
    verdict: str
    sentence: str
    values: Mapping[str, float]
    steps: tuple[Step, ...]
    first: tuple[str, ...]
    runs: int
