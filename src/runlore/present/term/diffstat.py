"""How much of each part differs, in a few words."""

from collections.abc import Callable, Iterator, Mapping, Sized

from runlore.ops.difference.results import Code, Config, Diff, Environment, Inputs, Metric, Outputs
from runlore.ops.difference.results import Table as Values
from runlore.present.term.measured import changes
from runlore.records.phrases import counted


def counts(part: str, found: Diff) -> str:
    """``2 changed, 1 added``; nothing where nothing differs, or where there is nothing to count."""
    value = getattr(found, part)
    return ", ".join(_COUNTERS[part](value)) if value is not None and part in _COUNTERS else ""


def _kinds(**kinds: Sized) -> Iterator[str]:
    return (f"{len(found):,} {kind}" for kind, found in kinds.items() if found)


def _values(found: Values) -> Iterator[str]:
    return _kinds(changed=found.changed, added=found.added, removed=found.removed)


def _code(found: Code) -> Iterator[str]:
    if found.files:
        yield counted(len(found.files), "file")
        yield f"+{found.lines_added:,} -{found.lines_removed:,}"


def _config(found: Config) -> Iterator[str]:
    yield from _kinds(changed=found.changed, added=found.added, removed=found.removed, moved=found.moved)


def _environment(found: Environment) -> Iterator[str]:
    packages = found.packages
    if packages is not None:
        touched = {*packages.added, *packages.removed, *packages.changed, *packages.rebuilt}
        if touched:
            yield counted(len(touched), "package")
    for name, table in (("interpreter", found.interpreter), ("hardware", found.hardware)):
        if table.differs:
            yield name
    variables = found.variables
    if variables.differs:
        yield counted(len({*variables.added, *variables.removed, *variables.changed}), "variable")


def _inputs(found: Inputs) -> Iterator[str]:
    return _kinds(changed=found.changed, added=found.added, removed=found.removed, renamed=found.renamed)


def _metrics(found: Mapping[str, Metric]) -> Iterator[str]:
    other = [name for name, each in found.items() if not each.timing and (each.a != each.b or not each.same_points)]
    return _kinds(changed=other)


def _outputs(found: Outputs) -> Iterator[str]:
    return _kinds(changed=found.changed, added=found.added, removed=found.removed)


_COUNTERS: Mapping[str, Callable[..., Iterator[str]]] = {
    "params": _values,
    "code": _code,
    "config": _config,
    "environment": _environment,
    "inputs": _inputs,
    "metrics": _metrics,
    "outputs": _outputs,
    "resources": changes,
}
