"""Temporary files and folders, read back and deleted or moved into place; an input that is deleted at the end."""

# mypy: ignore-errors

import os
import shutil
import tempfile
from pathlib import Path

with tempfile.NamedTemporaryFile("w+", dir="out") as file, open("data/words.txt", encoding="utf-8") as words:
    file.write(words.read().upper())
    file.seek(0)
    print(len(file.read()))
with tempfile.TemporaryDirectory() as folder:
    shutil.copy("data/train.csv", folder)
    Path(folder, "half.csv").write_text(Path(folder, "train.csv").read_text(encoding="utf-8")[:1000], encoding="utf-8")
    shutil.move(f"{folder}/half.csv", "out/half.csv")
os.makedirs("out/step.tmp")
Path("out/step.tmp/weights.txt").write_text("1", encoding="utf-8")
os.rename("out/step.tmp", "out/step-1")
print(len(Path("data/train.tsv").read_bytes()))
os.unlink("data/train.tsv")
