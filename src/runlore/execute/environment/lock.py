"""An environment as a lock file that uv and pip can install from, and one made from such a file."""

import os
import tempfile
from collections.abc import Mapping
from typing import NamedTuple

from runlore.errors import CannotRebuildError, UsageError
from runlore.execute.environment import compare, requirements
from runlore.execute.environment.finding import Finding
from runlore.execute.environment.index import sources
from runlore.execute.environment.interpreter import choose
from runlore.execute.environment.place import Placer
from runlore.execute.environment.rebuild import Progress, Rebuilt, found_or_made
from runlore.execute.environment.recorded import Kept, load, name_of
from runlore.execute.environment.report import report_of
from runlore.execute.environment.room import Room
from runlore.execute.environment.uv import NOWHERE, Tool, last_line
from runlore.records.environment import Environment, Package
from runlore.records.hashing import blob_digest
from runlore.store.durable import fresh_name, writing
from runlore.store.store import Store

PYLOCK, REQUIREMENTS = "pylock", "requirements"


class Lock(NamedTuple):
    """The text of a lock file, how many packages it has, and those that it cannot have, with the reason."""

    text: str
    packages: int
    left_out: tuple[tuple[Package, str], ...]


def lock(  # noqa: PLR0913 - everything that it depends on
    environment: Environment, kept: Kept, form: str, *, environ: Mapping[str, str], folder: str, trusted: bool = False
) -> Lock:
    """The packages of a record as ``pylock`` (PEP 751) or ``requirements``.

    Addresses and hashes of a ``pylock`` are asked of uv's cache and the index; paths in it are relative to ``folder``.
    A package is built, where only that tells its version, if the record is ``trusted``: that executes its code.

    Raises:
        CannotRebuildError: uv cannot run, or a package cannot be found.
        StoreWriteError: ``folder`` cannot be written.
    """
    held = {each["name"]: each["why"] for each in kept}
    lines, lost = requirements.split(environment.packages, held)
    out = [(package, requirements.why_lost(package)) for package in lost]
    out += [(each, f"{held[each.name]}: mlrun keeps its files") for each in environment.packages if each.name in held]
    left_out = tuple(sorted(out, key=lambda each: each[0].name))
    head = [_comment(f"Python {environment.python} on {environment.platform}")]
    head += [_comment(f"not here: {package.name} {package.version}: {why}") for package, why in left_out]
    if form == REQUIREMENTS:
        return Lock("\n".join([*head, *lines.values(), ""]), len(lines), left_out)
    where = folder if trusted else NOWHERE
    tool = Tool(sources(environ, where), where, builds=trusted)
    text = _resolved(environment, list(lines.values()), tool, folder)
    return Lock("\n".join([*head, text]), len(lines), left_out)


def _comment(text: str) -> str:
    """A line on which the words of a record stay: a stranger's could go on as a requirement of its own."""
    return "# " + "".join(each if each.isprintable() else "?" for each in text)


def _resolved(environment: Environment, lines: list[str], tool: Tool, folder: str) -> str:
    name = f"{folder}/pylock.{fresh_name()}.toml"
    version = environment.python.rstrip("td")
    how = ["--no-deps", "--no-header", "--no-annotate", "--python-version", version, "--format", "pylock.toml"]
    with tempfile.TemporaryDirectory(prefix="runlore-") as scratch:
        wanted = scratch + "/requirements.in"
        with open(wanted, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        try:
            done = tool.resolve([*how, "--output-file", name, wanted])
            if done.status:
                hint = f"--format {REQUIREMENTS} asks no index"
                raise CannotRebuildError(f"the packages cannot be found: {last_line(done.err)}", hint=hint)
            with writing(f'"{folder}"'), open(name, encoding="utf-8") as file:
                return file.read()
        finally:
            if os.path.exists(name):
                os.unlink(name)


def from_lock(  # noqa: PLR0913 - everything that it depends on
    store: Store,
    path: str,
    environment_id: str,
    kept: Kept,
    *,
    environ: Mapping[str, str],
    interpreter: str | None,
    on_progress: Progress = lambda *_: None,
) -> Rebuilt:
    """An environment with the packages of the lock file ``path`` in the place of the recorded ones.

    The interpreter is the recorded one, and editable packages, which are the project's own, come along.

    Raises:
        UsageError: there is no such file.
        CannotRebuildError: it cannot be installed.
    """
    environment = load(store, environment_id)
    own = [each for each in kept if each["why"] == "editable"]
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise UsageError(f'"{path}": {os.strerror(error.errno or 0).lower()}', hint="name a lock file") from error
    means = os.path.basename(path).encode() + b"\0" + environment.python.encode() + b"\0" + data
    room = Room(store.layout.envs, name_of(blob_digest(means).hex(), own))

    def make(held: int) -> tuple[Finding, ...]:
        folder = os.path.dirname(os.path.abspath(path))
        tool = Tool(sources(environ, folder), folder, (held,))
        chosen = choose(environment, interpreter, tool, download=True)
        room.clear()
        tool.make(chosen.path, room.path)
        on_progress("installing the packages of the lock file", 0, 0)
        done = tool.install(room.python, os.path.abspath(path))
        if done.status:
            raise CannotRebuildError(f'"{path}" cannot be installed: {last_line(done.err)}', hint=tool.hint())
        site = compare.site_of(room.path)
        with writing(f'"{room.path}"'):
            for each in own:
                Placer(store.objects, room.path, site).place(each)
            findings = _differences(environment, room, tool)
            room.finish(site, findings)
        return findings

    return found_or_made(room, make, on_progress)


def _differences(environment: Environment, room: Room, tool: Tool) -> tuple[Finding, ...]:
    interpreter = report_of(room.python, tool.environ)
    if interpreter is None:
        raise CannotRebuildError("the interpreter of the new environment does not start", hint=tool.hint())
    return tuple(compare.compare(environment, compare.read(interpreter), {})) or (compare.summary(environment),)
