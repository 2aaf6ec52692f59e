"""Places to supervise commands in, and to make environments in."""

import pathlib

import pytest
from tests.execute.rebuilding import Project
from tests.execute.supervised import Lab
from tests.execute.wheels import Machine


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def machine(tmp_path: pathlib.Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def project(machine: Machine) -> Project:
    return Project(machine)
