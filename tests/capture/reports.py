"""Real interpreters, as their probe reports them."""

import os
import subprocess
from pathlib import Path

from runlore.capture.interpreter import Interpreter, read_report
from runlore.probe.path import child_pythonpath
from runlore.store.journal import read


def report_of(python: str | Path, journal: Path) -> Interpreter:
    """The interpreter as its probe reports it."""
    journal.touch()
    environ = {"PATH": os.environ["PATH"], "RUNLORE_JOURNAL": str(journal), "PYTHONPATH": child_pythonpath(None)}
    subprocess.run([python, "-c", "pass"], env=environ, check=True)
    (found,) = (read_report(entry) for entry in read(str(journal)))
    assert found is not None
    return found
