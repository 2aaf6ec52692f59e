"""Runs with a text of a stranger's in every field that may hold one."""

import itertools
import os
import re
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from tests.cli.place import AT, SECOND, Place

from runlore.capture.metrics.series import Series, encode_series, name_text
from runlore.records import tree
from runlore.records.environment import Environment, Package, encode_environment
from runlore.records.hashing import ObjectId, RunId
from runlore.records.origins import Origin
from runlore.records.run import FileRef, Intent, Recipe, Seal, Warn, encode_intent, encode_recipe, encode_seal
from runlore.store import runs
from runlore.store.refs import Author, Refs
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter

_MD5 = "ab" * 16
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_PATH = re.compile("[\ud800-\udc7f\udd00-\udfff\0]")
"""What no path has: the other surrogates stand for bytes (PEP 383)."""


class Poison:
    """Texts for fields, one after the other."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts: Iterator[str] = itertools.cycle(texts)

    def text(self, label: str) -> str:
        """Anything that JSON holds."""
        return f"{label}-{next(self._texts)}-end"

    def label(self, label: str) -> str:
        """What a file name or an argument can be."""
        return _NO_PATH.sub("", self.text(label))

    def characters(self, label: str) -> str:
        """What has no lone surrogates."""
        return _SURROGATE.sub("", self.text(label))

    def name(self, label: str) -> bytes:
        """The name of a file in a folder."""
        return os.fsencode(self.label(label).replace("/", ""))


def poisoned(place: Place, texts: Sequence[str]) -> tuple[str, str]:
    """Record two runs; their ids."""
    poison = Poison(texts)
    with Store.create(os.path.join(place.folder, ".mlrun")) as store:
        made = [_run(store, poison, number) for number in range(2)]
        by = Author(poison.text("author"), poison.text("host"), AT)
        refs = Refs(store.layout, store.index)
        for run in made:
            refs.add(f"tag/{poison.characters('tag')}", "tag", {"run": run}, by)
            refs.add(f"notes/{run}", "note", {"text": poison.text("note")}, by)
    place.write(".mlrun/config.toml", '[remote]\norigin = "/srv/far"\n')
    return made[0], made[1]


def _run(store: Store, poison: Poison, number: int) -> RunId:
    with store.writer() as writer:
        parts = _Parts(writer, poison, number)
        recipe, intent = parts.recipe(), parts.intent()
        recipe_id = writer.add_record(encode_recipe(recipe))
    intent = intent._replace(recipe=ObjectId(recipe_id))
    live = runs.begin(store.layout, encode_intent(intent))
    with store.writer() as writer:
        seal = _Parts(writer, poison, number).seal(live.id, ObjectId(recipe_id))
    runs.seal(store.layout, live.id, encode_seal(seal))
    os.close(live.lock)
    return live.id


class _Parts:
    """The records of one run."""

    def __init__(self, writer: ObjectWriter, poison: Poison, number: int) -> None:
        self._writer, self._poison, self._number = writer, poison, number

    def _blob(self, text: str) -> ObjectId:
        return ObjectId(self._writer.add_blob(text.encode("utf-8", "surrogatepass")).hex())

    def _file(self, label: str, **changes: Any) -> FileRef:  # noqa: ANN401 - any field
        data = self._poison.text(label)
        oid, size = self._blob(data), len(data.encode("utf-8", "surrogatepass"))
        found = FileRef(self._poison.label(f"{label}.csv"), oid, size, True, self._poison.text("how"))
        return found._replace(**changes)

    def _tree(self) -> ObjectId:
        blob = self._writer.add_blob(self._poison.text("code\nline\n").encode("utf-8", "surrogatepass"))
        names = sorted({self._poison.name("code.py"), self._poison.name("other.py")})
        return ObjectId(self._writer.add_tree([tree.Entry(each, tree.FILE, blob, 9) for each in names]).hex())

    def recipe(self) -> Recipe:
        p = self._poison
        package = Package(p.text("package"), p.text("version"), None, p.text("source"), p.text("url"))
        environment = Environment(p.text("python"), p.text("cpython"), p.text("linux"), (package,))
        config = {"path": p.label("conf.yaml"), "oid": self._blob(f"a: {self._number}\n")}
        return Recipe(
            argv=(p.label("train.py"), p.label("--x")),
            cwd=p.label("cwd"),
            code=self._tree(),
            params={"lr": self._number, p.text("param"): p.text("value"), "seed": p.text("seed")},
            config=(config,),
            environment=ObjectId(self._writer.add_record(encode_environment(environment))),
            inputs=({"path": p.label("in"), "oid": self._blob("x"), "kind": "f"},),
            variables={p.text("OMP"): p.text("2")},
        )

    def intent(self) -> Intent:
        p = self._poison
        module = {
            "path": p.text("sub"),
            "commit": p.text("c"),
            "dirty": True,
            "modified": [p.text("m")],
            "untracked": [],
        }
        git = {
            "commit": p.text("commit"), "branch": p.text("branch"), "remotes": {p.text("origin"): p.text("url")},
            "dirty": True, "shallow": False, "modified": [p.text("modified")], "untracked": [p.text("untracked")],
            "submodules": [module],
        }  # fmt: skip
        return Intent(
            recipe=ObjectId("ab" * 32),
            name=p.label("name"), experiment=p.label("experiment"), message=p.text("message"),
            started_at=AT + self._number * SECOND, author=p.text("author"), host=p.text("host"), boot=p.text("boot"),
            nonce=str(self._number), interpreter=p.text("interpreter"), code_files=2, code_bytes=9, git=git,
            patch=self._blob(f"--- a/{p.text('x')}\n+++ b/x\n@@ -1 +1 @@\n+{p.text('line')}\n"),
            inputs=(self._file("declared"),), omitted=(self._file("omitted"),),
            skipped=(Warn(p.text("code"), p.text("skipped")),),
            hardware={"cpu": p.text("cpu"), "cores": 2, "gpu_driver": p.text("driver"), "gpus": [p.text("gpu")]},
            warnings=(Warn(p.text("code"), p.text("warning")),), top=p.label("/top"),
            others={p.text("VARIABLE"): p.text("print")}, stdin=p.text("stdin"),
        )  # fmt: skip

    def _series(self) -> ObjectId:
        columns = array("q", [1, 2]), array("q", [AT, AT]), array("d", [0.5, self._number])
        names = {name_text(name_text_bytes) for name_text_bytes in (b"loss", self._poison.name("metric"))}
        made = encode_series([Series(name, *columns) for name in sorted(names, key=os.fsencode)])
        return ObjectId(self._writer.add_blob(made).hex())

    def _samples(self) -> FileRef:
        cells = [self._poison.characters("cell").replace('"', "").replace("\0", "") for _ in range(4)]
        row = f'"{cells[1]}","{cells[2]}",b,"{cells[3]}"'
        text = f'id,target,prediction,"{cells[0]}"\n{row}\n2,a,{"ab"[self._number]},x\n'
        data = text.encode()
        return FileRef(
            "predictions.csv", ObjectId(self._writer.add_blob(data).hex()), len(data), True, "traced", role="samples"
        )

    def seal(self, run: RunId, recipe: ObjectId) -> Seal:
        p = self._poison
        summary = {"last": 0.5, "min": 0.5, "max": 0.5, "count": 1, "step": 1}
        log = p.text("log") + "\n\x1b[32mok\x1b[0m\n"
        kept = {
            "name": p.text("kept"),
            "version": p.text("1"),
            "why": p.text("why"),
            "tree": self._tree(),
            "whole": True,
        }
        secret = {each: p.text(each) for each in ("part", "path", "rule", "fingerprint")}
        return Seal(
            run=run, recipe=recipe, state="failed", exit_code=3, signal=None, ended_at=AT + 9 * SECOND, duration=9.0,
            usage={"cpu_seconds": 1.5}, log=self._blob(log), log_bytes=len(log.encode("utf-8", "surrogatepass")),
            outputs=(self._file("output"), self._file("role", role=p.text("role")), self._samples()),
            metrics={"loss": summary, p.text("metric"): summary}, observer=p.text("observer"), blind=(p.text("blind"),),
            warnings=(Warn(p.text("code"), p.text("warning")),), interpreter=p.text("interpreter"),
            inputs=(self._file("input"), self._file("folder", role="code")), folders=(p.text("folder"),),
            imported=(p.text("imported"),), network=(p.text("network"),), series=self._series(),
            secrets=({**secret, "line": 3},),
            unsearched=2, order=(), made_folders=(p.text("made"),), kept=({**kept, "whole": True, "roots": []},),
            origins=(Origin(p.text("dvc"), p.label("input.csv"), _MD5, 3, p.label("root")),),
        )  # fmt: skip
