"""What watching a run by the preloaded library costs the command itself, beside strace and the bare command.

The observer alone is measured: no store, no capture. scikit-learn is needed for the training rows.
"""

import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from measure import PYTHON, Command, Cost, Row, compare, environ, finish, milliseconds, scratch

from runlore.capture.access.native import Native, available
from runlore.capture.access.observer import Place

ROUNDS = 7
FILES, STARTS = 100_000, 300
_STRACE = (
    "strace",
    "-f",
    "--seccomp-bpf",
    "-qq",
    "-y",
    "-e",
    "trace=open,openat,creat,rename,renameat2,execve,connect",
)
_TRAIN = """
import numpy, sklearn.linear_model, sklearn.metrics
data = numpy.load("train.npz")
model = sklearn.linear_model.SGDClassifier(random_state=0)
for epoch in range(60):
    model.partial_fit(data["x"], data["y"], classes=[0, 1])
    with open("metrics.csv", "a") as log:
        print(epoch, sklearn.metrics.accuracy_score(data["y"], model.predict(data["x"])), sep=",", file=log)
    numpy.save("weights.npy", model.coef_)
"""
_LOADER = """
import multiprocessing, numpy
def load(number):
    sample = numpy.load(f"samples/{number}.npy")
    return ((sample - sample.mean()) / sample.std()).max()
if __name__ == "__main__":
    for epoch in range(3):
        with multiprocessing.get_context("fork").Pool(2) as pool:
            total = sum(pool.imap_unordered(load, range(2000), chunksize=50))
"""
_IMPORTS = "import numpy, scipy.stats, sklearn.ensemble, sklearn.pipeline"
_READ = f"""
import os
for number in range({FILES}):
    with open(f"files/{{number // 1000}}/{{number}}", "rb") as file:
        file.read()
"""
_PROTOTYPE = f"for i in {{1..{STARTS}}}; do /bin/true; done"


def measure() -> Iterator[Row]:
    why = available()
    if why is not None:
        sys.exit(f"the native observer cannot be measured: {why}")
    with scratch() as folder:
        make_data(folder)
        yield from rows(folder)


def make_data(folder: str) -> None:
    for group in range(FILES // 1000):
        os.makedirs(f"{folder}/files/{group}")
        for number in range(group * 1000, group * 1000 + 1000):
            with open(f"{folder}/files/{group}/{number}", "wb") as file:
                file.write(b"x" * 200)
    if not trains():
        return
    import numpy as np  # noqa: PLC0415 - not there everywhere

    chance = np.random.default_rng(0)
    features = chance.normal(size=(20_000, 20))
    np.savez(f"{folder}/train.npz", x=features, y=(features[:, 0] > 0).astype(int))
    os.mkdir(f"{folder}/samples")
    for number in range(2000):
        np.save(f"{folder}/samples/{number}.npy", chance.normal(size=8_000))


def trains() -> bool:
    return importlib.util.find_spec("sklearn") is not None


def rows(folder: str) -> Iterator[Row]:
    if trains():
        yield from compared("training loop", (PYTHON, "-c", _TRAIN), folder, limit=1.03)
        yield from compared("loader, 6 forked workers", (PYTHON, "-c", _LOADER), folder, limit=1.03)
        yield from compared("imports of numpy, scipy, sklearn", (PYTHON, "-c", _IMPORTS), folder, limit=1.05)
    yield from compared(f"{FILES:,} small files read", (PYTHON, "-c", _READ), folder, limit=1.3)
    yield from compared(f"{STARTS} starts of /bin/true", ("bash", "-c", _PROTOTYPE), folder, limit=1.1)


def compared(what: str, argv: Sequence[str], folder: str, *, limit: float) -> Iterator[Row]:
    """The command watched beside bare, and straced beside bare."""
    variables = environ(folder)
    watched = dict(variables)
    observe = fresh_log(folder, watched)
    observe()
    commands = {"bare": Command(argv, folder, variables), "native": Command(argv, folder, watched, before=observe)}
    if shutil.which("strace"):
        commands["strace"] = Command((*_STRACE, "-o", f"{folder}/strace.log", *argv), folder, variables)
    costs = compare(commands, rounds=ROUNDS)
    yield row(what, costs["native"], costs["bare"], limit)
    if "strace" in costs:
        yield row(f"{what}, strace", costs["strace"], costs["bare"], None)


def fresh_log(folder: str, variables: dict[str, str]) -> Callable[[], None]:
    """Makes the variables name a new log, so that no run profits from the one before."""

    def make() -> None:
        run = f"{folder}/run"
        shutil.rmtree(run, ignore_errors=True)
        os.mkdir(run)
        bare = {name: value for name, value in variables.items() if name != "LD_PRELOAD"}
        variables.update(Native(Place(run, f"{run}/saved", 64 << 20), time.time_ns()).environ(bare))

    return make


def row(what: str, ours: Cost, bare: Cost, limit: float | None) -> Row:
    """Compared by CPU, which other work on the machine disturbs least; the time is beside it."""
    beside = f"bare {milliseconds(bare.cpu)} CPU, {milliseconds(bare.wall)}"
    return Row(what, f"{milliseconds(ours.cpu)} CPU, {milliseconds(ours.wall)}", beside, ours.cpu / bare.cpu, limit)


if __name__ == "__main__":
    finish(list(measure()))
