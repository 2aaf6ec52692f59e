"""What a person asks `exec` to do."""

from collections.abc import Mapping
from typing import NamedTuple


class ExecRequest(NamedTuple):
    """A command as typed, in the absolute working folder ``folder``, and how its run is to be recorded.

    ``data``, ``config`` and ``out`` are paths relative to ``folder``, ``samples`` those of ``out`` that hold samples;
    ``timeout`` is seconds;
    with ``cached`` it is not run if an earlier run was the same.
    """

    argv: tuple[str, ...]
    folder: str
    environ: Mapping[str, str]
    name: str | None = None
    experiment: str | None = None
    message: str | None = None
    tags: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    out: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    trace: str = "auto"
    timeout: float | None = None
    cached: bool = False
    deterministic: bool = False
