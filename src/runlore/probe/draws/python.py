"""Python's `random`. A few numbers are not told: libraries draw them, for boundaries, names and pauses.

``seed``, ``setstate`` and ``gauss`` set ``gauss_next``, the first two without leaving any other trace. So it is unset,
to what it reads as anyway, till one of them does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    Load = Callable[[str], Any]

_FEW = 64
"""Words of 32 bits below which it may have been a library."""
_MOST = 1 << 16
"""Words after which a state is no longer sought, which has taken a millisecond then."""


def begin(module: ModuleType, load: Load) -> Callable[[], str]:
    """What says at the end whether numbers were drawn without a seed."""
    instance, plain = vars(module)["_inst"], vars(module)["_random"].Random
    at_first = instance.getstate()[1]
    if vars(instance)["gauss_next"] is None:
        type(instance).gauss_next = None
        del instance.gauss_next

    def asker() -> str:
        end = instance.getstate()[1]
        if end == at_first:
            return ""
        seeded = "gauss_next" in vars(instance)
        words = load("unseeded").drawn(plain(), at_first, end, _MOST if seeded else _FEW)
        few = seeded if words is None else words < _FEW  # no way leads from a seed to where it began
        return "" if few else "Python's random (random.seed(0))"

    return asker
