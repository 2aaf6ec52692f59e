"""Fixtures of the capture tests: a git nobody configured, and a repository to work in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.capture.gitrepo import ENVIRONMENT, Repo


@pytest.fixture
def hermetic_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))


@pytest.fixture
def new_repo(tmp_path: Path, hermetic_git: None) -> Callable[..., Repo]:  # noqa: ARG001 - wanted for its effect
    def make(name: str = "project", *options: str) -> Repo:
        return Repo(tmp_path / name, *options)

    return make


@pytest.fixture
def repo(new_repo: Callable[..., Repo]) -> Repo:
    return new_repo()
