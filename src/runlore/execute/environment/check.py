"""What making an environment again would take, found out without making it and without asking an index."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from runlore.errors import CannotRebuildError
from runlore.execute.environment import requirements
from runlore.execute.environment.finding import EXACT, FETCH, MISSING, NEAREST, Finding
from runlore.execute.environment.index import sources
from runlore.execute.environment.interpreter import Chosen, choose
from runlore.execute.environment.recorded import Kept, load, name_of
from runlore.execute.environment.room import Room
from runlore.execute.environment.uv import NOWHERE, Tool
from runlore.store.store import Store
from runlore.store.whole import lacking_below

_AT_ONCE = 4
_WAY_OUT = "--env current takes what is installed now"


def check(  # noqa: PLR0913 - everything that it depends on
    store: Store,
    environment_id: str,
    kept: Kept,
    *,
    environ: Mapping[str, str],
    interpreter: str | None,
    trusted: bool = False,
) -> tuple[Finding, ...]:
    """One finding for each part that is not at hand, or one that says that all is; raises `CorruptError`.

    The person's interpreters are asked for their version, and that of the record where it is ``trusted``; nothing else
    is run, not even to build a package, nothing made, and no index asked.
    """
    if (known := Room(store.layout.envs, name_of(environment_id, kept)).ready()) is not None:
        return known
    environment = load(store, environment_id)
    where = os.path.dirname(store.layout.root) if trusted else NOWHERE
    interpreter = interpreter if trusted else None
    tool = Tool(sources(environ, where), where, builds=False)
    try:
        chosen: Chosen | None = choose(environment, interpreter, tool, download=False)
    except CannotRebuildError as error:
        chosen = None
        findings = [Finding("python", FETCH, f"{error.message}: {error.hint}")]
    else:
        assert chosen is not None  # noqa: S101 - for the type checker
        detail = f"{environment.python} was recorded, and {chosen.version} is here"
        findings = [] if chosen.exact else [Finding("python", NEAREST, detail)]
    lines, lost = requirements.split(environment.packages, {each["name"] for each in kept})
    findings += [Finding(package.name, MISSING, f"{requirements.why_lost(package)}; {_WAY_OUT}") for package in lost]
    findings += _damaged(store, kept)
    findings += [
        Finding(name, FETCH, f"{lines[name]} is not in uv's cache, and the index would be asked for it")
        for name in _not_cached(tool, lines, None if chosen is None else chosen.path)
    ]
    return tuple(findings) or (Finding("environment", EXACT, "everything that it takes is on this machine"),)


def _damaged(store: Store, kept: Kept) -> Iterator[Finding]:
    """Kept distributions of which the store does not have every file."""
    for each in kept:
        trees = [each["tree"], *(root["tree"] for root in each["roots"] if root["tree"] is not None)]
        if any(any(lacking_below(store.objects, oid)) for oid in trees):
            detail = f"{each['version']}: not all of its files are in the store; {_WAY_OUT}"
            yield Finding(each["name"], MISSING, detail)


def _not_cached(tool: Tool, lines: Mapping[str, str], python: str | None) -> list[str]:
    """The names of what uv cannot install without an index."""
    if not lines or python is None:
        return list(lines)
    with tempfile.TemporaryDirectory(prefix="runlore-") as folder:

        def fails(name: str, wanted: Sequence[str]) -> bool:
            path = f"{folder}/{name}.txt"
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in wanted)
            return tool.can_install(python, path, offline=True).status != 0

        if not fails("all of them", tuple(lines.values())):
            return []
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            failing = pool.map(lambda name: fails(name, [lines[name]]), lines)
            return [name for name, fails_alone in zip(lines, failing, strict=True) if fails_alone]
