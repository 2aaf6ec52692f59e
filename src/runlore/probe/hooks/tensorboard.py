"""TensorBoard writers: those of torch and of tensorboardX. What TensorFlow writes is in its event files only."""

from __future__ import annotations

from .copier import copy_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from .copier import Copies


def writer(module: ModuleType, copies: Copies) -> None:
    """Hook of ``torch.utils.tensorboard.writer`` and ``tensorboardX.writer``."""

    def scalar(
        self: object, tag: str, scalar_value: object, global_step: object = None, *_: object, **__: object
    ) -> list[str]:
        return copies.points({tag: scalar_value}, global_step, _folder(self))

    def scalars(
        self: object,
        main_tag: str,
        tag_scalar_dict: Mapping[str, object],
        global_step: object = None,
        *_: object,
        **__: object,
    ) -> list[str]:
        values = {f"{main_tag}/{tag}": value for tag, value in tag_scalar_dict.items()}
        return copies.points(values, global_step, _folder(self))

    def hparams(self: object, hparam_dict: Mapping[str, object], *_: object, **__: object) -> list[str]:
        return copies.params(hparam_dict, _folder(self))

    owner = module.SummaryWriter
    copy_calls(owner, "add_scalar", "self tag scalar_value global_step", scalar, copies)
    copy_calls(owner, "add_hparams", "self hparam_dict metric_dict", hparams, copies)
    copy_calls(owner, "add_scalars", "self main_tag tag_scalar_dict global_step", scalars, copies)


def _folder(writer: object) -> object:
    """The folder of the event files."""
    folder = getattr(writer, "log_dir", None)  # torch
    return folder if folder is not None else getattr(writer, "logdir", None)  # tensorboardX
