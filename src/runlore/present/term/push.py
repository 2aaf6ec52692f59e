"""`push`: what went, and how much."""

from runlore.ops.sharing.results import Pushed
from runlore.present.term.blocks import Column, Frame, Line, Span, Table, View, line, spans
from runlore.present.term.phrases import short
from runlore.present.term.quantities import size
from runlore.records.phrases import counted
from runlore.store.reach import PARTS

_SHOWN = 20


def view(pushed: Pushed, _frame: Frame) -> View:
    """One line that says it all, the bytes by part, and what was left out."""
    said = "would push " if pushed.dry_run else "pushed "
    where = f" to {pushed.remote} ({pushed.url})"
    if not (pushed.runs or pushed.events or pushed.objects):
        head = line(f"nothing to push{where}: it has {counted(pushed.there, 'run')} already")
        return View((head,), _skipped(pushed))
    what = [counted(len(pushed.runs), "run")] if pushed.runs else []
    what += [counted(pushed.events, "event")] if pushed.events else []
    much = f"{counted(pushed.objects, 'object')}, {size(pushed.bytes)}"
    rows = tuple((spans(part), spans(size(pushed.parts[part]))) for part in PARTS if pushed.parts.get(part))
    table = Table((Column("part"), Column("bytes", right=True)), rows, header=False, indent=2)
    head = line(said, " and ".join(what) or "data", where, ": ", much)
    return View((head, *([table] if rows else []), *_kept(pushed)), _skipped(pushed))


def _kept(pushed: Pushed) -> list[Line]:
    if not pushed.dvc.files:
        return []
    what = f"data kept by DVC: {counted(pushed.dvc.files, 'file')}, {size(pushed.dvc.bytes)}"
    return [line(what, Span("  dvc push sends it where others find it", "dim"))]


def _skipped(pushed: Pushed) -> tuple[Line, ...]:
    """Why runs were left out; of very many the first."""
    lines = [line(Span("left out ", "warning"), short(each.run), f": {each.why}") for each in pushed.skipped[:_SHOWN]]
    more = len(pushed.skipped) - _SHOWN
    return (*lines, *([line(f"and {more:,} more")] if more > 0 else []))
