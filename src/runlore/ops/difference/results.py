"""What `diff` returns: one table or list for each part. ``a`` and ``b`` are always the first and the second run."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.insight.lines import Hunk
from runlore.insight.rows import Rows
from runlore.records.canonical import Json, Scalar
from runlore.records.run import FileRef

COMMAND, CODE, PARAMS, CONFIG, ENVIRONMENT = "command", "code", "params", "config", "environment"
INPUTS, METRICS, OUTPUTS, RESOURCES = "inputs", "metrics", "outputs", "resources"
PARTS = (COMMAND, PARAMS, CODE, CONFIG, ENVIRONMENT, INPUTS, METRICS, OUTPUTS, RESOURCES)
IDENTICAL, EQUAL, DIFFERENT, NOT_COMPARABLE = "identical", "equal", "different", "not-comparable"


class Pair(NamedTuple):
    """A value in each of the two runs; ``None`` where one has none or nobody knows it."""

    a: Json
    b: Json


class Table(NamedTuple):
    """How two tables differ: what only the second has, what only the first has, and what has another value."""

    added: Mapping[str, Json]
    removed: Mapping[str, Json]
    changed: Mapping[str, Pair]

    @property
    def differs(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.added or self.removed or self.changed)


class Side(NamedTuple):
    """One of the two runs, as much as is needed to recognise it. ``state`` is ``unreadable`` where its end is."""

    id: str
    name: str | None
    state: str
    started_at: int
    duration: float | None
    command: tuple[str, ...]
    message: str | None


class CodeFile(NamedTuple):
    """A code file that is another. ``change`` is ``added``, ``removed``, ``modified``, ``renamed`` or ``mode``.

    ``was`` is its name in the first run if that is another. ``added`` and ``removed`` count lines, ``None`` where
    ``binary`` or ``why`` says that they were not counted. ``read`` is whether a run read it, ``None`` where nobody
    knows: of Python files an observer notes only those that the code does not have.
    """

    path: str
    was: str | None
    change: str
    added: int | None
    removed: int | None
    binary: bool
    size: Pair
    read: bool | None
    why: str | None
    hunks: tuple[Hunk, ...] | None


class Code(NamedTuple):
    """The trees, the commits they stand on, and each file that is another."""

    tree: Pair
    commit: Pair
    files: tuple[CodeFile, ...]
    lines_added: int
    lines_removed: int


class Moved(NamedTuple):
    """A config value that is now in another file."""

    key: str
    a: str
    b: str


class Config(NamedTuple):
    """Config files by path, and the values in them whichever file they are in."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, Pair]
    values: Table
    moved: tuple[Moved, ...]


class Packages(NamedTuple):
    """Distributions by name. ``rebuilt`` have the same version and other files or another origin: why, by name.

    ``imported`` are those of them that either run imported; ``None`` where neither was watched for that.
    """

    added: Mapping[str, str]
    removed: Mapping[str, str]
    changed: Mapping[str, Pair]
    rebuilt: Mapping[str, str]
    imported: tuple[str, ...] | None
    uncertain: bool
    """Whether one of the two was not watched, so that it may have imported others too."""


class Environment(NamedTuple):
    """Interpreter and platform, packages, the machine, the variables that are kept, the names of others."""

    interpreter: Table
    packages: Packages | None
    hardware: Table
    variables: Table
    unkept: tuple[str, ...]


class InputChange(NamedTuple):
    """An input of both runs with other bytes; ``rows`` where it is a table that could be looked into, else ``why``."""

    path: str
    oid: Pair
    size: Pair
    rows: Rows | None
    why: str | None


class InputMove(NamedTuple):
    """The same bytes under another path."""

    a: str
    b: str
    size: int


class Inputs(NamedTuple):
    """Files that the runs read."""

    added: tuple[FileRef, ...]
    removed: tuple[FileRef, ...]
    changed: tuple[InputChange, ...]
    renamed: tuple[InputMove, ...]


class Noise(NamedTuple):
    """What siblings say about a difference: runs of the same recipe (``repeats``), or but for the seed (``seeds``).

    ``n`` counts those on each side, the two runs among them, and ``mean`` is theirs; where the two runs are siblings of
    each other ``n`` counts the others. ``spread`` is the standard deviation among siblings.
    ``stands_out`` is whether chance explains it in less than one case of twenty.
    """

    kind: str
    n: Pair
    mean: Pair
    test: str
    spread: float
    p: float
    stands_out: bool


class Metric(NamedTuple):
    """Last and best values of a metric. ``delta`` is ``b - a`` and ``percent`` that of ``a``, where both are numbers.

    ``better`` is ``min`` or ``max``, ``None`` where the name does not say. ``timing``: it measures time and says
    nothing about the result. ``same_points`` is false where the last values agree and others do not.
    """

    a: Json
    b: Json
    delta: float | None
    percent: float | None
    best: Pair | None
    better: str | None
    timing: bool
    same_points: bool
    noise: Noise | None


class Output(NamedTuple):
    """A file that both runs made; ``sameness`` as `reproduce` has it, ``detail`` where they part."""

    path: str
    sameness: str
    detail: str


class Outputs(NamedTuple):
    """Files that the runs made; those that are identical are only counted, a folder as one."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Output, ...]
    identical: int


class Cost(NamedTuple):
    """Seconds or bytes of each; ``delta`` is ``b - a`` and ``percent`` that of ``a``, where both are known."""

    a: float | None
    b: float | None
    delta: float | None
    percent: float | None


class Resources(NamedTuple):
    """How they ended, how long they took and what they used, by name.

    ``gpu_scope`` is ``run``, or ``device`` where GPU seconds are those of all who used it; of two scopes no ``delta``.
    """

    end: Pair
    duration: Cost
    usage: Mapping[str, Cost]
    gpu_scope: Pair


class Damage(NamedTuple):
    """What a part needed and could not be read: of the file ``path`` of the run, or of the part as a whole."""

    part: str
    path: str | None
    what: str


class Diff(NamedTuple):
    """How two runs differ. ``None`` stands for a part that was not asked for, or could not be compared.

    ``parts`` has for each part that was asked for ``identical``, ``equal`` (other bytes, same values), ``different`` or
    ``not-comparable``; ``not_comparable`` says why. ``identical`` is whether no part was found to differ; resources,
    and metrics that measure time, do not count. ``damaged`` is what failed verification and is therefore missing here.
    """

    a: str
    b: str
    identical: bool
    parts: Mapping[str, str]
    not_comparable: Mapping[str, str]
    damaged: tuple[Damage, ...]
    runs: tuple[Side, Side]
    command: Pair | None
    code: Code | None
    params: Table | None
    config: Config | None
    environment: Environment | None
    inputs: Inputs | None
    metrics: Mapping[str, Metric] | None
    outputs: Outputs | None
    resources: Resources | None


Values = Mapping[str, Scalar]
