"""`bisect`: the answer in a sentence, then commit by commit, or run by run, what is known of it."""

import statistics

from runlore.ops.hybrids.results import FOUND, Bisected, Step
from runlore.present.term.blocks import Block, Column, Frame, Line, Span, Spans, Table, View, line, spans
from runlore.present.term.phrases import short
from runlore.present.term.quantities import number
from runlore.records.phrases import counted

_AROUND = 3
"""Those of which nothing is known that are shown in a row; the rest is counted."""
_WORDS = {True: "as in b", False: "as in a"}


def view(found: Bisected, _frame: Frame) -> View:
    """The answer first."""
    said = found.sentence[:1].upper() + found.sentence[1:]
    ends = ("  ", short(found.a), f" {number(found.values['a'])}  ", short(found.b), f" {number(found.values['b'])}")
    blocks: list[Block] = [
        line(Span(said, "ok" if found.verdict == FOUND else "warn")),
        line(found.metric, *ends),
        Line(),
        _steps(found),
    ]
    if found.runs:
        blocks.append(line("  ", Span(counted(found.runs, "new run"), "dim")))
    return View(tuple(blocks))


def _steps(found: Bisected) -> Table:
    rows: list[tuple[Spans, ...]] = []
    waiting: list[Step] = []
    for step in (*found.steps, None):
        if step is not None and step.bad is None and step.why is None and step.id not in found.first:
            waiting.append(step)
            continue
        rows += [_row(each, found) for each in (waiting if len(waiting) <= _AROUND else waiting[:1])]
        if len(waiting) > _AROUND:
            rows.append((spans(), spans(Span(f"and {len(waiting) - 1} more", "dim")), spans(), spans()))
        waiting = []
        if step is not None:
            rows.append(_row(step, found))
    columns = (Column("id"), Column("what", shrink=True), Column("value", right=True), Column("like"))
    return Table(columns, tuple(rows), header=False, indent=2)


def _row(step: Step, found: Bisected) -> tuple[Spans, ...]:
    value = spans(number(statistics.fmean(step.values))) if step.values else spans()
    mark = "fail" if step.id in found.first else ""
    if step.why is not None:
        like = spans(Span("cannot run", "warn"))
    else:
        like = spans() if step.bad is None else spans(Span(_WORDS[step.bad], mark or ("" if step.bad else "dim")))
    return spans(Span(step.id[:8], "id")), spans(Span(step.subject, mark)), value, like
