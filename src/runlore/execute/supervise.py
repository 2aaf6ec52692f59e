"""Run a command and watch it, so that nothing it can notice is different."""

import contextlib
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import StartError
from runlore.execute.alarms import Alarms
from runlore.execute.guardian import Guardian, kill_run, left, members, send
from runlore.execute.log import LogWriter, Redact
from runlore.execute.signals import Signals, has_terminal
from runlore.execute.start import start
from runlore.execute.streams import Streams
from runlore.execute.usage import Row, TreeUsage
from runlore.records.run import Warn

_PAUSE = 0.05
_STOPS = frozenset((signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU))
_ENDS = frozenset((signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT))


class Outcome(NamedTuple):
    """How a command ended. Either ``exit_code`` or ``signal`` is set.

    Times are nanoseconds since 1970 UTC, ``duration`` seconds; ``usage`` is as `TreeUsage.total` says;
    ``log_bytes`` is what it printed; ``pids`` are the command's and that of who guards it;
    ``interrupted`` is whether it died of a Ctrl-C that was typed.
    """

    exit_code: int | None
    signal: int | None
    started_at: int
    ended_at: int
    duration: float
    usage: Mapping[str, float | int | str | None]
    log_bytes: int
    timed_out: bool
    interrupted: bool
    warnings: tuple[Warn, ...]
    pids: tuple[int, ...]


def exit_status(outcome: Outcome) -> int:
    """What a shell would give as ``$?``."""
    return 128 + outcome.signal if outcome.signal is not None else outcome.exit_code or 0


def supervise(  # noqa: PLR0913 - one call, each part named
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    log_path: str,
    run_id: str,
    name: str | None = None,
    timeout: float | None = None,
    on_beat: Callable[[], None] | None = None,
    on_usage: Callable[[Sequence[Row]], None] | None = None,
    redact: Redact | None = None,
) -> Outcome:
    """Run the program ``argv[0]`` to its end. From the main thread alone: it is the one that hears signals.

    Every process of the run must be findable by ``RUNLORE_RUN=<run_id>`` in ``env``. ``name`` is what the
    program sees in the place of its path; ``timeout`` is in seconds; ``on_beat`` is called every half minute;
    ``on_usage`` gets then, and at the end, what was seen of its use since; ``redact`` is of `LogWriter`.

    Raises:
        CommandNotFoundError, CommandNotRunnableError: it could not be started.
        StartError: it could not be watched: there are no more file descriptors.
    """
    log = LogWriter(log_path, redact=redact)
    alarms = Alarms(time.monotonic(), timeout, screen=os.isatty(1) or os.isatty(2))
    command = _Command(run_id, log, alarms, on_beat or (lambda: None), on_usage or (lambda _: None))
    try:
        command.start(argv, name or argv[0], cwd, env)
        return command.watch()
    finally:
        command.close()


