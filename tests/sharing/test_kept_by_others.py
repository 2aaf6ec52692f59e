"""Events that say which packages are kept can come from anybody: which of them count."""

from tests.sharing.people import Person

from runlore.ops.author import author_of
from runlore.ops.environment import environment_of
from runlore.records.fields import to_json
from runlore.records.hashing import RunId
from runlore.store.refs import Refs, vendor_proof
from runlore.store.store import Store


def test_packages_that_others_say_are_kept_are_not_used_for_own_runs(ann: Person) -> None:
    """Whoever can write to the remote can send such an event, and its packages would be executed."""
    kept = [{"name": "evil", "version": "1", "why": "vendored", "tree": "ab" * 32, "whole": True, "roots": []}]
    ann.write("train.py", "print(1)\n")
    assert ann.mlrun("exec", "train.py").status == 0
    (run,) = ann.runs()
    with Store(ann.root) as store:
        refs = Refs(store.layout, store.index)
        before = environment_of(store, refs, RunId(run))
        ref = f"environment/{before.environment}"
        refs.add(ref, "vendor", {"kept": kept}, author_of(ann.folder))
        assert environment_of(store, refs, RunId(run)).kept == before.kept
        wrong = vendor_proof(ref, kept, bytes(32))
        refs.add(ref, "vendor", {"kept": kept, "proof": wrong}, author_of(ann.folder))
        assert environment_of(store, refs, RunId(run)).kept == before.kept
        right = vendor_proof(ref, to_json(kept), store.secret_key)
        refs.add(ref, "vendor", {"kept": kept, "proof": right}, author_of(ann.folder))
        assert "evil" in {each["name"] for each in environment_of(store, refs, RunId(run)).kept}
