"""Whether two runs came to the same: each part, one verdict, and where they first part."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import BinaryIO, NamedTuple

from runlore.capture.metrics.reader import MalformedSeriesError
from runlore.errors import CorruptError
from runlore.insight.divergence import LinePoint, MetricPoint, first_metric, parted_metrics
from runlore.ops.parts import Parts
from runlore.ops.reproduction.measures import ALL, Measured, compare_metrics, deviation, noise_of
from runlore.ops.reproduction.neighbours import is_source
from runlore.ops.reproduction.outputs import (
    DIFFERENT,
    EQUAL,
    IDENTICAL,
    MISSING,
    NEW,
    UNKNOWN,
    WITHIN,
    Compared,
    compare_outputs,
)
from runlore.ops.reproduction.printed import compare_printed
from runlore.ops.reproduction.results import Part
from runlore.records.hashing import RunId
from runlore.records.paths import is_below
from runlore.records.phrases import counted, named
from runlore.records.run import Recipe, Seal
from runlore.store.store import Store

EQUAL_METRICS, FAILED, NOT_REPRODUCIBLE = "equal-metrics", "failed", "not-reproducible"


class Judged(NamedTuple):
    """The verdict, a line for each part, and where the two first part: a metric's point, an output, a line."""

    verdict: str
    parts: tuple[Part, ...]
    metric: MetricPoint | None
    output: str | None
    line: LinePoint | None


def judge(store: Store, a: Parts, b: Parts, tolerance: Mapping[str, float | None], folder: str = "") -> Judged:
    """Compare what came of two runs, the second of which has ended, and ran in ``folder``.

    ``tolerance`` is relative, by metric or for `ALL`; ``None`` stands for the noise of runs of the same fingerprint.

    Raises:
        CorruptError: a record is damaged.
    """
    ended, again = a.seal, b.seal
    assert again is not None  # noqa: S101 - it has ended
    parts = [_end(ended, again), *_recipe(a.recipe, b.recipe, ended, again)]
    if ended is None:
        parts.append(Part("outputs", UNKNOWN, "the end of the first run is not on record"))
        verdict = FAILED if again.state != "succeeded" else DIFFERENT
        return Judged(verdict, tuple(parts), None, None, None)
    allowed, said = _allowed(store, tolerance, ended, {a.run, b.run})
    parts += said
    ran = (a.intent.top or "", folder)
    outputs = compare_outputs(store, ended.outputs, again.outputs, tolerance=allowed.get(ALL, 0.0), folders=ran)
    metrics = _by_points(store, ended, again, compare_metrics(ended.metrics, again.metrics, allowed), allowed)
    line, log = compare_printed(store, ended, again, ran)
    parts += [*_of_outputs(outputs), *_of_metrics(metrics), log]
    verdict = _verdict(again, _same_end(ended, again), outputs, metrics, log)
    strange = {each.path for each in outputs if each.counts and each.sameness in {DIFFERENT, MISSING, UNKNOWN}}
    return Judged(
        verdict,
        tuple(parts),
        _first_metric(store, ended, again, allowed) if any(each.sameness != IDENTICAL for each in metrics) else None,
        next(
            (path for path in _in_order(ended) if any(is_below(each, path) for each in strange)),
            min(strange, default=None),
        ),
        line,
    )


def _verdict(again: Seal, same_end: bool, outputs: Sequence[Compared], metrics: Sequence[Measured], log: Part) -> str:
    if again.state == "killed" or (again.state != "succeeded" and not same_end):
        return FAILED
    made = {each.sameness for each in outputs if each.counts}
    measured = {each.sameness for each in metrics if each.counts}
    if not same_end or MISSING in made or measured & {MISSING, NEW, DIFFERENT}:
        return DIFFERENT
    if not made and not measured:
        return IDENTICAL if log.status in {IDENTICAL, EQUAL} else DIFFERENT
    if made | measured <= {IDENTICAL}:
        return IDENTICAL
    decisive = measured or made  # a model file may hold the time of day; where there are metrics they decide
    if decisive <= {IDENTICAL, EQUAL}:
        return EQUAL_METRICS
    return WITHIN if decisive <= {IDENTICAL, EQUAL, WITHIN} else DIFFERENT


def _same_end(ended: Seal, again: Seal) -> bool:
    then = "succeeded" if ended.state == "reused" else ended.state
    return (then, ended.exit_code, ended.signal) == (again.state, again.exit_code, again.signal)


def _end(ended: Seal | None, again: Seal) -> Part:
    if ended is None:
        return Part("end", UNKNOWN, f"{again.state}; how the first one ended is not on record")
    same = _same_end(ended, again)
    what = _how(again) if same else f"{_how(ended)} then, {_how(again)} now"
    return Part("end", IDENTICAL if same else DIFFERENT, what)


def _how(seal: Seal) -> str:
    if seal.signal is not None:
        return f"{seal.state} by signal {seal.signal}"
    return seal.state if not seal.exit_code else f"{seal.state} with status {seal.exit_code}"


