"""The record of an environment, and the name of the folder that it is made again in."""

from collections.abc import Mapping, Sequence

from runlore.errors import CorruptError
from runlore.records.canonical import Json, encode
from runlore.records.environment import Environment, decode_environment
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import blob_digest
from runlore.store.store import Store

Kept = Sequence[Mapping[str, Json]]
"""The distributions that the store has the files of, as seals have them."""


def load(store: Store, environment_id: str) -> Environment:
    """The record of that id; raises `CorruptError`."""
    try:
        return decode_environment(store.objects.record(bytes.fromhex(environment_id)))
    except MalformedRecordError as error:
        hint = "mlrun fsck shows what else is affected"
        raise CorruptError(f"environment {environment_id} cannot be read: {error}", hint=hint) from error


def name_of(environment_id: str, kept: Kept) -> str:
    """The name in ``envs/``: the id, and what stands for the kept files where there are any."""
    return f"{environment_id}-{blob_digest(encode(list(kept))).hex()[:8]}" if kept else environment_id
