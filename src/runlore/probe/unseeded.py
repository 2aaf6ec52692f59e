"""Says, when an interpreter ends, which random generators were used without a seed.

What a generator is left with tells most of it, so hardly anything is wrapped; `draws/` has a module for each library.
A process that ends by ``os._exit`` (a forked worker) or by a signal says nothing. Every program loads this one, and
what it does not need is not in here.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    Load = Callable[[str], Any]
    State = tuple[int, ...]

_PIECE = 1 << 10
_BY = {
    "random": "draws/python",
    "numpy.random": "draws/numpy",
    "sklearn.utils.validation": "draws/sklearn",
    "torch": "draws/torch",
}
"""By the module after whose import they begin: what asks at the end."""


class _Told:
    """What this process says at its end."""

    def __init__(self, tell: Callable[[dict[str, object]], None]) -> None:
        self._tell = tell
        self._askers: list[Callable[[], str]] = []

    def ask_at_end(self, asker: Callable[[], str]) -> None:
        """``asker`` returns a phrase about its generator, or nothing if there is nothing to say."""
        if not self._askers:
            _at_exit(self._end)
        self._askers.append(asker)

    def _end(self) -> None:
        phrases = [phrase for phrase in map(_asked, self._askers) if phrase]
        if phrases:
            message = "random numbers without a seed, so another run may differ: " + "; ".join(phrases)
            try:
                self._tell({"kind": "warning", "code": "unseeded", "message": message})
            except Exception:
                pass


def _asked(asker: Callable[[], str]) -> str:
    try:
        return asker()
    except Exception:
        return ""


def _at_exit(function: Callable[[], None]) -> None:
    """Have it called at the end, and leave no module behind that a program without us would not have."""
    others = set(sys.modules)
    import atexit  # noqa: PLC0415 - to be seen to be new

    atexit.register(function)
    # Before 3.10 a second import of it forgets what was registered through the first.
    if "atexit" not in others and sys.version_info >= (3, 10):
        del sys.modules["atexit"]


_told: list[_Told] = []


def install(module: ModuleType, load: Load, tell: Callable[[dict[str, object]], None]) -> None:
    """Begin with a library that has just been imported.

    ``load`` gives modules of the probe, ``tell`` puts an entry into the journal.
    """
    if not _told:
        _told.append(_Told(tell))
    asker = load(_BY[module.__name__]).begin(module, load)
    if asker is not None:
        _told[0].ask_at_end(asker)


def drawn(generator: Any, begin: State, end: State, most: int) -> int | None:  # noqa: ANN401 - `_random.Random`
    """How many words a Mersenne Twister gave between two states.

    ``None`` if it was more than ``most``, or if none lead from one to the other.
    """
    generator.setstate(end)
    sought = generator.getrandbits(128).to_bytes(16, "little")
    generator.setstate(begin)
    held = b""
    for passed in range(0, most, _PIECE):
        data = held + generator.getrandbits(32 * _PIECE).to_bytes(4 * _PIECE, "little")
        at = data.find(sought)
        while at % 4 and at > 0:
            at = data.find(sought, at + 1)
        if at >= 0:
            return int(passed + (at - len(held)) // 4)
        held = data[-12:]
    return None


def named(names: list[str], most: int) -> str:
    """The first of the names, and whether there are others."""
    return ", ".join(names[:most]) + (" and others" if len(names) > most else "")
