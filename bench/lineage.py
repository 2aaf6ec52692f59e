"""What it costs to go from a file to its runs, in starts of a Python that does nothing.

``python bench/lineage.py STORE COUNT`` makes a store of as many runs: all read one table, each a folder of 200 files of
which one is new, and what an earlier one made; each makes a model, and has code of 50 files of which one is new.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import made_up
from measure import MLRUN, PYTHON, Command, Row, bare_start, compare, environ, finish, milliseconds, run, scratch

from runlore.records.hashing import ObjectId, RunId, blob_digest, record_id
from runlore.records.run import FileRef, encode_intent, encode_recipe, encode_seal
from runlore.records.tree import FILE, Entry
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter

_RUNS = 10_000
_ROUNDS = 5
_LIMIT = 25
_SECOND = 1_000_000_000
_TABLE = b"a table that every run reads\n" * 100


def _fill(root: str, count: int) -> None:
    first = time.time_ns() - count * 60 * _SECOND
    with Store.create(root) as store:
        with store.writer() as writer:
            made = [_make(writer, number, first + number * 60 * _SECOND) for number in range(count)]
        for intent, seal in made:
            folder = f"{store.layout.runs}/{record_id(intent)}"
            os.mkdir(folder)
            for name, data in (("intent", intent), ("seal", record_id(seal).encode() + b"\n" + seal)):
                with open(f"{folder}/{name}", "wb") as file:
                    file.write(data)


def content(number: int) -> bytes:
    """The model that a run makes."""
    return b"the model that run %d has made" % number * 10


def _tree(writer: ObjectWriter, what: str, files: int, number: int) -> ObjectId:
    names = [(f"{what}{at:03}.py", f"{what} {at} {number if at == number % files else 0}") for at in range(files)]
    return ObjectId(
        writer.add_tree([Entry(n.encode(), FILE, blob_digest(text.encode() * 9), 90) for n, text in names]).hex()
    )


def _file(path: str, data: bytes) -> FileRef:
    return FileRef(path, ObjectId(blob_digest(data).hex()), len(data), stored=True, how="traced")


def _make(writer: ObjectWriter, number: int, at: int) -> tuple[bytes, bytes]:
    code = _tree(writer, "module", 50, number)
    recipe = made_up.recipe(code, argv=("train.py", f"--seed={number}"), params={"seed": number})
    oid = ObjectId(writer.add_record(encode_recipe(recipe)))
    read = [
        _file("data/table.csv", _TABLE),
        FileRef("data/parts", _tree(writer, "part", 200, number), 18_000, stored=True, how="traced", kind="d"),
    ]
    if number:
        read.append(_file("out/model.pt", content(number // 2)))
    begun = made_up.intent(oid, started_at=at, nonce=f"{number:032x}", code_files=50, code_bytes=48_000)
    intent = encode_intent(begun)
    outputs = (_file(f"out/{number}/model.pt", content(number)),)
    ended = {"ended_at": at + 40 * _SECOND, "duration": 40.0, "observer": "native"}
    seal = made_up.seal(RunId(record_id(intent)), oid, inputs=tuple(read), outputs=outputs, **ended)
    return intent, encode_seal(seal)


def measure() -> Iterator[Row]:
    with scratch() as folder:
        variables = environ(folder)
        subprocess.run((PYTHON, __file__, os.path.join(folder, ".mlrun"), str(_RUNS)), check=True)
        for name, data in (
            ("model", content(_RUNS // 2)),
            ("table", _TABLE),
            ("part", b"part 7 0" * 9),
            ("code.py", b"module 7 0" * 9),
            ("strange", b"nobody knows it"),
        ):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        time.sleep(2.2)  # until the index believes the time stamps of folders
        yield Row(f"mlrun list, first use with {_RUNS} runs", *_first(folder, variables, "list", "-n", "1"))
        yield Row("mlrun lineage, first use after it", *_first(folder, variables, "lineage", "@", "--json"))
        size = os.path.getsize(os.path.join(folder, ".mlrun", "cache", "uses.db"))
        yield Row("cache/uses.db", f"{size / (1 << 20):.0f} MiB", f"{size / _RUNS:.0f} B a run")
        asked = {
            f"mlrun lineage {name}": Command((MLRUN, "lineage", name), folder, variables)
            for name in ("@", "model", "table", "part", "code.py")
        }
        table = f"input = {blob_digest(_TABLE).hex()[:12]}"
        asked[f"mlrun list --where '{table}'"] = Command((MLRUN, "list", "--where", table), folder, variables)
        costs = compare({"bare": bare_start(folder, variables), **asked}, rounds=_ROUNDS)
    bare = costs.pop("bare").cpu
    for name, cost in costs.items():
        ours = f"{milliseconds(cost.cpu)} CPU, {milliseconds(cost.wall)}, {cost.memory >> 20} MiB"
        yield Row(name, ours, f"bare start {milliseconds(bare)} CPU", cost.cpu / bare, _LIMIT)


def _first(folder: str, variables: Mapping[str, str], *words: str) -> tuple[str, str]:
    """What a use costs that finds no cache, and how many runs it takes in for each second."""
    cost = run(Command((MLRUN, *words), folder, variables))
    ours = f"{cost.wall:.1f} s, {cost.cpu:.1f} s CPU, {cost.memory >> 20} MiB"
    return ours, f"{_RUNS / cost.wall:.0f} runs/s"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _fill(sys.argv[1], int(sys.argv[2]))
    else:
        finish(list(measure()))
