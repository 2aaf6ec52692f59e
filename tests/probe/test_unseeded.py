"""Random generators without a seed are told of at the end of a process, and nothing else is.

What needs a library is tried where the tests' interpreter has it, or the one that RUNLORE_TEST_PYTHON names.
"""

import re
import sys
from pathlib import Path

import pytest
from tests.probe.children import Child
from tests.probe.test_libraries import interpreter

from runlore.probe import unseeded
from runlore.probe.path import site_folder

HEAD = "random numbers without a seed, so another run may differ: "
NUMPY = "NumPy's global generator (numpy.random.seed(0), or random_state=0 in scikit-learn)"
PYTHON = "Python's random (random.seed(0))"
TORCH = "PyTorch's generator (torch.manual_seed(0))"


def said(child: Child, source: str, python: str = sys.executable) -> list[str]:
    """What the record would warn of after a script of this source, without what all such warnings begin with."""
    child.journal.write_bytes(b"")
    child.write("train.py", source)
    done = child.run(python, "train.py")
    assert done.returncode == 0, done.stderr
    warnings = child.told("warning")
    assert {warning["code"] for warning in warnings} <= {"unseeded"}
    assert all(warning["message"].startswith(HEAD) for warning in warnings)
    return [warning["message"][len(HEAD) :] for warning in warnings]


def test_the_finder_waits_for_each_library_that_draws() -> None:
    source = (Path(site_folder()) / "sitecustomize.py").read_text()
    match = re.search(r"^_DRAW = \((.*)\)$", source, re.MULTILINE)
    assert match is not None
    assert re.findall(r'"([^"]+)"', match[1]) == list(unseeded._BY)


@pytest.mark.parametrize(
    "source",
    [
        "random.shuffle(list(range(1000)))",
        "[random.random() for _ in range(100_000)]",
        "[random.gauss(0, 1) for _ in range(100)]",
        "[random.choice('abc') for _ in range(100)]; import atexit, logging; atexit.register(print)",
        "[random.random() for _ in range(100)]; random.Random(3).seed(4); random._inst.gauss_next",
    ],
)
def test_pythons_generator_without_a_seed_is_told(child: Child, source: str) -> None:
    assert said(child, f"import random\n{source}") == [PYTHON]


def test_a_module_of_the_script_that_has_the_name_of_one_that_we_import_is_left_alone(child: Child) -> None:
    child.write("__future__.py", "raise SystemExit('imported')")
    assert said(
        child, "import random, sys\nrandom.shuffle(list(range(1000)))\nassert '__future__' not in sys.modules"
    ) == [PYTHON]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "random.seed(0); random.shuffle(list(range(1000)))",
        "random.seed('text'); [random.gauss(0, 1) for _ in range(100_000)]",
        "random.setstate(random.Random(3).getstate()); random.shuffle(list(range(1000)))",
        "own = random.Random(3); own.shuffle(list(range(1000))); random.SystemRandom().random()",
        "random._inst.seed(3); random.shuffle(list(range(1000)))",
        "import tempfile, uuid; tempfile.mkdtemp(dir='.'); uuid.uuid1(); uuid.uuid4()",
        "import email.utils; [email.utils.make_msgid() for _ in range(9)]",
    ],
)
def test_with_a_seed_or_without_chance_nothing_is_told(child: Child, source: str) -> None:
    assert said(child, f"import random\n{source}") == []


def test_every_interpreter_tells(python: str, child: Child) -> None:
    drawn = "import random\n[random.gauss(0, 1) for _ in range(100)]\n"
    assert said(child, drawn, python) == [PYTHON]
    assert said(child, "import random; random.seed(0)\n" + drawn, python) == []


def test_each_process_that_ends_as_it_should_tells_and_a_forked_worker_does_not(child: Child) -> None:
    source = """
import os, random, subprocess, sys
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "worker"], check=True)
    random.seed(0)
    if os.fork() == 0:
        [random.random() for _ in range(100)]
        os._exit(0)
    os.wait()
else:
    [random.random() for _ in range(100)]
"""
    assert said(child, source) == [PYTHON]


def test_a_program_cannot_tell_that_its_generator_is_watched(python: str, child: Child) -> None:
    source = """
import copy, inspect, pickle, random, sys
inst = random._inst
print(inst.gauss_next, random.getstate()[2], random.seed == inst.seed, type(random.seed))
print(inspect.signature(random.seed))
print(pickle.loads(pickle.dumps(inst)).gauss_next, copy.deepcopy(random.Random(3)).gauss(0, 1))
class Own(random.Random):
    def random(self): return 0.25
print(Own(1).gauss(0, 1), Own(1).choice("abcd"))
random.seed(5)
print([random.gauss(0, 1) for _ in range(3)], inst.gauss_next, random.random())
state = random.getstate()
first = [random.gauss(0, 1) for _ in range(3)]
random.setstate(state)
print(first == [random.gauss(0, 1) for _ in range(3)])
print(sorted(set(sys.modules) - ({"atexit"} if sys.version_info < (3, 10) else set())))
"""
    assert child.script(source, python).stdout == child.script(source, python, probe=False).stdout


