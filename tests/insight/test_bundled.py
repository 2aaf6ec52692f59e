"""Files that other libraries wrote: see ``make_files.py``."""

import importlib.util

import pytest
from tests.insight.said import FILES, bundled

NEEDS_PYARROW = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")
CHANGED = 0.0045384706890


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("torch-a.pt", "torch-same.pt"),
        ("torch-old-a.pt", "torch-old-same.pt"),
        ("torch-pickle-a.pkl", "torch-pickle-same.pkl"),
        ("png-a.png", "png-same.png"),
        ("pickle-a.pkl", "pickle-same.pkl"),
        ("pickle-a.pkl", "pickle-old.pkl"),
        ("joblib-a.joblib", "joblib-same.joblib"),
        pytest.param("parquet-a.parquet", "parquet-same.parquet", marks=NEEDS_PYARROW),
    ],
)
def test_the_same_values_in_other_bytes_are_equal(first: str, second: str) -> None:
    assert (FILES / first).read_bytes() != (FILES / second).read_bytes()
    assert bundled(first, second).sameness == "equal"
    assert bundled(second, first).sameness == "equal"


@pytest.mark.parametrize(
    ("first", "second", "detail"),
    [
        ("torch-a.pt", "torch-changed.pt", "model.fc1.weight: 1 of 96 numbers"),
        ("torch-same.pt", "torch-changed.pt", "model.fc1.weight: 1 of 96 numbers"),
        ("torch-old-a.pt", "torch-old-changed.pt", "fc1.weight: 1 of 76 numbers"),
        ("torch-pickle-a.pkl", "torch-pickle-changed.pkl", "fc1.weight: 1 of 76 numbers"),
        ("safetensors-a.safetensors", "safetensors-changed.safetensors", "fc1.weight: 1 of 67 numbers"),
        ("pickle-a.pkl", "pickle-changed.pkl", "w.fc1.weight: 1 of 80 numbers"),
        ("pickle-old.pkl", "pickle-changed.pkl", "w.fc1.weight: 1 of 80 numbers"),
        ("joblib-a.joblib", "joblib-changed.joblib", "w.fc1.weight: 1 of 92 numbers"),
    ],
)
def test_the_one_weight_that_differs_is_found_and_measured(first: str, second: str, detail: str) -> None:
    found = bundled(first, second)
    assert (found.sameness, found.detail) == ("different", f"{detail} differs: -0.220339 and -0.219339")
    assert found.deviation == pytest.approx(CHANGED)
    assert bundled(second, first).deviation == found.deviation
    assert bundled(first, second, tolerance=0.005).sameness == "within-tolerance"
    assert bundled(first, second, tolerance=0.004).sameness == "different"


@NEEDS_PYARROW
def test_a_number_that_differs_in_parquet_is_found() -> None:
    found = bundled("parquet-a.parquet", "parquet-changed.parquet")
    assert (found.sameness, found.detail) == ("different", "score: 5 of 35 numbers differ, by at most 0.004 relative")


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_without_pyarrow_parquet_is_not_called_different_and_it_is_said_what_would_help() -> None:
    found = bundled("parquet-a.parquet", "parquet-same.parquet")
    assert found.sameness == "unreadable"
    assert "pip install runlore[parquet]" in found.detail


def test_a_picture_that_shows_something_else_differs_in_its_pixels() -> None:
    found = bundled("png-a.png", "png-changed.png")
    assert (found.sameness, found.detail) == ("different", "452 of 10,800 pixels differ")