def _recipe(a: Recipe, b: Recipe, ended: Seal | None, again: Seal) -> Iterator[Part]:
    """What the two were made of, as it was seen in the end."""
    yield _part("code", a.code == b.code, "another tree of files")
    yield _part("parameters", a.params == b.params, _differences(a.params, b.params))
    yield _part(
        "config", _by_path(a.config) == _by_path(b.config), _differences(_by_path(a.config), _by_path(b.config))
    )
    if a.environment is None or b.environment is None:
        yield Part("environment", UNKNOWN, "no interpreter reported itself")
    else:
        yield _part("environment", a.environment == b.environment, "other packages or another interpreter")
    left, right = _by_path(a.inputs), _by_path(b.inputs)
    if ended is None or "none" in {ended.observer, again.observer}:
        yield Part("inputs", UNKNOWN, "one of the two was not watched")
    else:
        # Sources of editable packages are part of the environment, and are compared with it.
        left, right = (
            {path: oid for path, oid in side.items() if not is_source(ended, path)} for side in (left, right)
        )
        yield _part("inputs", left == right, _differences(left, right), counted(len(left), "file"))
    yield _part("variables", a.variables == b.variables, _differences(a.variables, b.variables))


def _part(name: str, same: bool, otherwise: str, detail: str = "") -> Part:
    return Part(name, IDENTICAL if same else DIFFERENT, detail if same else otherwise)


def _by_path(refs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {each["path"]: each["oid"] for each in refs}


def _differences(a: Mapping[str, object], b: Mapping[str, object]) -> str:
    """What differs between two tables, in a few words."""
    kinds: list[tuple[str, list[str]]] = [
        ("changed", [name for name in a if name in b and a[name] != b[name]]),
        ("only then", [name for name in a if name not in b]),
        ("only now", [name for name in b if name not in a]),
    ]
    return "; ".join(f"{what}: {named(sorted(names))}" for what, names in kinds if names)


def _allowed(
    store: Store, tolerance: Mapping[str, float | None], ended: Seal, runs: set[RunId]
) -> tuple[dict[str, float], list[Part]]:
    """What each metric may be apart by, and what is to be said about that."""
    allowed = {name: value for name, value in tolerance.items() if value is not None}
    wanted = [name for name, value in tolerance.items() if value is None]
    if not wanted:
        return allowed, []
    names = set(ended.metrics) if ALL in wanted else set(wanted)
    noise = noise_of(store, ended.recipe, runs - {ended.run}, names)
    if noise is None:
        return allowed, [Part("noise", UNKNOWN, "fewer than three runs have this fingerprint: nothing is tolerated")]
    said = ", ".join(f"{name} {value:.2g}" for name, value in sorted(noise.items()))
    return {**noise, **allowed}, [Part("noise", "ready", f"runs of the same fingerprint differ by {said}")]


def _of_outputs(outputs: Sequence[Compared]) -> Iterator[Part]:
    same = sum(each.sameness == IDENTICAL for each in outputs)
    if same == len(outputs):
        yield Part("outputs", IDENTICAL, counted(same, "file") if outputs else "neither made any")
        return
    for each in outputs:
        if each.sameness != IDENTICAL:
            yield Part("outputs", each.sameness, f"{each.path}: {each.detail}" if each.detail else each.path)
    if same:
        yield Part("outputs", IDENTICAL, f"{same:,} others" if same > 1 else "the other one")


def _of_metrics(metrics: Sequence[Measured]) -> Iterator[Part]:
    decisive = [each for each in metrics if each.counts]
    timed = [each.name for each in metrics if not each.counts and each.sameness != IDENTICAL]
    same = [each.name for each in decisive if each.sameness == IDENTICAL]
    for each in decisive:
        if each.sameness != IDENTICAL:
            far = "" if each.deviation is None else f", {_far(each)}"
            if each.deviation is None and each.a is not None and each.a == each.b:
                far = "; not all of its points are the same"
            yield Part("metrics", each.sameness, f"{each.name}: {each.a} then, {each.b} now{far}")
    if same or not metrics:
        yield Part("metrics", IDENTICAL, named(same) if same else "neither logged any")
    if timed:
        yield Part("metrics", EQUAL, f"of time, and not compared: {named(timed)}")


def _far(metric: Measured) -> str:
    """How far apart: at the end, and before that if it was farther there."""
    at_end, ever = deviation(metric.a, metric.b), metric.deviation or 0.0
    return f"{at_end:.2g} apart" if at_end >= ever else f"{at_end:.2g} apart, and {ever:.2g} before"


def _first_metric(store: Store, ended: Seal, again: Seal, allowed: Mapping[str, float]) -> MetricPoint | None:
    return first_metric(_opened(store, ended.series), _opened(store, again.series), tolerances=allowed)


def _by_points(
    store: Store, ended: Seal, again: Seal, metrics: Sequence[Measured], allowed: Mapping[str, float]
) -> tuple[Measured, ...]:
    """The metrics; one whose points are others is not identical because its last, least and greatest values are."""
    if ended.series is None or again.series is None or ended.series == again.series:
        return tuple(metrics)

    def parted(tolerances: Mapping[str, float]) -> frozenset[str]:
        left, right = (BytesIO(store.objects.blob(bytes.fromhex(oid))) for oid in (ended.series, again.series) if oid)
        try:
            return parted_metrics(left, right, tolerances=tolerances, default=tolerances.get(ALL, 0.0))
        except MalformedSeriesError as error:
            raise CorruptError(f"the metrics of run {ended.run[:12]} cannot be read", hint="mlrun fsck") from error

    others, beyond = parted({}), parted(allowed)
    return tuple(
        each._replace(sameness=DIFFERENT if each.name in beyond else WITHIN, deviation=None)
        if each.sameness == IDENTICAL and each.name in others
        else each
        for each in metrics
    )


def _opened(store: Store, oid: str | None) -> BinaryIO | None:
    return None if oid is None else BytesIO(store.objects.blob(bytes.fromhex(oid)))


def _in_order(seal: Seal) -> tuple[str, ...]:
    rest = sorted(ref.path for ref in seal.outputs if ref.path not in set(seal.order))
    return (*seal.order, *rest)
