"""What a run used, each kind with its course as a line of bars."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from runlore.present.term.blocks import Block, Span, Spans, pairs, spans
from runlore.present.term.quantities import size
from runlore.present.term.spark import sparkline
from runlore.records.canonical import Json

Curves = Mapping[str, Sequence[float]]
"""Numbers in the order of time, by the name of their series."""

_WHOLE_DEVICES = "of whole GPUs: processes could not be told apart"


def resources(usage: Mapping[str, Json], curves: Curves, *, ascii_only: bool) -> list[Block]:
    """A line for each; nothing where nothing is known. ``curves`` are those of `capture.metrics.usage`."""
    rows = [*_totals(usage, curves, ascii_only), *_gpus(curves, ascii_only)]
    width = max((len(amount) for _, amount, _ in rows), default=0)
    return [pairs((label, spans(amount.ljust(width), *rest)) for label, amount, rest in rows)] if rows else []


def _totals(usage: Mapping[str, Json], curves: Curves, ascii_only: bool) -> Iterator[tuple[str, str, Spans]]:
    for key, label, unit, curve, top in _KINDS:
        if usage.get(key) is None:
            continue
        said: Spans = ()
        if values := curves.get(curve):
            merge = max if top is None else None
            said = _course(sparkline(values, ascii_only=ascii_only, merge=merge), top(max(values)) if top else "")
        elif key == "gpu_seconds" and usage.get("gpu_scope") == "device":
            said = spans("  ", Span(_WHOLE_DEVICES, "dim"))
        yield label, unit(usage[key]), said


def _gpus(curves: Curves, ascii_only: bool) -> Iterator[tuple[str, str, Spans]]:
    """A line for each GPU that was used: how busy it was on average, and the most of its memory."""
    for at in range(_MOST_GPUS):
        busy, memory = curves.get(f"usage.gpu.{at}"), curves.get(f"usage.gpu.{at}.memory")
        if busy:
            most = f"up to {size(int(max(memory)))}" if memory else ""
            bars = sparkline(busy, ascii_only=ascii_only)
            yield f"GPU {at}", f"{100 * sum(busy) / len(busy):.0f} %", _course(bars, most)


def _course(bars: str, most: str) -> Spans:
    return spans("  ", Span(bars, "metric"), Span(f"  {most}" if most else "", "dim"))


def _seconds(amount: float) -> str:
    return f"{amount:.1f} s"


def _rate(amount: float) -> str:
    return f"up to {size(int(amount))}/s"


def _processors(amount: float) -> str:
    return f"up to {amount:.1f} processors"


_MOST_GPUS = 64
_KINDS: Sequence[tuple[str, str, Callable[..., str], str, Callable[[float], str] | None]] = (
    ("cpu_seconds", "processor time", _seconds, "usage.cpu", _processors),
    ("gpu_seconds", "GPU time", _seconds, "", None),
    ("peak_memory", "peak memory", size, "usage.memory", None),
    ("read_bytes", "read", size, "usage.read", _rate),
    ("written_bytes", "written", size, "usage.written", _rate),
)
"""Of each: its name in the usage, its label, how an amount is written, its series, and how the series' most is."""
