"""Tables of values side by side: parameters, variables, and what config files say."""

from collections.abc import Mapping

from runlore.capture.config import MAX_VALUES_BYTES, parse
from runlore.capture.flatten import flatten_whole
from runlore.errors import CacheDamagedError, CorruptError
from runlore.ops.difference.results import Config, Moved, Pair, Table
from runlore.ops.parts import Parts
from runlore.records.canonical import Json, Scalar
from runlore.store.pack import BLOB
from runlore.store.store import Store


def table(a: Mapping[str, Json], b: Mapping[str, Json]) -> Table:
    """How ``b`` differs from ``a``, sorted; ``1``, ``1.0``, ``true`` and ``"1"`` are four values, NaN is itself."""
    return Table(
        {key: b[key] for key in sorted(b.keys() - a.keys())},
        {key: a[key] for key in sorted(a.keys() - b.keys())},
        {key: Pair(a[key], b[key]) for key in sorted(a.keys() & b.keys()) if not same(a[key], b[key])},
    )


def same(a: Json, b: Json) -> bool:
    """Whether two values are one, of one type."""
    return type(a) is type(b) and (a == b or (a != a and b != b))  # noqa: PLR0124 - NaN is not itself


def compare_config(store: Store, a: Parts, b: Parts) -> tuple[Config, bool, tuple[str, ...]]:
    """How the config files differ, whether what they say differs, and the paths of those that are damaged.

    A file whose values are not known says its bytes.
    """
    left, right = ({each["path"]: each["oid"] for each in parts.recipe.config} for parts in (a, b))
    files = table(left, right)
    damaged: dict[str, None] = {}
    (x, in_x, known_x), (y, in_y, known_y) = (_values(store, side, damaged) for side in (left, right))
    values = table(x, y)
    moved = tuple(
        Moved(key, in_x[key], in_y[key])
        for key in sorted(x.keys() & y.keys())
        if in_x[key] != in_y[key] and same(x[key], y[key])
    )
    opaque = {*files.added, *files.removed, *files.changed} - (known_x | known_y)
    opaque |= {path for path in files.changed if path not in known_x & known_y}
    found = Config(tuple(files.added), tuple(files.removed), files.changed, values, moved)
    return found, values.differs or bool(opaque), tuple(damaged)


def _values(
    store: Store, files: Mapping[str, str], damaged: dict[str, None]
) -> tuple[dict[str, Scalar], dict[str, str], set[str]]:
    """What the files say, which of them says it, and which could be read for that; others into ``damaged``."""
    found: dict[str, Scalar] = {}
    where: dict[str, str] = {}
    known = set()
    for path, oid in files.items():
        try:
            values = values_of(store, path, oid)
        except CacheDamagedError:
            raise
        except CorruptError:
            damaged[path] = None
            continue
        if values is not None:
            known.add(path)
            found |= values
            where |= dict.fromkeys(values, path)
    return found, where, known


def values_of(store: Store, path: str, oid: str) -> Mapping[str, Scalar] | None:
    """What a config file says; ``None`` where that is not known, or not all of it.

    Raises:
        CorruptError: the file is damaged.
    """
    digest = bytes.fromhex(oid)
    if not store.objects.has(digest, BLOB):
        return None
    data = store.objects.blob(digest)
    if len(data) > MAX_VALUES_BYTES:
        return None
    try:
        value, whole = parse(path, data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    values, complete = flatten_whole(value)
    return values if whole and complete else None
