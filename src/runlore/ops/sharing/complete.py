"""Whether what a stranger's records name as records came with them, or is here already."""

from runlore.errors import CorruptError, RemoteDamagedError
from runlore.ops.sharing.bundle import Contents
from runlore.records.environment import decode_environment
from runlore.records.event import decode_event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import record_id
from runlore.records.run import decode_recipe
from runlore.store.store import Store

_ALLOWED = "secret/"


def check_complete(store: Store, found: Contents, url: str) -> None:
    """Return if each run has its recipes and their environments, in the file or in the store, and they are such.

    Raises:
        RemoteDamagedError: one of them is missing, or is something else.
    """
    complete = _Complete(store, found)
    for each in found.runs:
        for recipe in found.recipes[each.run]:
            if why := complete.lacking(recipe):
                hint = "nothing of that file was kept; mlrun fsck REMOTE shows what else is damaged"
                raise RemoteDamagedError(f"run {each.run} on {url} came without {why}", hint=hint)


def is_for_others(event: bytes) -> bool:
    """Whether an event means anything in a store that it was not made in.

    What somebody allowed to leave is named by a fingerprint under the key of their store: here it would be a
    stranger who allows.
    """
    return not decode_event(event).ref.startswith(_ALLOWED)


class _Complete:
    def __init__(self, store: Store, found: Contents) -> None:
        self._store = store
        self._came: dict[str, bytes] = {record_id(each): each for each in found.others}
        self._known: dict[str, str] = {}

    def lacking(self, recipe: str) -> str:
        """What is missing of a recipe, in words; empty if nothing is."""
        if recipe not in self._known:
            self._known[recipe] = self._look(recipe)
        return self._known[recipe]

    def _look(self, recipe: str) -> str:
        try:
            environment = decode_recipe(self._bytes(recipe)).environment
        except (CorruptError, MalformedRecordError):
            return f"its recipe {recipe}"
        try:
            if environment is not None:
                decode_environment(self._bytes(environment))
        except (CorruptError, MalformedRecordError):
            return f"its environment {environment}"
        return ""

    def _bytes(self, oid: str) -> bytes:
        came = self._came.get(oid)
        return self._store.objects.record(bytes.fromhex(oid)) if came is None else came
