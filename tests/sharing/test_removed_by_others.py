"""A run that others removed: hidden everywhere, and erased only where it was pulled, unless who made it says so too."""

from tests.sharing.people import Person

from runlore.ops.gc import Collected, GcRequest, collect
from runlore.ops.rm import remove, restore
from runlore.records.event import encode_event
from runlore.records.hashing import record_id
from runlore.store.refs import Refs
from runlore.store.store import Store

CODE = {"train.py": b"print('hello')\n"}


def gc(person: Person) -> Collected:
    return collect(person.folder, GcRequest(grace=0.0), lambda *_: None, None)


def both(ann: Person, ben: Person, remote: str) -> str:
    """A run of ann's that ben has pulled, removed and said so, as ann knows."""
    for person in (ann, ben):
        person.share(remote)
    run = ann.make(CODE)
    ann.push()
    ben.pull(run)
    remove(ben.folder, (run,))
    ben.push()
    assert ann.pull().own_removed == (run,)
    return run


def test_a_run_that_was_made_here_stays_when_others_remove_it(ann: Person, ben: Person, remote: str) -> None:
    run = both(ann, ben, remote)
    found = gc(ann)
    assert (found.runs, found.waiting, found.kept, found.by_others) == ((), 0, 0, (run,))
    assert gc(ben).runs == (run,)
    assert ann.runs() == {run}
    restore(ann.folder, (run,))
    assert (gc(ann).kept, ann.problems()) == (1, [])


def test_who_made_it_removes_it_too_and_then_it_goes(ann: Person, ben: Person, remote: str) -> None:
    run = both(ann, ben, remote)
    assert ann.mlrun("rm", "@").status == 12
    assert ann.mlrun("rm", run[:8]).out == f"removed {run[:8]}\n"
    assert ann.mlrun("rm", run[:8]).status == 12
    assert gc(ann).runs == (run,)
    assert ann.runs() == set()


def test_both_removed_it_without_knowing_of_each_other(ann: Person, ben: Person, remote: str) -> None:
    for person in (ann, ben):
        person.share(remote)
    run = ann.make(CODE)
    ann.push()
    ben.pull()
    for person in (ann, ben):
        remove(person.folder, (run,))
        person.push()
    ann.pull()
    assert gc(ann).runs == (run,)


def test_what_was_said_here_once_cannot_be_said_again_by_others(ann: Person, ben: Person, remote: str) -> None:
    """A removal that its author took back is on the remote, with its proof, for everybody to copy."""
    for person in (ann, ben):
        person.share(remote)
    run = ann.make(CODE)
    remove(ann.folder, (run,))
    restore(ann.folder, (run,))
    ann.push()
    ben.pull()
    with Store(ben.root) as store:
        refs = Refs(store.layout, store.index)
        taken_back, back = sorted(refs.about(f"run/{run}"), key=lambda event: event.kind)
        again = taken_back._replace(parents=(record_id(encode_event(back)),))
        with open(f"{ben.root}/events/{record_id(encode_event(again))}", "wb") as file:
            file.write(encode_event(again))
    ben.push()
    assert ann.pull().own_removed == (run,)
    assert gc(ann).by_others == (run,)
    assert ann.runs() == {run}


def test_the_program_says_what_was_removed_by_others_and_what_to_do(ann: Person, ben: Person, remote: str) -> None:
    run = both(ann, ben, remote)
    done = ann.mlrun("gc", "--now")
    assert done.out == "nothing to collect\n"
    assert "1 run made here and removed by others: hidden, and kept\n" in done.err
    assert f"mlrun rm {run[:8]} lets mlrun gc erase them\n" in done.err
    assert ann.mlrun("gc", "--now", "--json").data()["by_others"] == [run]
