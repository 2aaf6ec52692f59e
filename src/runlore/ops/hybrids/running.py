"""Mixtures that are run: each in a process and a folder of its own, as `reproduce` would, and recorded like any run."""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from types import FrameType
from typing import NamedTuple, NoReturn

from runlore.errors import CannotRebuildError, CorruptError, MlrunError
from runlore.execute.environment.rebuild import Progress, Rebuilt
from runlore.execute.environment.recorded import load
from runlore.execute.guardian import kill_run
from runlore.execute.signals import undisturbed
from runlore.ops.counted import silent
from runlore.ops.environment import Ran, environment_of
from runlore.ops.execution import Listener
from runlore.ops.hybrids.mixture import Mixed
from runlore.ops.parts import Parts
from runlore.ops.record import Counter
from runlore.ops.reproduction import packages
from runlore.ops.reproduction.folder import Folder, sweep
from runlore.ops.reproduction.rerun import Prepared, furnish, link_environment, run_again
from runlore.ops.reproduction.substitute import OtherCode
from runlore.ops.reproduction.variation import Variation
from runlore.records.hashing import ObjectId
from runlore.records.run import Recipe
from runlore.store.refs import Refs
from runlore.store.store import Store

_RETRAINS = "retrains"
_ENDING = frozenset((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
_SET_DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG`` of prctl(2): a process whose parent is killed hears of it."""
_GRACE = 10.0
"""Seconds that a run has to end when it is told to."""


class Going(NamedTuple):
    """A mixture that runs: its process, and the pipe through which comes which run it was."""

    process: int
    pipe: int


class Ended(NamedTuple):
    """The run that it was; ``None``, with the reason, if there is none."""

    run: str | None
    why: str


class Runner:
    """Runs mixtures of two runs."""

    def __init__(
        self,
        store: Store,
        sides: tuple[Parts, ...],
        environ: Mapping[str, str],
        *,
        timeout: float | None,
        progress: Progress,
    ) -> None:
        """``sides`` are the runs that mixtures are made of; ``timeout`` is seconds of one run."""
        self._store = store
        self._sides = sides
        self._environ = environ
        self._timeout = timeout
        self._progress = progress
        self._rebuilt: dict[str | None, Rebuilt | str | None] = {}

    def start(self, mixed: Mixed, *, message: str) -> Going | Ended:
        """Begin to run it; or why it cannot be run."""
        rebuilt = self._environment(mixed)
        if isinstance(rebuilt, str):
            return Ended(None, rebuilt)
        ours, theirs = os.pipe()
        us = os.getpid()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # until it is clear who is meant
        process = os.fork()
        if process == 0:
            job = _Job(self._store.layout.root, mixed, rebuilt, self._environ, self._timeout, message)
            _run_and_exit(job, us, theirs, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(theirs)
        return Going(process, ours)

    def end(self, going: Going, seconds: float | None = None) -> Ended | None:
        """Wait for its end; ``None`` if it has not come after so many seconds.

        Raises:
            CorruptError: something that it is made of is damaged.
        """
        if not select.select([going.pipe], [], [], seconds)[0]:
            return None
        with open(going.pipe, "rb") as pipe:
            said = pipe.read().decode("utf-8", "replace")
        os.waitpid(going.process, 0)
        kind, _, text = said.partition(" ")
        if kind == "damaged":
            raise CorruptError(text, hint="mlrun fsck")
        if kind == "run":
            return Ended(text, "")
        return Ended(None, text or "it ended without a word")

    def stop(self, all_going: Sequence[Going]) -> None:
        """End them before their time, also those that will not; on record they are runs that were killed."""
        with undisturbed():
            told = [going for going in all_going if _tell(going, signal.SIGTERM)]
            until = time.monotonic() + _GRACE
            for going in told:
                with contextlib.suppress(CorruptError):  # of another one it was said already
                    if self.end(going, max(0.0, until - time.monotonic())) is None:
                        _tell(going, signal.SIGKILL)  # whoever guards the run ends it then
                        self.end(going)
                        sweep(self._environ)

    def _environment(self, mixed: Mixed) -> Rebuilt | str | None:
        """The packages for it, made again where they have to be; as text why they cannot be had."""
        oid = mixed.parts.recipe.environment
        if oid not in self._rebuilt:
            try:
                self._rebuilt[oid] = None if oid is None else self._exact(mixed, oid)
            except CannotRebuildError as error:
                self._rebuilt[oid] = error.message
        return self._rebuilt[oid]

    def _exact(self, mixed: Mixed, oid: ObjectId) -> Rebuilt:
        refs = Refs(self._store.layout, self._store.index)
        sides = [
            environment_of(self._store, refs, parts.run)
            for parts in self._sides
            if parts.recipe.environment is not None
        ]
        ran = next((each for each in sides if each.environment == oid), None)
        if ran is None:
            known = [each.imported for each in sides]
            imported = None if None in known else tuple(sorted({name for each in known for name in each or ()}))
            kept = {(each["name"], each["version"]): each for side in sides for each in side.kept}
            record = load(self._store, oid)
            ours = tuple(kept[key] for each in record.packages if (key := (each.name, each.version)) in kept)
            ran = Ran(mixed.parts.run, oid, mixed.parts.interpreter, imported, ours)
        return packages.exact(self._store, ran, self._environ, self._progress)


def _tell(going: Going, number: int) -> bool:
    """Send it a signal; whether it was there to hear it."""
    try:
        os.kill(going.process, number)
    except ProcessLookupError:
        return False
    return True


def _on_ending(act: Callable[[int, FrameType | None], None]) -> None:
    for number in _ENDING:
        signal.signal(number, act)


def _unwind(_number: int, _frame: FrameType | None) -> None:
    """Take away what is half-made, and hear no second signal meanwhile."""
    _on_ending(lambda *_: None)
    raise KeyboardInterrupt


class _Job(NamedTuple):
    """All that a process needs to run a mixture."""

    root: str
    mixed: Mixed
    rebuilt: Rebuilt | None
    environ: Mapping[str, str]
    timeout: float | None
    message: str


def _run_and_exit(job: _Job, parent: int, pipe: int, mask: Collection[int]) -> NoReturn:
    """In a process of its own: run it, say which run it was, and end. It neither reads nor prints anything of ours."""
    said = "no it was ended"
    try:
        _on_ending(_unwind)
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() == parent:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            sys.stdin = sys.stdout = sys.stderr = None  # what they had in hand is the parent's
            said = _run(job)
    except MlrunError as error:
        said = f"{'damaged' if isinstance(error, CorruptError) else 'no'} {error.message}"
    finally:
        with contextlib.suppress(OSError):  # nobody is there to be told
            os.write(pipe, said.encode("utf-8", "replace")[:4096])
        os._exit(0)


def _run(job: _Job) -> str:
    root, mixed, rebuilt, environ, timeout, message = job
    parts = mixed.parts
    # From its start on the run hears of it, and what comes later does not end the record or the clearing away.
    listener = Listener(lambda _: _on_ending(lambda *_: None), lambda _: None, silent)
    with Store(root) as store, Folder(parts.intent.top, None, environ) as folder:
        moved = furnish(store, parts, folder, None, (), Counter("restoring", silent), environ)
        link_environment(parts, folder, rebuilt)
        variation = Variation(mixed.begun, parts.intent.inputs, _code(mixed.begun, mixed), _RETRAINS, message, mixed.id)
        prepared = Prepared(variation, rebuilt, moved)
        done = run_again(store, parts, prepared, folder, environ=environ, timeout=timeout, listener=listener)
        if done.run is None:
            return "no it could not be recorded"
        kill_run(done.run.id, 0)  # what it left running has no folder any more, and nobody waits for it
        return f"run {done.run.id}"


def _code(begun: Recipe, mixed: Mixed) -> OtherCode | None:
    """What an intent says of the code; nothing where it is that of the first run."""
    intent = mixed.parts.intent
    if begun.code is None or not mixed.is_other_code:
        return None
    return OtherCode(begun.code, intent.code_files, intent.code_bytes, mixed.git, None)
