"""Run a command and watch it, so that nothing it can notice is different."""

import contextlib
import os
import resource
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CommandNotFoundError, CommandNotRunnableError, StartError
from runlore.execute.guardian import Guardian, kill_marked, marked
from runlore.execute.log import LogWriter
from runlore.execute.signals import Signals, has_terminal
from runlore.execute.streams import Streams
from runlore.execute.usage import TreeUsage
from runlore.records.run import Warn

_BEAT = 30.0
_FIRST_SAMPLE, _LAST_SAMPLE = 0.05, 1.0
_GRACE = 10.0
"""Seconds between asking a command to end when its time is up and making it."""
_TERMINAL_LAG = 0.02


class Outcome(NamedTuple):
    """How a command ended. Either ``exit_code`` or ``signal`` is set.

    Times are nanoseconds since 1970 UTC, ``duration`` seconds; ``usage`` is as `TreeUsage.total` says;
    ``log_bytes`` is what it printed.
    """

    exit_code: int | None
    signal: int | None
    started_at: int
    ended_at: int
    duration: float
    usage: Mapping[str, float | int | None]
    log_bytes: int
    timed_out: bool
    warnings: tuple[Warn, ...]


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
    timeout: float | None = None,
    on_beat: Callable[[], None] | None = None,
) -> Outcome:
    """Run the program ``argv[0]`` to its end.

    Every process of the run must be findable by ``RUNLORE_RUN=<run_id>`` in ``env``. ``on_beat`` is called
    every half minute.

    Raises:
        CommandNotFoundError, CommandNotRunnableError: it could not be started.
    """
    signals = Signals()
    signals.hold()
    child = _Child(LogWriter(log_path), signals, run_id)
    try:
        child.start(argv, cwd, env)
        return child.watch(timeout, on_beat or (lambda: None))
    finally:
        signals.restore()
        child.close()


