"""A store full of runs that nobody ran: records as `exec` writes them, without waiting for the disk.

``python bench/synthesis.py STORE COUNT`` makes one.
"""

import hashlib
import os
import subprocess
import sys
import time

from runlore.records.canonical import Scalar
from runlore.records.environment import Environment, Package, encode_environment
from runlore.records.hashing import ObjectId, RunId, record_id
from runlore.records.run import FileRef, Intent, Recipe, Seal, encode_intent, encode_recipe, encode_seal
from runlore.records.tree import FILE, Entry
from runlore.store.layout import Layout
from runlore.store.refs import Author, Refs
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter

_SECOND = 1_000_000_000
_PACKAGES = 60
_TAGS = 5


def make_runs(root: str, count: int) -> None:
    """Fill a new store at ``root``; on return its folders are old enough for the index to believe them.

    Done by another process: what is measured afterwards would start with the peak memory of this one.
    """
    subprocess.run((sys.executable, __file__, root, str(count)), check=True)
    time.sleep(2.2)


def parameters(number: int) -> dict[str, Scalar]:
    """What the run of this number was told."""
    return {"lr": 0.1 / (1 + number % 7), "seed": number, "model.depth": 3 + number % 4, "model.name": "resnet"}


def results(number: int) -> dict[str, float]:
    """The last values that the run of this number logged."""
    accuracy = 0.9 + (number % 97) / 1000
    return {"accuracy": accuracy, "loss": 1 - accuracy}


def _fill(root: str, count: int) -> None:
    with Store.create(root) as store:
        first = time.time_ns() - count * 60 * _SECOND
        with store.writer() as writer:
            made = [_make(writer, number, first + number * 60 * _SECOND) for number in range(count)]
        for intent, seal in made:
            _write(store.layout, intent, seal)
        refs = Refs(store.layout, store.index)
        for number in range(_TAGS):
            run = record_id(made[-1 - number][0])
            refs.add(f"tag/best-{number}", "tag", {"run": run}, Author("Ada", "laptop", time.time_ns()))


def _make(writer: ObjectWriter, number: int, at: int) -> tuple[bytes, bytes]:
    """Intent and seal of a run, its other records put into the store."""
    script = writer.add_blob(b"# version %d\n" % (number // 10))
    code = ObjectId(writer.add_tree([Entry(b"train.py", FILE, script, 4000)]).hex())
    environment = ObjectId(writer.add_record(encode_environment(_environment(number // 2000))))
    params = parameters(number)
    data = ObjectId(hashlib.sha256(b"data").hexdigest())
    recipe = Recipe(
        argv=("train.py", f"--lr={params['lr']}", f"--seed={number}"),
        cwd=".",
        code=code,
        params=params,
        config=(),
        environment=environment,
        inputs=({"path": "data/train.csv", "oid": data, "kind": "f"},),
        variables={"PYTHONHASHSEED": "0"},
    )
    recipe_id = ObjectId(writer.add_record(encode_recipe(recipe)))
    inputs = (FileRef("data/train.csv", data, 4_000_000, stored=False, how="declared"),)
    intent = encode_intent(_intent(recipe_id, inputs, number, at))
    return intent, encode_seal(_seal(RunId(record_id(intent)), recipe_id, number, at + 40 * _SECOND))


def _environment(number: int) -> Environment:
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    packages = tuple(Package(f"package-{at:02}", f"{number}.{at}.0", digest) for at in range(_PACKAGES))
    return Environment("3.11.7", "cpython", "linux-x86_64-glibc2.36", packages)


def _intent(recipe: ObjectId, inputs: tuple[FileRef, ...], number: int, at: int) -> Intent:
    commit = hashlib.sha1(b"%d" % (number // 10), usedforsecurity=False).hexdigest()
    return Intent(
        recipe=recipe,
        name=None,
        experiment=f"experiment-{number // 500}",
        message=None,
        started_at=at,
        author="Ada <ada@example.org>",
        host="laptop",
        boot="8d3c9d0f-4c3e-4b6a-9d7e-0a1b2c3d4e5f",
        nonce=f"{number:032x}",
        interpreter="/home/ada/project/.venv/bin/python",
        code_files=12,
        code_bytes=48_000,
        git={
            "commit": commit,
            "branch": "main",
            "remotes": {"origin": "git@example.org:ada/project.git"},
            "dirty": number % 3 == 0,
            "modified": ["train.py"] if number % 3 == 0 else [],
            "untracked": [],
            "submodules": [],
            "shallow": False,
        },
        patch=None,
        inputs=inputs,
        omitted=(),
        skipped=(),
        hardware={"cpu": "a processor", "cores": 2, "memory": 24 << 30, "gpus": []},
        warnings=(),
    )


def _seal(run: RunId, recipe: ObjectId, number: int, at: int) -> Seal:
    last = results(number)
    series = {"min": 0.1, "max": last["accuracy"], "count": 50, "step": 50}
    failed = number % 20 == 0
    return Seal(
        run=run,
        recipe=recipe,
        state="failed" if failed else "succeeded",
        exit_code=int(failed),
        signal=None,
        ended_at=at,
        duration=40.0,
        usage={"cpu_seconds": 38.5, "peak_memory": 900 << 20},
        log=None,
        log_bytes=0,
        outputs=(),
        metrics={name: {**series, "last": value} for name, value in last.items()},
        observer="none",
        blind=("inputs", "outputs", "network"),
    )


def _write(layout: Layout, intent: bytes, seal: bytes) -> None:
    folder = f"{layout.runs}/{record_id(intent)}"
    os.mkdir(folder)
    for name, data in (("intent", intent), ("seal", record_id(seal).encode() + b"\n" + seal)):
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data)


if __name__ == "__main__":
    _fill(sys.argv[1], int(sys.argv[2]))
