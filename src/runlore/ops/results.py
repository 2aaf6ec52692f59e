"""What the verbs return. The terminal and `--json` are two views of these; neither computes anything.

Times are nanoseconds since 1970 UTC, sizes bytes, durations seconds, ids 64 hex digits.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runlore.records.canonical import Json, Scalar
from runlore.records.origins import Origin
from runlore.records.run import FileRef, Warn


class Run(NamedTuple):
    """Everything known about one run: ``run/1`` of the JSON interface, field for field.

    ``None`` in ``inputs``, ``outputs``, ``config``, ``omitted``, ``folders`` or ``secrets`` means "left out of this
    listing", as do ``packages`` missing from ``environment`` and path lists missing from ``code["git"]``.
    """

    id: str
    name: str | None
    experiment: str | None
    message: str | None
    tags: tuple[str, ...]
    notes: tuple[Mapping[str, Json], ...]
    """Each ``{"text", "author", "at"}``, oldest first."""
    state: str
    """running, succeeded, failed, killed, crashed or reused."""
    command: Mapping[str, Json]
    """``{"argv", "cwd", "interpreter"}``."""
    code: Mapping[str, Json]
    """``{"tree", "files", "bytes", "git", "patch"}``."""
    params: Mapping[str, Scalar]
    config: tuple[Mapping[str, str], ...] | None
    environment: Mapping[str, Json]
    """``{"id", "python", "implementation", "platform", "packages", "unlocked", "imported", "variables",
    "hardware", "container"}``."""
    inputs: tuple[FileRef, ...] | None
    outputs: tuple[FileRef, ...] | None
    omitted: tuple[FileRef, ...] | None
    """Part of the code tree or an input by hash, its bytes not kept."""
    folders: tuple[str, ...] | None
    """Folders whose entries the run listed."""
    network: tuple[str, ...]
    """Hosts that it asked for or connected to."""
    metrics: Mapping[str, Mapping[str, Json]]
    series: str | None
    """The blob with all points of all metrics."""
    usage_series: str | None
    """The blob with what it used over its time."""
    fingerprint: str
    author: str
    host: str
    started_at: int
    finished_at: int | None
    duration: float | None
    exit_code: int | None
    signal: int | None
    usage: Mapping[str, Json]
    parent: Mapping[str, str] | None
    observer: Mapping[str, Json]
    """``{"name", "blind"}``: what watched the run and what it could not see."""
    log: Mapping[str, Json] | None
    """``{"oid", "bytes"}``."""
    secrets: tuple[Mapping[str, Json], ...] | None
    """Those in files, which are kept as they are: ``{"part", "path", "line", "rule", "fingerprint"}``."""
    unsearched: int
    """Files that were not searched for them yet."""
    warnings: tuple[Warn, ...]
    origin: Mapping[str, str] | None = None
    """``{"remote", "url"}``: where it was pulled from; ``None`` if it was made here, and in listings."""
    origins: tuple[Origin, ...] | None = None
    """Inputs that DVC has as well; ``None`` in listings."""
    samples: Mapping[str, Json] | None = None
    """The table of what its script told of samples (`records.samples`); ``None`` without any, and in listings."""


class RunList(NamedTuple):
    """Runs, newest first; ``total`` is how many matched before the limit. Many are read each time one loops over them.

    ``damaged`` are the ids of runs whose records cannot be read; they are not among the others.
    """

    runs: Sequence[Run]
    total: int
    damaged: tuple[str, ...] = ()


class LeftOut(NamedTuple):
    """Something that lies in the project and is not part of its code; ``partial``: counted only so far."""

    path: str
    reason: str
    files: int
    bytes: int
    partial: bool


class Started(NamedTuple):
    """What `exec` says just before the command starts."""

    id: str
    commit: str | None
    branch: str | None
    dirty: bool | None
    """``None`` without git, as are the counts."""
    modified: int | None
    untracked: int | None
    code_files: int
    code_bytes: int
    new_bytes: int
    """Bytes this run added to the store."""
    inputs: int
    left_out: tuple[LeftOut, ...]
    omitted: tuple[FileRef, ...]
    warnings: tuple[Warn, ...]


class Unpushed(NamedTuple):
    """How many runs that have ended are not on a remote, as far as was known when it was last asked."""

    remote: str
    runs: int


class Status(NamedTuple):
    """What `exec` would capture now, and how it differs from the newest run.

    ``added``, ``removed`` and ``modified`` are code paths against the newest run's tree; ``None``
    without a newest run.
    """

    top: str
    store: str | None
    git: Mapping[str, Json] | None
    code_files: int
    code_bytes: int
    interpreter: str | None
    environment: Mapping[str, Json] | None
    """As in `Run`; ``None`` until a first run with this interpreter was seen."""
    left_out: tuple[LeftOut, ...]
    omitted: tuple[FileRef, ...]
    newest: Run | None
    added: tuple[str, ...] | None
    removed: tuple[str, ...] | None
    modified: tuple[str, ...] | None
    warnings: tuple[Warn, ...]
    unpushed: Unpushed | None = None
    """``None`` without a remote that is meant where none is named."""


class Tag(NamedTuple):
    """A name for a run; ``conflict`` lists other runs to which the same name was given at the same time."""

    name: str
    run: str
    author: str
    at: int
    conflict: tuple[str, ...]


class Tags(NamedTuple):
    """Every tag, by name."""

    tags: tuple[Tag, ...]


class Notes(NamedTuple):
    """The notes of a run, oldest first, each ``{"text", "author", "at"}``."""

    run: str
    notes: tuple[Mapping[str, Json], ...]


class Removed(NamedTuple):
    """Runs that were removed, or brought back."""

    runs: tuple[str, ...]
    restored: bool


class Finding(NamedTuple):
    """One thing `fsck` found. ``code`` is stable; ``severity`` is ``error`` or ``warning``."""

    code: str
    severity: str
    path: str
    message: str
    hint: str | None


class Repaired(NamedTuple):
    """What was done about a file, given by its path in the store."""

    path: str
    action: str


class FsckReport(NamedTuple):
    """What was checked, and what is wrong. Sound when no finding is an error."""

    sound: bool
    checked: Mapping[str, int]
    """How many of each kind of file: packs, objects, runs, events..."""
    findings: tuple[Finding, ...]
    remote: str | None = None
    """The URL of the remote that was checked; ``None`` for the store here."""
    repaired: tuple[Repaired, ...] = ()


class Check(NamedTuple):
    """One line of `doctor`: ``status`` is ``ok``, ``warn`` or ``fail``."""

    name: str
    status: str
    detail: str
    hint: str | None


class Checkup(NamedTuple):
    """What `doctor` found out about this machine and this store."""

    checks: tuple[Check, ...]


class Setting(NamedTuple):
    """One setting: its value now, the default and where the value comes from (``default``, ``store``)."""

    key: str
    value: Scalar
    default: Scalar
    source: str
    help: str


class Settings(NamedTuple):
    """Settings, by key."""

    settings: tuple[Setting, ...]


class Initialised(NamedTuple):
    """Where the store is, and whether it was made just now."""

    store: str
    created: bool


class LeftPackage(NamedTuple):
    """A package that could not be taken, and why."""

    name: str
    version: str
    why: str


class Locked(NamedTuple):
    """A run's environment as a lock file: its ``format``, where it was written, its text, and what is not in it."""

    run: str
    environment: str
    format: str
    path: str | None
    text: str
    packages: int
    left_out: tuple[LeftPackage, ...]


class Vendored(NamedTuple):
    """How many packages of a run's environment the store has now, the bytes that were new, and what it lacks."""

    run: str
    environment: str
    packages: int
    new_bytes: int
    left_out: tuple[LeftPackage, ...]
