"""What an interpreter says of itself, asked by running it once with the probe."""

import os
import tempfile
from collections.abc import Mapping

from runlore.capture.interpreter import Interpreter, read_report
from runlore.execute.environment.uv import run
from runlore.probe.path import child_pythonpath
from runlore.store.journal import read


def report_of(python: str, environ: Mapping[str, str]) -> Interpreter | None:
    """The interpreter at ``python`` as it starts under these variables; ``None`` if it does not run."""
    if not os.path.exists(python):
        return None
    with tempfile.TemporaryDirectory(prefix="runlore-") as folder:
        journal = folder + "/journal"
        with open(journal, "wb"):
            pass
        asked = {"RUNLORE_JOURNAL": journal, "PYTHONPATH": child_pythonpath(environ.get("PYTHONPATH"))}
        quiet = {name: value for name, value in environ.items() if name not in ("RUNLORE_AUDIT", "LD_PRELOAD")}
        run([python, "-c", "pass"], environ={**quiet, **asked}, folder=folder)
        found = [report for entry in read(journal) if (report := read_report(entry)) is not None]
        return found[0] if found else None


def version_of(interpreter: Interpreter) -> str:
    """Its version as an environment's record says it: with ``t`` for a free-threaded build, ``d`` for debug."""
    return interpreter.version + "".join(flag for flag in interpreter.abiflags if flag in "td")
