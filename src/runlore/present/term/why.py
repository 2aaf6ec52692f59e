"""`why`: the answer in a sentence, the lines that made it, and the runs that show it."""

import statistics
from collections.abc import Iterator

from runlore.ops.hybrids.results import FOUND, PLAN, SAME, Culprit, Measured, Why
from runlore.present.term.blocks import Block, Column, Frame, Line, Span, Table, View, line, section, spans
from runlore.present.term.phrases import short
from runlore.present.term.quantities import number
from runlore.records.phrases import counted

_SHOWN_LINES, _SHOWN_NAMES, _SHOWN_LEFT = 20, 3, 10
_ENDS: dict[tuple[str, ...], str] = {("a",): "nothing: a again", ("b",): "all: b again"}
_MARKS = {"-": "removed", "+": "added"}


def view(found: Why, _frame: Frame) -> View:
    """The answer first, then what it rests on."""
    said = found.sentence[:1].upper() + found.sentence[1:]
    blocks: list[Block] = [line(Span(said, "ok" if found.verdict == FOUND else "warn"))]
    if found.verdict != SAME:
        blocks += [line(*_ends(found))]
    for cause in found.causes:
        blocks += [Line(), *_culprit(cause)]
    if found.verdict == PLAN:
        blocks += _plan(found)
    if found.trials:
        blocks += section("Runs", [_trials(found)])
        blocks += [line("  ", Span(_spent(found), "dim"))]
    if found.left_out:
        blocks += section("Not swapped", list(_left_out(found)))
    return View(tuple(blocks))


def _ends(found: Why) -> Iterator[str | Span]:
    a, b = (statistics.fmean(found.values[side]) for side in ("a", "b"))
    yield from (f"{found.metric}  ", short(found.a), f" {number(a)}  ", short(found.b), f" {number(b)}")
    if found.spread and found.p is not None:
        yield Span(f"  one run scatters by {number(found.spread)}, p = {found.p:.2g}", "dim")


def _culprit(cause: Culprit) -> Iterator[Block]:
    name = " together with ".join(cause.differences)
    yield line(Span(name, "name"), f"  {', '.join(cause.parts)}, {_percent(cause.share)} of the change")
    for each in cause.lines[:_SHOWN_LINES]:
        yield line("  ", Span(each, _MARKS.get(each[:1], "")))
    if len(cause.lines) > _SHOWN_LINES:
        yield line("  ", Span(f"and {counted(len(cause.lines) - _SHOWN_LINES, 'line')} more", "dim"))
    if cause.suffices is not None:
        alone = "alone makes it" if cause.suffices else "alone does not make it"
        without = {True: "without it the change is gone", False: "without it the change is still there"}
        rest = f"; {without[cause.needed]}" if cause.needed is not None else ""
        yield line("  ", Span(f"{alone}{rest}", "dim"))


def _plan(found: Why) -> list[Block]:
    finer = {each for difference in found.differences for each in difference.finer}
    rows = [
        (spans(Span(each.part, "label")), spans(each.label))
        for number_, each in enumerate(found.differences)
        if number_ not in finer
    ]
    columns = (Column("part"), Column("difference", wrap=True))
    cost = f"a single cause takes at most {counted(found.needed, 'run')}, if runs repeat exactly"
    return [*section("Differences", [Table(columns, tuple(rows), header=False, indent=2)]), Line(), line(cost)]


def _trials(found: Why) -> Table:
    ends = {each.runs for each in found.trials if each.differences in _ENDS}
    shown = [each for each in found.trials if each.differences in _ENDS or not each.runs or each.runs not in ends]
    rows = tuple(_trial(each) for each in shown)
    columns = (Column("with"), Column(found.metric, right=True), Column("share", right=True), Column("run"))
    shrinking = (columns[0]._replace(title="as in b", wrap=True), *columns[1:])
    return Table(shrinking, rows, indent=2)


def _trial(each: Measured) -> tuple[tuple[Span, ...], ...]:
    names = _ENDS.get(each.differences)
    if names is None:
        rest = len(each.differences) - _SHOWN_NAMES
        names = ", ".join(each.differences[:_SHOWN_NAMES]) + (f" and {rest} more" if rest > 0 else "")
    value = Span(number(statistics.fmean(each.values))) if each.values else Span("cannot run", "fail")
    share = "" if each.share is None else _percent(each.share)
    run = short(each.runs[-1]) if each.runs else Span("")
    times = f" x {len(each.values)}" if len(each.values) > 1 else ""
    return spans(names), spans(value, Span(times, "dim")), spans(share), spans(run)


def _percent(share: float) -> str:
    return f"{round(100 * share) + 0}%"  # what rounds to nothing has no sign


def _spent(found: Why) -> str:
    return f"{counted(found.runs, 'new run')}; each is shown by mlrun show"


def _left_out(found: Why) -> Iterator[Block]:
    rows = [(spans(each.label), spans(Span(each.why, "warn" if each.can_matter else "dim"))) for each in found.left_out]
    columns = (Column("difference", wrap=True), Column("why", wrap=True))
    yield Table(columns, tuple(rows[:_SHOWN_LEFT]), header=False, indent=2)
    if len(rows) > _SHOWN_LEFT:
        yield line("  ", Span(f"and {len(rows) - _SHOWN_LEFT:,} more", "dim"))
