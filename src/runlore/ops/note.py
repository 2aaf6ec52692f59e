"""`note`: remarks on runs."""

from runlore.capture.secret_gate import is_harmless
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
    """Add a note to a run, secrets in it replaced; all its notes. Raises `UsageError` for an empty one."""
    if not text.strip():
        raise UsageError("a note needs a text", hint='mlrun note @ "lower learning rate helped"')
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        run = resolve(store, refs, run_name)
        if not is_harmless(text):
            from runlore.capture.secrets import redact  # noqa: PLC0415 - most notes need no rule

            text, _ = redact(text, store.secret_key)
        refs.add(f"notes/{run}", "note", {"text": text}, author_of(folder))
        return _result(refs, run)


def _result(refs: Refs, run: str) -> Notes:
    return Notes(run=run, notes=tuple(note_json(event) for event in refs.notes(run)))
