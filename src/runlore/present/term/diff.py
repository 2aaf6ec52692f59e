"""`diff`: what can matter first, then what is the same, and last what cannot have mattered."""

import re
import shlex
from collections.abc import Iterator

from runlore.ops.difference.results import (
    CONFIG,
    DIFFERENT,
    EQUAL,
    IDENTICAL,
    METRICS,
    NOT_COMPARABLE,
    OUTPUTS,
    PARTS,
    RESOURCES,
    Diff,
    Side,
)
from runlore.present.term import differences
from runlore.present.term.blocks import (
    Block,
    Column,
    Frame,
    Line,
    Span,
    Spans,
    Table,
    View,
    line,
    pairs,
    section,
    spans,
)
from runlore.present.term.diffstat import counts
from runlore.present.term.hunks import patch
from runlore.present.term.measured import metrics, resources
from runlore.present.term.phrases import short
from runlore.present.term.quantities import age, duration
from runlore.records.states import STATES

_STATUS = {IDENTICAL: "ok", EQUAL: "ok", DIFFERENT: "warn", NOT_COMPARABLE: "dim"}
_ORDER = ("params", "command", "code", "config", "environment", "inputs", "metrics", "outputs", "resources")
"""The likeliest cause first, then the effect."""
_ID = re.compile(r"\b[0-9a-f]{64}\b")
_TITLES = {part: part.capitalize() for part in PARTS} | {"params": "Parameters", "config": "Config files"}


def view(found: Diff, frame: Frame, *, stat: bool = False) -> View:
    """The page, or with ``stat`` a line for each part."""
    head: list[Block] = [_runs(found.runs, frame)]
    if stat:
        return View((*head, Line(), _stat(found)))
    blocks = [*head, *_different(found), *_others(found)]
    if found.code is not None:
        blocks += patch(found.code.files, colour=frame.colour)
    return View(tuple(blocks))


def _runs(sides: tuple[Side, Side], frame: Frame) -> Table:
    columns = (
        Column(""),
        Column("id"),
        Column("name"),
        Column("age", right=True),
        Column("end"),
        Column("what", wrap=True),
    )
    rows = tuple(_run(name, side, frame) for name, side in zip("ab", sides, strict=True))
    return Table(columns, rows, header=False)


def _run(letter: str, side: Side, frame: Frame) -> tuple[Spans, ...]:
    took = "" if side.duration is None else f" in {duration(side.duration)}"
    return (
        spans(Span(letter, "label")),
        spans(short(side.id)),
        spans(Span(side.name or "", "name")),
        spans(Span(f"{age(side.started_at, frame.now)} ago", "dim")),
        spans(Span(side.state, side.state if side.state in STATES else "dim"), took),
        spans(shlex.join(side.command), Span(f"  {side.message.splitlines()[0]}" if side.message else "", "dim")),
    )


def _sections(found: Diff) -> Iterator[tuple[str, list[Block]]]:
    """What is to be said of each part that is not the same."""
    if found.params is not None:
        yield "params", differences.values(found.params)
    if found.command is not None:
        yield "command", differences.command(found.command, found.params)
    if found.code is not None:
        yield "code", differences.code(found.code, found.inputs)
    if found.config is not None:
        yield "config", differences.config(found.config, found.params)
    if found.environment is not None:
        yield "environment", differences.environment(found.environment)
    if found.inputs is not None:
        yield "inputs", differences.inputs(found.inputs)
    if found.metrics is not None:
        yield "metrics", metrics(found.metrics)
    if found.outputs is not None:
        yield "outputs", differences.outputs(found.outputs)
    if found.resources is not None and found.parts.get(RESOURCES) != IDENTICAL:
        yield "resources", resources(found.resources, every=set(found.parts) == {RESOURCES})


def _different(found: Diff) -> list[Block]:
    blocks: list[Block] = []
    bodies = dict(_sections(found))
    for part in _ORDER:
        blocks += section(_TITLES[part], [*bodies.get(part, ()), *_unread(part, found)])
    return blocks


def _unread(part: str, found: Diff) -> list[Block]:
    """In the place of what could not be read, why that is; files that are damaged say so in their rows."""
    if part not in {each.part for each in found.damaged if each.path is None or part == CONFIG}:
        return []
    why = found.not_comparable[part]
    said = f"cannot be compared: {why}" if getattr(found, part) is None else why
    return [line("  ", Span(f"{_abbreviated(said)}; mlrun fsck says more", "warn"))]


def _abbreviated(text: str) -> str:
    return _ID.sub(lambda found: short(found[0]).text, text)


def _others(found: Diff) -> list[Block]:
    """What is the same, what could not be compared, and what cannot have mattered."""
    blocks: list[Block] = []
    same = [part for part, status in found.parts.items() if status in {IDENTICAL, EQUAL}]
    if absent := [part for part in same if _is_absent(part, found)]:
        same = [part for part in same if part not in absent]
        blocks += [Line(), line(Span("In neither: ", "heading"), ", ".join(absent))]
    if same:
        what = "everything that was compared" if len(same) + len(absent) == len(found.parts) else ", ".join(same)
        blocks += [*([] if absent else [Line()]), line(Span("The same: ", "heading"), what)]
    told = {each.part for each in found.damaged}
    rows = [(part, spans(why)) for part, why in found.not_comparable.items() if part not in told]
    blocks += section("Not comparable", [pairs(rows)] if rows else [])
    return [*blocks, *section("Cannot have mattered", _dimmed(found))]


def _is_absent(part: str, found: Diff) -> bool:
    """Whether there is nothing in that part that could be another."""
    if part == METRICS:
        return not found.metrics
    return part == OUTPUTS and found.outputs is not None and not any(found.outputs)


def _dimmed(found: Diff) -> list[Block]:
    rows: list[tuple[str, Spans]] = []
    if found.environment is not None:
        rows += differences.unimported(found.environment)
    if found.code is not None:
        rows += differences.unread(found.code)
    return [pairs(rows)] if rows else []


def _stat(found: Diff) -> Table:
    rows = []
    for part, status in found.parts.items():
        detail = _abbreviated(found.not_comparable.get(part, "")) or counts(part, found)
        rows.append((spans(Span(part, "label")), spans(Span(status, _STATUS[status])), spans(detail)))
    return Table((Column("part"), Column("status"), Column("detail", wrap=True)), tuple(rows), False, 2)
