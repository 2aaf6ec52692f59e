"""What `reproduce` returns."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.records.canonical import Json


class Part(NamedTuple):
    """One line of a reproduction: what became, or can become, of one part of the run.

    ``status`` before it runs: ``ready``, ``fetch`` (an index must be asked), ``uncertain`` or ``impossible``; after
    it: ``identical``, ``equal`` (by value), ``within-tolerance``, ``different``, ``missing`` or ``not-comparable``.
    ``hint`` says what to type.
    """

    part: str
    status: str
    detail: str
    hint: str | None = None


class Divergence(NamedTuple):
    """Where two runs first part: in a metric, in an output by order of writing, in a line of what was printed.

    ``step`` is ``None`` for a metric that was logged without one, ``a`` or ``b`` where one run lacks the point.
    ``causes`` are recorded differences that could be why, the likeliest first.
    """

    metric: str | None
    step: int | None
    a: float | str | None
    b: float | str | None
    output: str | None
    line: Mapping[str, Json] | None
    causes: tuple[str, ...]


class Reproduction(NamedTuple):
    """``reproduce/1``: the run, the one that repeated it, and whether they came to the same.

    ``verdict`` is ``identical``, ``equal-metrics``, ``within-tolerance``, ``different``, ``failed`` or
    ``not-reproducible``; ``None`` where nothing was run and nothing is in the way. ``grade`` is that of the
    preflight: ``complete``, ``uncertain`` or ``impossible``. ``folder`` is where it ran, if that was kept.
    """

    run: str
    rerun: str | None
    verdict: str | None
    grade: str
    checks: tuple[Part, ...]
    first_divergence: Divergence | None = None
    exit_code: int | None = None
    signal: int | None = None
    folder: str | None = None

    @property
    def reproduced(self) -> bool:
        """Whether it came to the same."""
        return self.verdict in {"identical", "equal-metrics", "within-tolerance"}
