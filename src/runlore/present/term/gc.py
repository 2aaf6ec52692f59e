"""`gc`: what went, by kind."""

from collections.abc import Iterator, Sequence

from runlore.ops.gc import ENVIRONMENTS, LEFTOVERS, RECORDS, Collected
from runlore.present.term.blocks import Column, Frame, Line, Span, Table, View, line, spans
from runlore.present.term.phrases import SHORT, short
from runlore.present.term.quantities import size
from runlore.records.phrases import counted
from runlore.store.reach import PARTS

_SHOWN = 20
_NAMED = 4
"""Runs that fit on a line."""
_ORDER = tuple(dict.fromkeys((RECORDS, *PARTS, ENVIRONMENTS, LEFTOVERS)))


def view(found: Collected, _frame: Frame) -> View:
    """The runs, the bytes by kind, and what can still be brought back."""
    said = "would free " if found.dry_run else "freed "
    if not (found.runs or found.bytes or found.environments):
        return View((line("nothing to collect"),), _waiting(found))
    went = "would erase " if found.dry_run else "erased "
    runs = [line(went, short(run)) for run in found.runs[:_SHOWN]]
    if len(found.runs) > _SHOWN:
        runs.append(line(f"and {len(found.runs) - _SHOWN:,} more"))
    what = [counted(len(found.runs), "run")] if found.runs else []
    what += [counted(found.objects, "object")]
    what += [counted(len(found.environments), "environment")] if found.environments else []
    rows = tuple((spans(part), spans(size(found.parts[part]))) for part in _ORDER if found.parts.get(part))
    table = Table((Column("part"), Column("bytes", right=True)), rows, header=False, indent=2)
    total = line(said, size(found.bytes), f": {', '.join(what)}; {counted(found.kept, 'run')} kept")
    return View((*runs, total, *([table] if rows else [])), _waiting(found))


def _waiting(found: Collected) -> tuple[Line, ...]:
    remarks = []
    if found.waiting:
        some = f"{counted(found.waiting, 'removed run')} can still be brought back; "
        remarks.append(line(some, Span("mlrun gc --now", "hint"), " erases them too"))
    if found.by_others:
        which = counted(len(found.by_others), "run")
        remarks.append(line(f"{which} made here and removed by others: hidden, and kept"))
        names = " ".join(run[:SHORT] for run in found.by_others[:_NAMED])
        more = f" ({len(found.by_others) - _NAMED:,} more: --json)" if len(found.by_others) > _NAMED else ""
        remarks.append(line(Span(f"mlrun rm {names}", "hint"), f" lets mlrun gc erase them{more}"))
    return tuple(remarks)


def question(runs: Sequence[str]) -> Iterator[Line]:
    """What a person is asked before runs are erased by rules."""
    for run in runs[:_SHOWN]:
        yield line("to be erased: ", short(run))
    if len(runs) > _SHOWN:
        yield line(f"and {len(runs) - _SHOWN:,} more")
    yield line(Span(f"erase {counted(len(runs), 'run')} for good? [y/N]", "warning"))
