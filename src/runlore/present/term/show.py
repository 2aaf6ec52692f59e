"""`show`: everything recorded about a run, what deserves attention first."""

from collections.abc import Iterable, Mapping

from runlore.ops.results import Run
from runlore.present.columns import command_text
from runlore.present.term.blocks import (
    Block,
    Column,
    Frame,
    Span,
    Spans,
    Table,
    View,
    line,
    pairs,
    section,
    spans,
)
from runlore.present.term.phrases import ending, environment_rows, hardware_text, note, short, standing, warnings
from runlore.present.term.quantities import count, local_time, scalar, size
from runlore.present.term.tree import tree
from runlore.records.canonical import Json

_PATHS = 20
"""Paths shown of git's lists; ``--json`` has all."""


def view(run: Run, _frame: Frame) -> View:
    """The page about one run."""
    blocks: list[Block] = [
        line(Span(f"run {run.id}", "id")),
        *warnings(run.warnings),
        pairs(_summary(run), indent=0),
        *section("Notes", [block for each in run.notes for block in note(each)]),
        *section("Code", _code(run.code)),
        *section("Parameters", _table(run.params)),
        *section("Metrics", _metrics(run.metrics)),
        *section("Config files", _config(run.config or ())),
        *section("Inputs", tree(run.inputs) if run.inputs else []),
        *section("Outputs", tree(run.outputs) if run.outputs else []),
        *section("Known by hash only", tree(run.omitted) if run.omitted else []),
        *section("Environment", _environment(run.environment)),
        *section("Resources", [pairs(rows)] if (rows := list(_usage(run.usage))) else []),
        *section("Observation", _observer(run)),
    ]
    return View(tuple(blocks))


def _summary(run: Run) -> Iterable[tuple[str, Spans]]:
    if run.name:
        yield "name", spans(Span(run.name, "name"))
    yield "state", ending(run)
    yield "command", spans(command_text(run), *_where(run.command))
    yield "started", spans(f"{local_time(run.started_at, seconds=True)} by {run.author} on {run.host}")
    if run.experiment:
        yield "experiment", spans(run.experiment)
    if run.tags:
        yield "tags", spans(Span(", ".join(run.tags), "tag"))
    if run.message:
        for at, part in enumerate(run.message.split("\n")):
            yield "" if at else "message", spans(part)
    if run.parent:
        yield "parent", spans(f"{run.parent['kind']} ", short(run.parent["run"]))
    yield "fingerprint", spans(Span(run.fingerprint[:16], "dim"))


def _where(command: Mapping[str, Json]) -> Iterable[Span]:
    if command.get("cwd") not in (None, "", "."):
        yield Span(f"  in {command['cwd']}", "dim")


def _code(code: Mapping[str, Json]) -> list[Block]:
    git = code.get("git")
    rows = [("git", spans(standing(git)))]
    rows.append(("files", spans(f"{count(code['files'], 'file')}, {size(code['bytes'])}")))
    if code.get("tree"):
        rows.append(("tree", spans(Span(code["tree"][:16], "dim"))))
    for kind in ("modified", "untracked"):
        rows += _paths(kind, (git or {}).get(kind) or ())
    return [pairs(rows)]


def _paths(kind: str, paths: Iterable[str]) -> Iterable[tuple[str, Spans]]:
    paths = tuple(paths)
    for at, path in enumerate(paths[:_PATHS]):
        yield "" if at else kind, spans(path)
    if len(paths) > _PATHS:
        yield "", spans(Span(f"and {len(paths) - _PATHS:,} more", "dim"))


def _table(values: Mapping[str, Json]) -> list[Block]:
    return [pairs((key, spans(scalar(values[key]))) for key in sorted(values))] if values else []


def _metrics(metrics: Mapping[str, Mapping[str, Json]]) -> list[Block]:
    if not metrics:
        return []
    columns = (Column(""), *(Column(title, right=True) for title in ("last", "min", "max", "count", "step")))
    rows = tuple(
        (
            spans(Span(name, "label")),
            spans(Span(_statistic(found, "last"), "metric")),
            *(spans(_statistic(found, key)) for key in ("min", "max", "count", "step")),
        )
        for name, found in sorted(metrics.items())
    )
    return [Table(columns, rows, indent=2)]


def _statistic(found: Mapping[str, Json], key: str) -> str:
    return "" if found.get(key) is None else scalar(found[key])


def _config(config: Iterable[Mapping[str, str]]) -> list[Block]:
    rows = [(each["path"], spans(short(each["oid"]))) for each in config]
    return [pairs(rows)] if rows else []


def _environment(environment: Mapping[str, Json]) -> list[Block]:
    rows = list(environment_rows(environment))
    if imported := environment.get("imported"):
        packages = environment.get("packages") or {}
        rows.append(("imported", spans(", ".join(f"{name} {packages.get(name, '')}".rstrip() for name in imported))))
    if environment.get("hardware"):
        rows.append(("hardware", spans(hardware_text(environment["hardware"]))))
    rows += [(name, spans(str(text))) for name, text in sorted((environment.get("variables") or {}).items())]
    return [pairs(rows)] if rows else []


def _usage(usage: Mapping[str, Json]) -> Iterable[tuple[str, Spans]]:
    for key, label, unit in (
        ("cpu_seconds", "processor time", lambda amount: f"{amount:.1f} s"),
        ("gpu_seconds", "GPU time", lambda amount: f"{amount:.1f} s"),
        ("peak_memory", "peak memory", size),
        ("read_bytes", "read", size),
        ("written_bytes", "written", size),
    ):
        if usage.get(key) is not None:
            yield label, spans(unit(usage[key]))


def _observer(run: Run) -> list[Block]:
    observer = run.observer
    rows = [("observer", spans(observer.get("name") or "none"))]
    for at, what in enumerate(observer.get("blind") or ()):
        rows.append(("" if at else "blind to", spans(what)))
    for at, host in enumerate(run.network[:_PATHS]):
        rows.append(("" if at else "network", spans(host)))
    for at, folder in enumerate((run.folders or ())[:_PATHS]):
        rows.append(("" if at else "listed", spans(folder)))
    return [pairs(rows)]
