"""subprocess: another Python, a shell, gzip into a pipe."""

# mypy: ignore-errors

import gzip
import os
import subprocess
import sys
from pathlib import Path

subprocess.run([sys.executable, "toml_json.py"], check=True)
os.system("sort data/words.txt | uniq -c > out/counts.txt")  # noqa: S605 - what scripts do
packed = subprocess.run(["gzip", "-c", "data/train.tsv"], stdout=subprocess.PIPE, check=True).stdout
Path("out/lines.txt").write_text(str(gzip.decompress(packed).count(b"\n")), encoding="utf-8")
