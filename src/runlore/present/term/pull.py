"""`pull`: what came, and whose it is."""

from runlore.ops.sharing.results import Pulled
from runlore.present.term.blocks import Frame, Line, Span, View, line
from runlore.present.term.phrases import SHORT, short
from runlore.present.term.quantities import size
from runlore.records.phrases import counted

_SHOWN = 10
_LONGEST = 80


def view(pulled: Pulled, _frame: Frame) -> View:
    """What is new, and what others removed."""
    where = f" from {pulled.remote} ({pulled.url})"
    blocks = []
    if pulled.runs:
        whose = sorted(pulled.authors.items(), key=lambda each: (-each[1], each[0]))
        by = ", ".join(f"{_cut(author)} {many:,}" for author, many in whose[:_SHOWN])
        by += f", and {len(whose) - _SHOWN:,} more" if len(whose) > _SHOWN else ""
        blocks.append(line(f"pulled {counted(len(pulled.runs), 'run')}{where}: {by}"))
    if pulled.objects:
        blocks.append(line(f"pulled {counted(pulled.objects, 'object')}{where}: {size(pulled.bytes)}"))
    if pulled.events and not pulled.runs:
        blocks.append(line(f"pulled {counted(pulled.events, 'event')}{where}"))
    own = set(pulled.own_removed)
    for run in sorted(pulled.removed, key=lambda run: run not in own)[:_SHOWN]:
        made_here = Span(", which was made here", "warning") if run in own else ""
        blocks.append(line("removed by others: ", short(run), made_here))
    if len(pulled.removed) > _SHOWN:
        blocks.append(line(f"and {len(pulled.removed) - _SHOWN:,} more"))
    if not blocks:
        blocks = [line(f"nothing new{where}")]
    return View(tuple(blocks), (*_missing(pulled), *_removed(pulled)))


def _cut(name: str) -> str:
    """A stranger's name may be of any length."""
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."


def _missing(pulled: Pulled) -> tuple[Line, ...]:
    lines = [line(Span("not there: ", "warning"), each) for each in pulled.missing[:_SHOWN]]
    more = len(pulled.missing) - _SHOWN
    return (*lines, *([line(f"and {more:,} more")] if more > 0 else []))


def _removed(pulled: Pulled) -> tuple[Line, ...]:
    if not pulled.removed:
        return ()
    own = set(pulled.own_removed)
    first = sorted(pulled.removed, key=lambda run: run not in own)[:_SHOWN]
    names = " ".join(run[:SHORT] for run in first)
    return (line(Span(f"mlrun rm --undo {names}", "hint"), " brings them back"),)
