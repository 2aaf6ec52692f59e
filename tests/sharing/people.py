"""Somebody with a home folder and a project, whose runs are put on record without running anything."""

import os
from collections.abc import Mapping
from pathlib import Path

import made_up
from tests.cli.place import AT, SECOND, Place

from runlore.ops import own
from runlore.ops.pull import PullRequest, pull
from runlore.ops.push import PushRequest, push
from runlore.ops.sharing.results import Pulled, Pushed
from runlore.records import tree
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import FileRef, encode_intent, encode_recipe, encode_seal
from runlore.store import runs, settings
from runlore.store.fsck import ERROR, Fsck, Problem
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter


class Person(Place):
    """A project folder and a home of one's own."""

    def __init__(self, folder: Path, name: str) -> None:
        for part in ("project", "home"):
            (folder / name / part).mkdir(parents=True)
        super().__init__(os.fspath(folder / name / "project"), os.fspath(folder / name / "home"))
        self.name = name
        self.env["USER"] = name
        self._made = 0

    @property
    def root(self) -> str:
        return f"{self.folder}/.mlrun"

    def share(self, url: str, name: str = "origin") -> None:
        """Make a store, if there is none, and add a remote."""
        with Store.create(self.root) as store:
            own.own(store, self.env)
            values = settings.read(store.layout)
            settings.write(store.layout, {**values, f"remote.{name}": url})

    def make(
        self,
        code: Mapping[str, bytes],
        *,
        data: Mapping[str, bytes] | None = None,
        outputs: Mapping[str, bytes] | None = None,
        name: str | None = None,
    ) -> RunId:
        """A finished run with these files."""
        self._made += 1
        at = AT + self._made * SECOND
        with Store.create(self.root) as store:
            with store.writer() as writer:
                entries = [tree.Entry(n.encode(), b"f", writer.add_blob(b), len(b)) for n, b in code.items()]
                code_id = writer.add_tree(entries).hex()
                read, made = (_refs(writer, given or {}) for given in (data, outputs))
                log = writer.add_blob(f"run {self._made} of {self.name}\n".encode()).hex()
                inputs = tuple({"kind": "f", "oid": ref.oid, "path": ref.path} for ref in read)
                of = made_up.recipe(ObjectId(code_id), params={"number": self._made}, inputs=inputs)
                recipe = ObjectId(writer.add_record(encode_recipe(of)))
            who = {"author": self.name, "host": f"host-of-{self.name}", "name": name}
            begun = made_up.intent(recipe, started_at=at, inputs=read, code_files=len(code), code_bytes=0, **who)
            live = runs.begin(store.layout, encode_intent(begun))
            ended = {"ended_at": at + 2 * SECOND, "duration": 2.0, "log": ObjectId(log), "log_bytes": 10}
            runs.seal(store.layout, live.id, encode_seal(made_up.seal(live.id, recipe, outputs=made, **ended)))
            os.close(live.lock)
            return live.id

    def push(self, *names: str, **choice: object) -> Pushed:
        return push(self.folder, PushRequest(names, None, **choice), self.env, lambda *_: None)  # type: ignore[arg-type]

    def pull(self, *names: str, **choice: object) -> Pulled:
        return pull(self.folder, PullRequest(names, None, **choice), self.env, lambda *_: None)  # type: ignore[arg-type]

    def problems(self) -> list[Problem]:
        """What `fsck` calls wrong."""
        return [problem for problem in Fsck(self.root).run() if problem.severity == ERROR]

    def runs(self) -> set[str]:
        """The ids of all runs."""
        return set(os.listdir(f"{self.root}/runs"))


def files(folder: str) -> dict[str, bytes]:
    """Everything in a folder, by path."""
    found = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def _refs(writer: ObjectWriter, given: Mapping[str, bytes]) -> tuple[FileRef, ...]:
    return tuple(
        FileRef(path, ObjectId(writer.add_blob(data).hex()), len(data), stored=True, how="traced")
        for path, data in given.items()
    )


def comes_back(ann: Person, ben: Person) -> None:
    """What ann pushes to the remote that both share, ben has byte for byte; a second push finds nothing to do."""
    code, table, large = {"train.py": b"print('hello')\n"}, b"1,2\n" * 50_000, os.urandom(1 << 20) * 40
    run = ann.make(code, data={"data/x.csv": table}, outputs={"model.bin": large})
    assert ann.push().runs == (run,)
    assert ann.push().runs == ()
    assert ben.pull().runs == (run,)
    done = ben.mlrun("checkout", run, "again", "--outputs")
    assert done.status == 0
    assert files(f"{ben.folder}/again") == {**code, "data/x.csv": table, "model.bin": large}
    assert ben.problems() == []
