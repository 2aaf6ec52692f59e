"""One recorded run, from the moment it is on record to its seal: told, run, watched, sealed."""

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from runlore.capture.access.ladder import observer_of
from runlore.capture.access.observer import Observer
from runlore.capture.secret_log import LogRedactor
from runlore.errors import MlrunError, StartError, StoreWriteError
from runlore.execute.signals import undisturbed
from runlore.execute.supervise import Outcome, exit_status, supervise
from runlore.ops.counted import Progress
from runlore.ops.describe import describe
from runlore.ops.ending import NOTHING_LEFT, Outputs, Remains, place_of, write_seal
from runlore.ops.indexing import note_begun
from runlore.ops.interpreter import remember_report, remember_started
from runlore.ops.nested import Nested, tell_outer
from runlore.ops.orphans import seal_orphans
from runlore.ops.record import Command, Counter
from runlore.ops.redaction import in_output
from runlore.ops.results import Run, Started
from runlore.ops.tag import put_tags
from runlore.ops.told import Ended, Entries, journal_end, places_of
from runlore.ops.usage import note_usage
from runlore.records.hashing import ObjectId
from runlore.records.run import Recipe, Warn
from runlore.store import journal
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
    """Whom to tell: when the command is about to start, of what went wrong with the record, of progress.

    ``on_remark`` is told of what a person may want to know and need not.
    """

    on_started: Callable[[Started], None]
    on_warning: Callable[[MlrunError], None]
    progress: Progress
    on_remark: Callable[[str], None] = lambda _: None


class Order(NamedTuple):
    """What is to be run, and how.

    ``folder`` is its working folder, ``top`` that of its project; ``rung`` who watches; ``name`` what the program
    sees as its own; ``out`` are the declared outputs, ``samples`` those among them that hold samples;
    ``timeout`` is seconds; ``root`` is of `Places`; ``outer`` are the variables of mlrun itself, which may run
    inside another run.
    """

    command: Command
    folder: str
    top: str
    rung: str
    name: str | None = None
    out: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    timeout: float | None = None
    root: str = ""
    outer: Mapping[str, str] = MappingProxyType({})


class Execution(NamedTuple):
    """A run that is on record, and not started yet. ``started`` is what there is to tell of it."""

    store: Store
    order: Order
    listener: Listener
    live: LiveRun
    started_at: int
    recipe: Recipe
    patch: ObjectId | None
    started: Started

    def run(self) -> ExecResult:
        """Tell, run, seal. From here on no failure of ours may keep the command from running, or change its status."""
        with self._tolerated():
            note_begun(self.store, self.live.id)
            seal_orphans(self.store)
        moves = self._tag()
        self.listener.on_started(self.started)
        told = {**self.order.command.environ, "RUNLORE_RUN": self.live.id, "RUNLORE_JOURNAL": self.live.journal}
        observer, environ = self._observer(told)
        redactor = LogRedactor(self.store.secret_key)
        outcome = self._supervise(observer, environ, redactor)
        inner = Nested(self.live.id, self.order.rung, self.started_at, (os.getpid(), *outcome.pids))
        tell_outer(self.order.outer, inner)
        ended = _ended(outcome, in_output(redactor.found))
        run: Run | None = None
        with undisturbed(), self._tolerated():
            self.live.check_there(self.store.layout)
            self.live.release()
            ended = journal_end(self.live.journal, ended)
            entries = tuple(journal.read(self.live.journal))
            self._remember(entries)
            write_seal(self.store, self.live.id, self.recipe, ended, self._remains(entries, observer))
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
        except ImportError as error:  # mlrun was upgraded or removed meanwhile, or no more files can be opened
            self.listener.on_warning(StoreWriteError(f"cannot write the record of the run: {error}"))

    def _tag(self) -> tuple[str, ...]:
        """Give the run its tags; those that another run had until now."""
        if self.order.tags:
            with self._tolerated():
                refs = Refs(self.store.layout, self.store.index)
                return put_tags(refs, self.order.tags, self.live.id, self.order.folder)
        return ()

    def _observer(self, environ: Mapping[str, str]) -> tuple[Observer | None, Mapping[str, str]]:
        """Who watches, and what the command will see for that; nobody where there is no room for it."""
        with self._tolerated():
            place = place_of(self.store, self.live.folder)
            program = self.order.command.argv[0]
            observer = observer_of(self.order.rung, place, time.time_ns(), program=program, environ=environ)
            return observer, observer.environ(environ)
        return None, environ

    def _remains(self, entries: Entries, observer: Observer | None) -> Remains:
        top = self.order.top
        return Remains(
            entries,
            Outputs(self.order.out, self.order.folder, top, self.order.samples),
            observer,
            places_of(top, self.order.command.environ, entries)._replace(
                given=_standard_input(), root=self.order.root, began=self.started_at
            ),
            Counter("reading what the run touched", self.listener.progress),
            self.patch,
        )

    def _supervise(self, observer: Observer | None, environ: Mapping[str, str], redactor: LogRedactor) -> Outcome:
        argv, name = self.order.command.argv, self.order.name
        if observer is not None and (watched := observer.command(argv)) != argv:
            argv, name = watched, None
        try:
            return supervise(
                argv,
                cwd=self.order.folder,
                env=environ,
                log_path=self.live.log,
                timeout=self.order.timeout,
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
                write_seal(self.store, self.live.id, self.recipe, ended, NOTHING_LEFT)
            raise

    def _remember(self, entries: Entries) -> None:
        """Keep what the interpreter said of itself for the next run."""
        for entry in entries:
            if entry.get("kind") == "interpreter":
                argv, environ = self.order.command.argv, self.order.command.environ
                remember_report(self.store.stats, argv[0], environ, entry)
                if entry.get("executable") != argv[0]:
                    remember_started(self.store.stats, argv, environ, entry)
                return


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
