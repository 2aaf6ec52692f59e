"""`samples A B`: what was fixed and what broke, whether that is chance, and which slices became worse."""

from runlore.insight.samples.judging import WRONG
from runlore.insight.samples.results import Change, ChangedSlice, Compared, Gate, Outcomes
from runlore.ops.samples import SamplesDiff
from runlore.present.term.blocks import Block, Column, Frame, Span, Spans, Table, View, line, pairs, section, spans
from runlore.present.term.slices import ERRORS, amount, chance, change, conditions, percent, searched, title, value
from runlore.records.phrases import named

_TESTS = {"mcnemar": "McNemar's exact test", "wilcoxon": "Wilcoxon's signed-rank test"}
_ALPHA = 0.05
_MOST_COLUMNS = 4


def view(found: SamplesDiff, frame: Frame) -> View:  # noqa: ARG001 - as every view
    """The page about the samples of two runs."""
    compared = found.found
    blocks: list[Block] = [
        title(found.a, Span("a ", "label")),
        title(found.b, Span("b ", "label")),
        *_totals(compared),
        *section("Outcomes", _outcomes(compared.outcomes) if compared.outcomes else []),
        *section("Slices that got worse", _slices(compared)),
        *section("Broken most", _broken(compared)),
        *section("Only in one", _only(compared)),
        *section("Limit", _gate(compared, compared.gate) if compared.gate else []),
    ]
    remarks = tuple(line(Span("note: ", "hint"), each.message) for each in compared.remarks)
    return View(tuple(blocks), remarks)


def _totals(compared: Compared) -> list[Block]:
    verdict = compared.verdict
    columns = (Column(""), *(Column(name, right=True) for name in ("samples", "a", "b", "change")))
    every = (None, compared.rows, verdict.error_a, verdict.error_b)
    shown = (every, *(compared.parts if len(compared.parts) > 1 else ()))
    rows = tuple(
        (
            spans(Span(split or ERRORS[compared.error], "label")),
            spans(f"{number:,}"),
            spans(amount(compared.error, a)),
            spans(amount(compared.error, b)),
            spans(Span(change(compared.error, b - a), "metric")),
        )
        for split, number, a, b in shown
    )
    return [line(), Table(columns, rows), _verdict(compared)]


def _verdict(compared: Compared) -> Block:
    verdict = compared.verdict
    if verdict.p >= _ALPHA:
        said = Span("no more than chance explains", "dim")
    else:
        said = Span("worse", "fail") if verdict.change > 0 else Span("better", "ok")
    between = f"{change(compared.error, verdict.low)} to {change(compared.error, verdict.high)} in 95 of 100"
    return line(said, Span(f": {_TESTS[verdict.test]}, {chance(verdict.p)}; {between}", "dim"))


def _outcomes(found: Outcomes) -> list[Block]:
    rows = [
        ("fixed", spans(Span(f"{found.fixed:,}", "ok"))),
        ("broken", spans(Span(f"{found.broken:,}", "fail"))),
        ("still wrong", spans(f"{found.still_wrong:,}")),
        ("still right", spans(f"{found.still_right:,}")),
    ]
    return [pairs(rows)]


def _slices(compared: Compared) -> list[Block]:
    if not compared.slices:
        return searched(compared.searched, "none got worse beyond chance, and more than the others; ")
    columns = (
        *(Column(name, right=True) for name in ("samples", "a", "b", "change", "others", "explains")),
        Column("", wrap=True),
    )
    rows = tuple(_slice(compared, each) for each in compared.slices)
    return [Table(columns, rows, indent=2), *searched(compared.searched, "worse than chance explains; ")]


def _slice(compared: Compared, each: ChangedSlice) -> tuple[Spans, ...]:
    return (
        spans(f"{each.rows:,}"),
        spans(amount(compared.error, each.error_a)),
        spans(amount(compared.error, each.error_b)),
        spans(Span(change(compared.error, each.change), "metric")),
        spans(change(compared.error, each.rest)),
        percent(each.explains),
        spans(Span(conditions(each.conditions), "name")),
    )


def _broken(compared: Compared) -> list[Block]:
    if not compared.broken:
        return []
    roles = compared.roles_b
    sliced = [each.column for found in compared.slices for each in found.conditions]
    known = compared.broken[0].values
    skipped = {roles.id, roles.loss, roles.split, roles.prediction, roles.target, roles.confidence}
    more = [name for name in dict.fromkeys((*sliced, *known)) if name in known and name not in skipped][:_MOST_COLUMNS]
    names = [*([roles.target] if roles.target in known else []), *more]
    errors = compared.error != WRONG
    columns = (
        Column("id", shrink=True),
        *((Column("error a", right=True), Column("error b", right=True)) if errors else ()),
        Column("a said", shrink=True),
        Column("b said", shrink=True),
        *(Column(name or "", shrink=True) for name in names),
    )
    rows = tuple(_sample(compared, each, names, errors=errors) for each in compared.broken)
    return [Table(columns, rows, indent=2)]


def _sample(compared: Compared, each: Change, names: list[str | None], *, errors: bool) -> tuple[Spans, ...]:
    both = (spans(amount(compared.error, each.error_a)), spans(Span(amount(compared.error, each.error_b), "metric")))
    said = (each.prediction_a, each.prediction_b, *(each.values[name or ""] for name in names))
    return (
        spans(Span(value(each.id), "id")),
        *(both if errors else ()),
        *(spans("" if found is None else value(found)) for found in said),
    )


def _only(compared: Compared) -> list[Block]:
    rows = []
    sides = (("a", compared.only_a, compared.some_only_a), ("b", compared.only_b, compared.some_only_b))
    for name, number, some in sides:
        if number:
            known = named(map(value, some), 5) if compared.keyed_by == "id" else ""
            rows.append((f"in {name}", spans(f"{number:,}  ", Span(known, "dim"))))
    return [pairs(rows)] if rows else []


def _gate(compared: Compared, gate: Gate) -> list[Block]:
    said = Span("kept", "ok") if gate.passed else Span("not kept", "fail")
    what = f"no slice of {gate.least:,} samples or more may lose more than {change(compared.error, gate.most)}: "
    blocks: list[Block] = [line("  ", Span(what, "dim"), said)]
    if gate.worst is not None:
        worst = gate.worst
        most = f"{change(compared.error, worst.change)} in {worst.rows:,} samples, {conditions(worst.conditions)}"
        blocks.append(line("  ", Span("most: ", "label"), most))
    return blocks
