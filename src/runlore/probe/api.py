"""What a training script may say of itself: `log`, `params`, `samples`, `output`.

Outside ``mlrun exec`` they do nothing. They never raise, and what they were given wrongly becomes a warning
in the record of the run. What they returned for is in the journal, whatever happens to the process then.
"""

from __future__ import annotations

import os

from .entry import dotted, log_entries, number, pair, quoted, step_of, warning_entry
from .interruption import is_the_scripts
from .journal import Journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    _Function = TypeVar("_Function", bound=Callable[..., None])

_MOST_WARNINGS = 20  # of a process: the first ones say enough
_path = os.environ.get("RUNLORE_JOURNAL", "")
_journal = Journal(_path) if os.path.isabs(_path) else None
_warnings: set[str] = set()


def _harmless(function: _Function) -> _Function:
    """``function``, but nothing it raises reaches the script; outside a run it is not called at all."""
    if _journal is None:

        def call(*_: object, **__: object) -> None:
            pass
    else:

        def call(*arguments: object, **named: object) -> None:
            try:
                function(*arguments, **named)
            except Exception as error:
                if is_the_scripts(error):
                    raise
                _warn(function.__name__, f"{type(error).__name__}: {error.args[0] if error.args else ''}")

    call.__name__ = function.__name__
    call.__qualname__ = function.__qualname__
    call.__doc__ = function.__doc__
    vars(call)["__wrapped__"] = function  # where `help` finds the real parameters
    return call  # type: ignore[return-value]


@_harmless
def log(values: Mapping[str, object] | None = None, /, step: int | None = None, **metrics: object) -> None:
    """Add a point to each metric: ``log(loss=0.31, step=10)``; ``log({"val/loss": 0.3}, step=10)`` for any name.

    A value is a number, or an array or tensor that holds one. Nested mappings get dotted names. Without
    ``step`` the points of a metric are told apart by their time.
    """
    pairs = []
    for name, value in (metrics if values is None else {**dotted(values), **metrics}).items():
        text = number(value)
        if text is None:
            _warn("log", f"{name!r} is not one number but of type {type(value).__name__}")
        else:
            pairs.append(pair(name, text))
    at = str(step) if type(step) is int else step_of(step)
    if at is None:
        _warn("log", f"a step is a whole number, not of type {type(step).__name__}")
    if pairs:
        _write(*log_entries(pairs, at or "null"))


@_harmless
def params(values: object = None, /, **named: object) -> None:
    """Add parameters that are known only inside the script: ``params(lr=0.1)``, ``params(parser.parse_args())``.

    Mappings, lists, dataclasses and namespaces become dotted names; what is no number, bool or text becomes text.
    """
    import json  # noqa: PLC0415 - costs as much as all of this

    from .flat import flatten  # noqa: PLC0415 - not needed by those who log only

    found = {} if values is None else flatten(values)
    found.update(flatten(named))
    if found:
        _write('{"kind":"params","values":' + json.dumps(found, separators=(",", ":"), allow_nan=False) + "}")


@_harmless
def samples(
    ids: object,
    *,
    target: object = None,
    prediction: object = None,
    loss: object = None,
    split: str | None = None,
    **columns: object,
) -> None:
    """Keep what was predicted for each sample: one list, array, tensor or series a column, all of one length.

    A single value stands for all samples. Calls add up, so it can be called for each batch.
    """
    from .columns import samples_entries  # noqa: PLC0415 - not needed by those who log only

    own = {"id": ids, "target": target, "prediction": prediction, "loss": loss}
    _write(*samples_entries(split, {**own, **columns}))


@_harmless
def output(path: str | os.PathLike[str]) -> None:
    """Name a file or folder that is a result of the run. It is taken in when the run has ended."""
    _write('{"kind":"output","path":' + quoted(os.path.abspath(os.fsdecode(path))) + "}")


def _write(*entries: str) -> None:
    if _journal is not None:
        for entry in entries:
            _journal.write(entry)


def _warn(function: str, message: str) -> None:
    """Put a warning on record, the same one only once."""
    if len(_warnings) < _MOST_WARNINGS and message not in _warnings:
        _warnings.add(message)
        try:
            _write(warning_entry("logging-call", f"runlore.{function}: {message}"))
        except Exception as error:
            if is_the_scripts(error):
                raise
