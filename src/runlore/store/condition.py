"""What a filter says of a run: comparisons, joined by and, or and not."""

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
