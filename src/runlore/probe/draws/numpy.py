"""NumPy's global generator, and `default_rng` where the program's own code calls it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, ModuleType
    from typing import Any

    Load = Callable[[str], Any]
    State = tuple[int, ...]

_NAMED = 3
_LIBRARIES = tuple(
    os.path.dirname(each) + os.sep for each in (os.__file__, os.path.realpath(os.__file__))
)  # site-packages lies in there too


def begin(module: ModuleType, load: Load) -> Callable[[], str]:
    """What says at the end which of them were used without a seed."""
    owner = sys.modules[module.__name__ + ".mtrand"]._rand  # noqa: SLF001 - it has no public name
    generator = owner._bit_generator  # noqa: SLF001 - the public way to it is of 1.24
    at_first = _words(generator.state)
    restored = _see_restored(module)
    named = load("unseeded").named
    made: list[str] = []
    _see_made(sys.modules[module.__name__ + ".bit_generator"], made)

    def asker() -> str:
        phrases = []
        if (
            owner._bit_generator is generator  # noqa: SLF001 - as above
            and _seed_sequence(generator) is not None
            and not restored
            and (end := _words(generator.state)) != at_first
            and not _only_idle(load, at_first, end)
        ):
            given = load("draws/sklearn").given
            by = f", given to {named(given, _NAMED)}" if given else ""
            phrases.append(f"NumPy's global generator{by} (numpy.random.seed(0), or random_state=0 in scikit-learn)")
        if made:
            phrases.append(f"numpy.random.default_rng() at {named(made, _NAMED)} (default_rng(0))")
        return "; ".join(phrases)

    return asker


def _words(state: dict[str, Any]) -> State:
    return (*map(int, state["state"]["key"]), int(state["state"]["pos"]))


def _seed_sequence(generator: Any) -> object:  # noqa: ANN401 - a `BitGenerator`
    """What it was seeded from by itself; the older functions for seeding leave nothing there."""
    return generator.seed_seq if hasattr(generator, "seed_seq") else generator._seed_seq  # noqa: SLF001 - before 1.25


def _see_restored(module: ModuleType) -> list[bool]:
    """What is not empty once ``numpy.random.set_state`` was called: that leaves no other trace."""
    from functools import wraps  # noqa: PLC0415 - NumPy has it, bare interpreters do not

    restored: list[bool] = []
    real = vars(module)["set_state"]

    @wraps(real)
    def set_state(*arguments: object, **named: object) -> object:
        restored[:] = [True]
        return real(*arguments, **named)

    vars(module)["set_state"] = set_state
    return restored


def _see_made(module: ModuleType, made: list[str]) -> None:
    """Note where the program's own code has a generator take its seed from the system.

    All that do call ``randbits`` of this module: others too that get their seed in a second step, as
    ``RandomState(3)``, and copies. So the code that is running has to name ``default_rng``, and not those.
    """
    real = vars(module)["randbits"]

    def randbits(count: int) -> int:
        try:
            frame = sys._getframe(1)  # noqa: SLF001 - the functions between are compiled and have none
            if len(made) <= _NAMED and _makes(frame.f_code) and _is_own(frame.f_code.co_filename):
                place = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"
                if place not in made:
                    made.append(place)
        except Exception:
            pass
        result: int = real(count)
        return result

    vars(module)["randbits"] = randbits


def _makes(code: CodeType) -> bool:
    names = code.co_names
    return "default_rng" in names and not {"RandomState", "MT19937", "entropy", "deepcopy", "loads"}.intersection(names)


def _is_own(file: str) -> bool:
    """Whether it is of the program, and of no library: those make generators that nobody draws from."""
    path = os.path.abspath(file)
    return not path.startswith(_LIBRARIES) and "site-packages" not in path and "dist-packages" not in path


def _only_idle(load: Load, begin: State, end: State) -> bool:
    """Whether no more was drawn than by functions of scikit-learn to which it does not matter."""
    idle = sum(load("draws/sklearn").idle)
    if not idle:
        return False
    plain = vars(sys.modules["random"])["_random"].Random
    words = load("unseeded").drawn(plain(), begin, end, idle)
    return words is not None and words <= idle
