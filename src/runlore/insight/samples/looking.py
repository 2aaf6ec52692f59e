"""What there is to see of the samples of one run: how many are wrong, which are worst, and where they are."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from runlore.insight.samples.duck import Database, UnreadableError
from runlore.insight.samples.judged import Asked, Judged, content_columns, content_key, judged, split_filter
from runlore.insight.samples.judging import WRONG, Judgement, judge
from runlore.insight.samples.results import (
    CLASSES,
    Bin,
    Calibration,
    Confusion,
    Looked,
    Part,
    Remark,
    Roles,
    Sample,
)
from runlore.insight.samples.roles import roles_of
from runlore.insight.samples.slicing import AMOUNTS, RIGHT_OR_WRONG, Question, as_slices, search
from runlore.insight.samples.sources import Relation, Source, relation
from runlore.records.canonical import Json
from runlore.records.phrases import counted

_CLASSES, _BINS, _PARTS, _MOST_SLICES = 20, 10, 50, 30
_LONGEST = 2_000
"""Characters of a value that are shown."""


class Wish(NamedTuple):
    """What somebody wants to see: the columns' roles as far as told, one split, and how much."""

    told: Roles = Roles()
    split: str | None = None
    limit: int = 10
    depth: int = 2
    least: int = 0


def look(database: Database, source: Source, wish: Wish) -> Looked:
    """What there is to see of the samples in a file.

    Raises:
        UnreadableError: it holds none, or they cannot be read.
        NoSuchColumnError: a column that was told is not there.
    """
    table = relation(database, source, "a")
    asked = ask(database, table, wish)
    found = judged(database, asked, "judged_a")
    remarks = [*remarks_of(asked, found)]
    if not found.rows:
        raise UnreadableError("there is no sample with an error to be seen" if table.fields else "it is empty")
    parts = _parts(database, found.name)
    errors = RIGHT_OR_WRONG if asked.judgement.error_name == WRONG else AMOUNTS
    question = Question(found.name, found.features, errors, wish.depth, wish.least, most_slices(wish.limit))
    total = float(database.row(f"SELECT sum(error) FROM {found.name}")[0])
    return Looked(
        kind=asked.judgement.kind,
        error=asked.judgement.error_name,
        roles=asked.roles,
        rows=found.rows,
        total=parts[0],
        parts=tuple(parts[1:]),
        set_aside=found.set_aside,
        worst=_worst(database, asked, found, wish.limit),
        confusion=_confusion(database, found) if asked.judgement.kind == CLASSES else None,
        calibration=_calibration(database, asked.judgement, found),
        slices=as_slices(search(database, question, total), question, found.left_out),
        remarks=tuple(remarks),
    )


def most_slices(limit: int) -> int:
    """How many slices are looked for where so many samples are wanted."""
    return min(max(limit, 1), _MOST_SLICES)


def ask(database: Database, table: Relation, wish: Wish, *, content: list[str] | None = None) -> Asked:
    """How the samples of a table are to be judged; without an id they are known by these columns' content."""
    roles = roles_of(table, wish.told)
    judgement = judge(database, table, roles)
    field = table.field(roles.id)
    names = content_columns(table, roles) if content is None else content
    key = field.sql if field is not None else content_key(table, names)
    return Asked(table, roles, judgement, key, split_filter(table, roles, wish.split))


def remarks_of(asked: Asked, found: Judged) -> list[Remark]:
    """What was set aside, and how the samples are known."""
    said = []
    aside = found.set_aside
    if asked.roles.id is None:
        said.append(Remark("keyed-by-content", "there is no id: samples are known by what is in their other columns"))
    if aside.repeated:
        what = counted(aside.repeated, "row")
        said.append(Remark("repeated", f"{what} with an id that comes again later: the last one counts"))
    if aside.missing:
        what = counted(aside.missing, "sample")
        said.append(Remark("missing", f"{what} without a target, a prediction or a loss: set aside"))
    if aside.not_finite:
        said.append(Remark("not-finite", f"{counted(aside.not_finite, 'sample')} whose error is no number: set aside"))
    return said


