import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import os, signal
from runlore.records.hashing import AUTO_THREADS, blob_hasher
blob_hasher(threads=AUTO_THREADS).update(bytes(8 << 20))
for thread in os.listdir("/proc/self/task"):
    fields = dict(line.split(":", 1) for line in open(f"/proc/self/task/{thread}/status"))
    print(thread == str(os.getpid()), bool(int(fields["SigBlk"], 16) >> (signal.SIGTERM - 1) & 1))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are looked at through /proc")
def test_the_threads_that_hash_take_no_signals_from_the_main_one() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    threads = [line.split() for line in done.stdout.splitlines()]
    if (os.cpu_count() or 1) > 1:
        assert len(threads) > 1
    assert all((main == "True") == (blocked == "False") for main, blocked in threads)
