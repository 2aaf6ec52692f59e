"""When a folder was made."""

import os
import time
from pathlib import Path

import pytest

from runlore.capture.birth import born_at, made_since


@pytest.fixture
def top(tmp_path: Path) -> bytes:
    if born_at(os.fsencode(tmp_path)) is None:
        pytest.skip("this file system does not know when a folder was made")
    return os.fsencode(tmp_path)


def test_a_folder_is_as_old_as_it_is_whatever_happens_in_it(top: bytes) -> None:
    before = time.time_ns()
    os.mkdir(top + b"/new")
    time.sleep(0.02)
    born = born_at(top + b"/new")
    assert born is not None
    assert abs(born - before) < 1_000_000_000
    Path(os.fsdecode(top + b"/new/file")).touch()
    os.utime(top + b"/new", ns=(0, 0))
    assert born_at(top + b"/new") == born
    assert born_at(top + b"/gone") is None


def test_the_outermost_of_new_folders_stands_for_those_in_it(top: bytes) -> None:
    os.makedirs(top + b"/old/older")
    time.sleep(0.02)
    when = time.time_ns()
    time.sleep(0.02)
    os.makedirs(top + b"/old/new/newer")
    os.makedirs(top + b"/other")
    folders = [top + b"/old/new/newer", top + b"/old/older", top + b"/other", top + b"/old/new", b"/elsewhere"]
    assert made_since(folders, top, when) == (top + b"/old/new", top + b"/other")
