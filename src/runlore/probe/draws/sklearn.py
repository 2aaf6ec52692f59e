"""scikit-learn's estimators, which draw from NumPy's global generator; `numpy` tells of it.

Some draw without anything depending on it, and a program that uses no others is not to be told that it might differ.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType
    from typing import Any

    Load = Callable[[str], Any]

_NAMED = 3
given: list[str] = []
"""The names of those that were given the global generator and may depend on it."""
idle: list[int] = [0]
"""How many words the others draw."""


def begin(module: ModuleType, _load: Load) -> None:
    """Let `check_random_state` note who gets the global generator."""
    from functools import wraps  # noqa: PLC0415 - NumPy has it, bare interpreters do not

    real = vars(module)["check_random_state"]

    @wraps(real)
    def check_random_state(seed: object) -> object:
        if seed is None:
            try:
                _note(sys._getframe(1))  # noqa: SLF001 - it is not told otherwise
            except Exception:
                pass
        return real(seed)

    vars(module)["check_random_state"] = check_random_state


def _note(frame: FrameType) -> None:
    words = _idle_words(frame.f_code.co_name, frame.f_globals.get("__name__", ""), frame.f_locals)
    idle[0] += words
    caller = frame.f_locals.get("self")
    if not words and len(given) <= _NAMED and getattr(caller, "shuffle", True) is not False:
        name = frame.f_code.co_name if caller is None else type(caller).__name__
        if name not in given:
            given.append(name)


def _idle_words(function: str, module: str, values: dict[str, Any]) -> int:
    """At most how many words a function of scikit-learn draws although nothing depends on them; 0 if it does."""
    of = values.get("self")
    if function == "fit" and module == "sklearn.svm._base":
        return 0 if getattr(of, "probability", False) is True else 1
    if function == "_fit_liblinear":
        return 1 if values.get("penalty") == "l2" and values.get("dual") is False else 0
    if module == "sklearn.linear_model._coordinate_descent":
        cyclic = values.get("selection", getattr(of, "selection", "")) == "cyclic"
        return int(values.get("n_alphas", 1)) if cyclic else 0
    if module == "sklearn.ensemble._hist_gradient_boosting.gradient_boosting":
        # It sets rows aside, takes some of them, or some of the columns.
        aside = getattr(of, "early_stopping", True) not in {"auto", False} or len(values["X"]) > 10_000  # noqa: PLR2004 - theirs
        return 0 if aside or getattr(of, "max_features", 1.0) != 1.0 else 2
    return 0
