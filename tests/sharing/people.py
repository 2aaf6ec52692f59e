"""Somebody with a home folder and a project, whose runs are put on record without running anything."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.cli.place import AT, SECOND, Place

from runlore.ops import own
from runlore.ops.pull import PullRequest, pull
from runlore.ops.push import PushRequest, push
from runlore.ops.sharing.results import Pulled, Pushed
from runlore.records import tree
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import FileRef, Intent, Recipe, Seal, encode_intent, encode_recipe, encode_seal
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
                recipe = writer.add_record(encode_recipe(_recipe(code_id, inputs, self._made)))
            intent = _intent(recipe, self.name, at=at, name=name, read=read, many=len(code))
            live = runs.begin(store.layout, encode_intent(intent))
            runs.seal(store.layout, live.id, encode_seal(_seal(live.id, recipe, log, at, made)))
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


def _recipe(code: str, inputs: tuple[dict[str, str], ...], number: int) -> Recipe:
    return Recipe(
        argv=("train.py",),
        cwd=".",
        code=code,  # type: ignore[arg-type]
        params={"number": number},
        config=(),
        environment=None,
        inputs=inputs,
        variables={},
    )


def _intent(  # noqa: PLR0913 - what differs between runs
    recipe: str, author: str, *, at: int, name: str | None, read: tuple[FileRef, ...], many: int
) -> Intent:
    return Intent(
        recipe=recipe,  # type: ignore[arg-type]
        name=name,
        experiment=None,
        message=None,
        started_at=at,
        author=author,
        host=f"host-of-{author}",
        boot="none",
        nonce="0",
        interpreter=None,
        code_files=many,
        code_bytes=0,
        git=None,
        patch=None,
        inputs=read,
        omitted=(),
        skipped=(),
        hardware={},
        warnings=(),
    )


def _seal(run: RunId, recipe: str, log: str, at: int, made: tuple[FileRef, ...]) -> Seal:
    return Seal(
        run=run,
        recipe=recipe,  # type: ignore[arg-type]
        state="succeeded",
        exit_code=0,
        signal=None,
        ended_at=at + 2 * SECOND,
        duration=2.0,
        usage={},
        log=log,  # type: ignore[arg-type]
        log_bytes=10,
        outputs=made,
        metrics={},
        observer="none",
        blind=(),
    )
