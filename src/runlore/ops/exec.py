"""`exec`: snapshot, run, watch, record."""

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from runlore.capture.access.ladder import observer_of, pick
from runlore.capture.access.observer import Observer
from runlore.capture.secret_log import LogRedactor
from runlore.errors import (
    CacheDamagedError,
    ConfigError,
    CorruptError,
    LockedError,
    MlrunError,
    RefusedError,
    StartError,
    StoreWriteError,
)
from runlore.execute.resolve import resolve
from runlore.execute.signals import undisturbed
from runlore.execute.supervise import Outcome, exit_status, supervise
from runlore.ops.describe import describe, note_begun
from runlore.ops.ending import NOTHING_LEFT, Outputs, Remains, place_of, seal_the_dead, write_seal
from runlore.ops.interpreter import remember_report
from runlore.ops.project import Project, project_for_exec
from runlore.ops.record import Command, Counter, Prepared, Progress, left_out, prepare
from runlore.ops.redaction import in_output
from runlore.ops.request import ExecRequest
from runlore.ops.results import Run, Started
from runlore.ops.tag import check_name, put_tag
from runlore.ops.told import Ended, Entries, journal_end, places_of
from runlore.ops.usage import note_usage
from runlore.probe.path import child_pythonpath
from runlore.records.run import Warn
from runlore.store import journal, runs
from runlore.store.durable import writing
from runlore.store.refs import Refs
from runlore.store.runs import LiveRun
from runlore.store.store import Store


class ExecResult(NamedTuple):
    """How it went. ``run`` is ``None`` if nothing could be recorded; the command ran all the same.

    ``interrupted`` is whether the command died of a Ctrl-C that was typed.
    """

    run: Run | None
    exit_status: int
    interrupted: bool
    tag_moves: tuple[str, ...]


class Listener(NamedTuple):
    """Whom to tell: when the command is about to start, of what went wrong with the record, of progress."""

    on_started: Callable[[Started], None]
    on_warning: Callable[[MlrunError], None]
    progress: Progress


def execute(request: ExecRequest, listener: Listener) -> ExecResult:
    """Run the command and record it. A failure to record never keeps the command from running.

    Raises:
        StartError: the command cannot be started, or a store would be made where none belongs.
        UsageError: a declared path does not exist, a tag cannot be one, or the run cannot be watched as asked.
    """
    project = project_for_exec(request.folder, request.environ)
    resolved = resolve(request.argv, cwd=request.folder, top=project.top, environ=request.environ)
    for tag in request.tags:
        check_name(tag)
    command = Command(resolved.argv, resolved.interpreter, _child_environ(request))
    rung = pick(request.trace, command.argv[0], command.environ).rung
    try:
        execution = _begin(project, request, command, listener, rung)
    except (StoreWriteError, ConfigError, CorruptError, LockedError, RefusedError) as error:
        return _run_unrecorded(request, command, listener, error)
    with execution.store:
        return execution.run()


def _begin(project: Project, request: ExecRequest, command: Command, listener: Listener, rung: str) -> "_Execution":
    """Put the run on record."""
    with contextlib.ExitStack() as undo:
        store = undo.enter_context(Store.create(project.root))
        with store.unfinished():
            try:
                prepared = prepare(store, project, request, command, listener.progress)
            except CacheDamagedError:  # and dropped: once more, with an empty one
                store.close()
                prepared = prepare(store, project, request, command, listener.progress)
            live = runs.begin(store.layout, prepared.intent)
        undo.pop_all()  # it stays open for the execution
    return _Execution(store, project, request, command, listener, rung, live, prepared)


