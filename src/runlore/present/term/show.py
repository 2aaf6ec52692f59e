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
from runlore.present.term.quantities import local_time, scalar, size
from runlore.present.term.resources import Curves, resources
from runlore.present.term.secrets import secrets
from runlore.present.term.spark import sparkline
from runlore.present.term.tree import tree
from runlore.records.canonical import Json
from runlore.records.phrases import counted
from runlore.records.run import Warn

_METRICS = 100
"""Metrics shown."""
_PATHS = 20
"""Paths shown of git's lists; ``--json`` has all."""


def view(run: Run, frame: Frame, curves: Curves | None = None) -> View:
    """The page about one run; ``curves`` are the series to be drawn."""
    blocks: list[Block] = [
        line(Span(f"run {run.id}", "id")),
        *warnings(run.warnings),
        pairs(_summary(run), indent=0),
        *section("Notes", [block for each in run.notes for block in note(each)]),
        *section("Code", _code(run.code, run.warnings)),
        *section("Parameters", _table(run.params)),
        *section("Metrics", _metrics(run.metrics, curves or {}, ascii_only=frame.ascii_only)),
        *section("Config files", _config(run.config or ())),
        *section("Inputs", tree(run.inputs, origins=run.origins or ()) if run.inputs else []),
        *section("Outputs", tree(run.outputs) if run.outputs else []),
        *section("Samples", _samples(run.samples)),
        *section("Known by hash only", tree(run.omitted) if run.omitted else []),
        *section("Secrets in files", secrets(run)),
        *section("Environment", _environment(run.environment)),
        *section("Resources", resources(run.usage, curves or {}, ascii_only=frame.ascii_only)),
        *section("Observation", _observer(run)),
    ]
    return View(tuple(blocks))


def _summary(run: Run) -> Iterable[tuple[str, Spans]]:
    if run.name:
        yield "name", spans(Span(run.name, "name"))
    yield "state", ending(run)
    yield "command", spans(command_text(run), *_where(run.command))
    yield "started", spans(f"{local_time(run.started_at, seconds=True)} by {run.author} on {run.host}")
    if run.origin:
        yield "pulled from", spans(f"{run.origin['remote']} ({run.origin['url']})")
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


def _code(code: Mapping[str, Json], found: Iterable[Warn]) -> list[Block]:
    git = code.get("git")
    rows = [("git", spans(standing(git, found)))]
    rows.append(("files", spans(f"{counted(code['files'], 'file')}, {size(code['bytes'])}")))
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


def _metrics(metrics: Mapping[str, Mapping[str, Json]], curves: Curves, *, ascii_only: bool) -> list[Block]:
    if not metrics:
        return []
    titles = ("last", "min", "max", "count", "step")
    columns = (Column(""), *(Column(title, right=True) for title in titles), Column(""))
    rows = tuple(
        (
            spans(Span(name, "label")),
            spans(Span(_statistic(found, "last"), "metric")),
            *(spans(_statistic(found, key)) for key in titles[1:]),
            spans(Span(sparkline(curves.get(name, ()), ascii_only=ascii_only, from_zero=False), "metric")),
        )
        for name, found in sorted(metrics.items())[:_METRICS]
    )
    more = len(metrics) - _METRICS
    rest = [line("  ", Span(f"and {more:,} more; --json has all", "dim"))] if more > 0 else []
    return [Table(columns, rows, indent=2), *rest]


def _samples(samples: Mapping[str, Json] | None) -> list[Block]:
    """What there is; `mlrun samples` shows them."""
    if samples is None:
        return []
    splits = f"in {', '.join(samples['splits'])}" if samples["splits"] else ""
    names = ", ".join(each["name"] for each in samples["columns"][:_PATHS])
    more = len(samples["columns"]) - _PATHS
    rows = [("rows", spans(f"{samples['rows']:,} ", Span(splits, "dim")))]
    rows.append(("columns", spans(names, Span(f" and {more:,} more" if more > 0 else "", "dim"))))
    return [pairs(rows)]


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
    if kept := environment.get("kept"):
        rows.append(("kept", spans(", ".join(f"{each['name']} ({each['why']})" for each in kept))))
    if environment.get("hardware"):
        rows.append(("hardware", spans(hardware_text(environment["hardware"]))))
    rows += [(name, spans(str(text))) for name, text in sorted((environment.get("variables") or {}).items())]
    return [pairs(rows)] if rows else []


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
