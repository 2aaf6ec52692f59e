"""What stands beside a curve: the letter at its end, and in words whose it is and what it does not show."""

from runlore.ops.plot import Curve, Drawn, Plot
from runlore.present.term.quantities import number, scalar

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHORT = 8
_LONGEST = 24
"""Characters of a parameter's value."""


def letters(plot: Plot) -> dict[str, str]:
    """By run the letter that marks it; beyond 52 runs they begin again."""
    return {each.run: _LETTERS[at % len(_LETTERS)] for at, each in enumerate(plot.runs)}


def owner(run: Drawn) -> str:
    """Which run: ``3f9a2c1b  baseline  lr=0.1``."""
    params = (f"{name}={_brief(scalar(value))}" for name, value in run.params.items())
    state = () if run.state == "succeeded" else (run.state,)
    return "  ".join((run.run[:_SHORT], *((run.name,) if run.name else ()), *params, *state))


def _brief(text: str) -> str:
    """A value of any length, so that what stands behind it is seen."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def gone(curve: Curve) -> str:
    """What is not drawn and why: ``3 of 1,000 not finite, from step 900 on``; empty if all is."""
    said = []
    if curve.not_finite:
        total = curve.points + curve.without_time
        said.append(f"{curve.not_finite:,} of {total:,} not finite, the first at step {curve.first_gap:,}")
    if curve.not_positive:
        said.append(f"{curve.not_positive:,} not above zero")
    if curve.without_time:
        said.append(f"{curve.without_time:,} without a time")
    return "; ".join(said)


def last(curve: Curve) -> str:
    """The value of the last point that was logged, ``nan`` too."""
    return number(curve.last)


def manner(plot: Plot) -> str:
    """What was done to the curves: ``smoothed by 0.9, logarithmic``."""
    said = ([f"smoothed by {plot.smooth:g}"] if plot.smooth else []) + (["logarithmic"] if plot.log else [])
    return ", ".join(said)
