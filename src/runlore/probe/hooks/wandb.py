"""W&B: ``wandb.log``, ``run.log`` and the integrations end in one method of the run, all configuration in two.

What is configured reaches `_init` when the run begins, and `_config_callback` afterwards.
"""

from __future__ import annotations

from .copier import copy_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from .copier import Copies


def run(module: ModuleType, copies: Copies) -> None:
    """Hook of ``wandb.sdk.wandb_run``."""

    def history(self: Any, data: Any, step: object = None, *_: object, **__: object) -> list[str]:  # noqa: ANN401 - a Run
        # Where no step is given the run counts on, once this has returned.
        return copies.points(data, self._local_step if step is None else step, _id(self))

    def begin(_: object, settings: Any, *configs: Any, **more: Any) -> list[str]:  # noqa: ANN401 - theirs
        told: dict[str, object] = {}
        for each in (*configs, *more.values()):  # of the script, of a sweep, of a launch
            told.update(each or {})
        return copies.params(_public(told), settings.run_id)

    def config(self: Any, key: object = None, val: object = None, data: Any = None) -> list[str]:  # noqa: ANN401 - a Run
        told = dict(data or {})
        if isinstance(key, str):
            told[key] = val
        return copies.params(_public(told), _id(self))

    owner = module.Run
    copy_calls(owner, "_partial_history_callback", "self * step", history, copies)
    copy_calls(owner, "_init", "self settings config", begin, copies)
    copy_calls(owner, "_config_callback", "self key val data", config, copies)


def _public(config: dict[str, object]) -> dict[str, object]:
    """What the script configured, without what W&B keeps there for itself."""
    return {str(name): value for name, value in config.items() if not str(name).startswith("_")}


def _id(run: Any) -> object:  # noqa: ANN401 - a Run
    return run._settings.run_id  # noqa: SLF001 - the property `id` is not there in offline mode of some versions
