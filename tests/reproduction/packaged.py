"""A project whose packages come from a folder of wheels, which stands for the index."""

import json
import os
from pathlib import Path
from typing import Any

from tests.cli.place import Place
from tests.execute.wheels import Machine, wheel

LOSS = "import json, steps\nopen('metrics.json', 'w').write(json.dumps({'loss': steps.loss()}))\nprint(steps.loss())\n"


class Packaged:
    """A project whose script imports the package ``steps``, in an environment made from a folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine(folder)
        (folder / "project").mkdir()
        (folder / "scratch").mkdir()
        self.place = Place(os.fspath(folder / "project"), os.fspath(self.machine.home))
        self.python = self.machine.environment()
        path = f"{self.python.parent}:{self.machine.environ['PATH']}"
        self.place.env |= {**self.machine.environ, "PATH": path, "TMPDIR": os.fspath(folder / "scratch")}
        self.offer("1.0", 0.25)
        self.machine.install(self.python, "steps==1.0")
        self.place.write("train.py", LOSS)
        assert self.place.mlrun("exec", "train.py").status == 0

    def offer(self, version: str, loss: float) -> None:
        """Put a version of the package where the index is."""
        wheel(self.machine.wheels, "steps", version, {"steps.py": f"def loss():\n    return {loss}\n"})

    def reproduce(self, *words: str, status: int) -> Any:  # noqa: ANN401 - JSON
        done = self.place.mlrun("reproduce", "@", "--json", *words)
        assert done.status == status, (done.out, done.err)
        assert not [name for name in os.listdir(self.machine.folder / "scratch") if name.startswith("mlrun-")]
        return json.loads(done.out)["data"] if done.out else json.loads(done.err.splitlines()[-1])["error"]
