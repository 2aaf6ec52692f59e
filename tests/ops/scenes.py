"""Scripts that do one thing with the files of `watching.Watch`, and what is to be on record of each."""

import sys
from dataclasses import dataclass, field
from typing import Any

SCRIPT = "train.py"


@dataclass(frozen=True)
class Scene:
    """What a script does, and what its record is to name: inputs, outputs, config files, code from elsewhere.

    Names that begin with ``@`` lie in a folder outside the project. ``python`` is whether Python itself opens them.
    """

    source: str
    inputs: set[str] = field(default_factory=set)
    outputs: set[str] = field(default_factory=set)
    config: set[str] = field(default_factory=set)
    params: dict[str, Any] = field(default_factory=dict)
    code: set[str] = field(default_factory=set)
    python: bool = True
    argv: tuple[str, ...] = (SCRIPT,)
    status: int = 0


SCENES = {
    "arguments and YAML": Scene(
        "import argparse; p = argparse.ArgumentParser(); p.add_argument('--epochs')\n"
        "p.parse_args(); open('local.yaml').read(); open('out/log', 'w').write('x')",
        outputs={"out/log"},
        config={"local.yaml"},
        params={"optimizer.lr": 0.25, "epochs": 2},
        argv=("train.py", "--epochs", "2"),
    ),
    "JSON and TOML": Scene(
        "import json, tomllib; json.load(open('settings.json')); tomllib.load(open('settings.toml', 'rb'))",
        config={"settings.json", "settings.toml"},
        params={"depth": 3, "train.steps": 7},
    ),
    "csv": Scene(
        "import csv\n"
        "rows = list(csv.reader(open('data/train.csv'))); csv.writer(open('out/r.csv', 'w')).writerows(rows)",
        inputs={"data/train.csv"},
        outputs={"out/r.csv"},
    ),
    "a database that is queried": Scene(
        "import sqlite3; sqlite3.connect('data/table.db').execute('select * from t').fetchall()",
        inputs={"data/table.db"},
    ),
    "a database that is changed": Scene(
        "import sqlite3; c = sqlite3.connect('data/table.db'); c.execute('insert into t values (1)'); c.commit()",
        inputs={"data/table.db"},
        outputs={"data/table.db"},
    ),
    "another program": Scene(
        "import subprocess; subprocess.run('cat data/train.csv > out/copy', shell=True, check=True)",
        inputs={"data/train.csv"},
        outputs={"out/copy"},
        python=False,
    ),
    "a pipeline of the shell": Scene(
        "set -e; sort data/train.csv | uniq > out/s.tmp; mv out/s.tmp out/sorted\n"
        "while read x; do :; done < data/old.txt",
        inputs={"data/train.csv", "data/old.txt"},
        outputs={"out/sorted"},
        python=False,
        argv=("sh", "train.py"),
    ),
    "forked workers": Scene(
        "import multiprocessing\ndef work(n):\n    open('data/train.csv').read(); open(f'out/{n}', 'w').write('x')\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n    pool.map(work, range(4))",
        inputs={"data/train.csv"},
        outputs={f"out/{n}" for n in range(4)},
    ),
    "spawned workers": Scene(
        "import multiprocessing\ndef work(n):\n    open('data/train.csv').read(); open(f'out/{n}', 'w').write('x')\n"
        "if __name__ == '__main__':\n    with multiprocessing.get_context('spawn').Pool(2) as pool:\n"
        "        pool.map(work, range(4))",
        inputs={"data/train.csv"},
        outputs={f"out/{n}" for n in range(4)},
    ),
    "threads": Scene(
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "with Pool(8) as pool:\n    list(pool.map(lambda n: open(f'out/{n}', 'w').write('x'), range(16)))",
        outputs={f"out/{n}" for n in range(16)},
    ),
    "a memory map": Scene(
        "import mmap; f = open('data/train.csv', 'rb')\n"
        "mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:]; f.close()",
        inputs={"data/train.csv"},
    ),
    "another folder": Scene(
        "import os; os.chdir('data/sub'); open('part.csv').read(); open('../old.txt').read()",
        inputs={"data/sub/part.csv", "data/old.txt"},
    ),
    "links": Scene(
        "import os; os.symlink('data', 'link'); os.symlink('../data/old.txt', 'out/l')\n"
        "open('link/train.csv').read(); open('out/l').read()",
        inputs={"data/train.csv", "data/old.txt"},
    ),
    "a temporary name": Scene(
        "import os; open('out/m.tmp', 'w').write('x'); os.replace('out/m.tmp', 'out/m.bin')",
        outputs={"out/m.bin"},
    ),
    "an input that is written over": Scene(
        "x = open('out/best.pt').read(); open('out/best.pt', 'w').write(x + 'better')",
        inputs={"out/best.pt"},
        outputs={"out/best.pt"},
    ),
    "an input that is replaced": Scene(
        "import os; x = open('out/best.pt').read(); open('out/t', 'w').write(x + 'b')\n"
        "os.replace('out/t', 'out/best.pt')",
        inputs={"out/best.pt"},
        outputs={"out/best.pt"},
    ),
    "an input that is added to in place": Scene(
        "f = open('data/old.txt', 'r+'); f.read(); f.write('more'); f.close()",
        inputs={"data/old.txt"},
        outputs={"data/old.txt"},
    ),
    "modules that git ignores and that lie elsewhere": Scene(
        "import ignored, elsewhere; print(ignored.X, elsewhere.Y)", code={"ignored.py", "@lib/elsewhere.py"}
    ),
    "a file outside the project": Scene(
        "import os; open(os.environ['OUTSIDE'] + '/extra.csv').read()\n"
        "open(os.environ['OUTSIDE'] + '/new', 'w').write('x')",
        inputs={"@extra.csv"},
        outputs={"@new"},
    ),
    "temporaries that are deleted": Scene(
        "import tempfile, os\nwith tempfile.TemporaryDirectory(dir='out') as folder:\n"
        "    open(folder + '/a', 'w').write('x'); open(folder + '/a').read()\n"
        "open('out/b', 'w').write('x'); os.unlink('out/b')",
    ),
    "closed descriptors": Scene(
        "import os; os.closerange(3, 4096); open('data/train.csv').read(); os.closerange(0, 4096)\n"
        "open('out/new', 'w').write('x')",
        inputs={"data/train.csv"},
        outputs={"out/new"},
    ),
    "a run that is killed": Scene(
        "import os; open('data/train.csv').read(); open('out/new', 'w').write('x'); os.kill(os.getpid(), 9)",
        inputs={"data/train.csv"},
        outputs={"out/new"},
        status=137,
    ),
    "an isolated Python": Scene(
        "open('data/train.csv').read(); open('out/new', 'w').write('x')",
        inputs={"data/train.csv"},
        outputs={"out/new"},
        python=False,
        argv=(sys.executable, "-I", "-S", "train.py"),
    ),
    "a new name that the C library did not give": Scene(
        "import os; open('out/m.tmp', 'w').write('x'); os.link('out/m.tmp', 'out/m.bin'); os.unlink('out/m.tmp')",
        outputs={"out/m.bin"},
    ),
}  # fmt: skip
