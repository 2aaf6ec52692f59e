"""Faults of each kind at points of a verb: what `scripts/faults` tries. What must hold after each is in `holds`."""

import random
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.crash import kernel
from tests.crash.holds import Case, check
from tests.crash.kernel import Call
from tests.crash.project import Done, Project
from tests.crash.verbs import VERBS
from tests.crash.worlds import Disk, World

from runlore.errors import MlrunError

ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EROFS")
_NO_ROOM = ("ENOSPC", "EDQUOT")
_DEADLY = ("before", "torn")


class Kind(NamedTuple):
    """A kind of fault: ``points`` are all there are, ``hit`` gives one; ``None`` if it did not come to that."""

    points: Callable[[World, Project], Sequence[object]]
    hit: Callable[[World, Project, object], Done | None]
    kills: bool = False
    errors: str = ""
    on_a_disk: bool = False


class Tried(NamedTuple):
    """What came of the points of one verb and one kind of fault."""

    verb: str
    kind: str
    points: int
    tried: int
    missed: int
    violations: list[str]


class Sample(NamedTuple):
    """Which points are tried: ``most`` of them, chosen by the seed, or all; only those that have ``about`` in them."""

    seed: int = 1
    most: int | None = None
    about: str = ""


ALL = Sample()


def _by_strace(kind: str) -> Kind:
    """``kill`` and ``power``: kill -9 before a system call."""

    def points(world: World, project: Project) -> Sequence[Call]:
        found = kernel.calls(project, world.verb.args, follow=True)
        # And once more after the last: what was said to be done is done.
        return [*found, Call("exit", 0, "")] if kind == "power" else found

    def hit(world: World, project: Project, point: object) -> Done | None:
        assert isinstance(point, Call)
        if point.name == "exit":
            return project.run(*project.program, *world.verb.args, check=False)
        return kernel.kill(project, point, world.verb.args)

    return Kind(points, hit, kills=True, on_a_disk=kind == "power")


def _failing_call(error: str, *, on: bool) -> Kind:
    """A system call that fails, once or from then on. What a command that is run does is its own: not followed."""

    def points(world: World, project: Project) -> Sequence[Call]:
        found = kernel.calls(project, world.verb.args, follow=not world.verb.adds_run)
        spared = kernel.NEED_NO_SPACE if error in _NO_ROOM else ()
        # Opening goes on to be what imports a module, and a failing one says nothing of the disk.
        return [call for call in found if call.name not in spared and not (on and call.name.startswith("open"))]

    def hit(world: World, project: Project, point: object) -> Done | None:
        assert isinstance(point, Call)
        return kernel.fail(project, point, error + "+" * on, world.verb.args, follow=not world.verb.adds_run)

    return Kind(points, hit, errors=error)


def _injected(how: str) -> Kind:
    """By `injector`, before a function of Python's."""

    def points(world: World, project: Project) -> Sequence[str]:
        project.injected(f"count-{how}", 0, world.verb.args)
        return [f"{number} {call}" for number, call in enumerate(project.calls(), 1)]

    def hit(world: World, project: Project, point: object) -> Done | None:
        done = project.injected(how, int(str(point).split(" ", 1)[0]), world.verb.args)
        assert how in _DEADLY or done.status != -9, done
        return None if how in _DEADLY and done.status != -9 else done  # it may have made fewer calls this time

    name = how.partition("-")[0]
    return Kind(points, hit, kills=how in _DEADLY, errors=name if name in ERRORS else "")


KINDS: dict[str, Kind] = {
    "kill": _by_strace("kill"),
    "power": _by_strace("power"),
    "before": _injected("before"),
    "torn": _injected("torn"),
    "short once": _injected("short-once"),
    "short": _injected("short-from"),
    **{f"{error} once": _injected(f"{error}-once") for error in ERRORS},
    **{f"{error}": _injected(f"{error}-from") for error in ERRORS},
    **{f"call {error} once": _failing_call(error, on=False) for error in ERRORS},
    **{f"call {error}": _failing_call(error, on=True) for error in ERRORS},
}
BY_STRACE = tuple(name for name in KINDS if name.startswith(("kill", "power", "call")))


def run(base: Path, verb: str, kind: str, *, sample: Sample = ALL) -> Tried:
    """Try points of a verb with one kind of fault, in a folder of its own; as `hit_some`."""
    world = (Disk if KINDS[kind].on_a_disk else World)(base, VERBS[verb])
    return hit_some(world, verb, kind, sample=sample)


def hit_some(world: World, verb: str, kind: str, *, sample: Sample = ALL, mutant: str | None = None) -> Tried:
    """Try points of a verb. ``mutant`` is tried in the place of mlrun."""
    fault = KINDS[kind]
    world.mutate(mutant)
    with world.fresh() as project:
        if kind in BY_STRACE:
            kernel.check_there(project)
        points = [point for point in fault.points(world, project) if sample.about in str(point)]
    chosen = points
    if sample.most is not None and sample.most < len(points):
        # The last one first: in a power cut it is the end of the verb, which sees most.
        choice = random.Random(f"{sample.seed} {verb} {kind}")  # noqa: S311 - not for a secret
        chosen = [points[-1], *choice.sample(points[:-1], sample.most - 1)]
    tried, missed, violations = 0, 0, []
    for point in chosen:
        with world.fresh() as project:
            try:
                done = fault.hit(world, project, point)
                tried, missed = tried + (done is not None), missed + (done is None)
                if done is not None:
                    check(world, world.afterwards(project), _case(done, fault, point))
            except (AssertionError, MlrunError, OSError, subprocess.TimeoutExpired) as error:
                violations.append(f"{verb}, {kind}, {point}: {type(error).__name__}: {error}")
    return Tried(verb, kind, len(points), tried, missed, violations)


def _case(done: Done, fault: Kind, point: object) -> Case:
    call, path = (point.name, point.path) if isinstance(point, Call) else str(point).split("\t")[:2]
    return Case(done, fault.errors, call.split(" ")[-1], path, fault.kills)
