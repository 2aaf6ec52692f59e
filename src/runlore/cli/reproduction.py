"""A `reproduce` line that has been read, and what comes of it."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import NamedTuple

from runlore.cli.here import Here
from runlore.cli.narrator import Narrator
from runlore.errors import UsageError
from runlore.execute.signals import Terminated, unwinding
from runlore.ops.execution import Listener
from runlore.ops.reproduce import Ears, check, reproduce
from runlore.ops.reproduction.request import ReproduceRequest
from runlore.ops.reproduction.results import Part, Reproduction
from runlore.ops.trust import Stranger

_DIFFERENT, _IMPOSSIBLE = 1, 15


class Asked(NamedTuple):
    """The options of one `reproduce`, as typed; `cli.commands.reproduce` says what each means."""

    run: str
    into: str | None
    env: str
    sets: tuple[str, ...]
    data: tuple[str, ...]
    code: str | None
    extra: tuple[str, ...]
    tolerance: tuple[str, ...]
    trust: bool
    timeout: float | None


def request(asked: Asked, here: Here) -> ReproduceRequest:
    """What it asks for; raises `UsageError`."""
    if asked.env not in {"exact", "current"} and not os.path.isfile(os.path.join(here.folder, asked.env)):
        raise UsageError(f'--env cannot be "{asked.env}"', hint="choose exact or current, or name a lock file")
    return ReproduceRequest(
        run=asked.run,
        folder=here.folder,
        environ=here.environ,
        into=None if asked.into is None else os.path.abspath(os.path.join(here.folder, asked.into)),
        env=asked.env,
        sets=_pairs("--set", asked.sets),
        data=_pairs("--data", asked.data),
        code=asked.code,
        extra=asked.extra,
        tolerance={name: _tolerance(text) for name, text in map(_metric, asked.tolerance)},
        trusted=asked.trust,
        timeout=asked.timeout,
    )


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    found = dict(text.split("=", 1) for text in texts if text.find("=") > 0)
    for text in texts:
        if text.find("=") <= 0:
            what = "KEY=VALUE" if option == "--set" else "OLD=NEW"
            raise UsageError(f'{option} cannot be "{text}"', hint=f"write {option} {what}")
    return found


def _metric(text: str) -> tuple[str, str]:
    """``METRIC=REL``; what has no name is for all."""
    name, _, value = text.rpartition("=")
    return name or "*", value


def _tolerance(text: str) -> float | None:
    """A relative distance; ``None`` for ``noise``."""
    if text == "noise":
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(f'--tolerance cannot be "{text}"', hint="write --tolerance loss=1e-6, or --tolerance noise")
    return value


def run_check(wanted: ReproduceRequest, here: Here, *, json: bool) -> int:
    """Show what repeating the run would take; 1 if that cannot be had."""
    found = check(wanted)
    here.out.show("reproduce/1", found, json=json)
    return 0 if found.verdict is None else 1


def run_reproduce(wanted: ReproduceRequest, here: Here, *, quiet: bool, json: bool) -> int:
    """Run it again, telling the person what happens; the exit status, negative for a signal to end by."""
    narrator = Narrator(here.out, quiet=quiet)

    def ready(parts: tuple[Part, ...]) -> None:
        for part in parts:
            if part.status == "uncertain" and not quiet:
                narrator.warn(f"{part.part}: {part.detail}")

    listener = Listener(narrator.started, narrator.troubled, narrator.progress, narrator.remark)
    talks = sys.stdin is not None and sys.stdin.isatty() and here.out.talks_to_terminal
    ears = Ears(listener, ready, (lambda stranger: _ask(stranger, here)) if talks else None)
    try:
        with unwinding(), here.out.aside(quiet=quiet):
            found, result = reproduce(wanted, ears)
    except Terminated as end:
        return -end.number
    narrator.progress.clear()
    if result is not None:
        narrator.ended(result.run, result.tag_moves)
    if quiet and not json:
        here.out.write_text([f"{found.verdict}\n"])
    else:
        here.out.show("reproduce/1", found, json=json)
    if result is not None and result.interrupted:
        return -signal.SIGINT
    return _status(found, None if result is None else result.exit_status)


def _status(found: Reproduction, status: int | None) -> int:
    if status is None:
        return _IMPOSSIBLE
    if found.reproduced:
        return 0  # also where it failed as the first run did
    return status or _DIFFERENT


def _ask(stranger: Stranger, here: Here) -> bool:
    """Whether the person at the terminal lets a stranger's code run, after they have seen it."""
    from runlore.present.term.trust import lines  # noqa: PLC0415 - for runs from elsewhere

    here.out.say(lines(stranger))
    try:
        answer = input()
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes"}
