"""What is found out about samples: values that the terminal, JSON and CSV show."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.records.canonical import Json

CLASSES, NUMBERS, LABELS, LOSSES = "classification", "regression", "multi-label", "loss"
"""What was predicted; of the last only a loss is known."""


class Remark(NamedTuple):
    """Something that a person should know about what was compared, with a stable code."""

    code: str
    message: str


class Part(NamedTuple):
    """A split, or all: how many samples count, their mean error, and how many were set aside."""

    split: str | None
    rows: int
    error: float | None
    accuracy: float | None
    """Of classes; also where the error is a loss."""


class SetAside(NamedTuple):
    """Rows that do not count."""

    missing: int
    """Without a target, a prediction or a loss, so that there is no error."""
    not_finite: int
    """Whose error is NaN or infinite."""
    repeated: int
    """Whose id comes again later in the same split."""


class Sample(NamedTuple):
    """One sample: its id as text, its error, and all its columns."""

    id: str
    split: str | None
    error: float
    values: Mapping[str, Json]


class Confusion(NamedTuple):
    """How often which class was taken for which: rows are true ones, columns predicted ones.

    The most frequent classes; the last is ``None``, all others, where there are more.
    """

    classes: tuple[str | None, ...]
    counts: tuple[tuple[int, ...], ...]


class Bin(NamedTuple):
    """Samples whose probability lies between two bounds: how many, their mean probability, the share that is right."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


class Calibration(NamedTuple):
    """Whether probabilities mean what they say; ``ece`` is the expected calibration error."""

    column: str
    ece: float
    bins: tuple[Bin, ...]


class Condition(NamedTuple):
    """One condition of a slice: ``is`` a value, ``missing``, or within bounds (above ``low``, up to ``high``)."""

    column: str
    op: str
    value: Json = None
    low: Json = None
    high: Json = None


class Slice(NamedTuple):
    """Samples that conditions have in common, and how much worse they are than all others.

    ``explains`` is the part of all error by which it exceeds that of the others; ``p`` is of the test that `Slices`
    names, ``q`` the false discovery rate at which it would still count.
    """

    conditions: tuple[Condition, ...]
    rows: int
    error: float
    rest: float
    effect: float
    explains: float
    p: float
    q: float


class Slices(NamedTuple):
    """The slices that are worse than chance explains, those that explain most first.

    ``tested`` is how many were looked at, each with ``least`` samples or more; ``effect`` names the effect size:
    ``risk-ratio`` or ``cohens-d``; ``test`` the test.
    """

    found: tuple[Slice, ...]
    tested: int
    least: int
    depth: int
    test: str
    effect: str
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    """Columns that were not searched: too many values, or none."""


class Roles(NamedTuple):
    """Which column is what; ``None`` where none is. Without an ``id`` samples are known by their content."""

    id: str | None = None
    target: str | None = None
    prediction: str | None = None
    loss: str | None = None
    split: str | None = None
    confidence: str | None = None


class Change(NamedTuple):
    """A sample of two runs: its errors in both, what each predicted, and all its columns in the second."""

    id: str
    split: str | None
    error_a: float
    error_b: float
    prediction_a: Json
    prediction_b: Json
    values: Mapping[str, Json]


class Outcomes(NamedTuple):
    """Of classes: how many were wrong and are right, right and are wrong, and stayed what they were."""

    fixed: int
    broken: int
    still_wrong: int
    still_right: int


class Verdict(NamedTuple):
    """Whether the change of all samples is more than chance: the test, its p-value, and how the error has changed.

    ``low`` and ``high`` bound the mean change in 95 of 100 such comparisons (normal approximation).
    """

    test: str
    p: float
    error_a: float
    error_b: float
    change: float
    low: float
    high: float


class ChangedSlice(NamedTuple):
    """A slice that got worse, and more so than the others; as `Slice`, ``explains`` is a part of all that got worse."""

    conditions: tuple[Condition, ...]
    rows: int
    error_a: float
    error_b: float
    change: float
    rest: float
    effect: float
    explains: float
    p: float
    q: float


class Loss(NamedTuple):
    """How much a slice has lost; without conditions all samples."""

    conditions: tuple[Condition, ...]
    rows: int
    change: float


class Gate(NamedTuple):
    """Whether any slice of ``least`` samples or more lost more than ``most``; the one that lost most."""

    least: int
    most: float
    worst: Loss | None
    passed: bool


class Compared(NamedTuple):
    """What has changed between the samples of two runs."""

    kind: str
    error: str
    keyed_by: str
    """``id`` or ``content``."""
    roles_a: Roles
    roles_b: Roles
    rows: int
    only_a: int
    only_b: int
    some_only_a: tuple[str, ...]
    some_only_b: tuple[str, ...]
    outcomes: Outcomes | None
    verdict: Verdict
    parts: tuple[tuple[str | None, int, float, float], ...]
    broken: tuple[Change, ...]
    slices: tuple[ChangedSlice, ...]
    searched: Slices
    gate: Gate | None
    remarks: tuple[Remark, ...]


class Looked(NamedTuple):
    """What was found in the samples of one run."""

    kind: str
    error: str
    """What the error of a sample is: ``wrong``, ``absolute``, ``labels`` (the share of wrong labels) or ``loss``."""
    roles: Roles
    rows: int
    total: Part
    parts: tuple[Part, ...]
    set_aside: SetAside
    worst: tuple[Sample, ...]
    confusion: Confusion | None
    calibration: Calibration | None
    slices: Slices
    remarks: tuple[Remark, ...]
