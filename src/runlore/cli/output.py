"""What leaves the process: which view of a result, in colour or not, through a pager or not.

Standard output is data, standard error is talk. Everything is encoded here, so that no locale can
make a name unprintable.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

from runlore.errors import OutputError

if TYPE_CHECKING:
    from runlore.present.term.blocks import Line, View

_WIDTH, _ROWS = 80, 24


class Output:
    """Standard output and standard error of this process, and what they can show."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """The streams as they are now; ``environ`` says what the user wants of them."""
        self._environ = environ
        self.terminal = _is_terminal(sys.stdout)
        self.colour = _wants_colour(sys.stdout, environ)
        self.talks_to_terminal = _is_terminal(sys.stderr)
        self.talks_in_colour = _wants_colour(sys.stderr, environ)
        self._drawn = 0

    def show(self, schema: str, result: Any, *, json: bool = False, csv: bool = False, **options: Any) -> None:  # noqa: ANN401 - any result
        """The result under the name of its schema: one JSON object, a page for a person, or a table for a program.

        With ``one_line`` the object is one line on a terminal too: it is one of several.
        """
        one_line = options.pop("one_line", False)
        if json:
            from runlore.present.json import parts  # noqa: PLC0415 - one of three views

            indent = 2 if self.terminal and not one_line else None
            self.write_text(chain(parts(schema, result, indent=indent), "\n"))
            return
        if csv:
            from runlore.present.csv import rows  # noqa: PLC0415 - one of three views

            self.table(rows(schema)(result, options.get("columns", ())))
            return
        from runlore.present.term import view  # noqa: PLC0415 - one of three views
        from runlore.present.term.blocks import Frame  # noqa: PLC0415 - the same

        width = _columns(self._environ) if self.terminal else None
        frame = Frame(width, time.time_ns(), _is_ascii_only(sys.stdout), self.colour)
        self._page(view(schema)(result, frame, **options), width)

    @property
    def redraws(self) -> bool:
        """Whether what is shown can be drawn over."""
        return self.terminal and self._environ.get("TERM", "dumb") != "dumb"

    def redraw(self, schema: str, result: Any) -> None:  # noqa: ANN401 - any result
        """The page of a result on a terminal, in the place of the one that was drawn there before."""
        from runlore.present.term import view  # noqa: PLC0415 - only what is watched
        from runlore.present.term.blocks import Frame, cut  # noqa: PLC0415 - the same
        from runlore.present.term.screen import render  # noqa: PLC0415 - the same

        width, rows = _columns(self._environ), _rows()
        frame = Frame(width, time.time_ns(), _is_ascii_only(sys.stdout))
        shown = view(schema)(result, frame, rows=rows - 2)
        # A remark that went on in the next row would make the page higher than it says.
        remarks = (cut(*each.spans) for each in shown.remarks)
        text = render((*shown.blocks, *remarks), width=width, colour=self.colour)
        # Up to where the last page began, each row over the one that was there, then clear what is below (ECMA-48:
        # CUU, EL, ED). The screen is never empty, and a row is cleared at its start: at its end, where it fills the
        # screen, its last character would go.
        back = f"\x1b[{self._drawn}A" if self._drawn else ""
        page = "".join(f"\x1b[K{row}" for row in text.splitlines(keepends=True))
        self.write_text([f"{back}{page}\x1b[J"])
        self._drawn = min(text.count("\n"), rows - 1)

    def print(self, text: str) -> None:
        """``text`` and a newline on standard output."""
        self.write_text([f"{text}\n"])

    def write_text(self, parts: Iterable[str]) -> None:
        """Text on standard output; what its encoding lacks is written as an escape."""
        encoding = (sys.stdout.encoding if sys.stdout is not None else None) or "utf-8"
        self.write(part.encode(encoding, "backslashreplace") for part in parts)

    def write(self, chunks: Iterable[bytes]) -> None:
        """Bytes on standard output, as they are.

        Raises:
            BrokenPipeError: the reader is gone; the front door takes that for success.
            OutputError: they cannot be written.
        """
        if sys.stdout is None:
            return
        try:
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write to standard output: {error.strerror}") from error

    def table(self, parts: Iterable[str]) -> None:
        """Comma-separated values: every character into a pipe; on a terminal none that could act on it."""
        if self.terminal:
            from runlore.present.term.safe import visible  # noqa: PLC0415 - only on a terminal

            parts = ("\n".join(map(visible, part.split("\n"))) for part in parts)
        self.write_text(parts)

    def stream(self, chunks: Iterable[bytes], *, colour: bool = False) -> None:
        """A recorded file: the very bytes into a pipe; on a terminal made safe, and through the pager.

        ``colour``: colours that are in the bytes may be shown.
        """
        if not self.terminal:
            self.write(chunks)
            return
        from runlore.cli.pager import page  # noqa: PLC0415 - only on a terminal
        from runlore.present.term.safe import visible_stream  # noqa: PLC0415 - the same

        page(visible_stream(chunks, colour=colour and self.colour), self.write_text, self._environ)

    def say(self, lines: Iterable["Line"]) -> None:
        """Lines on standard error; nothing may fail for want of somebody to talk to."""
        from runlore.present.term.plain import render  # noqa: PLC0415 - not every command talks

        self.complain(render(lines, colour=self.talks_in_colour))

    def complain(self, text: str) -> None:
        """``text`` on standard error."""
        if sys.stderr is None:
            return
        try:
            sys.stderr.buffer.write(text.encode(sys.stderr.encoding or "utf-8", "backslashreplace"))
            sys.stderr.buffer.flush()
        except OSError:
            return

    @contextlib.contextmanager
    def aside(self, *, quiet: bool) -> Iterator[None]:
        """For the time in which another program runs: what it writes to standard output is talk, and ``quiet`` nothing.

        Standard output then has our own result alone.
        """
        if sys.stdout is None:
            yield
            return
        sys.stdout.flush()
        number = sys.stdout.fileno()
        ours = os.dup(number)
        try:
            away = os.open(os.devnull, os.O_WRONLY) if quiet else os.dup(2)
            os.dup2(away, number)
            os.close(away)
            yield
        finally:
            os.dup2(ours, number)
            os.close(ours)

    def _page(self, view: "View", width: int | None) -> None:
        if width is not None:
            from runlore.cli.pager import page  # noqa: PLC0415 - only on a terminal
            from runlore.present.term.screen import parts  # noqa: PLC0415 - rich, which costs as much as all the rest

            page(parts(view.blocks, width=width, colour=self.colour), self.write_text, self._environ)
        else:
            from runlore.present.term import plain  # noqa: PLC0415 - one of two ways to draw

            self.write_text(plain.lines(view.blocks, colour=self.colour))
        if view.remarks:
            self.say(view.remarks)


def _columns(environ: Mapping[str, str]) -> int:
    """Characters in a row: ``COLUMNS`` if the user set it, else the terminal's own answer."""
    wanted = environ.get("COLUMNS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _WIDTH
    except OSError:
        return _WIDTH


def _rows() -> int:
    """Rows of the terminal behind standard output."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).lines or _ROWS
    except OSError:
        return _ROWS


def _is_ascii_only(stream: TextIO | None) -> bool:
    """Whether bars and boxes would be lost there: in any locale but one of UTF-8."""
    encoding = (stream.encoding if stream is not None else None) or "utf-8"
    return encoding.lower().replace("-", "") != "utf8"


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _wants_colour(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """See https://no-color.org and https://force-color.org; who forbids it is heard first."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return _is_terminal(stream) and environ.get("TERM", "dumb") != "dumb"
