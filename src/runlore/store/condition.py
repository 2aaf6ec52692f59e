"""What a filter says of a run: comparisons, joined by and, or and not."""

import re
from collections.abc import Iterator
from typing import NamedTuple

Value = int | float | bytes | str
"""As `catalog.stored` gives it."""


class Key(NamedTuple):
    """What is compared: ``kind`` is ``fact``, ``param``, ``metric``, ``tag`` or ``file``.

    ``name`` is that of the fact, parameter, metric or role of the file; ``statistic`` belongs to a metric.
    """

    kind: str
    name: str
    statistic: str = "last"


class Compare(NamedTuple):
    """One comparison. ``op`` is ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``~``, ``!~``, ``has`` or ``prefix``.

    Several ``values`` of ``=`` are alternatives, and of ``!=`` all excluded.
    """

    key: Key
    op: str
    values: tuple[Value, ...] = ()


class Every(NamedTuple):
    """All of the parts hold."""

    parts: "tuple[Condition, ...]"


class Some(NamedTuple):
    """At least one of the parts holds."""

    parts: "tuple[Condition, ...]"


class No(NamedTuple):
    """The part does not hold."""

    part: "Condition"


Condition = Compare | Every | Some | No
_DIGITS = re.compile(rb"[0-9a-f]{8,64}", re.IGNORECASE)
"""What may be the beginning of an object's id; fewer digits are more likely a path."""


def digits(test: Compare) -> tuple[bytes, ...]:
    """Those of the values that stand for objects as well as for paths, as the beginnings of their ids."""
    if test.key.kind != "file" or test.op not in ("=", "!="):
        return ()
    return tuple(value.lower() for value in test.values if isinstance(value, bytes) and _DIGITS.fullmatch(value))


def objects(condition: Condition | None) -> Iterator[tuple[bytes, str]]:
    """The beginnings of ids of objects that a condition asks for, and the roles of the files that are compared."""
    if isinstance(condition, Compare):
        yield from ((each, condition.key.name) for each in digits(condition))
    elif isinstance(condition, No):
        yield from objects(condition.part)
    elif condition is not None:
        for part in condition.parts:
            yield from objects(part)
