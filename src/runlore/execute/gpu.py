"""What a run uses of NVIDIA's GPUs, as a process of its own finds out: it is asked, and never waited for."""

import json
import os
import select
import time
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from runlore.capture import nvidia
from runlore.records.run import Warn

if TYPE_CHECKING:
    import subprocess

_PATIENCE = 30.0
"""Seconds after which an answer counts as one that never comes: some drivers take several to begin."""
_LAST_WORD = 0.25
"""Seconds to wait for the last answer, when the run has ended."""
_MOST = 4096
"""Processes asked about: fewer than fill a pipe."""
_PIECE = 1 << 16


class Gpus:
    """Of each device ``busy``, in seconds so far, and ``memory``, in bytes; nothing where there is none, or not yet.

    ``scope`` is ``run``, or ``device`` where the processes of the run cannot be told apart from others.
    """

    def __init__(self) -> None:
        """The run begins now. Nothing is started before the first question, nor where there is no driver."""
        self.busy: list[float] = []
        self.memory: list[int] = []
        self.scope: str | None = None
        self.warnings: tuple[Warn, ...] = ()
        self._began = time.time()
        self._over = not nvidia.is_here()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: float | None = None
        self._answer = b""

    @property
    def seconds(self) -> float | None:
        """Of all devices together; ``None`` if not known."""
        return None if self.scope is None else round(sum(self.busy), 3)

    def sample(self, pids: Iterable[int]) -> None:
        """Take in the last answer, if it has come, and ask about these processes."""
        if not self._over and self._process is None:
            self._start()
        if self._process is not None and self._has_answered(self._process, 0):
            self._ask(self._process, pids)

    def finish(self, pids: Iterable[int]) -> bool:
        """The run has ended: wait a moment for what is still to be known; whether anything was asked at all."""
        if self._process is None:
            return False
        if self._has_answered(self._process, _LAST_WORD):
            self._ask(self._process, pids)
        if self._process is not None:
            self._has_answered(self._process, _LAST_WORD)
        self.close()
        return True

    def close(self) -> None:
        """End the process. One that hangs in the driver stays behind."""
        self._over = True
        if self._process is not None:
            nvidia.end(self._process)
            self._process = None

    def _start(self) -> None:
        try:
            self._process = nvidia.start(str(self._began))
        except OSError as error:
            self._fail(error.strerror or "it cannot be asked")
            return
        os.set_blocking(_number(self._process.stdin), False)

    def _ask(self, process: "subprocess.Popen[bytes]", pids: Iterable[int]) -> None:
        question = b"%s\n" % json.dumps(list(islice(pids, _MOST))).encode()
        try:
            done = os.write(_number(process.stdin), question)
        except OSError as error:
            self._fail(error.strerror or "it cannot be asked")
            return
        if done < len(question):
            self._fail("it cannot be asked")
        self._asked = time.monotonic()

    def _has_answered(self, process: "subprocess.Popen[bytes]", seconds: float) -> bool:
        """Take in the answer that is due, and wait so long for it; whether another question may be asked."""
        if self._asked is None:
            return True
        poll = select.poll()
        poll.register(_number(process.stdout), select.POLLIN)
        end = time.monotonic() + seconds
        while poll.poll(max(0.0, end - time.monotonic()) * 1000):
            data = os.read(_number(process.stdout), _PIECE)
            self._answer += data
            if not data or data.endswith(b"\n"):
                self._take(self._answer)
                self._answer, self._asked = b"", None
                return not self._over
        if time.monotonic() - self._asked > _PATIENCE:
            self._fail("the driver gives no answer")
        return False

    def _take(self, answer: bytes) -> None:
        try:
            found = json.loads(answer)
        except ValueError:
            found = {"error": "the program that asks the driver has ended"}
        if "error" in found:
            self._fail(found["error"])
        else:
            self.scope, self.busy, self.memory = found["scope"], found["busy"], found["memory"]

    def _fail(self, why: str) -> None:
        """No more questions."""
        self.close()
        message = f"what it used of the GPUs is not known, or not to its end: {why}"
        self.warnings = (Warn("gpu-unknown", message),)


def _number(pipe: object) -> int:
    """The descriptor of a pipe that is there."""
    number: int = pipe.fileno()  # type: ignore[attr-defined]
    return number
