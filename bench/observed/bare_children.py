"""Children without the variables that they would be watched by: an empty environment, an LD_PRELOAD of their own."""

# mypy: ignore-errors

import os
import subprocess

with open("out/both.txt", "w", encoding="utf-8") as out:
    subprocess.run(["/usr/bin/env", "-i", "/bin/cat", "data/words.txt"], stdout=out, check=True)
    subprocess.run(["cat", "data/train.tsv"], stdout=out, env={**os.environ, "LD_PRELOAD": ""}, check=True)
