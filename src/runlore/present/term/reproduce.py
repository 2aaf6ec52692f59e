"""`reproduce`: the verdict, a line for each part, and where the two first part."""

from collections.abc import Iterator

from runlore.ops.reproduction.results import Divergence, Part, Reproduction
from runlore.present.term.blocks import Block, Column, Frame, Line, Span, Table, View, line, section, spans
from runlore.present.term.phrases import short

_MEANING = {
    **dict.fromkeys(("ready", "identical", "equal", "equal-metrics", "within-tolerance", "complete"), "ok"),
    **dict.fromkeys(("fetch", "uncertain", "not-comparable", "new"), "warn"),
    **dict.fromkeys(("different", "missing", "impossible", "failed", "not-reproducible"), "fail"),
}
_GRADES = {
    "complete": "everything that it takes can be had",
    "uncertain": "it can be repeated, and may come to something else",
    "impossible": "something that it takes cannot be had",
}


def view(found: Reproduction, _frame: Frame) -> View:
    """The verdict first, then why."""
    verdict, run = found.verdict, Span(found.run[:8], "id")
    if found.rerun is None:
        said = Span(verdict or found.grade, _MEANING[found.grade])
        head = line("run ", run, ": ", said, f"; {_GRADES[found.grade]}")
    else:
        said = Span(verdict or "", _MEANING.get(verdict or "", ""))
        head = line("run ", run, " was repeated as ", short(found.rerun), ": ", said)
    blocks: list[Block] = [head, Line(), _parts(found.checks)]
    if found.first_divergence is not None:
        blocks += section("First difference", list(_divergence(found.first_divergence)))
    if found.folder is not None:
        blocks += [Line(), line("it ran in ", found.folder)]
    return View(tuple(blocks))


def _parts(parts: tuple[Part, ...]) -> Table:
    rows = []
    for part in parts:
        status = Span(part.status, _MEANING.get(part.status, ""))
        rows.append((spans(Span(part.part, "label")), spans(status), spans(part.detail)))
        if part.hint:
            rows.append((spans(""), spans(""), spans(Span("hint: ", "hint"), part.hint)))
    columns = (Column("part"), Column("status"), Column("detail", wrap=True))
    return Table(columns, tuple(rows), header=False, indent=2)


def _divergence(found: Divergence) -> Iterator[Block]:
    if found.metric is not None:
        at = "" if found.step is None else f" at step {found.step}"
        yield line("  ", Span("metric  ", "label"), f"{found.metric}{at}: {_said(found.a)} then, {_said(found.b)} now")
    if found.output is not None:
        yield line("  ", Span("output  ", "label"), found.output)
    if found.line is not None:
        yield line("  ", Span("line    ", "label"), f"{found.line['number']} of what it printed")
        said = [(when, found.line[side]) for when, side in (("then", "a"), ("now", "b"))]
        rows = [(spans(Span(when, "dim")), spans("(it had ended)" if text is None else text)) for when, text in said]
        yield Table((Column("when"), Column("text", wrap=True)), tuple(rows), header=False, indent=4)
    if found.causes:
        yield line("  ", Span("what could be why", "label"))
        yield from (line("    ", cause) for cause in found.causes)


def _said(value: float | str | None) -> str:
    return "nothing" if value is None else repr(value)
