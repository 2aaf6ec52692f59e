"""Metrics and resources of two runs beside each other."""

import math
from collections.abc import Iterator, Mapping

from runlore.ops.difference.results import Cost, Metric, Noise, Pair, Resources
from runlore.present.term.blocks import Block, Column, Span, Spans, Table, line, pairs, spans
from runlore.present.term.quantities import duration, number, scalar, size
from runlore.records.canonical import Json

_METRICS = 50
"""Metrics shown; ``--json`` has all."""
_SECONDS = frozenset(("duration", "cpu_seconds", "gpu_seconds"))
_RESOURCES = {
    "cpu_seconds": "CPU time",
    "gpu_seconds": "GPU time",
    "peak_memory": "peak memory",
    "read_bytes": "read",
    "written_bytes": "written",
}
_MANYFOLD = 1000
"""Percent from which on they say less than a factor."""
_BRIEF = 0.1
"""A change of a resource by less than this part is how any two runs differ, and not shown; ``--json`` has all."""


def metrics(found: Mapping[str, Metric]) -> list[Block]:
    """Those that differ, and how they do beside the noise; best values where a run ended on others."""
    other = {name: each for name, each in found.items() if not _same(each)}
    shown = {name: each for name, each in other.items() if not each.timing}
    if not shown:
        return []
    first = dict(list(shown.items())[:_METRICS])
    with_best = any(each.best is not None and each.best != (each.a, each.b) for each in first.values())
    titles = ("", "a", "b", "delta", "percent", *(("best a", "best b") if with_best else ()))
    columns = (*(Column(title, right=at > 0) for at, title in enumerate(titles)), Column("", wrap=True))
    rows = tuple(_metric(name, each, with_best=with_best) for name, each in first.items())
    blocks: list[Block] = [Table(columns, rows, indent=2)]
    if len(shown) > _METRICS:
        blocks.append(line("  ", Span(f"and {len(shown) - _METRICS:,} more; --json has all", "dim")))
    tests = [(name, spans(Span(_test(each.noise), "dim"))) for name, each in first.items() if each.noise is not None]
    if tests:
        blocks += [line("  ", Span("noise, by Student's t test of last values:", "dim")), pairs(tests, indent=4)]
    for what, names in (("the same", found.keys() - other.keys()), ("of time", other.keys() - shown.keys())):
        if names:
            blocks.append(line("  ", Span(f"{what}: {', '.join(sorted(names)[:_METRICS])}", "dim")))
    return blocks


def _same(each: Metric) -> bool:
    return each.same_points and (each.a == each.b or (each.a != each.a and each.b != each.b))


def _metric(name: str, each: Metric, *, with_best: bool) -> tuple[Spans, ...]:
    best = each.best or Pair(None, None)
    return (
        spans(Span(name, "label")),
        *(spans(Span(_number(value), "metric")) for value in (each.a, each.b)),
        spans("" if each.delta is None else _signed(each.delta)),
        spans("" if each.percent is None else f"{each.percent:+.3g}%"),
        *(spans(Span(_number(value), "dim")) for value in best if with_best),
        tuple(_said(each)),
    )


def _said(each: Metric) -> Iterator[Span]:
    """Whether it is better, and whether that stands out of the noise."""
    if each.a is None or each.b is None:
        yield Span("only in b" if each.a is None else "only in a", "warn")
        return
    if each.a == each.b:
        yield Span("other points on the way", "warn")
        return
    if each.better and each.delta and not math.isnan(each.delta):
        is_better = (each.delta < 0) == (each.better == "min")
        yield Span("better" if is_better else "worse", "added" if is_better else "removed")
        yield Span(", ")
    if each.noise is None:
        yield Span("noise unknown", "dim")
    elif each.noise.stands_out:
        yield Span("stands out", "warn")
    else:
        yield Span("within noise", "dim")


def _test(found: Noise) -> str:
    """``4 and 3 seeds, means 2.68 and 0.453, spread 0.0017, p < 0.001``."""
    a, b = (f"{value:.4g}" for value in found.mean)
    groups = f"{found.n.a} and {found.n.b} {found.kind}, means {a} and {b}"
    if "draws" in found.test:
        groups = f"{found.n.a} other {found.kind}"
    p = "p < 0.001" if found.p < 0.001 else f"p = {found.p:.2g}"  # noqa: PLR2004 - as it is usually written
    return f"{groups}, spread {found.spread:.2g}, {p}"


def _number(value: Json) -> str:
    return "" if value is None else scalar(value)


def _signed(value: float) -> str:
    if math.isfinite(value):
        return f"{value:+.4g}"
    return ("+" if value > 0 else "") + number(value)


def resources(found: Resources, *, every: bool = False) -> list[Block]:
    """How they ended if not alike, how long they took, and what they used if it is clearly more or less, or ``every``.

    What neither has is left out, and so is all of it where the two are one run.
    """
    rows = []
    if found.end.a != found.end.b:
        rows.append((spans(Span("end", "label")), *(spans(Span(str(each), "warn")) for each in found.end), (), ()))
    for name, cost in (("duration", found.duration), *found.usage.items()):
        if (cost.a, cost.b) != (None, None) and (every or name == "duration" or _is_large(cost)):
            scope = found.gpu_scope if name == "gpu_seconds" else None
            rows.append((spans(Span(_RESOURCES.get(name, name), "label")), *_used(name, cost, scope)))
    titles = ("", "a", "b", "delta", "percent")
    columns = tuple(Column(title, right=at > 0) for at, title in enumerate(titles))
    return [Table(columns, tuple(rows), indent=2)] if rows else []


def changes(found: Resources) -> Iterator[str]:
    """``duration +12%``: what is clearly more or less, in a few words."""
    if found.end.a != found.end.b:
        yield f"{found.end.a} -> {found.end.b}"
    for name, cost in (("duration", found.duration), *found.usage.items()):
        if cost.percent is not None and _is_large(cost):
            yield f"{_RESOURCES.get(name, name)} {_percent(cost)}"


def _used(name: str, cost: Cost, scope: Pair | None) -> tuple[Spans, ...]:
    texts = ["?" if each is None else _quantity(name, each) for each in (cost.a, cost.b)]
    if scope is not None and scope.a != scope.b:
        texts = [f"{text} of the {of}" if of else text for text, of in zip(texts, scope, strict=True)]
    delta = "" if cost.delta is None else f"{'-' if cost.delta < 0 else '+'}{_quantity(name, abs(cost.delta))}"
    return (*map(spans, texts), spans(delta), spans(_percent(cost)))


def _quantity(name: str, value: float) -> str:
    return duration(value) if name in _SECONDS else size(int(value))


def _is_large(cost: Cost) -> bool:
    if cost.a is None or cost.b is None:
        return cost.a is not cost.b
    return bool(abs(cost.b - cost.a) >= _BRIEF * max(cost.a, cost.b, 1))


def _percent(cost: Cost) -> str:
    """The percentage, with as many digits as it takes to see it; a hundredfold as a factor."""
    if cost.percent is None or not cost.a or cost.b is None:
        return ""
    if cost.percent >= _MANYFOLD:
        return f"{cost.b / cost.a:,.0f} times"
    return f"{cost.percent:+.{0 if abs(cost.percent) >= 1 or not cost.percent else 1}f}%"
