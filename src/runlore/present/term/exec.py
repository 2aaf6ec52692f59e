"""`exec`: the line before the command, the line after it, and what deserves a line between."""

from collections.abc import Iterable, Sequence

from runlore.capture.leftout import CACHE, EDITOR
from runlore.ops.results import LeftOut, Run, Started
from runlore.present.columns import metric_names
from runlore.present.term.blocks import Line, Span, line, spans
from runlore.present.term.phrases import SHORT, dirt, ending, left_out, place, short, without_git
from runlore.present.term.quantities import scalar, size
from runlore.records.phrases import counted
from runlore.records.run import Warn

_METRICS = 3
"""Metrics in the line after the command."""
_LISTED = 5
"""Things not kept that are named one by one."""
_GRAVE = (
    "timed-out", "output-missing", "processes-left-running", "secret-redacted", "file-changed-during-run",
    "environment-unknown", "trace-incomplete", "journal-incomplete", "log-incomplete", "not-kept",
)  # fmt: skip
"""Codes of warnings without which a person would take the record, or the result, for what it is not."""
_LIGHT = ("input-on-remote-mount", "submodule-dirty", "unobserved", "network-used", "log-shortened")
"""Codes of those that are said last."""
_SMALL = 10 << 20
"""Bytes of caches below which nobody asks where they went."""


def before(started: Started) -> list[Line]:
    """Which run this is, on which code, and what of the project is not kept."""
    where = without_git(started.warnings)
    if started.dirty is not None:
        stood = dirt(started.dirty, started.modified or 0, started.untracked or 0)
        where = place(started.commit, started.branch) + stood
    code = f"{counted(started.code_files, 'file')}, {size(started.code_bytes)}"
    parts = [where, code, *([counted(started.inputs, "input")] if started.inputs else [])]
    lines = [line(short(started.id), "  ", "  ".join(parts))]
    lines += _some([f"left out: {left_out(each)}" for each in started.left_out if _is_news(each)])
    lines += _some([f"hash only: {each.path}: {size(each.size)}, too large to keep" for each in started.omitted])
    return [*lines, *warnings(started.warnings, started.id)]


def after(run: Run) -> Line:
    """How it ended, its headline metrics, how many files it made."""
    metrics = [f"{name} {scalar(run.metrics[name].get('last'))}" for name in metric_names((run,))[:_METRICS]]
    outputs = [counted(len(run.outputs), "output")] if run.outputs else []
    return Line((short(run.id), Span(" "), *ending(run), *spans("".join(f"  {part}" for part in (*metrics, *outputs)))))


def warnings(found: Iterable[Warn], run: str) -> list[Line]:
    """What deserves attention, the most important first; of many only that there are more, and where they stand."""
    ranked = sorted({warn.message: warn for warn in found}.values(), key=lambda warn: _rank(warn.code))
    lines = [warning(warn.message) for warn in ranked[:_LISTED]]
    if len(ranked) > _LISTED:
        lines.append(warning(f"and {len(ranked) - _LISTED:,} more; mlrun show {run[:SHORT]}"))
    return lines


def _rank(code: str) -> int:
    if code in _GRAVE:
        return _GRAVE.index(code) - len(_GRAVE)
    return _LIGHT.index(code) + 1 if code in _LIGHT else 0


def warning(message: str) -> Line:
    """Something that deserves attention."""
    return line(Span("warning: ", "warning"), message)


def _is_news(what: LeftOut) -> bool:
    """Whether a person may miss it: not the caches that every project has, unless they are large."""
    return what.reason not in (CACHE, EDITOR) or what.partial or what.bytes >= _SMALL


def _some(sentences: Sequence[str]) -> Iterable[Line]:
    yield from (line(sentence) for sentence in sentences[:_LISTED])
    if len(sentences) > _LISTED:
        yield line(f"and {len(sentences) - _LISTED:,} more; mlrun status lists them")


def moved(tags: Iterable[str]) -> list[Line]:
    """Tags that were taken from another run for this one."""
    return [line("moved tag ", Span(tag, "tag")) for tag in tags]


def ours(said: Line) -> Line:
    """The line, told apart from the command's own output around it."""
    return Line((Span("mlrun: ", "dim"), *said.spans))
