"""A `gc` line that has been read, and what comes of it."""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from runlore.cli.here import Here
from runlore.cli.progress import Progress
from runlore.errors import UsageError
from runlore.ops.gc import GRACE, Ask, GcRequest, collect
from runlore.ops.gc_remote import GRACE as REMOTE_GRACE
from runlore.ops.gc_remote import CleanRequest, clean
from runlore.ops.retention import Rules, best_of


class Asked(NamedTuple):
    """The options of one `gc`, as typed; `cli.commands.gc` says what each means."""

    grace: float | None
    now: bool
    envs: bool
    last: int | None
    tagged: bool
    best: tuple[str, ...]
    newer: float | None
    experiment: str | None
    lineage: bool
    dry_run: bool
    yes: bool


def run_gc(asked: Asked, here: Here, *, json: bool) -> None:
    """Collect garbage of the store, and show what went."""
    request = GcRequest(_grace(asked), _rules(asked), envs=asked.envs, dry_run=asked.dry_run, sure=asked.yes)
    with Progress(here.out, goes_on=True) as progress:
        found = collect(here.folder, request, progress, _asking(here, progress))
    here.out.show("gc/1", found, json=json)


def run_clean(remote: str, asked: Asked, here: Here, *, json: bool) -> None:
    """Clean a remote, and show what went and what will."""
    if asked.envs:
        raise UsageError("--envs is for the store here", hint="environments are on no remote")
    grace = _grace(asked, REMOTE_GRACE)
    request = CleanRequest(remote, grace, dry_run=asked.dry_run, sure=asked.yes, rules=_rules(asked))
    with Progress(here.out, goes_on=True) as progress:
        found = clean(here.folder, request, here.environ, progress, _asking(here, progress))
    here.out.show("gc-remote/1", found, json=json)


def _asking(here: Here, progress: Progress) -> Ask | None:
    """Whom to ask whether runs may be removed."""

    def ask(runs: Sequence[str]) -> bool:
        progress.clear()
        return _ask(runs, here)

    return ask if sys.stdin is not None and sys.stdin.isatty() and here.out.talks_to_terminal else None


def _grace(asked: Asked, usual: float = GRACE) -> float:
    if asked.now and asked.grace is not None:
        raise UsageError("--now and --grace contradict each other", hint="choose one")
    return 0.0 if asked.now else usual if asked.grace is None else asked.grace


def _rules(asked: Asked) -> Rules:
    rules = Rules(
        last=asked.last,
        tagged=asked.tagged,
        best=tuple(map(best_of, asked.best)),
        newer=asked.newer,
        experiment=asked.experiment,
        lineage=asked.lineage,
    )
    if not rules.some and (asked.experiment is not None or not asked.lineage):
        raise UsageError("--experiment and --no-lineage go with a --keep option", hint="mlrun gc --help lists them")
    return rules


def _ask(runs: Sequence[str], here: Here) -> bool:
    """Whether the person at the terminal lets the runs be erased."""
    from runlore.present.term.gc import question  # noqa: PLC0415 - where somebody is to be asked

    here.out.say(question(runs))
    try:
        answer = input()
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes"}
