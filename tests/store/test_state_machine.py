"""The store against a model that is a few dictionaries, through any order of what people do to it."""

import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from runlore.records import tree
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import Intent, Recipe, Seal, encode_intent, encode_recipe, encode_seal
from runlore.store import runs
from runlore.store.boot import boot_id
from runlore.store.catalog import RunRow
from runlore.store.fsck import ERROR, Fsck
from runlore.store.refs import Author, Refs
from runlore.store.store import Store
from runlore.store.writer import LOOSE_FROM

names = st.sampled_from(["best", "base", "ü", "a.b"])
contents = st.one_of(st.binary(max_size=40), st.sampled_from([b"L" * LOOSE_FROM, b"M" * (LOOSE_FROM + 1)]))
RECIPE = Recipe(argv=("train.py",), cwd=".", code=None, params={}, config=(), environment=None, inputs=(), variables={})
INTENT = Intent(
    recipe=ObjectId("0" * 64), name=None, experiment=None, message=None, started_at=1, author="a", host="h",
    boot=boot_id(), nonce="", interpreter=None, code_files=0, code_bytes=0, git=None, patch=None,
    inputs=(), omitted=(), skipped=(), hardware={}, warnings=(),
)  # fmt: skip


class StoreMachine(RuleBasedStateMachine):
    """``self.model`` holds what the store acknowledged."""

    living: Bundle[str] = Bundle("living")
    ended: Bundle[str] = Bundle("ended")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.store = Store.create(self.folder + "/.mlrun")
        self.clock = 0
        self.blobs: dict[bytes, bytes] = {}
        self.codes: dict[str, bytes | None] = {}
        self.states: dict[str, str] = {}
        self.locks: dict[str, int] = {}
        self.tags: dict[str, str] = {}
        self.notes: dict[str, list[str]] = {}
        self.removed: set[str] = set()

    def teardown(self) -> None:
        self.store.close()
        for lock in self.locks.values():
            os.close(lock)
        shutil.rmtree(self.folder)

    def now(self) -> Author:
        self.clock += 1
        return Author("ada", "host", self.clock)

    @rule(content=contents)
    def keep_a_blob(self, content: bytes) -> None:
        with self.store.writer() as writer:
            self.blobs[writer.add_blob(content)] = content

    @rule(content=contents)
    def start_keeping_and_fail(self, content: bytes) -> None:
        def fail() -> None:
            with self.store.writer() as writer:
                writer.add_blob(content + b"never")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()

    @rule(target=living, content=contents, name=names)
    def begin_a_run(self, content: bytes, name: str) -> str:
        with self.store.writer() as writer:
            blob = writer.add_blob(content)
            self.blobs[blob] = content
            code = writer.add_tree([tree.Entry(name.encode(), tree.FILE, blob, len(content))])
            recipe = writer.add_record(encode_recipe(RECIPE._replace(code=ObjectId(code.hex()))))
        intent = INTENT._replace(recipe=ObjectId(recipe), nonce=str(self.now().at), started_at=self.clock)
        live = runs.begin(self.store.layout, encode_intent(intent))
        self.locks[live.id] = live.lock
        self.codes[live.id] = code
        self.states[live.id] = "running"
        return live.id

    @rule(target=ended, run=consumes(living), state=st.sampled_from(["succeeded", "failed", "killed"]))
    def end_a_run(self, run: str, state: str) -> str:
        recipe = runs.read_intent(self.store.layout, run).recipe
        seal = Seal(
            run=RunId(run), recipe=recipe, state=state, exit_code=None, signal=None, ended_at=1, duration=None,
            usage={}, log=None, log_bytes=0, outputs=(), metrics={}, observer="none", blind=(),
        )  # fmt: skip
        assert runs.seal(self.store.layout, RunId(run), encode_seal(seal))
        assert not runs.seal(self.store.layout, RunId(run), encode_seal(seal._replace(state="crashed")))
        os.close(self.locks.pop(run))
        self.states[run] = state
        return run

    @rule(target=ended, run=consumes(living))
    def lose_the_owner(self, run: str) -> str:
        os.close(self.locks.pop(run))
        self.states[run] = "crashed"
        return run

    @rule(name=names, run=st.one_of(living, ended))
    def tag_a_run(self, name: str, run: str) -> None:
        Refs(self.store.layout, self.store.index).add(f"tag/{name}", "tag", {"run": run}, self.now())
        self.tags[name] = run

    @rule(name=names)
    def take_a_tag_away(self, name: str) -> None:
        refs = Refs(self.store.layout, self.store.index)
        if name in refs.tags():
            refs.add(f"tag/{name}", "untag", {"run": self.tags.pop(name)}, self.now())

    @rule(run=st.one_of(living, ended), text=st.text(max_size=5))
    def note_something(self, run: str, text: str) -> None:
        Refs(self.store.layout, self.store.index).add(f"notes/{run}", "note", {"text": text}, self.now())
        self.notes.setdefault(run, []).append(text)

    @rule(run=ended)
    def remove_or_restore(self, run: str) -> None:
        kind = "restore" if run in self.removed else "remove"
        Refs(self.store.layout, self.store.index).add(f"run/{run}", kind, {}, self.now())
        self.removed ^= {run}

    @rule(drop=st.sampled_from(["index.db", "stat.db", None]))
    def open_anew(self, drop: str | None) -> None:
        self.store.close()
        if drop and os.path.exists(f"{self.store.layout.cache}/{drop}"):
            os.unlink(f"{self.store.layout.cache}/{drop}")
        self.store = Store(self.store.layout.root)

    @rule()
    def move_the_store(self) -> None:
        self.store.close()
        moved = tempfile.mkdtemp()
        os.rename(self.folder, moved)
        self.folder = moved
        self.store = Store(moved + "/.mlrun")

    @invariant()
    def everything_acknowledged_is_there(self) -> None:
        for digest, content in self.blobs.items():
            assert self.store.objects.blob(digest) == content
        self.store.index.refresh_runs(self.store.layout.runs, lambda names: map(self.row, names))
        assert set(self.store.index.newest()) == set(self.states)
        for run, code in self.codes.items():
            seal = runs.read_seal(self.store.layout, run)
            alive = runs.is_alive(self.store.layout, run, boot_id())
            assert (seal.state if seal else "running" if alive else "crashed") == self.states[run]
            assert code is not None
            assert len(self.store.objects.tree(code)) == 1

    @invariant()
    def refs_say_what_was_said(self) -> None:
        refs = Refs(self.store.layout, self.store.index)
        assert {name: head.event.data["run"] for name, head in refs.tags().items()} == self.tags
        assert set(refs.removed()) == self.removed
        for run, texts in self.notes.items():
            assert [event.data["text"] for event in refs.notes(run)] == texts

    @invariant()
    def fsck_finds_it_sound(self) -> None:
        check = Fsck(self.store.layout.root)
        assert [problem for problem in check.run() if problem.severity == ERROR] == []
        assert check.checked["runs"] == len(self.states)

    def row(self, run: str) -> RunRow:
        started_at = runs.read_intent(self.store.layout, run).started_at
        return RunRow(run, started_at, None, None, runs.is_sealed(self.store.layout, run), "{}")


StoreMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStore = StoreMachine.TestCase
