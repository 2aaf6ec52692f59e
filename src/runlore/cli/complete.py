"""What a half-typed word may become: one line for each answer, ``KIND``, value and help between tabs.

``KIND`` is ``plain`` for a word, or ``file``, ``dir`` or ``command`` for what the shell itself knows best.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer._click.shell_completion import _resolve_context, _resolve_incomplete
from typer.core import TyperArgument, TyperOption

from runlore.cli.app import app
from runlore.cli.here import Here
from runlore.cli.options import PARTS, SHELLS
from runlore.cli.verbs import TOPICS, VERBS
from runlore.errors import MlrunError
from runlore.present.term.safe import visible
from runlore.records.states import STATES

if TYPE_CHECKING:
    from typer._click.core import Context

_SHELL_KNOWS = {"PATH": "file", "FILE|RUN|OBJECT": "file", "FILE": "file", "COMMAND": "command", "DIR": "dir"}

_SORT = "--sort"


def answers(words: Sequence[str], here: Here) -> Iterator[str]:
    """Lines for the last of ``words``, given those before it (without the program's name)."""
    *before, incomplete = words or [""]
    if incomplete.startswith(f"{_SORT}=-"):
        before, incomplete = [*before, _SORT], incomplete.removeprefix(f"{_SORT}=")
    # The only value that begins as options do: a column, the largest first.
    minus = "-" if before[-1:] == [_SORT] and incomplete.startswith("-") else ""
    context = _resolve_context(typer.main.get_command(app), {"obj": here}, "mlrun", list(before))
    asked, incomplete = _resolve_incomplete(context, list(before), incomplete.removeprefix(minus))
    if not context.allow_interspersed_args and context.params.get("words"):
        yield _line("file")  # a word of the user's own command
        return
    if not isinstance(asked, TyperArgument | TyperOption):
        for item in asked.shell_complete(context, incomplete):
            yield _line("plain", item.value, item.help)
        return
    metavar = (asked.metavar or "-").split()[0].removesuffix("...")
    if metavar in _SHELL_KNOWS:
        yield _line(_SHELL_KNOWS[metavar])
    for value, text in _values(metavar, context, incomplete):
        yield _line("plain", minus + value, text)


def _values(metavar: str, context: "Context", incomplete: str) -> Sequence[tuple[str, str]]:
    """The words of our own that may stand there; none where the store cannot be read."""
    if metavar not in _FROM_STORE:
        return [(word, "") for word in _WORDS.get(metavar, ()) if word.startswith(incomplete)]
    try:
        here: Here = context.obj
        for step in context.find_root().params.get("folder") or ():
            here = here.within(step)
        return _FROM_STORE[metavar](here.folder, incomplete)
    except MlrunError:
        return ()


def _runs(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    from runlore.ops.complete import run_names  # noqa: PLC0415 - only where a run is asked for

    return run_names(folder, incomplete)


def _files(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    run, colon, path = incomplete.partition(":")
    if not colon:
        return [(f"{name}:", about) for name, about in _runs(folder, incomplete)]
    from runlore.ops.show import show  # noqa: PLC0415 - only where a file of a run is asked for

    found = show(folder, run)
    refs = (*(found.outputs or ()), *(found.inputs or ()))
    return [(f"{run}:{ref.path}", ref.role) for ref in refs if ref.path.startswith(path)]


def _files_or_runs(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    return _files(folder, incomplete) if ":" in incomplete else _runs(folder, incomplete)


def _tags(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    from runlore.ops.tag import list_tags  # noqa: PLC0415 - only where a tag is asked for

    return [(tag.name, tag.run[:8]) for tag in list_tags(folder).tags if tag.name.startswith(incomplete)]


def _settings(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    from runlore.ops.config import settings  # noqa: PLC0415 - only where a setting is asked for

    return [(each.key, each.help) for each in settings(folder).settings if each.key.startswith(incomplete)]


def _columns(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    from runlore.ops.complete import column_names  # noqa: PLC0415 - only where a column is asked for

    before, comma, last = incomplete.rpartition(",")
    return [(f"{before}{comma}{name}", "") for name in column_names(folder, last)]


def _filters(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    from runlore.ops.complete import filters  # noqa: PLC0415 - only where a filter is asked for

    return [(text, "") for text in filters(folder, incomplete)]


def _metrics(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    from runlore.ops.complete import metric_names  # noqa: PLC0415 - only where a metric is asked for

    return [(name, "") for name in metric_names(folder, incomplete)]


def _params(folder: str, incomplete: str) -> Sequence[tuple[str, str]]:
    from runlore.ops.complete import param_names  # noqa: PLC0415 - only where a parameter is asked for

    return [(f"{name}=", "") for name in param_names(folder, incomplete)]


def _line(kind: str, value: Any = "", text: str | None = "") -> str:  # noqa: ANN401 - click's item
    return f"{kind}\t{visible(str(value))}\t{visible(text or '')}\n"


_FROM_STORE: Mapping[str, Callable[[str, str], Sequence[tuple[str, str]]]] = {
    "RUN": _runs,
    "A": _runs,
    "B": _runs,
    "[B]": _runs,
    "RUN:PATH": _files,
    "FILE|RUN|OBJECT": _files_or_runs,
    "TAG": _tags,
    "KEY": _settings,
    "COLUMN": _columns,
    "A,B,": _columns,
    "EXPR": _filters,
    "METRIC": _metrics,
    "METRIC=REL": _metrics,
    "KEY=VALUE": _params,
}
_WORDS: Mapping[str, Sequence[str]] = {
    "SHELL": SHELLS,
    "STATE": STATES,
    "PART": PARTS,
    "HOW": ("auto", "native", "strace", "python", "off"),
    "AXIS": ("step", "time"),
    "[COMMAND|TOPIC]": (*VERBS, *TOPICS),
    "WHERE": ("local", "slurm", "ray"),
}
