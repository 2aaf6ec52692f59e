"""A condition as SQL. Values become parameters; only names of our own are in the text."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from runlore.store.catalog import stored_text
from runlore.store.condition import Compare, Condition, Every, Key, No, Value, digits

FACTS: Mapping[str, str] = {
    "id": "CAST(runs.id AS BLOB)",
    "name": "runs.name",
    "experiment": "runs.experiment",
    "state": "coalesce(runs.state, (SELECT state FROM temp.living WHERE living.run = runs.id))",
    "author": "runs.author",
    "host": "runs.host",
    "message": "runs.message",
    "commit": 'runs."commit"',
    "branch": "runs.branch",
    "dirty": "runs.dirty",
    "duration": "runs.duration",
    "exit_code": "runs.exit_code",
    "command": "runs.command",
    "fingerprint": "runs.fingerprint",
    "parent": "runs.parent",
    "code": "runs.code",
    "started": "runs.started_at",
    "age": "runs.started_at",
    "tags": "(SELECT group_concat(CAST(tag AS TEXT)) FROM temp.tagged WHERE tagged.run = runs.id)",
}
"""What a run has one of, in SQL."""
STATISTICS = ("last", "min", "max", "count", "step")
_INFINITY = float("inf")
NAMED = "key = (SELECT number FROM keys WHERE kind = ? AND name = ?)"


class Form(NamedTuple):
    """How a condition is written. ``number`` is that of the run.

    ``one_by_one`` looks at the values of a run at a time, which is quick if most runs meet the condition and few are
    wanted; otherwise all runs with such a value are found first.
    """

    number: str = "runs.number"
    one_by_one: bool = False


def needs_no_facts(condition: Condition | None) -> bool:
    """Whether the number of a run is enough to tell whether it meets the condition."""
    if isinstance(condition, Compare):
        return condition.key.kind in ("param", "metric", "file")
    if isinstance(condition, No):
        return needs_no_facts(condition.part)
    return condition is not None and all(map(needs_no_facts, condition.parts))


def sql(condition: Condition, form: Form) -> tuple[str, list[Value]]:
    """The condition as SQL and the parameters of it."""
    if isinstance(condition, Compare):
        return _test(condition, form)
    if isinstance(condition, No):
        part, values = sql(condition.part, form)
        return f"({part}) IS NOT TRUE", values  # what has no value does not hold, and so its contrary does
    found = [sql(part, form) for part in condition.parts]
    word = " AND " if isinstance(condition, Every) else " OR "
    return f"({word.join(part for part, _ in found)})", [value for _, values in found for value in values]


def _test(test: Compare, form: Form) -> tuple[str, list[Value]]:
    kind = test.key.kind
    if kind == "fact":
        return compare(FACTS[test.key.name], test)
    if kind == "tag":
        part, values = compare("tag", test)
        return f"runs.id IN (SELECT run FROM temp.tagged WHERE {part})", values  # noqa: S608 - no text from outside
    if kind == "file":
        return _file(test, form.number)
    table, column = table_of(test.key)
    part, values = compare(column, test)
    inner = f"SELECT run FROM {table} WHERE {NAMED} AND {part}"  # noqa: S608 - no text from outside
    wanted = f"EXISTS ({inner} AND run = {form.number})" if form.one_by_one else f"{form.number} IN ({inner})"
    return wanted, [kind, name_of(test.key), *values]


def _file(test: Compare, number: str) -> tuple[str, list[Value]]:
    """Files are found by path, and by the beginning of their ids in ``temp.used``."""
    part, values = compare("path", test)
    role, some = test.key.name, digits(test)
    held = f"SELECT holds.run FROM {_HELD} WHERE lists.role = ? AND {part}"  # noqa: S608 - no text from outside
    if not some:
        return f"{number} IN ({held})", [role, *values]
    asked = f"used.role = ? AND digits IN ({','.join('?' * len(some))})"
    if test.op == "!=":
        named = "used.run = user.id AND used.path = files.path"
        one = f"SELECT 1 FROM runs AS user CROSS JOIN temp.used ON {named} WHERE user.number = holds.run AND {asked}"  # noqa: S608 - the same
        return f"{number} IN ({held} AND NOT EXISTS ({one}))", [role, *values, role, *some]
    user = "temp.used CROSS JOIN runs AS user ON user.id = used.run CROSS JOIN holds ON holds.run = user.number"
    file = "lists ON lists.number = holds.list AND lists.role = used.role CROSS JOIN files ON files.list = holds.list"
    used = f"SELECT user.number FROM {user} CROSS JOIN {file} AND files.path = used.path WHERE {asked}"  # noqa: S608 - the same
    return f"{number} IN ({held} UNION ALL {used})", [role, *values, role, *some]


_HELD = "files JOIN holds ON holds.list = files.list JOIN lists ON lists.number = files.list"
"""Files, and the runs that have them."""


def compare(what: str, test: Compare) -> tuple[str, list[Value]]:
    """``what`` against the values: numbers with numbers and text with text, as SQLite would not."""
    values = list(test.values)
    marks = ",".join("?" * len(values))
    match test.op:
        case "has":
            part = f"({what} IS NOT NULL AND {what} IS NOT 'false' AND {what} IS NOT 'none')"
        case "=":
            part = f"{what} IN ({marks})"
        case "!=":
            part = f"{what} NOT IN ({marks})"
        case "~":
            part = f"matches(?, {what})"
        case "!~":
            part = f"matches(?, {what}) = 0"
        case "prefix":
            part = f"({what} >= ? AND {what} < ?)"
            values.append(_text(values[0]) + b"g")
        case op if isinstance(values[0], bytes):
            part = f"({what} {op} ? AND {what} >= x'')"
        case op if isinstance(values[0], str):
            return "FALSE", []  # NaN and the truth values are neither less nor more than anything
        case op:
            part = f"({what} {op} ? AND {what} <= ?)"
            values.append(_INFINITY)
    return part, values


def _text(value: Value) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def table_of(key: Key) -> tuple[str, str]:
    """The table and the column in which the values of a parameter or metric are."""
    return ("params", "value") if key.kind == "param" else ("metrics", key.statistic)


def name_of(key: Key) -> bytes:
    """The name of a key as the index keeps it."""
    return stored_text(key.name)


def matches(pattern: bytes, value: Value | None) -> int | None:
    """Whether the pattern occurs in the value, case aside; ``None`` where there is no value."""
    if value is None:
        return None
    text = value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else str(value)
    return re.search(pattern.decode("utf-8", "surrogatepass"), text, re.IGNORECASE) is not None
