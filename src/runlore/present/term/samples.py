"""`samples`: how many are wrong, in which slices, which are worst, what was taken for what."""

from runlore.insight.samples.judging import WRONG
from runlore.insight.samples.results import Calibration, Confusion, Looked, Part, Sample, Slice
from runlore.ops.samples import RunSamples
from runlore.present.term.blocks import Block, Column, Frame, Span, Spans, Table, View, line, section, spans
from runlore.present.term.slices import ERRORS, amount, conditions, percent, searched, title, value

_OTHERS = "(others)"
_MOST_COLUMNS = 6
"""Columns of samples that are shown beside their roles; CSV and JSON have all."""
_MOST_CLASSES = 12


def view(found: RunSamples, frame: Frame) -> View:  # noqa: ARG001 - as every view
    """The page about the samples of one run."""
    looked = found.found
    blocks: list[Block] = [
        title(found.run, Span("run ", "id")),
        *_totals(looked),
        *section("Slices", _slices(looked)),
        *section("Worst samples", _worst(looked)),
        *section("Taken for", _confusion(looked.confusion) if looked.confusion else []),
        *section("Calibration", _calibration(looked.calibration) if looked.calibration else []),
    ]
    remarks = tuple(line(Span("note: ", "hint"), each.message) for each in looked.remarks)
    return View(tuple(blocks), remarks)


def _totals(looked: Looked) -> list[Block]:
    shown = (looked.total, *(looked.parts if len(looked.parts) > 1 else ()))
    right = any(each.accuracy is not None for each in shown)
    titles = (Column(""), Column("samples", right=True), Column(_error_title(looked), right=True))
    columns = (*titles, *((Column("accuracy", right=True),) if right else ()))
    return [line(), Table(columns, tuple(_part(looked, each, right=right) for each in shown))]


def _error_title(looked: Looked) -> str:
    name = ERRORS[looked.error]
    return name if looked.error == WRONG else f"mean {name}"


def _part(looked: Looked, part: Part, *, right: bool) -> tuple[Spans, ...]:
    only = looked.parts[0].split if len(looked.parts) == 1 else None
    row = (
        spans(Span(part.split or only or "all", "label")),
        spans(f"{part.rows:,}"),
        spans(Span(amount(looked.error, part.error), "metric")),
    )
    return (*row, spans("" if part.accuracy is None else f"{100 * part.accuracy:.4g}%")) if right else row


def _slices(looked: Looked) -> list[Block]:
    slices = looked.slices
    if not slices.found:
        return searched(slices, "none is worse than chance explains; ")
    effect = "times" if slices.effect == "risk-ratio" else "Cohen's d"
    columns = (
        Column("samples", right=True),
        Column(ERRORS[looked.error], right=True),
        Column("others", right=True),
        Column(effect, right=True),
        Column("explains", right=True),
        Column("", wrap=True),
    )
    rows = tuple(_slice(looked, each) for each in slices.found)
    return [Table(columns, rows, indent=2), *searched(slices, "worse than chance explains; ")]


def _slice(looked: Looked, each: Slice) -> tuple[Spans, ...]:
    return (
        spans(f"{each.rows:,}"),
        spans(Span(amount(looked.error, each.error), "metric")),
        spans(amount(looked.error, each.rest)),
        spans(f"{each.effect:.2f}"),
        percent(each.explains),
        spans(Span(conditions(each.conditions), "name")),
    )


def _worst(looked: Looked) -> list[Block]:
    if not looked.worst:
        return []
    roles = looked.roles
    told = [name for name in (roles.target, roles.prediction, roles.confidence) if name is not None]
    sliced = [each.column for found in looked.slices.found for each in found.conditions]
    others = dict.fromkeys((*sliced, *looked.worst[0].values))
    skipped = {*told, roles.id, roles.loss, roles.split}
    more = [name for name in others if name in looked.worst[0].values and name not in skipped][:_MOST_COLUMNS]
    split = any(each.split is not None for each in looked.worst) and len(looked.parts) > 1
    names = [*told, *more]
    columns = (
        Column("id", shrink=True),
        *((Column("split"),) if split else ()),
        Column(ERRORS[looked.error], right=True),
        *(Column(name, shrink=True) for name in names),
    )
    return [Table(columns, tuple(_sample(looked, each, names, split=split) for each in looked.worst), indent=2)]


def _sample(looked: Looked, each: Sample, names: list[str], *, split: bool) -> tuple[Spans, ...]:
    error = "yes" if looked.error == WRONG else amount(looked.error, each.error)
    return (
        spans(Span(value(each.id), "id")),
        *((spans(each.split or ""),) if split else ()),
        spans(Span(error, "metric")),
        *(spans("" if each.values[name] is None else value(each.values[name])) for name in names),
    )


def _confusion(found: Confusion) -> list[Block]:
    if len(found.classes) > _MOST_CLASSES:
        return _taken(found)
    names = [_OTHERS if name is None else value(name) for name in found.classes]
    columns = (Column("true"), *(Column(name, right=True) for name in names))
    rows = tuple(
        (
            spans(Span(name, "label")),
            *(
                spans(Span(f"{count:,}", "" if at == place else "metric" if count else "dim"))
                for place, count in enumerate(counts)
            ),
        )
        for at, (name, counts) in enumerate(zip(names, found.counts, strict=True))
    )
    return [Table(columns, rows, indent=2)]


def _taken(found: Confusion) -> list[Block]:
    """Of many classes the pairs that are confused most."""
    names = [_OTHERS if name is None else value(name) for name in found.classes]
    pairs = [
        (count, names[at], names[place])
        for at, counts in enumerate(found.counts)
        for place, count in enumerate(counts)
        if at != place and count
    ]
    columns = (Column("samples", right=True), Column("true"), Column("predicted"))
    rows = tuple((spans(f"{n:,}"), spans(t), spans(p)) for n, t, p in sorted(pairs, reverse=True)[:_MOST_CLASSES])
    return [Table(columns, rows, indent=2)]


def _calibration(found: Calibration) -> list[Block]:
    columns = (
        Column(found.column, right=True),
        Column("samples", right=True),
        Column("mean", right=True),
        Column("accuracy", right=True),
    )
    rows = tuple(
        (
            spans(f"{each.low:.1f} to {each.high:.1f}"),
            spans(f"{each.rows:,}"),
            spans(f"{100 * each.confidence:.1f}%"),
            spans(Span(f"{100 * each.accuracy:.1f}%", "metric")),
        )
        for each in found.bins
    )
    said = line("  ", Span(f"expected calibration error {100 * found.ece:.2f}%", "dim"))
    return [Table(columns, rows, indent=2), said]
