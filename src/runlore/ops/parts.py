"""The records of one run, read together: what most verbs begin with."""

from typing import NamedTuple

from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import FileRef, Intent, Recipe, Seal, Warn, by_path, decode_recipe
from runlore.store import runs
from runlore.store.store import Store


class Begun(NamedTuple):
    """The records that a run has to itself; ``seal`` once it has ended."""

    run: RunId
    intent: Intent
    seal: Seal | None

    @property
    def fingerprint(self) -> ObjectId:
        """The id of the recipe that counts."""
        return self.seal.recipe if self.seal else self.intent.recipe

    @property
    def files(self) -> int:
        """How many files it read and made; one that it was told of and read counts twice."""
        ended = len(self.seal.inputs) + len(self.seal.outputs) if self.seal else 0
        return len(self.intent.inputs) + ended


class Parts(NamedTuple):
    """The records of a run; ``recipe`` is the one that counts."""

    run: RunId
    intent: Intent
    seal: Seal | None
    recipe: Recipe

    @property
    def inputs(self) -> tuple[FileRef, ...]:
        """What the run read, as it was then, config files included."""
        seen = self.seal.inputs if self.seal else ()
        config = (
            FileRef(path=each["path"], oid=ObjectId(each["oid"]), size=0, stored=True, how="declared")
            for each in self.recipe.config
        )
        return by_path((*config, *seen, *self.intent.inputs))

    @property
    def warnings(self) -> tuple[Warn, ...]:
        """What was noticed before it ran, and when it had ended."""
        return (*self.intent.warnings, *(self.seal.warnings if self.seal else ()))

    @property
    def interpreter(self) -> str | None:
        """The path of the first Python that reported itself."""
        return self.seal.interpreter if self.seal else None

    @property
    def outputs(self) -> tuple[FileRef, ...]:
        """What it made."""
        return self.seal.outputs if self.seal else ()


def read_parts(store: Store, run: RunId) -> Parts:
    """The records of a run; raises `CorruptError` if one is damaged."""
    return read_rest(store, read_begun(store, run))


def read_begun(store: Store, run: RunId) -> Begun:
    """The records in the folder of a run; raises `CorruptError` if one is damaged."""
    return Begun(run, runs.read_intent(store.layout, run), runs.read_seal(store.layout, run))


def read_rest(store: Store, begun: Begun) -> Parts:
    """All records of a run of which those in its folder were read; raises `CorruptError` if the recipe is damaged."""
    return Parts(*begun, read_recipe(store, begun.run, begun.fingerprint))


def read_recipe(store: Store, run: str, oid: ObjectId) -> Recipe:
    """The recipe of that id, one of those of the run; raises `CorruptError`."""
    try:
        return decode_recipe(store.objects.record(bytes.fromhex(oid)))
    except MalformedRecordError as error:
        raise runs.unreadable(f"the recipe of run {run}", error) from error
