"""`gc REMOTE`: what went, and what goes when the grace is over."""

from collections.abc import Iterator, Sequence

from runlore.ops.gc_remote import Amount, Cleaned
from runlore.present.term.blocks import Frame, Line, Span, View, line
from runlore.present.term.phrases import short
from runlore.present.term.quantities import size
from runlore.records.phrases import counted

_SHOWN = 20


def view(found: Cleaned, _frame: Frame) -> View:
    """The runs that are left out from now on, and the bytes that went and will go."""
    where = f" on {found.remote} ({found.url})"
    would = "would be " if found.dry_run else ""
    runs = [*_named(f"{would}removed ", found.removed), *_named(f"{would}erased ", found.runs)]
    lines = []
    if found.freed.files:
        lines.append(line(f"{would}freed{where}: {_said(found.freed)}"))
    if found.marked.files:
        lines.append(line(f"{would}marked{where}: {_said(found.marked)}"))
    if not (lines or runs):
        lines = [line(f"nothing to collect{where}: {counted(found.kept, 'run')} kept")]
    return View((*runs, *lines), _remarks(found))


def _named(what: str, runs: Sequence[str]) -> Iterator[Line]:
    yield from (line(what, short(run)) for run in runs[:_SHOWN])
    if len(runs) > _SHOWN:
        yield line(f"and {len(runs) - _SHOWN:,} more")


def _said(amount: Amount) -> str:
    return f"{size(amount.bytes)} in {counted(amount.files, 'file')}"


def _remarks(found: Cleaned) -> tuple[Line, ...]:
    remarks = []
    if found.marked.files:
        remarks.append(line("what is marked goes with a later ", Span(f"mlrun gc {found.remote}", "hint")))
    if found.waiting:
        remarks.append(line(f"{counted(found.waiting, 'removed run')} can still be brought back"))
    return tuple(remarks)
