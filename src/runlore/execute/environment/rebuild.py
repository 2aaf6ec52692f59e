"""The environment of a run, made again from its record in `.mlrun/envs`.

Exact versions come from uv's cache, else from the index; what no index has comes from the store. What was made is
then read like any other environment and compared with the record.
"""

import os
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from runlore.errors import CannotRebuildError
from runlore.execute.environment import compare, requirements
from runlore.execute.environment.finding import DIFFERS, Finding
from runlore.execute.environment.index import sources
from runlore.execute.environment.interpreter import choose
from runlore.execute.environment.place import Placer
from runlore.execute.environment.recorded import Kept, load, name_of
from runlore.execute.environment.report import report_of
from runlore.execute.environment.room import Room
from runlore.execute.environment.uv import Done, Tool, last_line
from runlore.records.environment import Environment
from runlore.store.durable import writing
from runlore.store.store import Store

Progress = Callable[[str, int, int], None]
"""Told what is going on, how much of it is done, and how much there is (0: not known)."""


class Rebuilt(NamedTuple):
    """An environment that is there: its interpreter, its folder, whether it was made now, and what differs."""

    python: str
    prefix: str
    fresh: bool
    findings: tuple[Finding, ...]


def rebuild(  # noqa: PLR0913 - everything that it depends on
    store: Store,
    environment_id: str,
    kept: Kept,
    *,
    environ: Mapping[str, str],
    interpreter: str | None,
    on_progress: Progress = lambda *_: None,
    needed: Collection[str] | None = None,
) -> Rebuilt:
    """The environment of that id, from ``envs/`` or made now.

    ``kept`` are the seal's, ``interpreter`` the path that the run used. A package that cannot be had is an error if
    it is in ``needed`` (``None``: any is), else a finding.

    Raises:
        CannotRebuildError: no such interpreter, or a package that is needed cannot be had.
        CorruptError: the record, or a file that the store kept, is damaged.
        StoreWriteError: the store cannot be written.
    """
    room = Room(store.layout.envs, name_of(environment_id, kept))

    def make(lock: int) -> tuple[Finding, ...]:
        top = os.path.dirname(store.layout.root)
        tool = Tool(sources(environ, top), top, (lock,))
        return _Making(store, load(store, environment_id), kept, room, tool, on_progress).make(interpreter, needed)

    return found_or_made(room, make, on_progress)


def found_or_made(room: Room, make: Callable[[int], tuple[Finding, ...]], on_progress: Progress) -> Rebuilt:
    """The environment of that room, if it is whole, or else what ``make`` puts there under the lock it is given."""
    if (findings := room.ready()) is not None:
        return Rebuilt(room.python, room.path, fresh=False, findings=findings)
    with room.making(lambda: on_progress("waiting for another process that makes this environment", 0, 0)) as lock:
        if (findings := room.ready()) is not None:
            return Rebuilt(room.python, room.path, fresh=False, findings=findings)
        return Rebuilt(room.python, room.path, fresh=True, findings=make(lock))


def in_place(environment: Environment, interpreter: str, *, environ: Mapping[str, str] | None = None) -> bool:
    """Whether that interpreter still stands, with exactly the recorded packages."""
    found = report_of(interpreter, os.environ if environ is None else environ)
    return found is not None and compare.read(found) == environment


class _Making:
    """One environment in the making."""

    def __init__(  # noqa: PLR0913, PLR0917 - what `rebuild` has
        self,
        store: Store,
        environment: Environment,
        kept: Kept,
        room: Room,
        tool: Tool,
        on_progress: Progress,
    ) -> None:
        self._store = store
        self._environment = environment
        self._kept = kept
        self._room = room
        self._tool = tool
        self._say = on_progress

    def make(self, interpreter: str | None, needed: Collection[str] | None) -> tuple[Finding, ...]:
        """Make it; what differs from the record."""
        self._say("finding the interpreter", 0, 0)
        chosen = choose(self._environment, interpreter, self._tool, download=True)
        self._room.clear()
        self._tool.make(chosen.path, self._room.path)
        lines, lost = requirements.split(self._environment.packages, {each["name"] for each in self._kept})
        excused = {package.name: requirements.why_lost(package) for package in lost}
        self._say(f"installing {len(lines)} packages", 0, 0)
        excused |= self._install(lines)
        self._refuse_without(excused, needed)
        site = compare.site_of(self._room.path)
        with writing(f'"{self._room.path}"'):
            placer = Placer(self._store.objects, self._room.path, site)
            for number, each in enumerate(self._kept):
                self._say("placing kept packages", number, len(self._kept))
                placer.place(each)
        findings = self._look(site, lines, excused)
        with writing(f'"{self._room.path}"'):
            self._room.finish(site, findings)
        return findings

    def _install(self, lines: Mapping[str, str]) -> dict[str, str]:
        """Install these requirements, without an index where that is possible; why some could not be, by name."""
        if not lines or self._try(lines.values(), offline=True).status == 0:
            return {}
        done = self._try(lines.values(), offline=False)
        if done.status == 0:
            return {}
        failed = self._failing(lines)
        rest = [line for name, line in lines.items() if name not in failed]
        if not failed or (rest and (done := self._try(rest, offline=False)).status):
            hint = "mlrun reproduce --check says what is missing; the index must be reachable, or uv's cache have them"
            raise CannotRebuildError(f"the packages cannot be installed: {last_line(done.err)}", hint=hint)
        return failed

    def _failing(self, lines: Mapping[str, str]) -> dict[str, str]:
        """Those that cannot be had even alone, and why."""
        failed = {}
        for number, (name, line) in enumerate(lines.items()):
            self._say("looking for what is missing", number, len(lines))
            done = self._try([line], offline=False, dry=True)
            if done.status:
                failed[name] = f"{line} cannot be had: {last_line(done.err)}"
        return failed

    def _try(self, lines: Collection[str], *, offline: bool, dry: bool = False, cached: bool = True) -> Done:
        path = self._room.path + "/requirements.txt"
        with writing(f'"{path}"'), open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        if dry:
            return self._tool.can_install(self._room.python, path, offline=offline)
        return self._tool.install(self._room.python, path, offline=offline, cached=cached)

    def _refuse_without(self, excused: Mapping[str, str], needed: Collection[str] | None) -> None:
        for name, why in excused.items():
            if needed is None or name in needed:
                hint = "install it anywhere uv finds it, or run with --env current"
                raise CannotRebuildError(f"{name}: {why}", hint=hint)

    def _look(self, site: str, lines: Mapping[str, str], excused: Mapping[str, str]) -> tuple[Finding, ...]:
        """Compare what was made with the record, and its files with what their installer listed."""
        self._say("comparing with the record", 0, 0)
        edited = compare.verify(site, lines)
        if edited and self._try([lines[name] for name in edited], offline=False, cached=False).status == 0:
            edited = compare.verify(site, edited)
        interpreter = report_of(self._room.python, self._tool.environ)
        if interpreter is None:
            raise CannotRebuildError("the interpreter of the new environment does not start", hint=self._tool.hint())
        findings = compare.compare(self._environment, compare.read(interpreter), excused)
        for name, files in edited.items():
            detail = f"files in uv's cache were edited: {', '.join(files)}; uv cache clean {name} mends it"
            findings.append(Finding(name, DIFFERS, detail))
        return tuple(findings) or (compare.summary(self._environment),)
