"""The first rung: a small library of ours, preloaded into every process of the run, and the log it writes."""

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from runlore.capture.access import touch, tracelog
from runlore.capture.access.observer import NO_PROC, Place
from runlore.capture.access.touch import Touch

LIBRARY = os.path.abspath(f"{__file__}/../../../probe/native/librunlore_trace.so")
"""Where the library lies if it was built."""

_PRELOAD, _LOG = "LD_PRELOAD", "RUNLORE_TRACE"
_UNSPEAKABLE = frozenset(" :$\n")
"""What separates names in LD_PRELOAD or means something else there, and cannot be quoted."""


_OF_THE_SYSTEM = re.compile(rb"/(ldconfig(\.real)?|ld(-linux|-musl|64)?[^/]*\.so[^/]*)\Z")
"""Programs that look at the system's libraries and at nothing else: ``ldd`` and ``ctypes.util`` start them."""


class Native:
    """Watches by a library that stands before open, rename, exec and their like in every dynamic program."""

    name = "native"
    blind: tuple[str, ...] = (
        "programs that are statically linked, setuid, for another architecture, or started without LD_PRELOAD",
        "system calls that a program makes past the C library, io_uring among them",
        "shared libraries in system folders, and those of a process that is killed",
        "descriptors that were open before the run, or came through a socket",
        "what happens inside a chroot, under its real name",
    )

    def __init__(self, place: Place, started_at: int) -> None:
        """The log will be in ``place``; what is older than ``started_at`` (ns, UTC) is kept when it is overwritten."""
        self.place = place
        self._started_at = started_at

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The command's environment with the library preloaded, behind all that the user preloads.

        Behind, because AddressSanitizer's runtime must come first. The log is made here.

        Raises:
            OSError: the log cannot be made.
        """
        log = tracelog.create(self.place, self._started_at)
        return {**environ, _LOG: log, _PRELOAD: ":".join((*_theirs(environ), LIBRARY))}

    def command(self, argv: Sequence[str]) -> tuple[str, ...]:
        """The command line as it is."""
        return tuple(argv)

    def touches(self) -> Iterator[Touch]:
        """What was seen, in order. Whatever the log holds by now, nothing is raised."""
        return tracelog.touches(self.place.folder)

    def unobserved(self, processes: Iterable[Touch]) -> tuple[str, ...]:
        """The programs that began without the library, by the paths that were executed."""
        return tuple(map(os.fsdecode, unobserved(processes)))


def without_library(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables without those of a run that is watched by the library."""
    kept = {name: value for name, value in environ.items() if name not in {_LOG, _PRELOAD}}
    if theirs := _theirs(environ):
        kept[_PRELOAD] = ":".join(theirs)
    return kept


def _theirs(environ: Mapping[str, str]) -> list[str]:
    """What the user preloads."""
    return [each for each in environ.get(_PRELOAD, "").replace(" ", ":").split(":") if each and each != LIBRARY]


def available() -> str | None:
    """Why the library cannot be preloaded into programs here, None if it can. Starts nothing."""
    if not sys.platform.startswith("linux"):
        return f"preloading is not supported on {sys.platform}"
    if not os.access(LIBRARY, os.R_OK):
        return "the native library was not built when mlrun was installed"
    if _UNSPEAKABLE & set(LIBRARY):
        return f'a path with a space, colon or dollar sign cannot be preloaded: "{LIBRARY}"'
    if _machine(LIBRARY) != (ours := _machine("/proc/self/exe")):
        # The library asks /proc as well, for the name of what was opened.
        return "the native library was built for another machine" if ours else NO_PROC
    if os.statvfs(LIBRARY).f_flag & os.ST_NOEXEC:
        return f'nothing can be executed from the filesystem of "{LIBRARY}"'
    return None


def unobserved(touches: Iterable[Touch]) -> list[bytes]:
    """The programs that were executed and did not begin to be observed: static, setuid, without LD_PRELOAD.

    None of the dynamic loader's own, which touch nothing that matters to a run.
    """
    waiting: dict[int, bytes] = {}
    found: dict[bytes, None] = {}
    for each in touches:
        if each.kind == touch.EXEC:
            if each.pid in waiting:
                found[waiting[each.pid]] = None
            waiting[each.pid] = each.path
        elif each.kind in (touch.START, touch.EXEC_FAILED):
            waiting.pop(each.pid, None)
    return [path for path in found | dict.fromkeys(waiting.values()) if not _OF_THE_SYSTEM.search(path)]


def _machine(path: str) -> bytes:
    """The word size, byte order and machine in an ELF file's header; empty if it cannot be read."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        head = file.read(20)
        return head[4:6] + head[18:20]
    return b""
