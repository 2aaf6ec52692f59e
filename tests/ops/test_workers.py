"""Work that several processes share; tried in a process of its own, for one with several threads shares nothing out."""

import os
import subprocess
import sys

import pytest

_BEGIN = """
import os, sys
from runlore.ops.workers import shared_out
os.sched_getaffinity = lambda _: {0, 1, 2}
NAMES = [str(number) for number in range(1000)]
seen = lambda some: [(os.getpid(), name) for name in some]
"""


def _printed(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", _BEGIN + script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted in /proc")


def test_what_is_shared_out_comes_back_in_order() -> None:
    script = "found = list(shared_out(seen, NAMES, portion=7))\n"
    script += "print([name for _, name in found] == NAMES, len({who for who, _ in found} - {os.getpid()}))\n"
    script += "print(list(shared_out(seen, [], portion=7)))"
    assert _printed(script) == "True 3\n[]\n"


@pytest.mark.parametrize("dies", [False, True])
def test_work_may_be_done_in_parts(dies: bool) -> None:
    script = "here = os.getpid()\n"
    script += "def work(some):\n"
    script += f"    if {dies} and os.getpid() != here and '503' in some[:3]: os.kill(os.getpid(), 9)\n"
    script += "    return some[:3]\n"
    assert _printed(script + "print(list(shared_out(work, NAMES, portion=100)) == NAMES)") == "True\n"


def test_what_a_process_that_died_had_not_done_is_done_all_the_same() -> None:
    script = "here = os.getpid()\n"
    script += (
        "def work(some):\n    if os.getpid() != here and '500' in some: os.kill(os.getpid(), 9)\n    return some\n"
    )
    assert _printed(script + "print(list(shared_out(work, NAMES, portion=100)) == NAMES)") == "True\n"


def test_no_process_is_left_when_nobody_wants_the_rest() -> None:
    script = "found = shared_out(seen, NAMES, portion=1)\nprint(next(found)[1])\nfound.close()\n"
    script += "try: os.waitpid(-1, 0)\nexcept ChildProcessError: print('none is left')"
    assert _printed(script) == "0\nnone is left\n"


def test_a_process_with_threads_does_it_alone() -> None:
    script = "import threading\nwait = threading.Event()\nthread = threading.Thread(target=wait.wait)\nthread.start()\n"
    script += "print({who for who, _ in shared_out(seen, NAMES, portion=7)} == {os.getpid()})\nwait.set()"
    assert _printed(script) == "True\n"
