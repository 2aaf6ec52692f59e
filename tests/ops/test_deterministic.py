"""`exec --deterministic`: what it sets, what it leaves alone, and that it makes a difference."""

import os
import subprocess
from typing import Any

from tests.cli.place import Place
from tests.probe.test_libraries import interpreter

from runlore.capture.variables import kept_variables
from runlore.ops.deterministic import settings


def shown(place: Place) -> Any:  # noqa: ANN401 - any JSON
    return place.mlrun("show", "--json").data()


def test_all_that_it_sets_is_kept_in_the_record() -> None:
    assert kept_variables(settings()) == dict(settings())


def test_the_command_sees_what_the_record_says_and_setting_it_again_is_the_same_experiment(place: Place) -> None:
    place.write("train.py", "import os\nfor name in sorted(os.environ): print(name, os.environ[name])\n")
    done = place.mlrun("exec", "-q", "--deterministic", "train.py")
    seen = dict(line.split(" ", 1) for line in done.out.splitlines() if " " in line)
    first = shown(place)
    kept = first["environment"]["variables"]
    assert {name: seen[name] for name in settings()} == {name: kept[name] for name in settings()} == dict(settings())
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert seen["OMP_NUM_THREADS"] == str(usable)
    place.env |= settings()
    place.mlrun("exec", "-q", "train.py")
    assert shown(place)["fingerprint"] == first["fingerprint"]


def test_without_it_none_of_it_is_set(place: Place) -> None:
    place.write("train.py", "print('ok')\n")
    place.mlrun("exec", "-q", "train.py")
    assert not settings().keys() & shown(place)["environment"]["variables"].keys()


def test_what_the_user_set_stays(place: Place) -> None:
    place.write("train.py", "print('ok')\n")
    own = {"OMP_NUM_THREADS": "1", "CUBLAS_WORKSPACE_CONFIG": ":16:8", "PYTHONHASHSEED": "7"}
    place.env |= own
    place.mlrun("exec", "-q", "--deterministic", "train.py")
    assert shown(place)["environment"]["variables"].items() >= own.items()


TORCH = """
import os, sys
def set_deterministic_debug_mode(mode): print("switched to", mode)
"""


def test_pytorch_is_switched_where_it_is_asked_for_and_only_there(place: Place) -> None:
    place.write("torch/__init__.py", TORCH)
    place.write("train.py", "import torch\n")
    assert place.mlrun("exec", "-q", "--deterministic", "train.py").out == "switched to warn\n"
    assert place.mlrun("exec", "-q", "train.py").out == ""


def test_a_pytorch_without_that_switch_is_imported_all_the_same(place: Place) -> None:
    place.write("torch/__init__.py", "")
    place.write("train.py", "import torch; print('ok')\n")
    done = place.mlrun("exec", "-q", "--deterministic", "train.py")
    assert (done.status, done.out) == (0, "ok\n")


ADDED = """
import torch
torch.manual_seed(0)
at, values = torch.randint(0, 7, (200_000,)), torch.randn(200_000)
total, one = torch.zeros(7), torch.zeros(7)
total.index_put_((at,), values, accumulate=True)
torch.set_num_threads(1)
one.index_put_((at,), values, accumulate=True)
print(torch.are_deterministic_algorithms_enabled(), torch.equal(total, one), "sympy" in __import__("sys").modules)
"""


def test_a_sum_that_pytorch_shares_between_threads_is_the_same_with_it(place: Place) -> None:
    python = interpreter("torch")
    place.write("train.py", ADDED)
    command = ("exec", "-q", "--deterministic", "--", python, "train.py")
    assert place.mlrun(*command).out == f"True True {_has_sympy(python)}\n"


def _has_sympy(python: str) -> bool:
    """Whether it is loaded with PyTorch anyway: the switch is to load nothing."""
    source = "import sys, torch; print('sympy' in sys.modules)"
    return subprocess.run([python, "-c", source], capture_output=True, text=True, check=True).stdout == "True\n"


def test_an_unseeded_generator_is_first_on_the_page_of_the_run(place: Place) -> None:
    place.write("train.py", "import random\nrandom.shuffle(list(range(1000)))\n")
    said = place.mlrun("exec", "train.py").err
    message = "random numbers without a seed, so another run may differ: Python's random (random.seed(0))"
    assert f"mlrun: warning: {message}\n" in said
    assert [each for each in shown(place)["warnings"] if each["code"] == "unseeded"] == [
        {"code": "unseeded", "message": message}
    ]
    assert f"warning: {message} [unseeded]" in place.mlrun("show").out.splitlines()[:4]
