"""mlrun: git for training runs. In a training script: `log`, `params`, `samples` and `output`.

Nothing is imported before it is used: every command of mlrun and every script comes through here.
"""

from _thread import get_ident as _thread_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runlore.probe.api import log, output, params, samples

__all__ = ["log", "output", "params", "samples"]
_loading: "set[int]" = set()


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'runlore' has no attribute {name!r}")
    thread = _thread_id()
    if thread in _loading:  # by a signal handler within what follows: importing there as well breaks Python before 3.12
        return _nothing
    _loading.add(thread)
    try:
        from runlore.probe import api  # noqa: PLC0415 - only a script that logs pays for it

        globals().update({each: getattr(api, each) for each in __all__})
    except (ImportError, AttributeError, KeyError, OSError, MemoryError):  # no descriptor left, a handler's import
        return _nothing
    finally:
        _loading.discard(thread)
    return globals()[name]


def _nothing(*_: object, **__: object) -> None:
    """Stands for a function that cannot be had just now."""


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