class _Command:
    """The command from its start to its end."""

    def __init__(
        self,
        run_id: str,
        log: LogWriter,
        alarms: Alarms,
        on_beat: Callable[[], None],
        on_usage: Callable[[Sequence[Row]], None],
    ) -> None:
        self._run_id = run_id
        self._log = log
        self._alarms = alarms
        self._on_beat = on_beat
        self._on_usage = on_usage
        self._troubles: tuple[Warn, ...] = ()
        # As a member of a shell's pipeline where somebody may type Ctrl-C or Ctrl-Z; else, where groups are
        # killed by programs, in a group of its own, so that it does not get twice what we pass on.
        self._shared = has_terminal()
        self._signals = Signals(shared=self._shared)
        self._signals.hold()
        self._guardian = Guardian(run_id)

    def start(self, argv: Sequence[str], name: str, cwd: str, env: Mapping[str, str]) -> None:
        try:
            self._streams = Streams(self._log)
        except OSError as error:
            raise StartError(f"cannot watch the command: {error.strerror}") from error
        self._started_at, self._clock = time.time_ns(), time.monotonic()
        try:
            self._pid = start(
                argv[0], (name, *argv[1:]), cwd=cwd, env=env, streams=self._streams, own_group=not self._shared
            )
        except StartError:
            self._streams.close()
            raise
        self._guardian.watch(self._pid)
        self._usage = TreeUsage(self._pid)

    def watch(self) -> Outcome:
        try:
            return self._watch()
        finally:
            self._usage.close()

    def _watch(self) -> Outcome:
        for number in self._signals.listen(self._pid):
            self._pass_on(number)
        self._streams.start(self._pid)
        while (ended := self._look()) is None:
            self._do_what_is_due()
            for number in self._signals.wait(max(0.0, self._alarms.next() - time.monotonic())):
                self._pass_on(number)
        duration = time.monotonic() - self._clock
        ended_at = time.time_ns()
        with self._beside():
            self._usage.finish()
            self._note_usage()
        warnings = (*self._usage.warnings, *self._finish(), *self._troubles)
        status, spent = ended
        code = os.waitstatus_to_exitcode(status)
        return Outcome(
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            started_at=self._started_at,
            ended_at=ended_at,
            duration=duration,
            usage=self._usage.total(spent),
            log_bytes=self._log.received,
            timed_out=self._alarms.term.passed,
            interrupted=code == -signal.SIGINT and self._signals.ctrl_c,
            warnings=warnings,
            pids=(self._pid, *self._guardian.pids),
        )

    def close(self) -> None:
        """Let go of everything, whatever has happened."""
        self._guardian.close()
        self._signals.restore()
        self._log.close()

    @contextlib.contextmanager
    def _beside(self) -> Iterator[None]:
        """What is done beside the watching may fail without an end to that: it is said once, in the end."""
        try:
            yield
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
            message = f"not all that it used is on record: {why}"
            self._troubles = self._troubles or (Warn(code="usage-incomplete", message=message),)

    def _note_usage(self) -> None:
        if rows := self._usage.rows():
            self._on_usage(rows)

    def _pass_on(self, number: int) -> None:
        if number == signal.SIGWINCH:
            self._streams.resize()
        send([self._pid], number)

    def _do_what_is_due(self) -> None:
        now = time.monotonic()
        if now >= self._alarms.look.at:
            before = time.thread_time()
            with self._beside():
                self._usage.sample()
            self._alarms.look.done(now, time.thread_time() - before)
            self._alarms.screen.at = now  # who is awake does both
        if self._alarms.screen.due(now):
            self._streams.resize()  # also where a shell that we run has put us into the background: nobody tells us
        if self._alarms.beat.due(now):
            with self._beside():
                self._on_beat()
                self._note_usage()
        if self._alarms.term.due(now):
            everything = {self._pid, *members(self._run_id, self._pid)}
            send(everything, signal.SIGTERM)
            send(everything, signal.SIGCONT)  # what is stopped cannot end
        if self._alarms.kill.due(now):
            send([self._pid], signal.SIGKILL)
            kill_run(self._run_id, self._pid)

    def _look(self) -> tuple[int, resource.struct_rusage] | None:
        """The end of the command, if it has come. If a terminal stopped it we stop with it, as its shell expects."""
        state = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
        if state is None:
            return None
        if state.si_code == os.CLD_STOPPED:
            self._streams.settle()  # if all of us were stopped and go on now, it does so too meanwhile
            stopped = os.waitid(os.P_PID, self._pid, os.WSTOPPED | os.WNOHANG)
            if stopped is not None and stopped.si_status in _STOPS:
                os.kill(os.getpid(), signal.SIGSTOP)
            return None
        with self._beside():
            self._usage.sample()  # what its children used is counted as its own by now, and gone with the next line
        _, status, spent = os.wait4(self._pid, 0)
        return status, spent

    def _finish(self) -> tuple[Warn, ...]:
        """Take in the rest of the output without waiting for processes that were left behind."""
        warnings = []
        if self._alarms.term.passed:
            self._end_the_rest()
            warnings.append(Warn(code="timed-out", message="its time was up before it ended"))
        self._signals.shared = False  # nobody else gets them any more
        self._streams.end()
        while not (done := self._streams.wait(_PAUSE)) and _ENDS.isdisjoint(self._signals.wait(0)):
            if self._alarms.beat.due(time.monotonic()):
                with self._beside():
                    self._on_beat()
        self._streams.restore()
        held = done and self._streams.hand_over()
        stayed = len(left(self._run_id, self._pid, time.monotonic() - self._clock))
        if held or stayed:
            what = f"{stayed} processes" if stayed > 1 else "a process"
            warnings.append(Warn(code="processes-left-running", message=f"{what} of the run did not end with it"))
        return (*warnings, *self._log.close())

    def _end_the_rest(self) -> None:
        """When its time is up nothing of a run stays, but everything has the same time to end in order."""
        kill = self._alarms.kill
        while not (kill.passed or kill.due(time.monotonic())) and members(self._run_id, self._pid):
            time.sleep(_PAUSE)
        kill_run(self._run_id, self._pid)
