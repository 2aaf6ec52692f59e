"""The records of one of two runs, as far as they can be read: what is damaged takes only its own parts with it."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.errors import CacheDamagedError, CorruptError
from runlore.ops.describe import live_state
from runlore.ops.difference.results import (
    CODE,
    COMMAND,
    CONFIG,
    ENVIRONMENT,
    INPUTS,
    METRICS,
    OUTPUTS,
    PARAMS,
    RESOURCES,
    Side,
)
from runlore.ops.parts import Parts, read_recipe
from runlore.records.hashing import RunId
from runlore.records.run import Recipe, Seal
from runlore.store import runs
from runlore.store.store import Store

_OF_RECIPE = (COMMAND, PARAMS, CODE, CONFIG, ENVIRONMENT, INPUTS)
_OF_SEAL = (INPUTS, METRICS, OUTPUTS, RESOURCES)
_UNKNOWN = Recipe((), "", None, {}, (), None, (), {})
"""Stands for a recipe that cannot be read; no real one is without a command."""


class Read(NamedTuple):
    """What could be read, and by part why that part could not."""

    parts: Parts
    damaged: Mapping[str, str]


def read_side(store: Store, run: RunId) -> Read:
    """The records of a run.

    Raises:
        CorruptError: not even the record that says what the run was can be read.
    """
    intent = runs.read_intent(store.layout, run)
    damaged: dict[str, str] = {}
    seal: Seal | None = None
    try:
        seal = runs.read_seal(store.layout, run)
    except CorruptError as error:
        damaged |= dict.fromkeys(_OF_SEAL, error.message)
    recipe = _UNKNOWN
    try:
        recipe = read_recipe(store, run, seal.recipe if seal else intent.recipe)
    except CacheDamagedError:
        raise
    except CorruptError as error:
        damaged |= dict.fromkeys(_OF_RECIPE, error.message)
    if INPUTS in damaged and recipe.environment is None:
        # The environment is named by the recipe that the end of the run completes.
        damaged.setdefault(ENVIRONMENT, damaged[INPUTS])
    return Read(Parts(run, intent, seal, recipe), damaged)


def is_known(recipe: Recipe) -> bool:
    """Whether it is a run's own."""
    return recipe is not _UNKNOWN


def side(store: Store, read: Read) -> Side:
    """What is needed to recognise the run."""
    seal, intent = read.parts.seal, read.parts.intent
    state = seal.state if seal is not None else "unreadable"
    if seal is None and RESOURCES not in read.damaged:
        state = live_state(store, read.parts.run, intent.boot)
    return Side(
        id=read.parts.run,
        name=intent.name,
        state=state,
        started_at=intent.started_at,
        duration=None if seal is None else seal.duration,
        command=read.parts.recipe.argv,
        message=intent.message,
    )