def _parts(database: Database, name: str) -> list[Part]:
    """All, and each split where there are some."""
    columns = "count(*), avg(error), 1 - avg(wrong::INTEGER)"
    every = Part(None, *database.row(f"SELECT {columns} FROM {name}"))
    rows = database.rows(
        f"SELECT split, {columns} FROM {name} WHERE split IS NOT NULL GROUP BY split ORDER BY split LIMIT {_PARTS}"
    )
    return [every, *(Part(*row) for row in rows)]


def _worst(database: Database, asked: Asked, found: Judged, limit: int) -> tuple[Sample, ...]:
    """Those with the largest error; of equal ones those first that the model was most sure of."""
    rows = database.rows(
        f"SELECT row, key::VARCHAR, split, error FROM {found.name} WHERE error > 0"
        f" ORDER BY error DESC, confidence DESC NULLS LAST, row LIMIT {limit}"
    )
    values = values_of(database, asked.table, [row for row, *_ in rows])
    return tuple(Sample(key, split, error, values[row]) for row, key, split, error in rows)


def values_of(database: Database, table: Relation, rows: list[int]) -> Mapping[int, Mapping[str, Json]]:
    """All columns of these rows, as JSON can hold them."""
    if not rows:
        return {}
    columns = ", ".join(each.sql for each in table.fields)
    wanted = ", ".join(map(str, rows))
    found = database.rows(f"SELECT row, {columns} FROM {table.name} WHERE row IN ({wanted})")
    names = [each.name for each in table.fields]
    return {row: dict(zip(names, map(_plain, values), strict=True)) for row, *values in found}


def _plain(value: Any) -> Json:  # noqa: ANN401 - whatever a column holds
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value[:_LONGEST]]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _confusion(database: Database, found: Judged) -> Confusion:
    where = "target IS NOT NULL AND predicted IS NOT NULL"
    top = database.rows(
        f"SELECT v, count(*) FROM (SELECT target AS v FROM {found.name} WHERE {where} UNION ALL"
        f" SELECT predicted FROM {found.name} WHERE {where}) GROUP BY v ORDER BY 2 DESC, v LIMIT {_CLASSES + 1}"
    )
    shown = sorted((name for name, _ in top[:_CLASSES]), key=_as_number)
    names: list[str | None] = [*shown, *([None] if len(top) > _CLASSES else [])]
    places = {name: at for at, name in enumerate(names)}
    counts = [[0] * len(names) for _ in names]
    others = places.get(None, 0)
    for target, predicted, number in database.rows(
        f"SELECT target, predicted, count(*) FROM {found.name} WHERE {where} GROUP BY 1, 2"
    ):
        counts[places.get(target, others)][places.get(predicted, others)] += number
    return Confusion(tuple(names), tuple(map(tuple, counts)))


def _as_number(name: str) -> tuple[float, str]:
    """Whole numbers in their order, before texts."""
    return (float(name), "") if name.lstrip("-").isdecimal() else (math.inf, name)


def _calibration(database: Database, judgement: Judgement, found: Judged) -> Calibration | None:
    """Ten bins of equal width and their expected calibration error.

    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017.
    """
    if judgement.confidence_name is None:
        return None
    at = f"least(floor(confidence * {_BINS}), {_BINS - 1})"
    rows = database.rows(
        f"SELECT {at}, count(*), avg(confidence), 1 - avg(wrong::INTEGER) FROM {found.name}"
        " WHERE isfinite(confidence) AND wrong IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    bins = tuple(Bin(low / _BINS, (low + 1) / _BINS, *rest) for low, *rest in rows)
    every = sum(each.rows for each in bins)
    if not every:
        return None
    ece = sum(each.rows * abs(each.accuracy - each.confidence) for each in bins) / every
    return Calibration(judgement.confidence_name, ece, bins)
