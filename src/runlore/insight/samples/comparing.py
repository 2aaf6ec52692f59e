"""What has changed between the samples of two runs: fixed, broken, and which slices became worse."""

import math
from collections.abc import Sequence

from runlore.insight.samples.cells import Box, Candidate, where
from runlore.insight.samples.chance import mcnemar, signed_rank
from runlore.insight.samples.duck import Database, UnreadableError
from runlore.insight.samples.families import as_text
from runlore.insight.samples.features import Feature
from runlore.insight.samples.judged import Asked, Judged, content_columns, judged
from runlore.insight.samples.judging import WRONG, Judgement
from runlore.insight.samples.looking import Wish, ask, most_slices, remarks_of, values_of
from runlore.insight.samples.results import (
    CLASSES,
    Change,
    ChangedSlice,
    Compared,
    Gate,
    Loss,
    Outcomes,
    Remark,
    Slice,
    Verdict,
)
from runlore.insight.samples.roles import roles_of
from runlore.insight.samples.slicing import CHANGES, FLIPS, Question, as_slices, search
from runlore.insight.samples.sources import Relation, Source, relation
from runlore.records.phrases import counted

_WIDE = 1.959963984540054
"""Standard errors that hold 95 of 100 means."""
_FEW = 50
_PARTS = 50


class NothingInCommonError(UnreadableError):
    """No sample is in both."""


def compare(database: Database, a: Source, b: Source, wish: Wish, bound: float | None = None) -> Compared:
    """What has changed from the samples in ``a`` to those in ``b``; whether a slice lost more than ``bound``.

    Raises:
        NothingInCommonError: no sample is in both.
        UnreadableError: they cannot be read, or are not of one kind.
        NoSuchColumnError: a column that was told is not there.
    """
    tables = relation(database, a, "a"), relation(database, b, "b")
    asked = _asked(database, tables, wish)
    left = judged(database, asked[0], "judged_a", sliced=False, paired=True)
    right = judged(database, asked[1], "judged_b", paired=True)
    together = _together(database, asked)
    rows = _join(database, asked[1].judgement, together, right.features)
    if not rows:
        raise NothingInCommonError("no sample is in both runs")
    return _Comparison(database, asked, (left, right), wish, (together, rows)).result(bound)


def _asked(database: Database, tables: tuple[Relation, Relation], wish: Wish) -> tuple[Asked, Asked]:
    """How both are judged, in one and the same way."""
    roles = [roles_of(each, wish.told) for each in tables]
    content = None
    if any(each.id is None for each in roles):
        names = [content_columns(table, each) for table, each in zip(tables, roles, strict=True)]
        content = [name for name in names[0] if name in names[1]]
    asked = [ask(database, table, wish, content=content) for table in tables]
    if all(_is_text(each) for each in asked):
        asked = [each._replace(key=f"hash({each.key})") for each in asked]
    if not all(each.roles.split for each in asked):  # then the id alone says which sample it is
        asked = [each._replace(roles=each.roles._replace(split=None)) for each in asked]
    kinds = {(each.judgement.kind, each.judgement.error_name) for each in asked}
    if len(kinds) > 1:
        said = " and ".join(f"{kind} by {name}" for kind, name in sorted(kinds))
        raise UnreadableError(f"the two runs cannot be compared sample by sample: {said}")
    return asked[0], asked[1]


def _is_text(asked: Asked) -> bool:
    """Whether the ids are text. Of that a hash of 64 bits is compared, in a third of the time and of the memory.

    Of ten million ids that are in one run alone, one is taken for another's in three of a million comparisons.
    """
    field = asked.table.field(asked.roles.id)
    return field is not None and field.type == "VARCHAR"


def _together(database: Database, asked: tuple[Asked, Asked]) -> str:
    """The SQL that holds for one sample in both."""
    types = [database.row(f"SELECT (SELECT typeof(key) FROM judged_{name} LIMIT 1)")[0] for name in "ab"]
    cast = "" if types[0] == types[1] else "::VARCHAR"
    split = " AND a.split IS NOT DISTINCT FROM b.split" if asked[1].roles.split is not None else ""
    return f"a.key{cast} = b.key{cast}{split}"


