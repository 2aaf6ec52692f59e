"""What watching a run by the preloaded library costs the command itself, beside strace, ReproZip and the bare command.

The observer alone is measured: no store, no capture. The rows for which scikit-learn or torch is needed, and the
programs that are compared with, are left out with a word where they are not installed.
"""

import functools
import importlib.util
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from measure import PYTHON, Command, Cost, Row, compare, environ, finish, milliseconds, scratch

from runlore.capture.access.native import Native, available
from runlore.capture.access.observer import Place

ROUNDS, ROUNDS_OF_OTHERS = 15, 3
FILES, FOLDERS, STARTS = 100_000, 20_000, 300
_STRACE = (
    "strace",
    "-f",
    "--seccomp-bpf",
    "-qq",
    "-y",
    "-e",
    "trace=open,openat,creat,rename,renameat2,execve,connect",
)
_REPROZIP = ("reprozip", "trace", "--overwrite", "--dont-identify-packages", "--dont-find-inputs-outputs")
"""Traced, and nothing of what it does afterwards for a package."""
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
_TORCH = """
import numpy, torch
class Samples(torch.utils.data.Dataset):
    def __len__(self):
        return 2000
    def __getitem__(self, number):
        sample = torch.from_numpy(numpy.load(f"samples/{number}.npy"))
        return (sample - sample.mean()) / sample.std()
if __name__ == "__main__":
    for epoch in range(3):
        loader = torch.utils.data.DataLoader(Samples(), batch_size=50, num_workers=2, multiprocessing_context="fork")
        total = sum(batch.max() for batch in loader)
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
    for each in (_STRACE[0], _REPROZIP[0]):
        if not shutil.which(each):
            print(f"{each} is not installed: it is left out", file=sys.stderr)
    with scratch() as folder:
        make_data(folder)
        yield from rows(folder)


def make_data(folder: str) -> None:
    for group in range(FILES // 1000):
        os.makedirs(f"{folder}/files/{group}")
        for number in range(group * 1000, group * 1000 + 1000):
            with open(f"{folder}/files/{group}/{number}", "wb") as file:
                file.write(b"x" * 200)
    for number in range(FOLDERS):
        os.makedirs(f"{folder}/folders/{number // 1000}/{number // 50}/{number}")
    if not there("sklearn"):
        return
    import numpy as np  # noqa: PLC0415 - not there everywhere

    chance = np.random.default_rng(0)
    features = chance.normal(size=(20_000, 20))
    np.savez(f"{folder}/train.npz", x=features, y=(features[:, 0] > 0).astype(int))
    os.mkdir(f"{folder}/samples")
    for number in range(2000):
        np.save(f"{folder}/samples/{number}.npy", chance.normal(size=8_000))


@functools.cache
def there(package: str) -> bool:
    """Whether the package is installed; if not, that is said."""
    found = importlib.util.find_spec(package) is not None
    if not found:
        print(f"{package} is not installed: its rows are left out", file=sys.stderr)
    return found


def rows(folder: str) -> Iterator[Row]:
    if there("sklearn"):
        yield from compared("training loop", (PYTHON, "-c", _TRAIN), folder, limit=1.03)
        yield from compared("loader, 6 forked workers", (PYTHON, "-c", _LOADER), folder, limit=1.03)
        yield from compared("imports of numpy, scipy, sklearn", (PYTHON, "-c", _IMPORTS), folder, limit=1.05)
        if there("torch"):
            yield from compared("torch DataLoader, 6 workers", (PYTHON, "-c", _TORCH), folder, limit=1.03)
    yield from compared(f"{FILES:,} small files read", (PYTHON, "-c", _READ), folder, limit=1.3)
    yield from compared(f"find over {FOLDERS:,} folders", ("find", "folders", "-type", "d"), folder, limit=None)
    yield from compared(f"{STARTS} starts of /bin/true", ("bash", "-c", _PROTOTYPE), folder, limit=1.1)


def compared(what: str, argv: Sequence[str], folder: str, *, limit: float | None) -> Iterator[Row]:
    """The command watched beside bare, and under the other programs beside bare."""
    variables = environ(folder)
    watched = dict(variables)
    observe = fresh_log(folder, watched)
    observe()
    bare = Command(argv, folder, variables)
    costs = compare({"bare": bare, "native": Command(argv, folder, watched, before=observe)}, rounds=ROUNDS)
    yield row(what, costs["native"], costs["bare"], limit)
    others = {
        "strace": (*_STRACE, "-o", f"{folder}/strace.log"),
        "ReproZip": (*_REPROZIP, "-d", f"{folder}/reprozip"),
    }
    commands = {
        name: Command((*head, *argv), folder, variables) for name, head in others.items() if shutil.which(head[0])
    }
    costs = compare({"bare": bare, **commands}, rounds=ROUNDS_OF_OTHERS)
    for name in commands:
        yield row(f"{what}, {name}", costs[name], costs["bare"], None)


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
