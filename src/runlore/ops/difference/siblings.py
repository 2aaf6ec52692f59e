"""The siblings of a run: those of the same recipe, or of the same but for the seed."""

import math
import statistics
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CacheDamagedError, CorruptError
from runlore.insight.spread import compare_draws, compare_groups
from runlore.ops.difference.results import Noise, Pair
from runlore.ops.difference.sides import is_known
from runlore.ops.difference.tables import values_of
from runlore.ops.difference.watched import cannot_matter, paths_read
from runlore.ops.parts import Parts, read_parts
from runlore.records.canonical import Json
from runlore.records.hashing import RunId
from runlore.records.run import Recipe
from runlore.records.seedless import is_seed, seed_of, seedless
from runlore.store.refs import Refs
from runlore.store.store import Store
from runlore.store.treediff import changes

REPEATS, SEEDS = "repeats", "seeds"
_MOST, _LOOKS = 200, 1_000
"""Siblings that are used, more would not make the spread better known; and runs that may be some and are read."""


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
    kinship = _Kinship(store)
    removed = Refs(store.layout, store.index).removed()
    one = kinship.joins(a, b)
    groups = [_group(store, kinship, parts, {a.run, b.run, *removed}) for parts in ((a,) if one else (a, b))]
    if one:
        groups = [groups[0], [_self(b), *groups[0][1:]]]
    if max(map(len, groups)) == 1:
        return None
    several = any(len({each.seed for each in group}) > 1 for group in groups)
    return Siblings(tuple(groups[0]), tuple(groups[1]), SEEDS if several else REPEATS, one=one)


def _group(store: Store, kinship: "_Kinship", own: Parts, others: Collection[str]) -> list[Sibling]:
    """The run itself and its siblings but for ``others``, those of the same code and the newest first."""
    group = [_self(own)]
    for run in store.index.akin(seedless(own.recipe), own.recipe.code, limit=_LOOKS):
        if len(group) == _MOST:
            break
        if run in others:
            continue
        try:
            each = read_parts(store, RunId(run))
        except CacheDamagedError:
            raise
        except CorruptError:
            continue  # fsck says so; it is one number less
        if each.seal is not None and each.seal.state == "succeeded" and kinship.joins(own, each):
            group.append(_self(each))
    return group


class _Kinship:
    """Whether runs are siblings; what two trees differ in, and what a config file says, is looked up once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._touched: dict[tuple[str, str], frozenset[str] | None] = {}
        self._said: dict[tuple[str, str], tuple[tuple[str, str], ...] | None] = {}

    def joins(self, a: Parts, b: Parts) -> bool:
        """Whether two recipes are one but for a seed, and for files of the code that neither run can have read."""
        if seedless(a.recipe) != seedless(b.recipe):
            return False
        return self._configured_alike(a.recipe, b.recipe) and self._coded(a, b)

    def _configured_alike(self, a: Recipe, b: Recipe) -> bool:
        """Whether each config file, of the same path in both, says the same but for a seed."""
        left, right = ({each["path"]: each["oid"] for each in recipe.config} for recipe in (a, b))
        return all(left[path] == right[path] or self._agree(path, left[path], right[path]) for path in left)

    def _agree(self, path: str, a: str, b: str) -> bool:
        left, right = self._values(path, a), self._values(path, b)
        return left is not None and left == right

    def _values(self, path: str, oid: str) -> tuple[tuple[str, str], ...] | None:
        """What a config file says beside a seed; ``None`` where not all of it is known."""
        if (path, oid) not in self._said:
            try:
                found = values_of(self._store, path, oid)
            except CacheDamagedError:
                raise
            except CorruptError:
                found = None
            told = None if found is None else sorted((key, repr(value)) for key, value in found.items())
            self._said[path, oid] = None if told is None else tuple(each for each in told if not is_seed(each[0]))
        return self._said[path, oid]

    def _coded(self, a: Parts, b: Parts) -> bool:
        """Whether the trees differ only in config files, which are compared by value, and in what neither run read."""
        old, new = a.recipe.code, b.recipe.code
        if old == new:
            return True
        touched = None if old is None or new is None else self._changed(old, new)
        if touched is None:
            return False
        config = {each["path"] for each in a.recipe.config}
        read = paths_read(a), paths_read(b)
        return all(cannot_matter(path, side) for path in touched - config for side in read)

    def _changed(self, old: str, new: str) -> frozenset[str] | None:
        if (old, new) not in self._touched:
            try:
                found = changes(self._store.objects, bytes.fromhex(old), bytes.fromhex(new))
            except CacheDamagedError:
                raise
            except CorruptError:
                self._touched[old, new] = None
            else:
                self._touched[old, new] = frozenset((*found.added, *found.removed, *found.modified))
        return self._touched[old, new]


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
    return Sibling(parts.run, seed_of(parts.recipe), parts.seal.metrics)
