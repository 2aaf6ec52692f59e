"""What the pages about samples have in common: slices, errors, and where samples are from."""

from collections.abc import Iterable

from runlore.insight.samples.judging import ABSOLUTE, LOSS, SHARE, WRONG
from runlore.insight.samples.results import Condition, Slices
from runlore.insight.samples.slicing import FISHER, RATE, WELCH, WELCH_MCNEMAR, WELCH_STUDENT
from runlore.ops.samples import Side
from runlore.present.term.blocks import Block, Line, Span, Spans, line, spans
from runlore.present.term.phrases import short
from runlore.present.term.quantities import scalar
from runlore.records.canonical import Json
from runlore.records.phrases import counted, named

ERRORS = {WRONG: "wrong", ABSOLUTE: "absolute error", SHARE: "wrong labels", LOSS: "loss"}
"""What an error is called on a page."""
_TESTS = {
    FISHER: "Fisher's exact test",
    WELCH: "Welch's t test",
    WELCH_MCNEMAR: "Welch's t test and McNemar's exact test",
    WELCH_STUDENT: "Welch's and Student's paired t test",
}
_LONGEST = 60


def amount(error: str, value: float | None) -> str:
    """An error as a person writes it: a part of the samples in percent, a loss as a number."""
    if value is None:
        return ""
    return f"{100 * value:.3g}%" if error in {WRONG, SHARE} else f"{value:.4g}"


def change(error: str, value: float) -> str:
    """A difference of two errors, with its sign; of parts in percentage points."""
    return f"{100 * value:+.3g} points" if error in {WRONG, SHARE} else f"{value:+.4g}"


def chance(p: float) -> str:
    """A p-value."""
    return "p < 1e-300" if p < 1e-300 else f"p = {p:.2g}"  # noqa: PLR2004 - less is not told apart


def condition(one: Condition) -> str:
    """``region = north``, ``21 < age <= 30``, ``age > 30``, ``age is missing``."""
    if one.op == "missing":
        return f"{one.column} is missing"
    if one.op == "is":
        return f"{one.column} = {value(one.value)}"
    low, high = one.low, one.high
    if low is None:
        return f"{one.column} <= {value(high)}"
    return f"{one.column} > {value(low)}" if high is None else f"{value(low)} < {one.column} <= {value(high)}"


def conditions(some: Iterable[Condition]) -> str:
    """All of them; ``all samples`` without any."""
    return " and ".join(map(condition, some)) or "all samples"


def value(found: Json) -> str:
    """One value of a sample, in few characters."""
    if isinstance(found, float):
        return f"{found:.6g}"
    if isinstance(found, list):
        inside = ", ".join(map(value, found[:5]))
        return f"[{inside}{', ...' if len(found) > 5 else ''}]"  # noqa: PLR2004 - enough to be recognised
    text = scalar(found) if not isinstance(found, dict) else str(found)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def title(side: Side, *before: Span | str) -> Line:
    """Which run, and where its samples are from."""
    name = (" ", Span(side.name, "name")) if side.name else ()
    where = "as its script told" if side.path is None else f"in {side.path}"
    return line(*before, short(side.run), *name, Span(f"  samples {where}", "dim"))


def searched(slices: Slices, nothing: str) -> list[Block]:
    """How slices were looked for; ``nothing`` is said if there are none."""
    if not slices.columns:
        return [line("  ", Span("there is no column to slice by", "dim"))]
    how = f"{_TESTS[slices.test]}, {100 * RATE:.0f}% false discoveries (Benjamini-Yekutieli)"
    looked = f"{counted(slices.tested, 'slice')} of {slices.least:,} samples or more looked at"
    said: list[Block] = [line("  ", Span(f"{nothing}{looked}", "dim")), line("  ", Span(how, "dim"))]
    if slices.left_out:
        what = counted(len(slices.left_out), "column")
        said.append(line("  ", Span(f"not sliced by {what}: {named(slices.left_out)}", "dim")))
    return said


def percent(part: float) -> Spans:
    """A part of the whole."""
    return spans(f"{100 * part:.1f}%")
