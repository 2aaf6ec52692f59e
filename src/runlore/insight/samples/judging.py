"""How wrong each sample is: what kind of prediction it is, and the SQL of its error, by the types of its columns."""

from typing import NamedTuple

from runlore.insight.samples.duck import Database, UnreadableError
from runlore.insight.samples.families import (
    BOOLEAN,
    LIST,
    NUMBER,
    TABLE,
    WHOLE,
    as_number,
    as_text,
    family,
    inner,
)
from runlore.insight.samples.results import CLASSES, LABELS, LOSSES, NUMBERS, Roles
from runlore.insight.samples.sources import Field, Relation

FEW = 50
"""Different whole numbers up to which they are taken for classes."""
_FEW_FLOATS = 20
_ENDS = ("min", "max")
_EXACT = 1 << 53
"""From here on not every whole number is a float."""
WRONG, ABSOLUTE, SHARE, LOSS = "wrong", "absolute", "labels", "loss"
_NUMERIC = frozenset((BOOLEAN, WHOLE, NUMBER))


class Judgement(NamedTuple):
    """SQL over a relation: its error, and, for classes, both as text, whether they differ, and the probability.

    ``numbers`` are the target and the prediction of a regression, by which it can be sliced.
    """

    kind: str
    error_name: str
    error: str
    target: str = "NULL"
    predicted: str = "NULL"
    wrong: str = "NULL"
    confidence: str = "NULL"
    confidence_name: str | None = None
    numbers: tuple[tuple[str, str], ...] = ()


def judge(database: Database, table: Relation, roles: Roles) -> Judgement:
    """How the samples of a table are judged.

    Raises:
        UnreadableError: it says neither what was right nor how large the loss was.
    """
    target, prediction = table.field(roles.target), table.field(roles.prediction)
    loss = table.field(roles.loss)
    if loss is not None and family(loss.type) not in _NUMERIC:
        raise UnreadableError(f'the column "{loss.name}", taken for the loss, holds no numbers')
    found = _predicted(database, table, target, prediction, roles) if target and prediction else None
    if loss is not None:
        found = found or Judgement(LOSSES, LOSS, "NULL")
        return found._replace(error_name=LOSS, error=as_number(loss))
    if found is None:
        there = ", ".join(f'"{each.name}"' for each in table.fields[:10])
        raise UnreadableError(f"there is neither a loss nor both a target and a prediction among the columns {there}")
    return found


def _predicted(database: Database, table: Relation, target: Field, prediction: Field, roles: Roles) -> Judgement:
    kinds = family(target.type), family(prediction.type)
    if kinds == (LIST, LIST):
        return _labels(database, table, target, prediction)
    if LIST in kinds[:1] or TABLE in kinds[:1]:
        raise UnreadableError(f'"{target.name}" is {target.type}, "{prediction.name}" {prediction.type}')
    if kinds[1] == LIST and inner(prediction.type) in _NUMERIC:
        values = f"CAST({prediction.sql} AS DOUBLE[])"
        best = f"list_position({values}, list_max({values})) - 1"
        return _classes(_class(target, kinds[0]), f"CAST({best} AS VARCHAR)", f"list_max({values})", prediction.name)
    if kinds[1] == TABLE:
        values = f"CAST(CAST({prediction.sql} AS JSON) AS MAP(VARCHAR, DOUBLE))"
        most = f"list_max(map_values({values}))"
        best = f"map_keys({values})[list_position(map_values({values}), {most})]"
        return _classes(_class(target, kinds[0]), best, most, prediction.name)
    if set(kinds) <= _NUMERIC:
        return _scalars(database, table, target, prediction, roles)
    found = _classes(_class(target, kinds[0]), _class(prediction, kinds[1]))
    return _with_confidence(database, found, table, roles)


def _scalars(database: Database, table: Relation, target: Field, prediction: Field, roles: Roles) -> Judgement:
    """Of numbers and truth values: classes, probabilities of one of two classes, or a regression."""
    t, p = _known(target), _known(prediction)
    two, within, whole, few_t, few_p = database.row(
        f"SELECT bool_and({t} IN (0, 1)), bool_and({p} BETWEEN 0 AND 1), bool_and({_whole(t)} AND {_whole(p)}),"
        f" approx_count_distinct({t}), approx_count_distinct({p}) FROM {table.name}"
    )
    floats = family(target.type) == NUMBER or family(prediction.type) == NUMBER
    if two and within and not whole:
        guess = f"CASE WHEN {p} >= 0.5 THEN '1' WHEN {p} < 0.5 THEN '0' END"
        return _classes(f"CAST(CAST({t} AS INTEGER) AS VARCHAR)", guess, f"greatest({p}, 1 - {p})", prediction.name)
    if whole and max(few_t, few_p) <= (_FEW_FLOATS if floats else FEW):
        both = family(target.type) == family(prediction.type) == BOOLEAN
        texts = [as_text(each) if both else _as_whole(_known(each)) for each in (target, prediction)]
        return _with_confidence(database, _classes(*texts), table, roles)
    return Judgement(NUMBERS, ABSOLUTE, f"abs({p} - {t})", numbers=((target.name, t), (prediction.name, p)))


