"""The samples that count, as one table: each with its key, its split, its error and the codes it is sliced by."""

from collections.abc import Sequence
from typing import NamedTuple

from runlore.insight.samples.duck import Database, UnreadableError, literal
from runlore.insight.samples.families import TEXT, as_text
from runlore.insight.samples.features import PREDICTED_CLASS, TRUE_CLASS, Feature, Wanted, feature, wanted
from runlore.insight.samples.judging import Judgement
from runlore.insight.samples.results import CLASSES, Roles, SetAside
from runlore.insight.samples.sources import Relation

_MOST_FEATURES = 60
_NOTHING = "NULL::TINYINT"
"""A column that is null throughout."""
_SPARSE = 16
"""Whole numbers between the smallest and the largest id for each id, up to which a bit for each is cheap."""


class Judged(NamedTuple):
    """A table ``name``: ``row``, ``key``, ``split``, ``error``, ``target``, ``predicted``, ``wrong``, ``confidence``,
    and ``f0``, ``f1``, ... for the features. ``left_out`` are columns that cannot be sliced by.
    """  # noqa: D205 - one sentence

    name: str
    rows: int
    features: tuple[Feature, ...]
    left_out: tuple[str, ...]
    set_aside: SetAside


def split_filter(table: Relation, roles: Roles, split: str | None) -> str:
    """The SQL that holds for the rows of a split; of all without one.

    Raises:
        UnreadableError: there is no column that says to which split a row belongs.
    """
    if split is None:
        return "true"
    field = table.field(roles.split)
    if field is None:
        raise UnreadableError("no column says to which split a sample belongs")
    return f"{as_text(field)} = {literal(split)}"


def content_key(table: Relation, names: Sequence[str]) -> str:
    """The key of samples without an id: a hash of these columns, and which of those with equal ones it is."""
    parts = [as_text(each) for name in names if (each := table.field(name)) is not None]
    hashed = f"hash({', '.join(parts)})" if parts else "hash(0)"
    return f"{hashed} || '/' || row_number() OVER (PARTITION BY {hashed} ORDER BY row)"


def content_columns(table: Relation, roles: Roles) -> list[str]:
    """The columns that are not what a run has said of a sample."""
    said = {roles.prediction, roles.loss, roles.confidence}
    return [each.name for each in table.fields if each.name not in said]


class Asked(NamedTuple):
    """What to judge: a relation, its roles, how it is judged, the SQL of its key and of what is to be left in."""

    table: Relation
    roles: Roles
    judgement: Judgement
    key: str
    where: str


def judged(database: Database, asked: Asked, name: str, *, sliced: bool = True, paired: bool = False) -> Judged:
    """Make the table, with features if it is to be ``sliced``; raises `UnreadableError`.

    If it is to be ``paired`` with another, of the classes there is but a hash of the true one.
    """
    table, judgement = asked.table, asked.judgement
    rows = database.row(f"SELECT count(*) FROM {table.name} WHERE {asked.where}")[0]
    features, left_out = _features(database, asked, rows) if sliced else ((), ())
    split = table.field(asked.roles.split)
    # Ten million rows are to fit into memory twice: each column is as narrow as it can be.
    columns = {
        "row": "row::UINTEGER",
        "key": asked.key,
        "split": as_text(split) if split else _NOTHING,
        "error": judgement.error,
        "target": f"{judgement.target}::VARCHAR" if judgement.kind == CLASSES else _NOTHING,
        "predicted": f"{judgement.predicted}::VARCHAR" if judgement.kind == CLASSES else _NOTHING,
        "wrong": f"({judgement.wrong})::BOOLEAN",
        "confidence": f"({judgement.confidence})::FLOAT" if judgement.confidence_name else _NOTHING,
        **{f"f{at}": f"({each.code})::UTINYINT" for at, each in enumerate(features)},
    }
    if paired:
        columns |= {"target": f"(hash({columns['target']}) % 4294967296)::UINTEGER", "predicted": _NOTHING}
    chosen = ", ".join(f"{sql} AS {column}" for column, sql in columns.items())
    database.run(f"CREATE TABLE {name} AS SELECT {chosen} FROM {table.name} WHERE {asked.where}")
    repeated = _drop_repeated(database, name, by_split=split is not None) if asked.roles.id is not None else 0
    missing, odd = database.row(
        f"SELECT count(*) FILTER (error IS NULL), count(*) FILTER (NOT isfinite(error)) FROM {name}"
    )
    if missing or odd:
        database.run(f"DELETE FROM {name} WHERE error IS NULL OR NOT isfinite(error)")
    return Judged(name, rows - repeated - missing - odd, features, left_out, SetAside(missing, odd, repeated))


def _features(database: Database, asked: Asked, rows: int) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    table, judgement, roles = asked.table, asked.judgement, set(asked.roles) - {asked.roles.split}
    columns = wanted(database, table, [each for each in table.fields if each.name not in roles], asked.where)
    if judgement.kind == CLASSES:
        columns += [
            Wanted(TRUE_CLASS, judgement.target, TEXT, 0),
            Wanted(PREDICTED_CLASS, judgement.predicted, TEXT, 0),
        ]
    numbers = [each for each in table.fields if each.name in {name for name, _ in judgement.numbers}]
    columns += wanted(database, table, numbers, asked.where)
    found = [(each.name, feature(database, table, each, asked.where, rows)) for each in columns]
    features = [each for _, each in found if each is not None]
    names = {each.column for each in features[:_MOST_FEATURES]}
    known = {*asked.roles, *names}
    return tuple(features[:_MOST_FEATURES]), tuple(each.name for each in table.fields if each.name not in known)


def _drop_repeated(database: Database, name: str, *, by_split: bool) -> int:
    """Of samples with one id in one split only the last counts; how many others there were."""
    there = database.row(f"SELECT count(key) FROM {name}")[0]
    what = "(split, key)" if by_split else "key"
    if by_split or not _are_different_numbers(database, name, there):
        different = database.row(f"SELECT count(DISTINCT {what}) FILTER (key IS NOT NULL) FROM {name}")[0]
    else:
        different = there
    if there > different:
        last = "row_number() OVER (PARTITION BY split, key ORDER BY row DESC)"
        database.run(
            f"DELETE FROM {name} WHERE row IN (SELECT row FROM"
            f" (SELECT row, {last} AS nth FROM {name} WHERE key IS NOT NULL) WHERE nth > 1)"
        )
    return int(there - different)


def _are_different_numbers(database: Database, name: str, there: int) -> bool:
    """Whether the keys are whole numbers close together, all different: bits cost a tenth of a hash table."""
    kind, low, high = database.row(f"SELECT any_value(typeof(key)), min(key), max(key) FROM {name}")
    if kind not in {"INTEGER", "BIGINT"} or high - low >= _SPARSE * there:
        return False
    bits = f"bit_count(bitstring_agg(key, {low}, {high}))"
    return bool(database.row(f"SELECT {bits} = {there} FROM {name}")[0])