class _Child:
    """The command while it runs."""

    def __init__(self, log: LogWriter, signals: Signals, run_id: str) -> None:
        self._log = log
        self._streams = Streams(log)
        self._signals = signals
        # As a member of a shell's pipeline where somebody may type Ctrl-C or Ctrl-Z; else, where groups are
        # killed by programs, in a group of its own, so that it does not get twice what we pass on.
        self._shared = has_terminal()
        self._run_id = run_id
        self._guardian = Guardian(run_id)
        self._wake, self._woken = os.pipe()
        os.set_blocking(self._woken, False)

    def start(self, argv: Sequence[str], cwd: str, env: Mapping[str, str]) -> None:
        self.started_at, self._clock = time.time_ns(), time.monotonic()
        try:
            started = subprocess.Popen(
                argv,
                cwd=cwd,
                env=env,
                stdout=self._streams.given(1),
                stderr=self._streams.given(2),
                process_group=None if self._shared else 0,
            )
        except OSError as error:
            raise _start_error(argv[0], error.errno or 0) from error
        finally:
            self._streams.close_child_ends()
        started.returncode = 0  # we wait for it ourselves, to learn what it used
        self.pid = started.pid
        self._guardian.watch(None if self._shared else self.pid)
        self._signals.listen(self.pid, shared=self._shared, on_child=self._wake_up, on_resize=self._streams.resize)

    def close(self) -> None:
        """Let go of everything, whatever has happened."""
        self._streams.close_all()
        self._guardian.close()
        for number in (self._wake, self._woken):
            os.close(number)

    def _wake_up(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._woken, b"!")

    def watch(self, timeout: float | None, on_beat: Callable[[], None]) -> Outcome:
        usage = TreeUsage(self.pid)
        ended: tuple[int, resource.struct_rusage] | None = None
        times = _Times(self._clock, timeout)
        self._wake_up()  # it may have ended already
        while ended is None:
            ready = self._wait(times.next())
            now = time.monotonic()
            if times.sample.due(now):
                usage.sample()
            if times.beat.due(now):
                on_beat()
            if times.term.due(now):
                self._end(signal.SIGTERM)
            if times.kill.due(now):
                self._end(signal.SIGKILL)
                kill_marked(self._run_id)
            if self._wake in ready:
                os.read(self._wake, 1 << 10)
                ended = self._look()
        duration = time.monotonic() - self._clock
        ended_at = time.time_ns()
        warnings = self._finish()
        status, spent = ended
        code = os.waitstatus_to_exitcode(status)
        timed_out = times.term.passed
        if timed_out:
            warnings = (Warn(code="timed-out", message=f"it was ended after {timeout:g} s"), *warnings)
        return Outcome(
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            started_at=self.started_at,
            ended_at=ended_at,
            duration=duration,
            usage=usage.total(spent),
            log_bytes=self._log.received,
            timed_out=timed_out,
            warnings=warnings,
        )

    def _wait(self, until: float) -> set[int]:
        """Carry output on until something else is to be done; which of our descriptors are ready."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        for source in self._streams.relays:
            poll.register(source, select.POLLIN)
        ready = {number for number, _ in poll.poll(max(0.0, until - time.monotonic()) * 1000 + 1)}
        for source in ready & self._streams.relays.keys():
            self._streams.carry(source)
        return ready

    def _look(self) -> tuple[int, resource.struct_rusage] | None:
        """The end of the command, if it has come. If a terminal stopped it we stop with it, as its shell expects."""
        pid, status, spent = os.wait4(self.pid, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            return None
        if os.WIFSTOPPED(status):
            if os.WSTOPSIG(status) in {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}:
                os.kill(os.getpid(), signal.SIGSTOP)
            self._wake_up()
            return None
        return status, spent

    def _end(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._shared:
                os.kill(self.pid, number)
            else:
                os.killpg(self.pid, number)

    def _finish(self) -> tuple[Warn, ...]:
        """Take in the rest of the output without waiting for processes that were left behind."""
        warnings = []
        held = self._streams.drain(patience=_TERMINAL_LAG)
        if held and (left := marked(self._run_id)):
            count = f"{len(left)} processes" if len(left) > 1 else "a process"
            warnings.append(Warn(code="processes-left-running", message=f"{count} of the run did not end with it"))
        return (*warnings, *self._log.close())


class _Alarm:
    """Something to do at a time, once or again and again at growing intervals."""

    def __init__(self, at: float, *, every: float = 0.0, up_to: float = 0.0) -> None:
        self.at = at
        self.passed = False
        self._every = every
        self._up_to = up_to

    def due(self, now: float) -> bool:
        if now < self.at:
            return False
        self.passed = True
        self.at = now + self._every if self._every else float("inf")
        self._every = min(self._every * 1.5, self._up_to)
        return True


class _Times:
    """When what is to be done."""

    def __init__(self, start: float, timeout: float | None) -> None:
        limit = float("inf") if timeout is None else start + timeout
        self.sample = _Alarm(start + _FIRST_SAMPLE, every=_FIRST_SAMPLE, up_to=_LAST_SAMPLE)
        self.beat = _Alarm(start + _BEAT, every=_BEAT, up_to=_BEAT)
        self.term = _Alarm(limit)
        self.kill = _Alarm(limit + _GRACE)

    def next(self) -> float:
        return min(self.sample.at, self.beat.at, self.term.at, self.kill.at)


def _start_error(program: str, number: int) -> StartError:
    why = os.strerror(number).lower()
    if number == 2:  # noqa: PLR2004 - ENOENT; of a script also when its interpreter is missing
        hint = "the program its first line names does not exist" if os.path.exists(program) else None
        return CommandNotFoundError(f'cannot start "{program}": {why}', hint=hint)
    hint = 'give it a first line such as "#!/bin/sh"' if number == 8 else None  # noqa: PLR2004 - ENOEXEC
    return CommandNotRunnableError(f'cannot start "{program}": {why}', hint=hint)
