"""The siblings of a run: those of the same recipe, or of the same but for the seed."""

import json
import math
import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.insight.spread import compare_draws, compare_groups
from runlore.ops.difference.results import Noise, Pair
from runlore.ops.difference.sides import is_known
from runlore.ops.difference.watched import cannot_matter, paths_read
from runlore.ops.parts import Parts, read_parts
from runlore.records.canonical import Json
from runlore.records.hashing import RunId
from runlore.records.run import Recipe
from runlore.store.store import Store
from runlore.store.treediff import changes

REPEATS, SEEDS = "repeats", "seeds"
_SEED = re.compile(r"(?:.*[._\W])?(?:seed|random_state|rng)(?:[._]?\d+)?|seed_.*", re.IGNORECASE)
_LOOKS, _MOST = 10_000, 200
"""Runs that are looked at, and siblings that are used: more would not make the spread better known."""


class Sibling(NamedTuple):
    """A run of a group; ``seed`` stands for all its seeds."""

    run: str
    seed: str
    metrics: Mapping[str, Mapping[str, Json]]


class Siblings(NamedTuple):
    """The groups of the two runs, each with the run itself first. ``kind`` is `SEEDS` where any two had other seeds."""

    a: tuple[Sibling, ...]
    b: tuple[Sibling, ...]
    kind: str
    one: bool
    """Whether the two runs are siblings of each other, so that there is one group."""


def siblings(store: Store, a: Parts, b: Parts) -> Siblings | None:
    """Both groups; ``None`` where no other run is of either, or one of the two has not ended well."""
    if any(parts.seal is None or parts.seal.state != "succeeded" or not is_known(parts.recipe) for parts in (a, b)):
        return None
    groups = [_self(a)], [_self(b)]
    for each in _candidates(store, a, b):
        for group, parts in zip(groups, (a, b), strict=True):
            if len(group) < _MOST and _is_sibling(store, parts, each):
                group.append(_self(each))
    if max(map(len, groups)) == 1:
        return None
    several = any(len({each.seed for each in group}) > 1 for group in groups)
    return Siblings(tuple(groups[0]), tuple(groups[1]), SEEDS if several else REPEATS, one=_is_sibling(store, a, b))


def _is_sibling(store: Store, a: Parts, b: Parts) -> bool:
    """Whether two recipes are one but for a seed, and for files of the code that neither run can have read."""
    if _key(a.recipe) != _key(b.recipe):
        return False
    old, new = a.recipe.code, b.recipe.code
    if old == new:
        return True
    if old is None or new is None:
        return False
    read = paths_read(a), paths_read(b)
    try:
        found = changes(store.objects, bytes.fromhex(old), bytes.fromhex(new))
    except CorruptError:
        return False
    touched = (*found.added, *found.removed, *found.modified)
    return all(cannot_matter(path, side) for path in touched for side in read)


def noise(found: Siblings, name: str) -> Noise | None:
    """Whether the two runs' last values of a metric are farther apart than siblings are; ``None`` with too few."""
    a, b = (_values(group, name, found.kind) for group in (found.a, found.b))
    if not a or not b:
        return None
    if found.one:
        x, y = (_last(group[0], name) for group in (found.a, found.b))
        others = _values([each for each in found.a[1:] if each.run != found.b[0].run], name, found.kind)
        tested = None if x is None or y is None else compare_draws(x, y, others)
        count, test = Pair(len(others), len(others)), "two draws beside the other siblings, Student's t"
    else:
        tested = compare_groups(a, b)
        count, test = Pair(len(a), len(b)), "means of two groups of one spread, Student's t"
    if tested is None:
        return None
    means = Pair(statistics.fmean(a), statistics.fmean(b))
    return Noise(found.kind, count, means, test, tested.spread, tested.p, tested.stands_out)


def _values(group: Sequence[Sibling], name: str, kind: str) -> list[float]:
    """Last values, those of the group's first run first; of several seeds one each: repeating a seed adds nothing."""
    found: dict[str, float] = {}
    for each in group:
        value = _last(each, name)
        if value is not None:
            found.setdefault(each.seed if kind == SEEDS else each.run, value)
    return list(found.values())


def _last(each: Sibling, name: str) -> float | None:
    last = (each.metrics.get(name) or {}).get("last")
    return float(last) if isinstance(last, int | float) and math.isfinite(last) else None


def _self(parts: Parts) -> Sibling:
    assert parts.seal is not None  # noqa: S101 - for the type checker: only runs that ended are looked at
    return Sibling(parts.run, _seed(parts.recipe), parts.seal.metrics)


def _candidates(store: Store, a: Parts, b: Parts) -> Iterator[Parts]:
    """Runs that succeeded and look like one of the two in a listing, newest first."""
    wanted = {_shown(parts.recipe.argv, parts.recipe.params, parts.recipe.environment) for parts in (a, b)}
    marks = [f'"id":{json.dumps(parts.recipe.environment)}' for parts in (a, b)]
    left, looks = 2 * _MOST, _LOOKS
    for row in store.index.rows():
        # A look at the text first: most runs of a large store are of other environments.
        if not row.sealed or row.id in {a.run, b.run} or not any(each in row.summary for each in marks):
            continue
        said = json.loads(row.summary)
        looks -= 1
        if said["state"] == "succeeded" and (
            _shown(said["command"]["argv"], said["params"], said["environment"]["id"]) in wanted
        ):
            try:
                yield read_parts(store, RunId(row.id))
            except CorruptError:
                continue  # fsck says so; it is one number less
            left -= 1
        if not left or not looks:
            return


def _shown(argv: Sequence[str], params: Mapping[str, Json], environment: str | None) -> tuple[object, ...]:
    """What of a recipe a listing has too: records of runs that have another are not read."""
    return tuple(_without_seed(argv)), _settings(params), environment


def _settings(params: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, repr(value)) for key, value in params.items() if not _SEED.fullmatch(key)))


def _key(recipe: Recipe) -> tuple[object, ...]:
    """What siblings have in common beside the code: everything but a seed."""
    return (
        *_shown(recipe.argv, recipe.params, recipe.environment),
        recipe.cwd,
        tuple(sorted((each["path"], each["oid"]) for each in recipe.config)),
        tuple(sorted((each["path"], each["oid"]) for each in recipe.inputs)),
        tuple(sorted((key, value) for key, value in recipe.variables.items() if key != "PYTHONHASHSEED")),
    )


def _seed(recipe: Recipe) -> str:
    """All that the key leaves out."""
    seeds = {key: value for key, value in recipe.params.items() if _SEED.fullmatch(key)}
    rest = [word for word in recipe.argv if word not in set(_without_seed(recipe.argv))]
    return repr((sorted(seeds.items()), rest, recipe.variables.get("PYTHONHASHSEED")))


def _without_seed(argv: Sequence[str]) -> Iterator[str]:
    """The words but for a seed and its value."""
    words = iter(argv)
    for word in words:
        name, equals, _ = word.lstrip("-+").partition("=")
        if not _SEED.fullmatch(name):
            yield word
        elif not equals and word.startswith("-"):
            next(words, None)
