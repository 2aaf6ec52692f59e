"""PyTorch's default generator on the processor, in a process that trains.

Models that are only loaded draw their first weights as well, and loaders a number for workers that they do not have.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    Load = Callable[[str], Any]


def begin(module: ModuleType, _load: Load) -> Callable[[], str]:
    """What says at the end whether it was used without a seed."""
    at_first = module.initial_seed()

    def asker() -> str:
        if module.initial_seed() != at_first or not _trains(module):
            return ""
        fresh = module.Generator()
        fresh.manual_seed(at_first)
        used = not module.equal(fresh.get_state(), module.default_generator.get_state())
        return "PyTorch's generator (torch.manual_seed(0))" if used else ""

    return asker


def _trains(torch: ModuleType) -> bool:
    """Whether an optimizer was made: the first of its class marks its ``step``."""
    classes = [torch.optim.Optimizer]
    for each in classes:
        if getattr(each.step, "hooked", False):
            return True
        classes += type.__subclasses__(each)
    return False
