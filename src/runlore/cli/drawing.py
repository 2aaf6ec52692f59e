"""Where curves go: to the terminal once, there again and again, or into a file."""

import os
import time
from collections.abc import Iterator

from runlore.cli.here import Here
from runlore.errors import OutputError, UsageError
from runlore.ops.plot import Plot
from runlore.ops.writeout import write_out
from runlore.present.plot import SUFFIXES, picture

_PAUSE = 1.0
"""Seconds between two pictures, at least."""
_SHARE = 4
"""A pause is at least so many times as long as drawing took."""


class Drawing:
    """One use of `plot`."""

    def __init__(self, here: Here, output: str | None, *, json: bool) -> None:
        """``output`` is the file as it was typed; raises `UsageError` if it is of no kind that can be written."""
        self._out = here.out
        self._json = json
        self._path = None if output is None else os.path.join(here.folder, output)
        self._suffix = os.path.splitext(output or "")[1].lower()
        self._since = time.monotonic()
        if output is not None and json:
            raise UsageError("choose one of --output and --json")
        if output is not None and self._suffix not in SUFFIXES:
            raise UsageError(f'"{output}" is no picture', hint=f"let its name end in {' or '.join(SUFFIXES)}")

    def show(self, found: Plot) -> None:
        """Draw it where it was asked for."""
        if self._path is None:
            self._out.show("plot/1", found, json=self._json)
            return
        data = picture(found, self._suffix)
        _write(self._path, data)

    def follow(self, plots: Iterator[Plot]) -> None:
        """Draw each in the place of the one before; where that cannot be done, only the last."""
        live = self._path is None and not self._json and self._out.redraws
        found: Plot | None = None
        for found in plots:
            if self._path is not None and found.panels:
                self.show(found)
            elif live:
                self._out.redraw("plot/1", found)
        if self._path is None and found is not None and not live:
            self.show(found)

    def pause(self) -> None:
        """Wait until it is time for the next picture."""
        took = time.monotonic() - self._since
        time.sleep(max(_PAUSE, _SHARE * took))
        self._since = time.monotonic()


def _write(path: str, data: bytes) -> None:
    """Raises `OutputError` if it cannot be written."""
    try:
        write_out(path, data)
    except OSError as error:
        raise OutputError(f'cannot write "{path}": {error.strerror}') from error
