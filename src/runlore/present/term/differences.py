"""The parts of two runs that differ, each as the body of a section."""

import shlex
from collections.abc import Iterator

from runlore.insight.rows import Rows
from runlore.ops.difference.results import Code, CodeFile, Config, Environment, InputChange, Inputs, Outputs, Pair
from runlore.ops.difference.results import Table as Values
from runlore.present.term.blocks import Block, Column, Line, Span, Spans, Table, line, pairs, spans
from runlore.present.term.quantities import scalar, size
from runlore.records.canonical import Json
from runlore.records.phrases import counted

_MOST = 30
"""Rows shown of one kind; ``--json`` has all."""
_FEW = 3
"""Columns that are named where rows changed."""
_MARKS = {"added": ("+", "added"), "removed": ("-", "removed"), "renamed": (">", "warn"), "mode": ("m", "warn")}


def values(found: Values) -> list[Block]:
    """Names and what they were and are; text that looks like a number stands in quotes beside a number."""
    rows = [
        (name, spans(Span(_value(value), "added"), Span("  only in b", "dim"))) for name, value in found.added.items()
    ]
    rows += [
        (name, spans(Span(_value(value), "removed"), Span("  only in a", "dim")))
        for name, value in found.removed.items()
    ]
    rows += [(name, _from_to(pair)) for name, pair in found.changed.items()]
    return _limited([pairs(rows[:_MOST])] if rows else [], len(rows))


def _from_to(pair: Pair) -> Spans:
    a, b = (_value(each) for each in pair) if type(pair.a) is type(pair.b) else (_typed(each) for each in pair)
    return spans(Span(a, "removed"), " -> ", Span(b, "added"))


def _value(value: Json) -> str:
    return scalar(value)


def _typed(value: Json) -> str:
    return f'"{value}"' if isinstance(value, str) else scalar(value)


def _limited(blocks: list[Block], total: int) -> list[Block]:
    more = total - _MOST
    return [*blocks, line("  ", Span(f"and {more:,} more; --json has all", "dim"))] if more > 0 else blocks


def command(found: Pair, params: Values | None) -> list[Block]:
    """The two command lines, where parameters do not say it already."""
    if found.a == found.b or (params is not None and params.differs and _script(found.a) == _script(found.b)):
        return []
    return [pairs((name, spans(_line(side))) for name, side in (("a", found.a), ("b", found.b)))]


def _script(side: Json) -> Json:
    return side["argv"][0], side["cwd"]


def _line(side: Json) -> str:
    where = "" if side["cwd"] in {"", "."} else f"  (in {side['cwd']})"
    return shlex.join(side["argv"]) + where


def code(found: Code, inputs: Inputs | None) -> list[Block]:
    """Files with counts of lines, but for those that no run read, and data that is told among the inputs."""
    told = {each.path for each in inputs.changed} if inputs is not None else set()
    shown = [each for each in found.files if each.read is not False and each.path not in told]
    rows = tuple(_file(each) for each in shown[:_MOST])
    blocks: list[Block] = [Table((Column(""), Column("", shrink=True), Column("")), rows, False, 2)] if rows else []
    blocks = _limited(blocks, len(shown))
    if shown and found.commit.a != found.commit.b:
        blocks.append(pairs([("commit", _commits(found.commit))]))
    return blocks


def _commits(pair: Pair) -> Spans:
    a, b = ("none" if each is None else str(each)[:7] for each in pair)
    return spans(a, " -> ", b)


def _file(each: CodeFile) -> tuple[Spans, ...]:
    mark, meaning = _MARKS.get(each.change, ("~", "warn"))
    name = f"{each.was} -> {each.path}" if each.was else each.path
    return spans(Span(mark, meaning)), spans(Span(name, meaning)), _how_much(each)


def _how_much(each: CodeFile) -> Spans:
    if each.binary:
        a, b = ("none" if one is None else size(one) for one in each.size)
        return spans(Span(f"binary, {a} -> {b}", "dim"))
    if each.why is not None:
        return spans(Span(each.why, "dim"))
    if each.change == "mode":
        return spans(Span("only its mode", "dim"))
    return spans(Span(f"+{each.added:,}", "added"), " ", Span(f"-{each.removed:,}", "removed"))


def unread(found: Code) -> Iterator[tuple[str, Spans]]:
    """Files of the code that no run read."""
    files = [each for each in found.files if each.read is False]
    if files:
        names = ", ".join(each.path for each in files[:_MOST])
        more = f" and {len(files) - _MOST:,} more" if len(files) > _MOST else ""
        yield "files that neither run read", spans(Span(names + more, "dim"))


def config(found: Config, params: Values | None) -> list[Block]:
    """Files that came, went or changed, values that parameters do not show, and values that only moved."""
    rows = [(path, spans(Span("only in b", "added"))) for path in found.added]
    rows += [(path, spans(Span("only in a", "removed"))) for path in found.removed]
    kind = "changed" if found.values.differs else "other bytes, the same values"
    rows += [(path, spans(Span(kind, "warn" if found.values.differs else "dim"))) for path in found.changed]
    rows += [(each.key, spans(Span(f"moved from {each.a} to {each.b}", "dim"))) for each in found.moved]
    blocks = _limited([pairs(rows[:_MOST])] if rows else [], len(rows))
    return blocks + (values(found.values) if params is None else [])


def environment(found: Environment) -> list[Block]:
    """Interpreter, packages that may have mattered, machine, variables."""
    rows = _rows(found.interpreter)
    packages = found.packages
    if packages is not None:
        rows += [each for each in _packages(found) if each[0] not in _never(found)]
    rows += [*_rows(found.hardware), *_rows(found.variables)]
    blocks = _limited([pairs(rows[:_MOST])] if rows else [], len(rows))
    if found.unkept:
        names = ", ".join(found.unkept[:_MOST])
        blocks.append(line("  ", Span(f"variables of other values, which are not kept: {names}", "dim")))
    return blocks


