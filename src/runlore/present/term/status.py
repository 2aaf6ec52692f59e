"""`status`: what `exec` would record now, and what changed since the newest run."""

from collections.abc import Iterable

from runlore.ops.results import Status
from runlore.present.term.blocks import Block, Frame, Span, Spans, View, line, pairs, section, spans
from runlore.present.term.phrases import ending, environment_rows, left_out, short, standing, warnings
from runlore.present.term.quantities import age, size
from runlore.present.term.tree import tree
from runlore.records.phrases import counted

_PATHS = 20
"""Paths shown of each kind; ``--json`` has all."""


def view(status: Status, frame: Frame) -> View:
    """The page about the project as it is now."""
    blocks: list[Block] = [
        *warnings(status.warnings),
        pairs(_summary(status), indent=0),
        *section("Left out of the code", [line("  ", left_out(each)) for each in status.left_out]),
        *section("Known by hash only", tree(status.omitted) if status.omitted else []),
        *_since(status, frame),
    ]
    return View(tuple(blocks))


def _summary(status: Status) -> Iterable[tuple[str, Spans]]:
    yield "project", spans(status.top)
    yield "store", spans(status.store or Span("none yet; the first run makes it", "dim"))
    yield "git", spans(standing(status.git, status.warnings))
    if status.unpushed is not None and status.unpushed.runs:
        many, name = status.unpushed.runs, status.unpushed.remote
        them = "it" if many == 1 else "them"
        yield "not pushed", spans(f"{counted(many, 'run')}; ", Span("mlrun push", "hint"), f" sends {them} to {name}")
    yield "code", spans(f"{counted(status.code_files, 'file')}, {size(status.code_bytes)}")
    yield "interpreter", spans(status.interpreter or Span("none found", "warn"))
    if status.environment is not None:
        yield from environment_rows(status.environment)


def _since(status: Status, frame: Frame) -> list[Block]:
    if status.newest is None:
        return []
    newest = status.newest
    title = line(
        Span("Since the newest run ", "heading"),
        short(newest.id),
        Span(f" ({age(newest.started_at, frame.now)} ago, ", "dim"),
        *ending(newest),
        Span(")", "dim"),
    )
    changes = [
        *_changes("modified", "warn", status.modified or ()),
        *_changes("added", "added", status.added or ()),
        *_changes("removed", "removed", status.removed or ()),
    ]
    body: list[Block] = [pairs(changes)] if changes else [line("  the code is the same")]
    return [line(), title, *body]


def _changes(kind: str, meaning: str, paths: tuple[str, ...]) -> Iterable[tuple[str, Spans]]:
    for path in paths[:_PATHS]:
        yield kind, spans(Span(path, meaning))
    if len(paths) > _PATHS:
        yield kind, spans(Span(f"and {len(paths) - _PATHS:,} more", "dim"))
