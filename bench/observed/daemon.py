"""A child that becomes a daemon and closes all it was given: it reads on and writes after its parent has ended."""

# mypy: ignore-errors

import os
import sys
import time
from pathlib import Path

if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    Path("out/daemon.txt").write_bytes(Path("data/words.txt").read_bytes())
    os.closerange(0, 4096)
    time.sleep(0.5)
    Path("out/late.txt").write_bytes(Path("data/train.tsv").read_bytes())
    os._exit(0)
print(len(Path("data/train.csv").read_bytes()), file=sys.stderr)
os.wait()
time.sleep(0.2)
