"""What a run names: records, trees and blobs, each with the part of the run that it belongs to."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from runlore.records.canonical import Json
from runlore.records.event import Event
from runlore.records.run import FileRef, Intent, Recipe, Seal
from runlore.store.pack import BLOB, RECORD, TREE

RECORDS, CODE, LOGS, OUTPUTS, DATA, PACKAGES = "records", "code", "logs", "outputs", "data", "packages"
PARTS = (RECORDS, CODE, LOGS, OUTPUTS, DATA, PACKAGES)
_DATA_ROLES = frozenset(("data", "stdin"))


class Named(NamedTuple):
    """An object that a run names: what it is to the run, in words; its kind; its id; the part it belongs to; its size.

    The size is 0 where the record does not say it.
    """

    what: str
    kind: bytes
    oid: str
    part: str
    size: int = 0


def of_run(intent: Intent, seal: Seal | None) -> Iterator[Named]:
    """What intent and seal name, the recipes among it, whose own names are those of `of_recipe`."""
    for recipe in dict.fromkeys((intent.recipe, *((seal.recipe,) if seal else ()))):
        yield Named("recipe", RECORD, recipe, RECORDS)
    if intent.patch is not None:
        yield Named("patch", BLOB, intent.patch, CODE)
    yield from (_file("input", ref) for ref in intent.inputs)
    if seal is not None:
        yield from _of_seal(seal)


def _of_seal(seal: Seal) -> Iterator[Named]:
    for what, oid in (("log", seal.log), ("series", seal.series), ("usage", seal.usage_series)):
        if oid is not None:
            yield Named(what, BLOB, oid, LOGS)
    if seal.samples is not None:
        yield Named("samples", BLOB, seal.samples["oid"], LOGS, seal.samples["size"])
    for each in seal.kept:
        yield from of_kept(each)
    yield from (_file("input", ref) for ref in seal.inputs)
    yield from (_file("output", ref) for ref in seal.outputs)


def of_recipe(recipe: Recipe) -> Iterator[Named]:
    """What a recipe names."""
    if recipe.code is not None:
        yield Named("code", TREE, recipe.code, CODE)
    if recipe.environment is not None:
        yield Named("environment", RECORD, recipe.environment, RECORDS)
    for each in recipe.config:
        yield Named(f'config "{each["path"]}"', BLOB, each["oid"], CODE)
    for each in recipe.inputs:
        yield Named(f'input "{each["path"]}"', _kind(each["kind"]), each["oid"], DATA)


def of_kept(each: Mapping[str, Json]) -> Iterator[Named]:
    """The trees of a kept distribution."""
    what = f'package "{each["name"]}"'
    yield Named(what, TREE, each["tree"], PACKAGES)
    for root in each["roots"]:
        if root["tree"] is not None:
            yield Named(f"sources of {what}", TREE, root["tree"], PACKAGES)


def of_event(event: Event) -> Iterator[Named]:
    """What an event names: the packages that one of them says are kept."""
    for each in event.data["kept"] if event.kind == "vendor" else ():
        yield from of_kept(each)


def excepted(intent: Intent, seal: Seal | None) -> set[bytes]:
    """Ids of what may be missing though the run names it; of a tree: any blob below it."""
    found = {bytes.fromhex(ref.oid) for ref in intent.omitted} | _not_stored(intent.inputs)
    if seal is not None:
        found |= _not_stored((*seal.inputs, *seal.outputs))
        found |= {bytes.fromhex(named.oid) for each in seal.kept if not each["whole"] for named in of_kept(each)}
    return found


def _file(what: str, ref: FileRef) -> Named:
    part = OUTPUTS if what == "output" or ref.role == "intermediate" else DATA if ref.role in _DATA_ROLES else CODE
    return Named(f'{what} "{ref.path}"', _kind(ref.kind), ref.oid, part, ref.size)


def _kind(letter: str) -> bytes:
    return TREE if letter == "d" else BLOB


def _not_stored(refs: Iterable[FileRef]) -> set[bytes]:
    return {bytes.fromhex(ref.oid) for ref in refs if not ref.stored}
