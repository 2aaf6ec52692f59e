"""What many command lines show on a terminal: one process that forks for each, with everything loaded."""

import json
import os
import pty
import select
import subprocess
import sys
import termios
from types import TracebackType
from typing import Self

from tests.cli.place import Place

_SERVER = """
import json, os, sys
from runlore.cli.front_door import leave, run
import runlore.cli.app, runlore.present.term.screen, runlore.present.json, runlore.ops.show, runlore.ops.diff
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        terminal = os.open(json.loads(line)["terminal"], os.O_RDWR | os.O_NOCTTY)
        for number in (1, 2):
            os.dup2(terminal, number)
        leave(run(json.loads(line)["args"]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Screen:
    """A terminal that takes what it is given as it is, 200 columns wide."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> Self:
        self._reader, self._terminal = pty.openpty()
        modes = termios.tcgetattr(self._terminal)
        modes[1] &= ~termios.OPOST
        termios.tcsetattr(self._terminal, termios.TCSANOW, modes)
        env = {**self._place.env, "TERM": "xterm-256color", "RUNLORE_PAGER": "", "COLUMNS": "200"}
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(
            [sys.executable, "-c", _SERVER], cwd=self._place.folder, env=env, stdin=pipe, stdout=pipe
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._server.stdin and self._server.stdout:
            self._server.stdin.close()
            self._server.wait(60)
            self._server.stdout.close()
        os.close(self._terminal)
        os.close(self._reader)

    def show(self, *args: str) -> tuple[int, bytes]:
        """The exit status and every byte that ``mlrun ARGS`` writes to the terminal."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        request = json.dumps({"args": args, "terminal": os.ttyname(self._terminal)})
        self._server.stdin.write(request.encode() + b"\n")
        self._server.stdin.flush()
        shown = b""
        while True:
            ready, _, _ = select.select([self._reader, self._server.stdout.fileno()], [], [], 300)
            assert ready, f"{args} has not ended"
            if self._reader in ready:
                shown += os.read(self._reader, 1 << 16)
            else:
                return int(self._server.stdout.readline()), shown
