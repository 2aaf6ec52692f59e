"""Nested parameters as flat ones, named as those of config files are: ``model.layers.0``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_ODD = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_MOST_KEYS = 1000
_MOST_DEPTH = 64
_MOST_TEXT = 10_000  # characters of one value
_SAFE_WHOLE = 1 << 2048  # beyond it Python may refuse to write the digits


def flatten(value: object) -> dict[str, object]:
    """Every scalar in ``value`` by its dotted path, the first 1,000 of them; what is nested too deep is left out.

    ``value`` is a mapping or has its values as attributes: an `argparse.Namespace`, a dataclass. A scalar is
    ``None``, a bool, int, finite float or text; numbers of numpy and torch become those, all else becomes text.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(value, (list, tuple)):
        raise TypeError("a list has no names")
    top = _parts(value)
    if top is None and not hasattr(value, "keys"):
        top = ((name, item) for name, item in list(vars(value).items()) if not name.startswith("_"))
    found: dict[str, object] = {}
    levels = [("", top or iter(()))]
    while levels and len(found) < _MOST_KEYS:
        prefix, items = levels[-1]
        for name, item in items:
            path = prefix + name
            nested = _parts(item)
            if nested is None:
                found[path] = _scalar(item)
                break
            if len(levels) < _MOST_DEPTH:
                levels.append((path + ".", nested))
                break
        else:
            levels.pop()
    return found


def _parts(value: Any) -> Iterator[tuple[str, object]] | None:  # noqa: ANN401 - whatever it is
    """What ``value`` consists of, by name; ``None`` for a scalar, and for what is empty."""
    kind = type(value)
    if isinstance(value, (list, tuple)):
        return ((str(at), item) for at, item in enumerate(value)) if value else None
    if hasattr(kind, "keys") and hasattr(kind, "items"):  # OmegaConf's mapping is no dict
        return ((str(name), item) for name, item in value.items()) if len(value) else None
    if kind.__name__ == "ListConfig":
        return ((str(at), item) for at, item in enumerate(value))
    if hasattr(kind, "__dataclass_fields__"):
        return ((name, getattr(value, name)) for name in kind.__dataclass_fields__ if hasattr(value, name))
    if kind.__name__ in {"Namespace", "SimpleNamespace"}:
        return iter(list(vars(value).items()))
    return None


def _scalar(value: Any) -> object:  # noqa: ANN401 - whatever it is
    if not isinstance(value, (str, int, float)) and hasattr(value, "item"):
        value = _held(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -_SAFE_WHOLE < value < _SAFE_WHOLE else hex(value)
    if isinstance(value, float):
        return float(value) if value - value == 0 else _ODD[float.__repr__(value)]
    return _text(value)[:_MOST_TEXT]


def _held(value: Any) -> object:  # noqa: ANN401 - whatever it is
    """The number in an array or tensor that holds only one."""
    try:
        return value.item()
    except Exception:
        return value


def _text(value: Any) -> str:  # noqa: ANN401 - whatever it is
    if isinstance(value, (list, tuple)):
        return "[]"
    if hasattr(type(value), "keys"):
        return "{}"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    text = str(value)
    if " at 0x" not in text:
        return text
    named = value if hasattr(value, "__qualname__") else type(value)  # an address is another one in every run
    return f"{named.__module__}.{named.__qualname__}"
