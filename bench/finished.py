"""A run that made files: a store with the records of it, without running anything.

``python bench/finished.py STORE FOLDER`` takes the files that lie in FOLDER for what it made.
"""

import os
import subprocess
import sys

from made_up import intent, recipe, seal

from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef, encode_intent, encode_recipe, encode_seal
from runlore.records.tree import FILE, Entry
from runlore.store import runs
from runlore.store.store import Store


def record(project: str, made: str) -> None:
    """Put the run on record in a new project.

    Done by another process: what is measured afterwards would start with the peak memory of this one.
    """
    os.makedirs(project)
    subprocess.run((sys.executable, __file__, f"{project}/.mlrun", made), check=True)


def write_small(folder: str, count: int, size: int) -> None:
    """Files of noise."""
    os.makedirs(folder)
    for number in range(count):
        with open(f"{folder}/{number:05}", "wb") as file:
            file.write(os.urandom(size))


def write_large(folder: str, size: int) -> None:
    """One file, of which no megabyte is like another."""
    os.makedirs(folder)
    noise = os.urandom(1 << 20)
    with open(f"{folder}/large", "wb") as file:
        file.writelines(number.to_bytes(8, "little") + noise[8:] for number in range(size // len(noise)))


def _record(root: str, made: str) -> None:
    with Store.create(root) as store:
        entries, total = [], 0
        with store.writer() as writer:
            for name in sorted(os.listdir(made)):
                with open(f"{made}/{name}", "rb") as file:
                    digest, size, _ = writer.add_file(file.fileno())
                entries.append(Entry(os.fsencode(name), FILE, digest, size))
                total += size
            folder = ObjectId(writer.add_tree(entries).hex())
            of = ObjectId(writer.add_record(encode_recipe(recipe(None))))
        live = runs.begin(store.layout, encode_intent(intent(of)))
        ref = FileRef("out", folder, total, stored=True, how="traced", kind="d")
        runs.seal(store.layout, live.id, encode_seal(seal(live.id, of, outputs=(ref,))))
        os.close(live.lock)


if __name__ == "__main__":
    _record(sys.argv[1], sys.argv[2])
