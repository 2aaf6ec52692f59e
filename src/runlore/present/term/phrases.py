"""What several pages say in the same words: a run's short name, how it ended, where its code stood, a file."""

import signal
from collections.abc import Iterable, Mapping

from runlore.ops.results import LeftOut, Run
from runlore.present.term.blocks import Block, Line, Span, Spans, cut, line, paragraph, spans
from runlore.present.term.quantities import duration, local_time, size
from runlore.records.canonical import Json
from runlore.records.phrases import counted
from runlore.records.run import Warn

SHORT = 8
"""Characters of an id that are shown where the whole of it would only be noise; git's are 7 to 12."""
_COMMIT = 7
_UNASKED = frozenset(("git-missing", "git-refused", "git-unreadable"))


def short(identifier: str) -> Span:
    """The beginning of a run's id."""
    return Span(identifier[:SHORT], "id")


def ending(run: Run) -> Spans:
    """``succeeded in 2.1 s``, ``failed with exit status 3 in 2.1 s``, ``reused what run 3f9a2c1b came to``."""
    said = Span(run.state, run.state)
    if run.state == "reused" and run.parent is not None:
        return spans(said, " what run ", short(run.parent["run"]), " came to")
    how = ""
    if run.signal is not None:
        how = f" by {_signal_name(run.signal)}"
    elif run.exit_code:
        how = f" with exit status {run.exit_code}"
    preposition = "in" if run.state == "succeeded" else "after"
    took = "" if run.duration is None else f" {preposition} {duration(run.duration)}"
    return spans(said, how + took)


def standing(git: Mapping[str, Json] | None, warnings: Iterable[Warn] = ()) -> str:
    """``main@a1b2c3d (dirty, 2 modified, 1 untracked)``; counts only where they are known."""
    if git is None:
        return without_git(warnings)
    return place(git.get("commit"), git.get("branch")) + dirt(
        bool(git.get("dirty")), len(git.get("modified") or ()), len(git.get("untracked") or ())
    )


def without_git(warnings: Iterable[Warn]) -> str:
    """What stands in the place of a commit: whether there is none, or nobody could tell."""
    return "git could not be asked" if any(each.code in _UNASKED for each in warnings) else "no git"


def place(commit: str | None, branch: str | None) -> str:
    """``main@a1b2c3d``, ``a1b2c3d`` with a detached HEAD, ``main, no commit yet``."""
    if commit is None:
        return f"{branch}, no commit yet" if branch else "no commit yet"
    return f"{branch}@{commit[:_COMMIT]}" if branch else commit[:_COMMIT]


def dirt(dirty: bool, modified: int, untracked: int) -> str:
    """`` (dirty, 2 modified, 1 untracked)``, or nothing."""
    counts = [f"{many:,} {word}" for word, many in (("modified", modified), ("untracked", untracked)) if many]
    said = ", ".join([*(["dirty"] if dirty else []), *counts])
    return f" ({said})" if said else ""


def left_out(what: LeftOut) -> str:
    """``data/: 1,204 files, 3.1 GiB (git ignores it)``."""
    more = "more than " if what.partial else ""
    return f"{what.path}: {more}{counted(what.files, 'file')}, {size(what.bytes)} ({what.reason})"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def note(found: Mapping[str, Json]) -> list[Block]:
    """Who wrote it and when, and under that what."""
    head = cut(Span(f"{local_time(found['at'])} {found['author']}", "dim"), indent=2)
    return [head, paragraph(found["text"], indent=4)]


def warnings(found: Iterable[Warn]) -> list[Block]:
    """A line for each warning and an empty one after them."""
    lines: list[Block] = [line(Span("warning: ", "warning"), f"{warn.message} [{warn.code}]") for warn in found]
    return [*lines, Line()] if lines else []


def environment_rows(environment: Mapping[str, Json]) -> Iterable[tuple[str, Spans]]:
    """The interpreter, how many packages it has, and those that no index can give again."""
    if environment.get("python"):
        said = (environment.get(key) for key in ("implementation", "python", "platform"))
        yield "python", spans(" ".join(part for part in said if part))
    else:
        yield "packages", spans("not known: no Python has reported itself")
        return
    if environment.get("packages") is not None:
        yield "packages", spans(f"{len(environment['packages']):,}")
    for at, package in enumerate(environment.get("unlocked") or ()):
        yield "" if at else "not from an index", spans(_unlocked(package))
    if environment.get("container"):
        yield "container", spans(str(environment["container"]))


def _unlocked(package: Json) -> str:
    if not isinstance(package, Mapping):
        return str(package)
    source = ", ".join(str(package[key]) for key in ("source", "url") if package.get(key))
    return f"{package.get('name')} {package.get('version') or ''} ({source})"


def hardware_text(hardware: Mapping[str, Json]) -> str:
    """``AMD EPYC, 2 cores, 7.6 GiB, 1 GPU``: what is known of it."""
    parts = [str(hardware["cpu"])] if hardware.get("cpu") else []
    if hardware.get("cores"):
        parts.append(counted(hardware["cores"], "core"))
    if hardware.get("memory"):
        parts.append(size(hardware["memory"]))
    parts += (_gpu(gpu) for gpu in hardware.get("gpus") or ())
    return ", ".join([*parts, *([f"driver {hardware['gpu_driver']}"] if hardware.get("gpu_driver") else [])])


def _gpu(gpu: Json) -> str:
    return str(gpu.get("name", "GPU")) if isinstance(gpu, Mapping) else str(gpu)
