"""Whether a run would do again what an earlier one did: the one, or why none can be taken for it.

Being asked for something that was computed before, it is better to compute it once too often than to hand out
something else. So everything that an earlier run was seen to depend on must be as it was, and the record must be one
that sees what a run depends on.
"""

from runlore.errors import CorruptError
from runlore.ops.doubts import Doubts, known_report
from runlore.ops.execution import Order
from runlore.ops.indexing import refresh
from runlore.ops.interpreter import add_environment
from runlore.ops.parts import Parts, read_parts, read_recipe
from runlore.ops.record import Prepared
from runlore.ops.trust import is_known
from runlore.records.hashing import ObjectId, RunId
from runlore.records.phrases import named
from runlore.records.run import Recipe
from runlore.store.refs import Refs
from runlore.store.store import Store
from runlore.store.treediff import changes

_NAMED = 3
_MOST_TRIED = 20
"""Runs that were the same and cannot be used, after which no older one is tried."""
_MOST_RUNS = 1000
"""Runs whose outputs are looked up before the search is given up."""


def find(store: Store, order: Order, prepared: Prepared) -> Parts | str:
    """The newest run that was the same as the one that is prepared, or why there is none to be used."""
    refresh(store)
    removed, doubts = Refs(store.layout, store.index).removed(), Doubts(store, order, prepared)
    why: list[str] = []
    for row in store.index.rows():
        if row.id in removed or not row.sealed:
            continue
        try:
            parts = read_parts(store, RunId(row.id))
            if not is_known(store, parts, order.command.environ) or not _is_same(store, order, prepared.recipe, parts):
                continue
        except CorruptError:
            continue  # fsck says what is wrong with it
        against = next(doubts.about(parts), None)
        if against is None:
            return parts
        why.append(f"run {row.id[:8]} was the same, but {against}")
        if len(why) >= _MOST_TRIED:
            break
    return why[0] if why else _nearest(store, prepared)


def _nearest(store: Store, prepared: Prepared) -> str:
    """Why no run was the same, if what runs have made is to blame: where git does not ignore it, it counts as code."""
    made: set[str] = set()
    for _, row in zip(range(_MOST_RUNS), store.index.rows(), strict=False):
        try:
            parts = read_parts(store, RunId(row.id))
            made.update(ref.path for ref in parts.outputs)
            then, now = parts.recipe.code, prepared.recipe.code
            if parts.recipe.argv != prepared.recipe.argv or then is None or now is None or then == now:
                continue
            changed = {
                path for paths in changes(store.objects, bytes.fromhex(then), bytes.fromhex(now)) for path in paths
            }
        except CorruptError:
            continue
        if changed <= made:
            return f"what runs made counts as code, and is another: {named(sorted(changed), _NAMED)}; let git ignore it"
    return "no earlier run was the same"


def _is_same(store: Store, order: Order, recipe: Recipe, parts: Parts) -> bool:
    """Whether it was begun from the same: command, code, parameters, config, declared data, variables, packages."""
    seal = parts.seal
    if seal is None or seal.state != "succeeded":
        return False
    if parts.intent.parent is not None:
        return False  # it ran in a folder of its own, and perhaps with other data
    begun = read_recipe(store, parts.run, parts.intent.recipe)
    if begun._replace(environment=None) != recipe._replace(environment=None):
        return False
    then = parts.recipe.environment
    return then == (recipe.environment or (then and _environment(store, order, parts)))


def _environment(store: Store, order: Order, parts: Parts) -> ObjectId | None:
    """The packages, as they are now, of the first interpreter that a command started which is none itself."""
    report = known_report(store, order, parts)
    if report is None:
        return None
    with store.writer() as writer:
        return add_environment(store.stats, writer, report)
