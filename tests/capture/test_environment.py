"""The environment of real interpreters, warm and cold."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.capture.reports import report_of

from runlore.capture.environment import read_environment
from runlore.capture.interpreter import Interpreter
from runlore.records.environment import Environment, decode_environment, encode_environment

RECORD = "demo/__init__.py,sha256=abc,3\n"


class Facts(dict[bytes, bytes]):
    """A cache in memory that knows how often it was written."""

    puts = 0

    def put(self, key: bytes, value: bytes) -> None:
        self.puts += 1
        self[key] = value


@pytest.fixture
def here(tmp_path: Path) -> Interpreter:
    return report_of(sys.executable, tmp_path / "journal")


def on_path(interpreter: Interpreter, *folders: Path) -> Interpreter:
    return interpreter._replace(path=tuple(map(str, folders)))


def install(folder: Path, name: str, record: str = RECORD) -> None:
    (folder / f"{name}.dist-info").mkdir(parents=True)
    (folder / f"{name}.dist-info" / "RECORD").write_text(record)


def test_every_distribution_that_importlib_finds_is_in_the_environment(here: Interpreter, tmp_path: Path) -> None:
    script = """
import importlib.metadata as metadata, json, re
found = {}
for each in metadata.distributions():
    if each.metadata["Name"]:
        found.setdefault(re.sub("[-_.]+", "-", each.metadata["Name"]).lower(), each.version)
print(json.dumps(found))
"""
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    environment = read_environment(here, None)
    assert {package.name: package.version for package in environment.packages} == json.loads(said)
    assert [package.name for package in environment.packages] == sorted(json.loads(said))


def test_the_environment_says_which_python(here: Interpreter) -> None:
    environment = read_environment(here, None)
    assert environment.python == sys.version.split()[0]
    assert environment.implementation == sys.implementation.name
    assert environment.platform == here.platform
    assert decode_environment(encode_environment(environment)) == environment


def test_a_free_threaded_build_is_another_python(here: Interpreter) -> None:
    assert read_environment(here._replace(version="3.13.0", abiflags="t", path=()), None).python == "3.13.0t"
    assert read_environment(here._replace(version="3.13.0", abiflags="", path=()), None).python == "3.13.0"


def test_the_first_on_the_path_wins_as_in_importing(here: Interpreter, tmp_path: Path) -> None:
    install(tmp_path / "a", "demo-2.0")
    install(tmp_path / "b", "Demo-1.0")
    install(tmp_path / "b", "other-3.0")

    def versions(*folders: Path) -> dict[str, str]:
        environment = read_environment(on_path(here, *folders), None)
        return {package.name: package.version for package in environment.packages}

    assert versions(tmp_path / "a", tmp_path / "b") == {"demo": "2.0", "other": "3.0"}
    assert versions(tmp_path / "b", tmp_path / "gone", tmp_path / "a") == {"demo": "1.0", "other": "3.0"}


def settled() -> None:
    """Wait until what was just written no longer counts as young."""
    time.sleep(2.1)


def test_a_warm_cache_gives_the_same_and_sees_each_change(here: Interpreter, tmp_path: Path) -> None:
    packages, cache = tmp_path / "packages", Facts()
    install(packages, "demo-1.0")
    (packages / "demo-1.0.dist-info" / "direct_url.json").write_text('{"url": "file:///x", "dir_info": {}}')
    (tmp_path / "link").symlink_to(packages)
    interpreter = on_path(here, packages)

    def read_it() -> Environment:
        found = read_environment(interpreter, cache)
        assert found == read_environment(interpreter, None)
        return found

    first = read_it()
    assert cache.puts == 0, "a change in the same tick would go unseen"
    settled()
    assert [read_it(), read_it()] == [first, first]
    assert cache.puts == 1
    # Proof that the cached value is what is read: an edit that leaves the folder's times alone.
    (packages / "demo-1.0.dist-info" / "RECORD").write_text(RECORD.replace("abc", "abd"))
    assert read_environment(interpreter, cache) == first
    assert read_environment(on_path(here, tmp_path / "link"), cache) == first

    about = packages.stat()
    (packages / "demo-1.0.dist-info").rename(packages / "demo-1.1.dist-info")
    os.utime(packages, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert read_it().packages[0].version == "1.1", "an mtime that was put back hides nothing"
    assert cache.puts == 1


def test_another_folder_in_the_place_of_a_cached_one_is_read(here: Interpreter, tmp_path: Path) -> None:
    cache = Facts()
    install(tmp_path / "a", "demo-1.0")
    install(tmp_path / "b", "demo-2.0")
    settled()
    interpreter = on_path(here, tmp_path / "a")
    assert read_environment(interpreter, cache).packages[0].version == "1.0"
    (tmp_path / "a").rename(tmp_path / "old")
    (tmp_path / "b").rename(tmp_path / "a")
    assert read_environment(interpreter, cache).packages[0].version == "2.0"


def test_a_version_inside_a_file_is_read_each_time(here: Interpreter, tmp_path: Path) -> None:
    cache = Facts()
    info = tmp_path / "sources" / "demo.egg-info"
    info.mkdir(parents=True)
    (info / "PKG-INFO").write_text("Version: 1\n")
    settled()
    interpreter = on_path(here, info.parent)
    assert read_environment(interpreter, cache).packages[0].version == "1"
    (info / "PKG-INFO").write_text("Version: 2\n")
    assert read_environment(interpreter, cache).packages[0].version == "2"
    assert cache.puts == 0


@pytest.mark.parametrize(
    "value", [b"", b"\xff", b"{}", b"[]", b"[1,2,3]", b"null", b"[[1,2,3,4],7]", b"[[1],[[1]]]", b"["]
)
def test_a_damaged_cache_is_no_cache(here: Interpreter, value: bytes) -> None:
    cache = Facts()
    whole = read_environment(here, cache)
    assert cache
    cache.update(dict.fromkeys(cache, value))
    assert read_environment(here, cache) == whole
