"""Environments side by side: interpreter, packages, machine, variables; and which of it can have mattered."""

from collections.abc import Iterator, Mapping

from runlore.errors import CacheDamagedError, CorruptError
from runlore.execute.environment.recorded import load
from runlore.ops.difference.results import Environment, Packages, Pair, Table
from runlore.ops.difference.tables import table
from runlore.ops.parts import Parts
from runlore.ops.sharing.promised import share_a_key
from runlore.records.canonical import Json
from runlore.records.environment import Environment as Recorded
from runlore.records.environment import Package
from runlore.store.store import Store

_PASSING = frozenset(
    (
        *("PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "LINES", "TERM", "TERM_SESSION_ID", "WINDOWID", "TMPDIR"),
        *("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "SSH_AUTH_SOCK", "XDG_SESSION_ID", "TMUX", "TMUX_PANE"),
    )
)
"""Variables that are others in every terminal."""
_OF_GPUS = frozenset(("gpu_driver", "cuda_driver"))


def compare_environments(store: Store, a: Parts, b: Parts) -> tuple[Environment, tuple[str, ...]]:
    """What is another, and why a record of an environment could not be read.

    Of packages nothing where an interpreter did not report itself; nor of interpreters where a record is damaged.
    """
    unread: dict[str, None] = {}
    left, right = (_recorded(store, parts.recipe.environment, unread) for parts in (a, b))
    found = Environment(
        interpreter=Table({}, {}, {}) if unread else table(_interpreter(left), _interpreter(right)),
        packages=None if left is None or right is None else _packages(a, b, left, right),
        hardware=table(_machine(a, b.intent.hardware), _machine(b, a.intent.hardware)),
        variables=table(a.recipe.variables, b.recipe.variables),
        unkept=_unkept(a, b, values=share_a_key(store, a, b)),
    )
    return found, tuple(unread)


def _recorded(store: Store, environment: str | None, unread: dict[str, None]) -> Recorded | None:
    """The record of that id, if it can be read; else why not, into ``unread``."""
    if environment is None:
        return None
    try:
        return load(store, environment)
    except CacheDamagedError:
        raise
    except CorruptError as error:
        unread[error.message] = None
        return None


def unrecorded(a: Parts, b: Parts) -> Iterator[str]:
    """What of the machine only one of the two records says, since who wrote the other did not look at it."""
    then, now = a.intent.hardware, b.intent.hardware
    for name in sorted(then.keys() ^ now.keys()):
        known, letter, other, without = (then, "a", "b", now) if name in then else (now, "b", "a", then)
        is_idle = name in _OF_GPUS and not without.get("gpus")
        if known[name] is not None and without and not is_idle:
            yield f"{name.replace('_', ' ')}: not recorded in run {other}, {known[name]} in run {letter}"


def differs(found: Environment) -> bool:
    """Whether anything in it differs that is known by value."""
    packages = found.packages
    in_packages = packages and (packages.added or packages.removed or packages.changed or packages.rebuilt)
    return bool(in_packages) or any(each.differs for each in (found.interpreter, found.hardware, found.variables))


def _interpreter(found: Recorded | None) -> dict[str, Json]:
    if found is None:
        return {}
    return {"python": found.python, "implementation": found.implementation, "platform": found.platform}


def _machine(parts: Parts, also: Mapping[str, Json]) -> dict[str, Json]:
    """What is known of the machine, as far as ``also`` says anything about it; ``gpus`` as one text."""
    said = {key: value for key, value in parts.intent.hardware.items() if value is not None and key in also}
    gpus = said.get("gpus")
    if isinstance(gpus, list):
        names = [str(each.get("name", "GPU")) if isinstance(each, Mapping) else str(each) for each in gpus]
        said["gpus"] = ", ".join(names) or "none"
    return {**said, "host": parts.intent.host}


def _packages(a: Parts, b: Parts, left: Recorded, right: Recorded) -> Packages:
    old, new = ({each.name: each for each in side.packages} for side in (left, right))
    both = sorted(old.keys() & new.keys())
    added = {name: new[name].version for name in sorted(new.keys() - old.keys())}
    removed = {name: old[name].version for name in sorted(old.keys() - new.keys())}
    changed = {
        name: Pair(old[name].version, new[name].version) for name in both if old[name].version != new[name].version
    }
    rebuilt = {name: why for name in both if name not in changed and (why := _rebuilt(old[name], new[name]))}
    seen = [parts.seal.imported if parts.seal else None for parts in (a, b)]
    imported = {name for each in seen for name in each or ()}
    touched = {*added, *removed, *changed, *rebuilt}
    return Packages(
        *(added, removed, changed, rebuilt),
        imported=None if seen == [None, None] else tuple(sorted(imported & touched)),
        uncertain=None in seen,
    )


def _rebuilt(a: Package, b: Package) -> str:
    if a.digest != b.digest:
        return "another build, with other files"
    if (a.source, a.url) != (b.source, b.url):
        return f"from {a.url or a.source or 'an index'} before, from {b.url or b.source or 'an index'} after"
    return ""


def _unkept(a: Parts, b: Parts, *, values: bool) -> tuple[str, ...]:
    """Names of variables whose values are not kept and that are set in one alone, or, with ``values``, to another."""
    then, now = a.intent.others, b.intent.others
    if then is None or now is None:
        return ()
    found: Table = table(then, now)
    changed = found.changed if values else ()
    return tuple(sorted({*found.added, *found.removed, *changed} - _PASSING))
