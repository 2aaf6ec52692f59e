"""The hooks of the libraries that scripts log to, each put in when its library was really imported.

The probe's finder calls `install` with a module that has just been executed. Nothing that a library does is
changed, and where one is not what its hook expects, it is left as it is and the record of the run says so.
"""

from __future__ import annotations

import json
import os
import sys

from .entry import dotted, log_entries, number, origin_of, pair, step_of, warning_entry
from .flat import flatten
from .hooks import mlflow, tensorboard, wandb
from .journal import Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import ModuleType

HOOKS = {
    "mlflow.tracking._tracking_service.client": ("mlflow", mlflow.client),
    "wandb.sdk.wandb_run": ("wandb", wandb.run),
    "tensorboardX.writer": ("tensorboard", tensorboard.writer),
    "torch.utils.tensorboard.writer": ("tensorboard", tensorboard.writer),
}
"""By the module that they change: the source that copies are marked with, and the hook."""
PACKAGES = {
    "mlflow": ("mlflow.tracking._tracking_service.client", "log_metric"),
    "wandb": ("wandb.sdk.wandb_run", "init"),
    "tensorboardX": ("tensorboardX.writer", "SummaryWriter"),
    "torch.utils.tensorboard": ("torch.utils.tensorboard.writer", "SummaryWriter"),
}
"""Which of those modules a package brings along, if it has the attribute: another shape of it is noticed by that."""
_JOURNAL = Journal(os.environ.get("RUNLORE_JOURNAL", ""))


class Copies:
    """What one library is told, on its way into the journal."""

    def __init__(self, journal: Journal, source: str, module: str) -> None:
        self._journal = journal
        self._source = source
        self._library = module.partition(".")[0]
        self._warned: set[str] = set()

    def points(self, values: Mapping[str, object], step: object, run: object) -> list[str]:
        """Entries with the numbers among ``values``; images, texts and whatever else there is are left out."""
        pairs = []
        for name, value in dotted(values).items():
            text = number(value)
            if text is not None:
                pairs.append(pair(name, text))
        return log_entries(pairs, step_of(step) or "null", origin_of(self._source, run)) if pairs else []

    def params(self, values: Mapping[str, object], run: object) -> list[str]:
        """Entries with parameters, nested or not."""
        if not values:
            return []
        text = json.dumps(flatten(values), separators=(",", ":"), allow_nan=False)
        return ['{"kind":"params","values":' + text + origin_of(self._source, run) + "}"]

    def write(self, entries: Iterable[str]) -> None:
        """Put entries into the journal."""
        for entry in entries:
            self._journal.write(entry)

    def unknown(self, what: str) -> None:
        """Put on record, once, that the library is not what its hook expects."""
        if what not in self._warned:
            self._warned.add(what)
            version = getattr(sys.modules.get(self._library), "__version__", "of unknown version")
            message = f"not all that {self._library} {version} is told is copied: {what}"
            self._journal.write(warning_entry("hook-unknown", message))


def install(module: ModuleType) -> None:
    """Put the hook of a module in, or see whether a package has brought its hooked module along."""
    name = module.__name__
    needed, attribute = PACKAGES.get(name, ("", ""))
    source, hook = HOOKS[needed or name]
    copies = Copies(_JOURNAL, source, name)
    if not needed:
        try:
            hook(module, copies)
        except Exception as error:
            copies.unknown(f"{type(error).__name__}: {error}")
    elif hasattr(module, attribute) and needed not in sys.modules:
        copies.unknown(f"it has no {needed}")
