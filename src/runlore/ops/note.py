"""`note`: remarks on runs."""

from runlore.errors import UsageError
from runlore.ops.author import author_of
from runlore.ops.describe import note_json
from runlore.ops.names import resolve
from runlore.ops.project import open_store
from runlore.ops.results import Notes
from runlore.store.refs import Refs


def notes(folder: str, run_name: str) -> Notes:
    """The notes of a run."""
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        return _result(refs, resolve(store, refs, run_name))


def add_note(folder: str, run_name: str, text: str) -> Notes:
    """Add a note to a run; all its notes. Raises `UsageError` for an empty one."""
    if not text.strip():
        raise UsageError("a note needs a text", hint='mlrun note @ "lower learning rate helped"')
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        run = resolve(store, refs, run_name)
        refs.add(f"notes/{run}", "note", {"text": text}, author_of(folder))
        return _result(refs, run)


def _result(refs: Refs, run: str) -> Notes:
    return Notes(run=run, notes=tuple(note_json(event) for event in refs.notes(run)))
