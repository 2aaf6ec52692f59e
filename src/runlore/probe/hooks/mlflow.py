"""MLflow: each way to log, fluent or by client, autolog too, ends in one class."""

from __future__ import annotations

from .copier import copy_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

    from .copier import Copies


def client(module: ModuleType, copies: Copies) -> None:
    """Hook of ``mlflow.tracking._tracking_service.client``."""

    def metric(
        _: object,
        run_id: object,
        key: str,
        value: object,
        timestamp: object = None,
        step: object = None,
        *__: object,
        **___: object,
    ) -> list[str]:
        del timestamp
        return copies.points({key: value}, step or 0, run_id)

    def param(_: object, run_id: object, key: str, value: object, *__: object, **___: object) -> list[str]:
        return copies.params({key: value}, run_id)

    def batch(
        _: object, run_id: object, metrics: Sequence[Any] = (), params: Sequence[Any] = (), *__: object, **___: object
    ) -> list[str]:
        points: list[tuple[object, dict[str, object]]] = []
        newest: dict[object, dict[str, object]] = {}
        for each in metrics:
            if each.key in newest.get(each.step, {each.key: 0}):  # a new step, or a second value for this one
                newest[each.step] = {}
                points.append((each.step, newest[each.step]))
            newest[each.step][each.key] = each.value
        entries = [entry for step, values in points for entry in copies.points(values, step, run_id)]
        return entries + copies.params({each.key: _typed(each.value) for each in params}, run_id)

    owner = module.TrackingServiceClient
    copy_calls(owner, "log_metric", "self run_id key value timestamp step", metric, copies)
    copy_calls(owner, "log_param", "self run_id key value", param, copies)
    copy_calls(owner, "log_batch", "self run_id metrics params", batch, copies)


def _typed(text: object) -> object:
    """The number or bool that MLflow made this text of."""
    if text in {"True", "False"}:
        return text == "True"
    for kind in (int, float):
        try:
            value = kind(str(text))
        except ValueError:
            continue
        if str(value) == text:
            return value
    return text