def _class(field: Field, kind: str) -> str:
    """A class as text: ``1.0`` is the class ``1``."""
    if kind == NUMBER:
        number = _known(field)
        return f"CASE WHEN {_whole(number)} THEN {_as_whole(number)} ELSE {as_text(field)} END"
    return as_text(field)


def _known(field: Field) -> str:
    """A number; null in the place of NaN, which stands for what is missing."""
    number = as_number(field)
    return f"CASE WHEN isnan({number}) THEN NULL ELSE {number} END" if family(field.type) == NUMBER else number


def _whole(number: str) -> str:
    return f"({number} = trunc({number}) AND abs({number}) < {_EXACT})"


def _as_whole(number: str) -> str:
    return f"CAST(CAST(CASE WHEN {_whole(number)} THEN {number} END AS BIGINT) AS VARCHAR)"


def _classes(target: str, predicted: str, confidence: str = "NULL", name: str | None = None) -> Judgement:
    wrong = f"({target}) <> ({predicted})"
    return Judgement(CLASSES, WRONG, f"CAST({wrong} AS FLOAT)", target, predicted, wrong, confidence, name)


def _with_confidence(database: Database, found: Judgement, table: Relation, roles: Roles) -> Judgement:
    """With a column of probabilities of the class that was predicted, where there is one.

    Of two classes it may be that of one of them: then the larger of both is meant.
    """
    field = table.field(roles.confidence)
    if field is None:
        return found
    match family(field.type):
        case "whole" | "number":
            value = as_number(field)
        case "list" if inner(field.type) in _NUMERIC:
            value = f"list_max(CAST({field.sql} AS DOUBLE[]))"
        case "table":
            value = f"list_max(map_values(CAST(CAST({field.sql} AS JSON) AS MAP(VARCHAR, DOUBLE))))"
        case _:
            return found
    within, classes = database.row(
        f"SELECT bool_and({value} BETWEEN 0 AND 1 OR isnan({value})), approx_count_distinct({found.target})"
        f" FROM {table.name}"
    )
    if not within:
        return found  # a score, which says nothing of how likely it is right
    if classes <= 2:  # noqa: PLR2004 - one is not the other
        value = f"greatest({value}, 1 - {value})"
    return found._replace(confidence=value, confidence_name=field.name)


def _labels(database: Database, table: Relation, target: Field, prediction: Field) -> Judgement:
    """Several labels at once: a 0 or 1 for each, or those that apply."""
    t, p = target.sql, prediction.sql
    if inner(target.type) in _NUMERIC and inner(prediction.type) in _NUMERIC:
        ts, ps = f"CAST({t} AS DOUBLE[])", f"CAST({p} AS DOUBLE[])"
        within = " AND ".join(f"coalesce(list_{end}({each}), 0) BETWEEN 0 AND 1" for each in (ts, ps) for end in _ENDS)
        aligned = database.row(f"SELECT bool_and(len({t}) = len({p}) AND {within}) FROM {table.name}")[0]
        if aligned:
            return Judgement(LABELS, SHARE, _zipped(ts, ps))
    ts, ps = f"list_distinct(CAST({t} AS VARCHAR[]))", f"list_distinct(CAST({p} AS VARCHAR[]))"
    both = f"len(list_intersect({ts}, {ps}))"
    every = f"(len({ts}) + len({ps}) - {both})"
    return Judgement(LABELS, SHARE, f"CASE WHEN {every} = 0 THEN 0.0 ELSE 1.0 - {both} / {every} END")


def _zipped(ts: str, ps: str) -> str:
    """The share of places at which two lists are on different sides of one half."""
    one = "lambda z: CAST((z[1] >= 0.5) <> (z[2] >= 0.5) AS INTEGER)"
    differ = f"list_sum(list_transform(list_zip({ts}, {ps}), {one}))"
    return f"CASE WHEN len({ts}) = 0 THEN 0.0 ELSE {differ} / len({ts}) END"
