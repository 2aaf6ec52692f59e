"""Real training scripts from a dirty project that is then deleted, repeated from the store alone."""

from pathlib import Path

import pytest
from repeats import CASES
from tests.reproduction.alone import of_case, strange

EQUAL = {
    "scikit-learn, search, pickle": "mean_fit_time is a time",
    "scikit-learn, step by step": "step_time is a time",
    "joblib, loky and Memory": "a cache says how long each call took",
}


@pytest.mark.parametrize("name", CASES)
def test_a_script_comes_to_the_same_when_only_the_store_is_left(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    alone = of_case(tmp_path, case)
    alone.exec(*alone.box.words(case), cwd=case.into, status=case.status)
    alone.lose()
    found = alone.reproduce()
    assert found["verdict"] == ("equal-metrics" if name in EQUAL else "identical"), strange(found)
    if name not in EQUAL:
        assert not [each for each in found["checks"] if each["status"] == "different"]
