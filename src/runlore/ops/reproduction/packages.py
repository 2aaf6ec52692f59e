"""The environment that a run is repeated in: as recorded, as it is here now, or by a lock file."""

import os
from collections.abc import Mapping

from runlore.errors import CannotRebuildError
from runlore.execute.environment.compare import compare
from runlore.execute.environment.finding import DIFFERS, EXACT, Finding
from runlore.execute.environment.rebuild import Progress, Rebuilt, in_place, rebuild
from runlore.execute.environment.recorded import load
from runlore.execute.resolve import python_of
from runlore.ops.environment import Ran, environment_of
from runlore.ops.parts import Parts
from runlore.ops.reproduction.setting import home_of
from runlore.records.run import Recipe
from runlore.store.refs import Refs
from runlore.store.store import Store


def recorded(store: Store, parts: Parts) -> Ran | None:
    """What is on record of the run's environment, with all that was kept of it; ``None`` if nothing is."""
    if parts.recipe.environment is None:
        return None
    return environment_of(store, Refs(store.layout, store.index), parts.run)


def exact(store: Store, ran: Ran, environ: Mapping[str, str], progress: Progress) -> Rebuilt:
    """The environment made again; the very one where that cannot be and it still stands unchanged.

    Raises:
        CannotRebuildError: neither can be had.
    """
    try:
        return rebuild(
            store,
            ran.environment,
            ran.kept,
            environ=environ,
            interpreter=ran.interpreter,
            on_progress=progress,
            needed=None if ran.imported is None else frozenset(ran.imported),
        )
    except CannotRebuildError as error:
        interpreter = ran.interpreter
        if interpreter is None or not in_place(load(store, ran.environment), interpreter, environ=environ):
            raise
        why = f"it cannot be made again ({error.message}), and was used where it stands: {interpreter}"
        prefix = home_of(interpreter) or os.path.dirname(os.path.dirname(interpreter))
        return Rebuilt(interpreter, prefix, fresh=False, findings=(Finding("environment", DIFFERS, why),))


def locked(store: Store, ran: Ran, path: str, environ: Mapping[str, str], progress: Progress) -> Rebuilt:
    """The recorded interpreter with the packages of a lock file.

    Raises:
        UsageError: there is no such file.
        CannotRebuildError: it cannot be installed.
    """
    from runlore.execute.environment.lock import from_lock  # noqa: PLC0415 - only with a lock file

    return from_lock(
        store, path, ran.environment, ran.kept, environ=environ, interpreter=ran.interpreter, on_progress=progress
    )


def here(top: str, folder: str, environ: Mapping[str, str]) -> Rebuilt | None:
    """The project's own environment as it is now; ``None`` if its interpreter is that of the machine."""
    interpreter = python_of(top, environ, cwd=folder)
    home = home_of(interpreter)
    return None if interpreter is None or home is None else Rebuilt(interpreter, home, fresh=False, findings=())


def differences(store: Store, then: Recipe, now: Recipe, rebuilt: Rebuilt | None) -> tuple[Finding, ...]:
    """What of the environment is another now than it was: as was found when it was made, else by both records."""
    known = tuple(each for each in (rebuilt.findings if rebuilt else ()) if each.status != EXACT)
    if known or then.environment is None or now.environment is None or then.environment == now.environment:
        return known
    return tuple(compare(load(store, then.environment), load(store, now.environment), {}))
