"""Turns on PyTorch's switch for algorithms that repeat, which has no variable: for `exec --deterministic`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def install(torch: ModuleType) -> None:
    """Switch it on; what has no such algorithm warns instead of failing. A script that says otherwise has its way."""
    # `use_deterministic_algorithms` as well loads the compiler, which takes seconds and may never be used.
    torch.set_deterministic_debug_mode("warn")