def _rows(found: Values) -> list[tuple[str, Spans]]:
    rows = [
        (name.replace("_", " ") if name.islower() else name, _from_to(pair)) for name, pair in found.changed.items()
    ]
    rows += [
        (name, spans(Span(_value(value), "added"), Span("  only in b", "dim"))) for name, value in found.added.items()
    ]
    return rows + [
        (name, spans(Span(_value(value), "removed"), Span("  only in a", "dim")))
        for name, value in found.removed.items()
    ]


def _packages(found: Environment) -> Iterator[tuple[str, Spans]]:
    packages = found.packages
    assert packages is not None  # noqa: S101 - for the type checker: the callers have looked
    imported = set(packages.imported or ())

    def said(name: str) -> Span:
        return Span("  imported" if name in imported else "", "dim")

    for name, pair in packages.changed.items():
        yield name, (*_from_to(pair), said(name))
    for name, version in packages.added.items():
        yield name, spans(Span(version, "added"), Span("  only in b", "dim"), said(name))
    for name, version in packages.removed.items():
        yield name, spans(Span(version, "removed"), Span("  only in a", "dim"), said(name))
    for name, why in packages.rebuilt.items():
        yield name, spans(Span(why, "warn"), said(name))


def _never(found: Environment) -> frozenset[str]:
    """Packages that neither run imported, as far as both were watched."""
    packages = found.packages
    if packages is None or packages.imported is None or packages.uncertain:
        return frozenset()
    touched = {*packages.added, *packages.removed, *packages.changed, *packages.rebuilt}
    return frozenset(touched - set(packages.imported))


def unimported(found: Environment) -> Iterator[tuple[str, Spans]]:
    """Packages that neither run imported."""
    never = _never(found)
    if not never:
        return
    rows = [f"{name} {''.join(span.text for span in said)}".strip() for name, said in _packages(found) if name in never]
    more = f" and {len(rows) - _MOST:,} more" if len(rows) > _MOST else ""
    yield "packages that neither run imported", spans(Span(", ".join(rows[:_MOST]) + more, "dim"))


def inputs(found: Inputs) -> list[Block]:
    """Files that came, went or changed, with sizes, and what became of the rows of a table."""
    rows: list[tuple[Spans, Spans, Spans]] = [
        (spans(Span("~", "warn")), spans(Span(each.path, "warn")), _changed(each)) for each in found.changed
    ]
    for mark, meaning, refs in (("+", "added", found.added), ("-", "removed", found.removed)):
        rows += [(spans(Span(mark, meaning)), spans(Span(ref.path, meaning)), spans(size(ref.size))) for ref in refs]
    rows += [
        (spans(Span(">", "warn")), spans(f"{each.a} -> {each.b}"), spans(Span("renamed", "dim")))
        for each in found.renamed
    ]
    columns = (Column(""), Column("", shrink=True), Column("", wrap=True))
    blocks: list[Block] = _limited([Table(columns, tuple(rows[:_MOST]), False, 2)] if rows else [], len(rows))
    for each in found.changed[:_MOST]:
        blocks += _examples(each)
    return blocks


def _changed(each: InputChange) -> Spans:
    a, b = (size(int(one)) for one in each.size)
    sizes = a if a == b else f"{a} -> {b}"
    if each.rows is not None:
        return spans(", ".join(_of_rows(each.rows)), Span(f"  {sizes}", "dim"))
    return spans(sizes, Span(f"  {each.why}" if each.why else "", "dim"))


def _of_rows(rows: Rows) -> Iterator[str]:
    of = f" of {rows.a:,}" if rows.a == rows.b else ""
    if rows.changed:
        where = f" in {', '.join(rows.columns_changed[:_FEW])}" if 0 < len(rows.columns_changed) <= _FEW else ""
        yield f"{counted(rows.changed, 'row')}{of} changed{where}"
    if rows.added:
        yield f"{counted(rows.added, 'row')} added"
    if rows.removed:
        yield f"{counted(rows.removed, 'row')} removed"
    for what, names in (("added", rows.columns_added), ("removed", rows.columns_removed)):
        if names:
            yield f"{'columns' if len(names) > 1 else 'column'} {what}: {', '.join(names[:_MOST])}"
    if not (rows.changed or rows.added or rows.removed or rows.columns_added or rows.columns_removed):
        yield "the same rows, written or ordered another way"


def _examples(each: InputChange) -> Iterator[Line]:
    for cell in each.rows.examples if each.rows is not None else ():
        where = f"    {each.path}: row {cell.row:,}, {cell.column}: "
        yield line(Span(where, "dim"), Span(cell.a, "removed"), " -> ", Span(cell.b, "added"))


def outputs(found: Outputs) -> list[Block]:
    """Files that only one made, and where the others part."""
    rows = [
        (
            spans(Span(each.path, "warn" if each.sameness == "different" else "dim")),
            spans(Span(each.sameness, "")),
            spans(Span(each.detail, "dim")),
        )
        for each in found.changed
    ]
    rows += [(spans(Span(path, "added")), spans("only in b"), ()) for path in found.added]
    rows += [(spans(Span(path, "removed")), spans("only in a"), ()) for path in found.removed]
    columns = (Column("", shrink=True), Column(""), Column("", wrap=True))
    blocks: list[Block] = _limited([Table(columns, tuple(rows[:_MOST]), False, 2)] if rows else [], len(rows))
    if rows and found.identical:
        blocks.append(line("  ", Span(f"{found.identical:,} identical", "dim")))
    return blocks
