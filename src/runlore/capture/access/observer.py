"""The port behind which the ways to watch a run lie, the best first: native, strace, python."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from runlore.capture.access.touch import Touch

NO_PROC = "/proc is not mounted"
"""Why most ways to watch cannot be used in some jails."""


class Place(NamedTuple):
    """Where an observer may put its files: ``folder`` is the run's own while it runs.

    What a run overwrites and had before is set aside in ``saved``, a folder below it, up to ``limit`` bytes
    a file.
    """

    folder: str
    saved: str
    limit: int


class Observer(Protocol):
    """One way to watch. Nothing of it may be noticed by the command."""

    name: str
    """``native``, ``strace``, ``python`` or ``none``: as ``--trace`` names it, and as records do."""
    blind: tuple[str, ...]
    """What it can never see, in words of `docs/reference/tracing.md`."""

    place: Place
    """Where its files are."""

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The command's environment, so that it is watched."""

    def command(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The command line to start in the place of ``argv``, so that it is watched."""

    def touches(self) -> Iterator[Touch]:
        """What was seen, in order, after the command has ended; also of a run whose owner was killed."""

    def unobserved(self, processes: Iterable[Touch]) -> tuple[str, ...]:
        """The programs of the run that could not be watched: static, privileged, or started without variables.

        ``processes`` are the touches of `touch.OF_PROCESSES`, in order.
        """