class _Execution(NamedTuple):
    """One recorded run, from the moment it is on record."""

    store: Store
    project: Project
    request: ExecRequest
    command: Command
    listener: Listener
    rung: str
    live: LiveRun
    prepared: Prepared

    def run(self) -> ExecResult:
        """Tell, run, seal. From here on no failure of ours may keep the command from running, or change its status."""
        with self._tolerated():
            note_begun(self.store, self.live.id)
            seal_the_dead(self.store)
        moves = self._tag()
        self.listener.on_started(_started(self.live, self.prepared))
        told = {**self.command.environ, "RUNLORE_RUN": self.live.id, "RUNLORE_JOURNAL": self.live.journal}
        observer, environ = self._observer(told)
        redactor = LogRedactor(self.store.secret_key)
        outcome = self._supervise(observer, environ, redactor)
        ended = _ended(outcome, in_output(redactor.found))
        run: Run | None = None
        with undisturbed(), self._tolerated():
            self.live.release()
            journal_end(self.live.journal, ended)
            entries = tuple(journal.read(self.live.journal))
            self._remember(entries)
            write_seal(self.store, self.live.id, self.prepared.recipe, ended, self._remains(entries, observer))
            run = describe(self.store, Refs(self.store.layout, self.store.index), self.live.id)
        os.close(self.live.lock)
        return ExecResult(run, exit_status(outcome), outcome.interrupted, moves)

    @contextlib.contextmanager
    def _tolerated(self) -> Iterator[None]:
        """Report what goes wrong with the record, and go on."""
        try:
            with writing("the record of the run"):
                yield
        except MlrunError as error:
            self.listener.on_warning(error)

    def _tag(self) -> tuple[str, ...]:
        """Give the run its tags; those that another run had until now."""
        moves: list[str] = []
        if not self.request.tags:
            return ()
        with self._tolerated():
            refs = Refs(self.store.layout, self.store.index)
            for tag in dict.fromkeys(self.request.tags):
                if tag in refs.tags():
                    moves.append(tag)
                put_tag(refs, tag, self.live.id, self.request.folder)
        return tuple(moves)

    def _observer(self, environ: Mapping[str, str]) -> tuple[Observer | None, Mapping[str, str]]:
        """Who watches, and what the command will see for that; nobody where there is no room for it."""
        with self._tolerated():
            place = place_of(self.store, self.live.folder)
            program = self.command.argv[0]
            observer = observer_of(self.rung, place, time.time_ns(), program=program, environ=environ)
            return observer, observer.environ(environ)
        return None, environ

    def _remains(self, entries: Entries, observer: Observer | None) -> Remains:
        top = self.project.top
        return Remains(
            entries,
            Outputs(self.request.out, self.request.folder, top),
            observer,
            places_of(top, self.command.environ, entries)._replace(given=_standard_input()),
            Counter("reading what the run touched", self.listener.progress),
            self.prepared.patch,
        )

    def _supervise(self, observer: Observer | None, environ: Mapping[str, str], redactor: LogRedactor) -> Outcome:
        argv, name = self.command.argv, _name(self.request, self.command)
        if observer is not None and (watched := observer.command(argv)) != argv:
            argv, name = watched, None
        try:
            return supervise(
                argv,
                cwd=self.request.folder,
                env=environ,
                log_path=self.live.log,
                timeout=self.request.timeout,
                on_beat=self.live.beat,
                run_id=self.live.id,
                name=name,
                on_usage=lambda rows: note_usage(self.live.journal, rows),
                redact=redactor,
            )
        except StartError as error:
            # It was there a moment ago: on record as a run that failed at once.
            now = time.time_ns()
            ended = Ended(
                "failed", error.exit_code, None, now, 0.0, {}, 0, (Warn(code=error.code, message=error.message),)
            )
            with self._tolerated():
                write_seal(self.store, self.live.id, self.prepared.recipe, ended, NOTHING_LEFT)
            raise

    def _remember(self, entries: Entries) -> None:
        """Keep what the interpreter said of itself for the next run."""
        for entry in entries:
            if entry.get("kind") == "interpreter":
                remember_report(self.store.stats, self.command.argv[0], self.command.environ, entry)
                return


def _run_unrecorded(request: ExecRequest, command: Command, listener: Listener, error: MlrunError) -> ExecResult:
    """The run comes first: where nothing can be recorded the command runs all the same, and that is said."""
    listener.on_warning(error)
    nobody = os.urandom(16).hex()
    outcome = supervise(
        command.argv,
        cwd=request.folder,
        env={**request.environ, "RUNLORE_RUN": nobody},
        log_path=os.devnull,
        timeout=request.timeout,
        run_id=nobody,
        name=_name(request, command),
    )
    return ExecResult(None, exit_status(outcome), outcome.interrupted, ())


def _name(request: ExecRequest, command: Command) -> str | None:
    """What the program sees as its own name: what was typed, unless we chose the program."""
    return None if command.interpreter else request.argv[0]


def _child_environ(request: ExecRequest) -> Mapping[str, str]:
    """What the command will see, but for the names of its run: string hashes that repeat, and the probe on its path."""
    environ = {"PYTHONHASHSEED": "0", **request.environ}
    if request.trace != "off":
        environ["PYTHONPATH"] = child_pythonpath(request.environ.get("PYTHONPATH"))
    return environ


def _ended(outcome: Outcome, warnings: tuple[Warn, ...]) -> Ended:
    state = "killed" if outcome.signal is not None else "succeeded" if outcome.exit_code == 0 else "failed"
    return Ended(
        state,
        outcome.exit_code,
        outcome.signal,
        outcome.ended_at,
        outcome.duration,
        dict(outcome.usage),
        outcome.log_bytes,
        (*outcome.warnings, *warnings),
    )


def _standard_input() -> tuple[str, ...]:
    """The file that the command reads as its standard input, if it is one."""
    try:
        if not stat.S_ISREG(os.fstat(0).st_mode) or fcntl.fcntl(0, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
            return ()
        path = os.readlink("/proc/self/fd/0")
        return (path,) if os.path.samestat(os.stat(path), os.fstat(0)) else ()
    except OSError:
        return ()


def _started(live: LiveRun, prepared: Prepared) -> Started:
    git = prepared.listing.git
    return Started(
        id=live.id,
        commit=git.commit if git else None,
        branch=git.branch if git else None,
        dirty=git.dirty if git else None,
        modified=len(git.modified) if git else None,
        untracked=len(git.untracked) if git else None,
        code_files=prepared.code.files,
        code_bytes=prepared.code.bytes,
        new_bytes=prepared.new_bytes,
        inputs=len(prepared.inputs),
        left_out=left_out(prepared.listing),
        omitted=prepared.code.omitted,
        warnings=prepared.warnings,
    )
