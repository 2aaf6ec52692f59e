"""What `exec` says on standard error around the command: a line before, a line after, warnings in between."""

from runlore.cli.output import Output
from runlore.cli.progress import Progress
from runlore.errors import MlrunError
from runlore.ops.results import Run, Started
from runlore.present.term import exec as words
from runlore.present.term.blocks import Line, line


class Narrator:
    """Three occasions to speak; ``quiet`` leaves only the warnings."""

    def __init__(self, out: Output, *, quiet: bool) -> None:
        """Nothing is said yet."""
        self._out = out
        self._quiet = quiet
        self._said: set[str] = set()
        self.progress = Progress(out)

    def started(self, started: Started) -> None:
        """The command is about to start."""
        self._said.update(warn.message for warn in started.warnings)
        self._say(words.before(started) if not self._quiet else words.warnings(started.warnings, started.id))

    def warn(self, message: str) -> None:
        """Something deserves attention; said once, quiet or not."""
        if message not in self._said:
            self._said.add(message)
            self._say([words.warning(message)])

    def remark(self, text: str) -> None:
        """Something that a person may want to know; not said in quiet."""
        if not self._quiet:
            self._say([line(text)])

    def troubled(self, error: MlrunError) -> None:
        """Something went wrong with the record; the command runs all the same."""
        self.warn(error.message if error.hint is None else f"{error.message} (hint: {error.hint})")

    def ended(self, run: Run | None, tag_moves: tuple[str, ...]) -> None:
        """The command has ended; ``run`` is ``None`` if it could not be recorded."""
        if run is not None:
            self._say(words.warnings((warn for warn in run.warnings if warn.message not in self._said), run.id))
        if not self._quiet:
            self._say([*words.moved(tag_moves), *([words.after(run)] if run else [])])

    def _say(self, lines: list[Line]) -> None:
        self.progress.clear()
        self._out.say(words.ours(each) for each in lines)
