"""`list`: one row for a run, as many columns as the screen has room for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from runlore.ops.results import Run, RunList
from runlore.present.columns import best, differing_params, metric_names, value
from runlore.present.term.blocks import Column, Frame, Line, Span, Spans, Table, View, line, spans
from runlore.present.term.phrases import short
from runlore.present.term.quantities import age, brief_duration, local_time, scalar
from runlore.present.term.safe import columns as columns_of
from runlore.records.canonical import Json

_GAP = 2
_COMMAND_ROOM = 20
"""Characters that the command is given before any column is left out for it."""
_IN_A_PIPE = ("id", "state", "started", "duration", "commit", "command", "tags")
_RIGHT = ("age", "duration", "exit_code")


def view(found: RunList, frame: Frame, *, columns: Sequence[str] = (), group: str = "", filtered: bool = False) -> View:
    """The runs as a table, and on standard error how many there are beyond it.

    What they are grouped by is the first column; on a screen it is said once for each group.
    """
    if not found.runs:
        return View((), _remarks(found) or (_nothing(filtered),))
    runs = found.runs if frame.width is None else tuple(found.runs)
    keys = [*([group] if group else []), *(key for key in columns or _keys(runs, frame) if key != group)]
    drawn = _Drawn(runs, keys, frame)
    rows, shown = (drawn, keys) if frame.width is None else _on_screen(list(drawn), keys, frame.width, group, columns)
    titles = _titles(keys)
    table = Table(
        tuple(
            Column(titles[key], right=_is_number(key, drawn.values), shrink=key == "command" or bool(columns))
            for key in shown
        ),
        rows,
    )
    return View((table,), _remarks(found))


class _Drawn:
    """The rows of cells, made as they are looked at: there may be as many as there are runs in a store."""

    def __init__(self, runs: Sequence[Run], keys: Sequence[str], frame: Frame) -> None:
        self._runs, self._keys, self._frame = runs, keys, frame
        self.values: dict[str, list[Json]] = {key: [] for key in keys if key.startswith(("params.", "metrics."))}
        for run in runs if self.values else ():
            for key, held in self.values.items():
                held.append(value(run, key))
        self._best = [best(self.values.get(key, ()), key) for key in keys]

    def __iter__(self) -> Iterator[tuple[Spans, ...]]:
        columns = tuple(zip(self._keys, self._best, strict=True))
        for run in self._runs:
            yield tuple(_cell(run, key, self._frame, most) for key, most in columns)


def _on_screen(
    rows: Sequence[tuple[Spans, ...]], keys: Sequence[str], width: int, group: str, columns: Sequence[str]
) -> tuple[list[tuple[Spans, ...]], list[str]]:
    """The rows with as many of the columns as fit, and these; what they are grouped by is said once for each group."""
    cells = dict(zip(keys, map(list, zip(*rows, strict=True)), strict=True))
    if group:
        whole = cells[group][:]
        cells[group] = [cell if at == 0 or cell != whole[at - 1] else () for at, cell in enumerate(whole)]
    shown = list(cells) if columns else _fitting(cells, _titles(keys), width, group)
    return list(zip(*(cells[key] for key in shown), strict=True)), shown


def _keys(runs: Sequence[Run], frame: Frame) -> list[str]:
    """The columns one wants to see, in the order in which they stand; always the same ones in a pipe."""
    if frame.width is None:
        return list(_IN_A_PIPE)
    return [
        "id",
        "state",
        "age",
        "duration",
        *(["commit"] if any(run.code.get("git") for run in runs) else []),
        "command",
        *(f"params.{name}" for name in differing_params(runs)),
        *(f"metrics.{name}" for name in metric_names(runs)),
        *(["tags"] if any(run.tags for run in runs) else []),
    ]


def _fitting(rows: dict[str, list[Spans]], titles: Mapping[str, str], width: int, group: str) -> list[str]:
    """As many of the columns as fit beside each other: what is always there, then by how much it tells."""
    needed = {
        key: max(columns_of(titles[key]), *(_width(cell) for cell in cells)) + _GAP for key, cells in rows.items()
    }
    needed["command"] = min(needed["command"], _COMMAND_ROOM + _GAP)
    always = [key for key in rows if key in ("id", "state", "age", "command", group)]
    metrics = [key for key in rows if key.startswith("metrics.")]
    params = [key for key in rows if key.startswith("params.")]
    optional = [*metrics[:1], "duration", "commit", *params[:1], "tags", *metrics[1:], *params[1:]]
    room = width + _GAP - sum(needed[key] for key in always)
    chosen = set(always)
    for key in optional:
        if key in rows and needed[key] <= room:
            chosen.add(key)
            room -= needed[key]
    return [key for key in rows if key in chosen]


def _cell(run: Run, key: str, frame: Frame, most: Json) -> Spans:
    found = value(run, key)
    if found is None:
        return ()
    if key in _DRAWN:
        return _DRAWN[key](run, found, frame)
    if not key.startswith("metrics."):
        return spans(scalar(found))
    return spans(Span(scalar(found), "metric" if most is None or found != most else "best"))


def _titles(keys: Iterable[str]) -> dict[str, str]:
    """What stands above each column: its name alone, where no other has that."""
    names = {key: key.removeprefix("params.").removeprefix("metrics.") for key in keys}
    often = Counter(names.values())
    return {key: key if often[name] > 1 else name for key, name in names.items()}


def _is_number(key: str, values: Mapping[str, Sequence[Json]]) -> bool:
    """Whether a column is read by the size of what is in it."""
    if key not in values:
        return key in _RIGHT
    return all(each is None or isinstance(each, int | float) for each in values[key])


def _width(cell: Spans) -> int:
    return sum(columns_of(span.text) for span in cell)


_NAMED = 3
"""Runs that cannot be read and are named."""


def _remarks(found: RunList) -> tuple[Line, ...]:
    remarks = []
    if found.total > len(found.runs):
        remarks.append(line(Span(f"{len(found.runs):,} of {found.total:,} runs; -n 0 for all", "dim")))
    if found.damaged:
        names = ", ".join(short(run).text for run in found.damaged[:_NAMED])
        more = ", ..." if len(found.damaged) > _NAMED else ""
        said = f"not shown, for their records cannot be read: {names}{more}; mlrun fsck says why"
        remarks.append(line(Span("warning: ", "warning"), said))
    return tuple(remarks)


def _nothing(filtered: bool) -> Line:
    return (
        line("no run matches")
        if filtered
        else line("no runs yet; ", Span("mlrun exec train.py", "hint"), " records one")
    )


_DRAWN: Mapping[str, Callable[[Run, Json, Frame], Spans]] = {
    "id": lambda run, _, __: spans(short(run.id)),
    "state": lambda _, state, __: spans(Span(state, state)),
    "age": lambda _, at, frame: spans(age(at, frame.now)),
    "started": lambda _, at, __: spans(local_time(at)),
    "duration": lambda _, seconds, __: spans(brief_duration(seconds)),
    "commit": lambda run, commit, _: spans(commit[:7], Span("*" if value(run, "dirty") else "", "warn")),
    "command": lambda run, text, _: spans(Span(f"{run.name}: " if run.name else "", "name"), text),
    "name": lambda _, name, __: spans(Span(name, "name")),
    "tags": lambda _, tags, __: spans(Span(tags, "tag")),
}
"""The cells that are more than their value."""
