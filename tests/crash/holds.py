"""What must hold after a fault, whichever it was: nothing is lost, nothing is half there, and it goes on."""

import errno
from typing import NamedTuple

from tests.crash.project import Done, Project, announced
from tests.crash.scenes import check_next_exec
from tests.crash.verbs import told
from tests.crash.worlds import World

from runlore.ops.results import Run
from runlore.store.durable import reason

_CACHE = "/cache"
"""What lies there is only faster than doing without; and SQLite does not tell all errors apart."""
_OF_SQLITE = ("EIO", "EROFS")
_SQLITES_OWN = "unable to open database file"
_SET_ASIDE = "/reserve"


class Case(NamedTuple):
    """A verb that a fault was given to, and how it ended.

    ``error`` is what a call failed with, if one did; ``call`` and ``path`` are which and about what. ``kills``: the
    fault was to end mlrun.
    """

    done: Done
    error: str
    call: str
    path: str
    kills: bool


def check(world: World, project: Project, case: Case) -> None:
    """Return if all holds; raises ``AssertionError``."""
    errors = project.errors()
    assert errors == [], errors
    runs = project.runs()
    new = _check_runs(world, project, runs)
    if first := announced(case.done):
        assert len([run for run in runs if run.startswith(first)]) == 1, f"run {first} is lost"
    if not case.kills or case.done.status == world.verb.status:
        _check_said(world, project, case, [runs[run] for run in new])
        _check_durable(world, project, case)
    _check_again(world, project)
    check_next_exec("afterwards", project)


def _check_runs(world: World, project: Project, runs: dict[str, Run]) -> list[str]:
    """Each run says what it said before the verb or what it says after it; those that are new."""
    now, adds = told(project, runs), world.verb.adds_run
    for run, before in world.runs.items():
        if run not in runs:
            assert run not in world.complete, f"run {run[:8]} is lost"
        elif before.state == "crashed":
            assert runs[run].state in {"crashed", "failed"}, f"run {run[:8]} is {runs[run].state}"
        else:
            assert _bare(runs[run]) == _bare(before), f"run {run[:8]} has changed"
            sayings = (world.before.runs[run], world.after.runs.get(run))
            assert now.runs[run] in sayings or adds, f"run {run[:8]} is {now.runs[run]}, not {sayings}"
    new = [run for run in runs if run not in world.runs]
    if adds:
        assert len(new) <= 1, new
        assert [runs[run].state for run in new if runs[run].state not in {"crashed", "failed"}] == []
    else:  # what others say of a run comes after it
        assert [_bare(runs[run]) for run in new] == [_bare(world.complete[run]) for run in new]
    return new


def _bare(run: Run) -> Run:
    """A run without what may be said of it later."""
    return run._replace(tags=(), notes=())


def _check_said(world: World, project: Project, case: Case, new: list[Run]) -> None:
    """What mlrun has said to the person is so, and says why where something was not done."""
    done = case.done
    assert "Traceback" not in done.err, done.err
    assert "bug in mlrun" not in done.err, done.err
    words = done.err + done.out
    if world.verb.args[0] == "exec":
        assert (done.status, done.out) == (7, "trained --lr 0.1\n"), done
    if done.status != world.verb.status:
        assert case.error, done
        # Where writes fail, what mlrun says may not have been written either.
        assert case.call == "write" or _says_why(case.error, words), f"no reason is said: {done}"
    elif not world.verb.adds_run:
        assert told(project, project.runs()) == world.after, f"it is not done, and says it is: {done}"
    elif "warning" not in words:
        assert [_is_whole(run) for run in new] == [True], f"the run is not whole, and nothing is said: {done}"


def _says_why(error: str, words: str) -> bool:
    of_cache = _CACHE in words
    reasons = {reason(OSError(getattr(errno, each), "")) for each in (error, *(_OF_SQLITE if of_cache else ()))}
    return any(each in words for each in reasons) or (of_cache and _SQLITES_OWN in words)


def _check_durable(world: World, project: Project, case: Case) -> None:
    """What could not be synced is told of: to the person, or by a temporary name to whoever writes next."""
    matters = world.verb.promises and _CACHE not in case.path and _SET_ASIDE not in case.path
    if case.error and matters and case.call in {"fsync", "fdatasync", "syncfs"}:
        told_of = case.done.status != world.verb.status or "warning" in case.done.err + case.done.out
        assert told_of or any(project.store.glob("tmp/*")), f"not durable, and nothing is said: {case.done}"


def _is_whole(run: Run) -> bool:
    return (run.state, run.exit_code, run.log is not None) == ("failed", 7, True) and any(
        output.path == "model.bin" and output.stored for output in run.outputs or ()
    )


def _check_again(world: World, project: Project) -> None:
    """The verb repeated does what it would have done."""
    before = project.runs()
    again = project.mlrun(*world.verb.args)
    assert again.status in world.verb.again, f"again: {again}"
    runs = project.runs()
    if world.verb.adds_run:
        (new,) = [run for run in runs if run not in before]
        assert _is_whole(runs[new]), f"again: {runs[new]}"
        assert "warning" not in again.err, again.err
    elif again.status == 0:
        now = told(project, runs)
        assert now == world.after, f"again: {now}, not {world.after}"