def _join(database: Database, judgement: Judgement, together: str, features: Sequence[Feature]) -> int:
    """Put the samples that are in both into one relation, ``joined``; how many there are.

    Two runs mostly predict the same samples in the same order. Then they lie side by side, which is seen in a fraction
    of the time that a hash table takes; else what goes into that is kept small.
    """
    aligned = database.row(
        "SELECT (SELECT count(*) FROM judged_a) = (SELECT count(*) FROM judged_b) AND"
        f" (SELECT coalesce(bool_and(coalesce({together}, false)), false) FROM judged_a a POSITIONAL JOIN judged_b b)"
    )[0]
    how = "POSITIONAL JOIN judged_b b" if aligned else f"JOIN judged_b b ON {together}"
    columns = "".join(f", b.f{at}" for at in range(len(features)))
    is_flag = judgement.error_name == WRONG
    errors = "" if is_flag else ", a.error AS error_a, b.error AS error_b"
    database.run(
        "CREATE TABLE pairs AS SELECT b.row, b.split, a.wrong AS wrong_a, b.wrong AS wrong_b, b.confidence,"
        f" a.target IS DISTINCT FROM b.target AS relabelled{errors}{columns} FROM judged_a a {how}"
    )
    more = ", wrong_a::FLOAT AS error_a, wrong_b::FLOAT AS error_b" if is_flag else ""
    change = "wrong_b::FLOAT - wrong_a::FLOAT" if is_flag else "error_b - error_a"
    database.run(f"CREATE VIEW joined AS SELECT *{more}, {change} AS error FROM pairs")
    return int(database.row("SELECT count(*) FROM pairs")[0])


