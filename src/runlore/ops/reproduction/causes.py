"""What is on record that could be why two runs of one recipe came to different results, the likeliest first."""

from collections.abc import Iterator, Mapping, Sequence

from runlore.execute.environment.finding import Finding
from runlore.ops.parts import Parts
from runlore.records.canonical import Json

_THREADS = ("_NUM_THREADS", "_MAX_THREADS", "_CPU_COUNT")
_OURS = frozenset(("PATH", "VIRTUAL_ENV", "TMPDIR"))
"""Variables that a repetition sets itself, or that say where it runs."""
_MOST_NAMED = 5
_WARNED = {
    "unseeded": "a random generator was used without a seed",
    "file-changed-during-run": "a file changed while one of them ran",
    "network-used": "they used the network",
    "processes-left-running": "processes of a run went on after its end",
}


def causes(a: Parts, b: Parts, findings: Sequence[Finding], *, one_key: bool) -> tuple[str, ...]:
    """Sentences, none if nothing on record differs; ``findings`` are what of the environment is another.

    ``one_key`` says that values of which only fingerprints are on record can be told apart.
    """
    return tuple(
        dict.fromkeys(
            (*_changes(a, b, findings), *_warned(a, b), *_machine(a, b), *_order(a), *_others(a, b, one_key=one_key))
        )
    )


def _changes(a: Parts, b: Parts, findings: Sequence[Finding]) -> Iterator[str]:
    """What was not the same before it ran."""
    if a.recipe.code != b.recipe.code:
        yield "the code is another"
    left, right = a.recipe.params, b.recipe.params
    for name in sorted(left.keys() | right.keys()):
        if left.get(name) != right.get(name):
            yield f"{name} is {right.get(name)} and was {left.get(name)}"
    yield from _packages(a, b, findings)
    then = {each["path"]: each["oid"] for each in a.recipe.inputs}
    for each in b.recipe.inputs:
        if then.get(each["path"], each["oid"]) != each["oid"]:
            yield f'"{each["path"]}" held something else'
    for name in sorted(a.recipe.variables.keys() | b.recipe.variables.keys()):
        if a.recipe.variables.get(name) != b.recipe.variables.get(name):
            yield f"{name} is {b.recipe.variables.get(name)} and was {a.recipe.variables.get(name)}"


def _packages(a: Parts, b: Parts, findings: Sequence[Finding]) -> Iterator[str]:
    """What of the environment is another: what was imported comes first."""
    if a.recipe.environment in {None, b.recipe.environment}:
        return
    imported = set((a.seal.imported if a.seal else None) or ())
    for each in sorted(findings, key=lambda each: each.part not in imported):
        yield each.detail if each.part in {"environment", "python"} else f"{each.part}: {each.detail}"
    if not findings:
        yield "the environment is another"


def _warned(a: Parts, b: Parts) -> Iterator[str]:
    warnings = {warn.code for parts in (a, b) for warn in parts.warnings}
    yield from (why for code, why in _WARNED.items() if code in warnings)


def _machine(a: Parts, b: Parts) -> Iterator[str]:
    then, now = a.intent.hardware, b.intent.hardware
    yield from _other(then, now, "cpu", "another processor")
    if not any(name.endswith(_THREADS) for name in b.recipe.variables):
        yield from _other(then, now, "cores_available", "another number of processors, and so of threads")
    yield from _other(then, now, "gpus", "other GPUs")
    yield from _other(then, now, "gpu_driver", "another GPU driver")
    used = [parts.seal.usage.get("gpu_seconds") for parts in (a, b) if parts.seal]
    if any(used) and then.get("gpus") == now.get("gpus"):
        yield "a GPU was used, on which sums need not repeat: mlrun exec --deterministic"
    for name in ("release", "machine"):
        yield from _other(then, now, name, "another kernel" if name == "release" else "another kind of machine")


def _other(then: Mapping[str, Json], now: Mapping[str, Json], name: str, what: str) -> Iterator[str]:
    if name in then and then[name] != now.get(name):
        yield f"{what}: {_said(now.get(name))}, and {_said(then.get(name))} then"


def _said(value: Json) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _order(a: Parts) -> Iterator[str]:
    if a.seal and a.seal.folders:
        yield f'"{a.seal.folders[0]}" was listed, and a file system gives its names in no certain order'


def _others(a: Parts, b: Parts, *, one_key: bool) -> Iterator[str]:
    """Variables of which only the names are on record."""
    then, now = ({} if parts.intent.others is None else dict(parts.intent.others) for parts in (a, b))
    if not then:
        return
    for names, what in (
        (then.keys() - now.keys(), "set then and not now"),
        (now.keys() - then.keys(), "set now and not then"),
        ({name for name in then.keys() & now.keys() if one_key and then[name] != now[name]}, "of another value"),
    ):
        if found := sorted(names - _OURS):
            more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
            yield f"variables {what}: {', '.join(found[:_MOST_NAMED])}{more}"