def test_a_file_of_the_project_with_such_a_name_is_only_a_file(python: str, child: Child) -> None:
    child.write("torch.py", "initial_seed = 3\nx = 1")
    child.write("numpy/__init__.py", "")
    child.write("numpy/random.py", "y = 2")
    assert said(child, "import torch, numpy.random; print(torch.x, numpy.random.y)", python) == []
    child.write("random.py", "z = 3")
    assert said(child, "import random", python) == []


def test_a_journal_that_is_gone_hurts_nobody(python: str, child: Child) -> None:
    source = "import os, random; random.shuffle(list(range(1000))); os.unlink(os.environ['RUNLORE_JOURNAL'])"
    child.write("train.py", source)
    done = child.run(python, "train.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not child.journal.exists()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("np.random.rand(3)", [NUMPY]),
        ("np.random.shuffle(list(range(9)))", [NUMPY]),
        ("from numpy.random import normal; normal(size=9)", [NUMPY]),
        ("np.random.default_rng().random()", ["numpy.random.default_rng() at train.py:2 (default_rng(0))"]),
        ("seed = None; np.random.default_rng(seed)", ["numpy.random.default_rng() at train.py:2 (default_rng(0))"]),
        ("np.random.default_rng()\nnp.random.rand()",
         [f"{NUMPY}; numpy.random.default_rng() at train.py:2 (default_rng(0))"]),
        ("np.random.seed(0); np.random.rand(3)", []),
        ("np.random.rand", []),
        ("state = np.random.RandomState(4).get_state(); np.random.set_state(state); np.random.rand(3)", []),
        ("np.random.default_rng(0).random(); np.random.RandomState(0).rand(3)", []),
        ("import copy, pickle; r = np.random.default_rng(3); copy.deepcopy(r); pickle.loads(pickle.dumps(r))", []),
        ("np.random.default_rng([1, 2]).shuffle([1, 2]); np.random.SeedSequence(3).spawn(2)", []),
    ],
)  # fmt: skip
def test_numpys_generators_are_told_of_without_a_seed(child: Child, source: str, told: list[str]) -> None:
    assert said(child, f"import numpy as np\n{source}\n", interpreter("numpy")) == told


def test_a_library_that_makes_its_own_generator_is_not_told_of(child: Child) -> None:
    python = interpreter("numpy")
    child.write("site-packages/lib.py", "import numpy as np\ndef resampled(): return np.random.default_rng().random()")
    assert said(child, "import sys; sys.path.append('site-packages'); import lib; lib.resampled()", python) == []


IRIS = """
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split, cross_val_score, GridSearchCV
from sklearn.svm import SVC
from sklearn.linear_model import LassoCV, ElasticNet, LogisticRegression
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
x, y = load_iris(return_X_y=True)
"""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("train_test_split(x, y, random_state=0); RandomForestClassifier(3, random_state=0).fit(x, y)", ""),
        ("train_test_split(x, y)", "ShuffleSplit"),
        ("RandomForestClassifier(3).fit(x, y)", "RandomForestClassifier"),
        ("SVC(probability=True).fit(x, y)", "SVC"),
        ("cross_val_score(SVC(), x, y); RandomForestClassifier(1).fit(x, y)", "RandomForestClassifier"),
        # Drawn, but not used: these give the same result each time.
        ("GridSearchCV(SVC(), {'C': [1, 2]}).fit(x, y); cross_val_score(LogisticRegression(), x, y)", ""),
        ("LassoCV().fit(x, y); ElasticNet().fit(x, y); HistGradientBoostingClassifier(max_iter=2).fit(x, y)", ""),
        ("LogisticRegression(solver='liblinear').fit(x, y == 1)", ""),
    ],
)
def test_scikit_learn_is_told_of_where_its_result_depends_on_chance(child: Child, source: str, told: str) -> None:
    given = f"NumPy's global generator, given to {told} (numpy.random.seed(0), or random_state=0 in scikit-learn)"
    assert said(child, IRIS + source, interpreter("sklearn")) == ([given] if told else [])


LOADED = """
import torch
model = torch.nn.Linear(4, 2)
model.load_state_dict({name: torch.zeros_like(value) for name, value in model.state_dict().items()})
for (x,) in torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(10, 4)), batch_size=4):
    model(x)
"""
TRAINED = LOADED + "torch.optim.Adam(model.parameters()); model(x).sum().backward()\n"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (TRAINED, [TORCH]),
        ("import torch; torch.manual_seed(3)" + TRAINED, []),
        (LOADED, []),
        ("import torch; torch.optim.SGD([torch.zeros(3, requires_grad=True)], lr=0.1)", []),
        ("import torch; torch.set_rng_state(torch.Generator().manual_seed(4).get_state())" + TRAINED, []),
    ],
    ids=["unseeded", "seeded", "only loaded", "nothing drawn", "restored"],
)
def test_pytorch_is_told_of_where_it_trains_without_a_seed(child: Child, source: str, told: list[str]) -> None:
    assert said(child, source, interpreter("torch")) == told