class _Comparison:
    def __init__(
        self,
        database: Database,
        asked: tuple[Asked, Asked],
        judged_: tuple[Judged, Judged],
        wish: Wish,
        joined: tuple[str, int],
    ) -> None:
        self._database = database
        self._asked = asked
        self._judged = judged_
        self._wish = wish
        self._together, self._rows = joined

    def result(self, bound: float | None) -> Compared:
        """All of it."""
        judgement, (a, b) = self._asked[1].judgement, self._judged
        by_content = any(each.roles.id is None for each in self._asked)
        outcomes = self._outcomes() if judgement.kind == CLASSES else None
        errors = FLIPS if judgement.error_name == WRONG else CHANGES
        wanted = most_slices(self._wish.limit)
        question = Question("joined", b.features, errors, self._wish.depth, self._wish.least, wanted)
        rise = float(self._database.row("SELECT coalesce(sum(error) FILTER (error > 0), 0) FROM joined")[0])
        most: list[tuple[float, Candidate]] = []

        def watch(candidate: Candidate) -> None:
            loss = candidate.sums[1] / candidate.sums[0]
            if not most or loss > most[0][0]:
                most[:] = [(loss, candidate)]

        found = search(self._database, question, rise, watch)
        return Compared(
            kind=judgement.kind,
            error=judgement.error_name,
            keyed_by="content" if by_content else "id",
            roles_a=self._asked[0].roles,
            roles_b=self._asked[1].roles,
            rows=self._rows,
            only_a=a.rows - self._rows,
            only_b=b.rows - self._rows,
            some_only_a=self._only("a", "b") if a.rows > self._rows else (),
            some_only_b=self._only("b", "a") if b.rows > self._rows else (),
            outcomes=outcomes,
            verdict=self._verdict(outcomes if judgement.error_name == WRONG else None),
            parts=self._parts(),
            broken=self._broken(),
            slices=tuple(map(self._changed, found.slices, found.boxes)),
            searched=as_slices(found, question, b.left_out)._replace(found=()),
            gate=None if bound is None else self._gate(bound, b.features, found.least, most),
            remarks=tuple(self._remarks()),
        )

    def _outcomes(self) -> Outcomes:
        pairs = (
            "wrong_a AND NOT wrong_b",
            "NOT wrong_a AND wrong_b",
            "wrong_a AND wrong_b",
            "NOT (wrong_a OR wrong_b)",
        )
        counts = ", ".join(f"count(*) FILTER ({each})" for each in pairs)
        return Outcomes(*self._database.row(f"SELECT {counts} FROM joined"))

    def _verdict(self, outcomes: Outcomes | None) -> Verdict:
        """McNemar's test where a sample is right or wrong, else Wilcoxon's of the paired errors."""
        a, b, change, spread = self._database.row(
            "SELECT avg(error_a), avg(error_b), avg(error), coalesce(stddev_samp(error), 0) FROM joined"
        )
        wide = _WIDE * spread / math.sqrt(self._rows)
        test, p = ("mcnemar", mcnemar(outcomes.broken, outcomes.fixed)) if outcomes else ("wilcoxon", self._wilcoxon())
        return Verdict(test, p, a, b, change, change - wide, change + wide)

    def _wilcoxon(self) -> float:
        grouped = (
            "(SELECT number, up, sum(number) OVER (ORDER BY far ROWS UNBOUNDED PRECEDING) - (number - 1) / 2 AS rank"
            " FROM (SELECT abs(error) AS far, count(*) AS number, count(*) FILTER (error > 0) AS up FROM joined"
            " WHERE error <> 0 GROUP BY 1))"
        )
        up, number, squares = self._database.row(
            f"SELECT coalesce(sum(up * rank), 0), coalesce(sum(number), 0), coalesce(sum(number * rank * rank), 0)"
            f" FROM {grouped}"
        )
        ranks: list[float] = []
        if 0 < number <= _FEW:
            for count, rank in self._database.rows(f"SELECT number, rank FROM {grouped}"):
                ranks += [float(rank)] * count
        return signed_rank(float(up), int(number), float(squares), ranks)

    def _parts(self) -> tuple[tuple[str | None, int, float, float], ...]:
        rows = self._database.rows(
            "SELECT split, count(*), avg(error_a), avg(error_b) FROM joined WHERE split IS NOT NULL GROUP BY split"
            f" ORDER BY split LIMIT {_PARTS}"
        )
        return tuple((split, rows, a, b) for split, rows, a, b in rows)

    def _only(self, one: str, other: str) -> tuple[str, ...]:
        rows = self._database.rows(
            f"SELECT {one}.row FROM judged_{one} {one} ANTI JOIN judged_{other} {other} ON {self._together}"
            f" ORDER BY {one}.row LIMIT {self._wish.limit}"
        )
        return tuple(self._ids("ab".index(one), [row for (row,) in rows]).values())

    def _ids(self, side: int, rows: Sequence[int]) -> dict[int, str]:
        """How these rows of one side are called, by row and in its order."""
        asked = self._asked[side]
        field = asked.table.field(asked.roles.id)
        text, table = (as_text(field), asked.table.name) if field else ("key::VARCHAR", self._judged[side].name)
        wanted = ", ".join(map(str, rows))
        return dict(self._database.rows(f"SELECT row, {text} FROM {table} WHERE row IN ({wanted}) ORDER BY row"))

    def _broken(self) -> tuple[Change, ...]:
        """Those whose error has grown most; of equal ones those first of which the second run was most sure."""
        rows = self._database.rows(
            "SELECT row, split, error_a, error_b FROM joined WHERE error > 0"
            f" ORDER BY error DESC, confidence DESC NULLS LAST, row LIMIT {self._wish.limit}"
        )
        places = self._places([each[0] for each in rows])
        before = values_of(self._database, self._asked[0].table, [row for row, _ in places.values()])
        after = values_of(self._database, self._asked[1].table, list(places))
        told = [each.roles.prediction or "" for each in self._asked]
        return tuple(
            Change(
                id=places[row][1],
                split=split,
                error_a=a,
                error_b=b,
                prediction_a=before[places[row][0]].get(told[0]),
                prediction_b=after[row].get(told[1]),
                values=after[row],
            )
            for row, split, a, b in rows
        )

    def _places(self, rows: Sequence[int]) -> dict[int, tuple[int, str]]:
        """Of rows of the second run those of the first, and the ids."""
        if not rows:
            return {}
        some = f"(SELECT * FROM judged_b WHERE row IN ({', '.join(map(str, rows))}))"
        found = self._database.rows(f"SELECT b.row, a.row FROM judged_a a JOIN {some} b ON {self._together}")
        ids = self._ids(1, rows)
        return {row: (row_a, ids[row]) for row, row_a in found}

    def _changed(self, found: Slice, box: Box) -> ChangedSlice:
        inside = where(self._judged[1].features, box)
        a, b = self._database.row(f"SELECT avg(error_a), avg(error_b) FROM joined WHERE {inside}")
        return ChangedSlice(
            found.conditions, found.rows, a, b, found.error, found.rest, found.effect, found.explains, found.p, found.q
        )

    def _gate(
        self, bound: float, features: Sequence[Feature], least: int, most: Sequence[tuple[float, Candidate]]
    ) -> Gate:
        """All slices that are large enough, whether or not chance explains them: that is what was asked."""
        losses = [Loss((), self._rows, float(self._database.row("SELECT avg(error) FROM joined")[0]))]
        for loss, candidate in most:
            conditions = tuple(features[at].conditions[n][0] for at, n in candidate.box)
            losses.append(Loss(conditions, round(candidate.sums[0]), loss))
        worst = max((each for each in losses if each.rows >= least), key=lambda each: each.change, default=None)
        return Gate(least, bound, worst, worst is None or worst.change <= bound)

    def _remarks(self) -> list[Remark]:
        said: dict[tuple[str, str], Remark] = {}
        for name, asked, found in zip("ab", self._asked, self._judged, strict=True):
            for each in remarks_of(asked, found):
                alike = each.code == "keyed-by-content"
                remark = each if alike else Remark(each.code, f"{name}: {each.message}")
                said[remark.code, remark.message] = remark
        relabelled = self._database.row("SELECT count(*) FILTER (relabelled) FROM joined")[0]
        if relabelled:
            what = counted(relabelled, "sample")
            said["relabelled", ""] = Remark("relabelled", f"{what} whose target is another in b than in a")
        return list(said.values())
