import os
import subprocess
import sys
from pathlib import Path

import pytest

from runlore.store.refs import Author, Refs
from runlore.store.store import Store

ONE, TWO = "1" * 64, "2" * 64


def by(at: int, name: str = "ada") -> Author:
    return Author(name, "host", at)


@pytest.fixture
def refs(store: Store) -> Refs:
    return Refs(store.layout, store.index)


def tag(refs: Refs, name: str, run: str, at: int) -> None:
    refs.add(f"tag/{name}", "tag", {"run": run}, by(at))


def tagged(refs: Refs) -> dict[str, str]:
    return {name: head.event.data["run"] for name, head in refs.tags().items()}


def test_the_last_to_move_a_tag_decides_whatever_the_clocks_say(refs: Refs) -> None:
    tag(refs, "best", ONE, 100)
    tag(refs, "best", TWO, 50)
    assert tagged(refs) == {"best": TWO}
    assert refs.tags()["best"].others == ()


def test_a_deleted_tag_names_nothing_and_can_be_given_again(refs: Refs) -> None:
    tag(refs, "best", ONE, 1)
    refs.add("tag/best", "untag", {"run": ONE}, by(2))
    assert tagged(refs) == {}
    tag(refs, "best", TWO, 3)
    assert tagged(refs) == {"best": TWO}


def test_two_who_move_a_tag_at_once_are_a_visible_conflict_until_the_next_move(store: Store, tmp_path: Path) -> None:
    with Store.create(str(tmp_path / "other" / ".mlrun")) as other:
        mine, theirs = Refs(store.layout, store.index), Refs(other.layout, other.index)
        tag(mine, "best", ONE, 1)
        tag(theirs, "best", TWO, 2)
        for name in os.listdir(other.layout.events):
            Path(store.layout.events, name).write_bytes(Path(other.layout.events, name).read_bytes())
    merged = Refs(store.layout, store.index)
    head = merged.tags()["best"]
    assert (head.event.data["run"], [event.data["run"] for event in head.others]) == (TWO, [ONE])
    tag(merged, "best", ONE, 3)
    assert merged.tags()["best"].others == ()
    assert tagged(merged) == {"best": ONE}


def test_tags_whose_names_begin_alike_are_told_apart(refs: Refs) -> None:
    tag(refs, "best", ONE, 1)
    tag(refs, "best-2", TWO, 2)
    tag(refs, "best", TWO, 3)
    assert tagged(refs) == {"best": TWO, "best-2": TWO}
    assert all(head.others == () for head in refs.tags().values())


def test_notes_come_oldest_first(refs: Refs) -> None:
    refs.add(f"notes/{ONE}", "note", {"text": "first"}, by(1))
    refs.add(f"notes/{ONE}", "note", {"text": "second"}, by(2))
    refs.add(f"notes/{TWO}", "note", {"text": "other"}, by(3))
    assert [event.data["text"] for event in refs.notes(ONE)] == ["first", "second"]


def test_a_removed_run_can_be_brought_back(refs: Refs) -> None:
    refs.add(f"run/{ONE}", "remove", {}, by(1))
    assert set(refs.removed()) == {ONE}
    refs.add(f"run/{ONE}", "restore", {}, by(2))
    assert refs.removed() == {}


def test_events_outlive_the_cache(store: Store, refs: Refs) -> None:
    tag(refs, "best", ONE, 1)
    store.close()
    Path(store.layout.cache, "index.db").unlink()
    with Store(store.layout.root) as again:
        assert tagged(Refs(again.layout, again.index)) == {"best": ONE}


def test_a_file_that_is_no_event_is_passed_over(store: Store, refs: Refs) -> None:
    tag(refs, "best", ONE, 1)
    Path(store.layout.events, "f" * 64).write_bytes(b"{}")
    Path(store.layout.events, "README").write_bytes(b"hello")
    assert tagged(Refs(store.layout, store.index)) == {"best": ONE}


def test_many_processes_can_add_events_at_once_and_none_is_lost(store: Store) -> None:
    code = (
        "import sys; from runlore.store.store import Store; from runlore.store.refs import Author, Refs\n"
        "with Store(sys.argv[1]) as store:\n"
        "    for count in range(10):\n"
        "        Refs(store.layout, store.index).add('notes/' + '1' * 64, 'note', {'text': sys.argv[2]}, "
        "Author('a', 'h', count))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, store.layout.root, str(number)]) for number in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert len(Refs(store.layout, store.index).notes(ONE)) == 40
