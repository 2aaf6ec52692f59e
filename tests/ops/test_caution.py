"""What a person is told of a run although nothing went wrong: in the record, and once in the terminal."""

import os
import pathlib

import pytest
from tests.capture.gitrepo import Repo
from tests.cli.place import Place, Result

from runlore.store.loose import can_reflink

READ = "import sys\nfor name in sys.argv[1:]: open(name, 'rb').read()\n"


def codes(place: Place) -> list[str]:
    return [warning["code"] for warning in place.mlrun("show", "--json").data()["warnings"]]


def said(result: Result) -> list[str]:
    assert result.status == 0, result.err
    return [line.partition("mlrun: warning: ")[2] for line in result.err.splitlines() if "warning: " in line]


@pytest.fixture
def small(place: Place) -> Place:
    """A project whose settings keep next to nothing."""
    place.write("read.py", READ)
    big = place.write("big.bin", "x" * 5000)
    place.write(".mlrunignore", "*.bin\n")
    if can_reflink(os.fsencode(big), place.folder):
        pytest.skip("keeping costs nothing on this file system")
    assert place.mlrun("init").status == 0
    for key in ("trace.file-limit", "data.limit"):
        assert place.mlrun("config", key, "1KiB").status == 0
    return place


def test_an_input_that_was_seen_and_not_kept_is_told_with_the_way_to_keep_it(small: Place) -> None:
    warnings = said(small.mlrun("exec", "read.py", "big.bin"))
    assert warnings == ["1 input of 4.9 KiB was hashed and not kept; mlrun config trace.file-limit raises the limit"]
    assert codes(small) == ["not-kept"]
    assert said(small.mlrun("exec", "-q", "read.py", "big.bin")) == warnings


def test_declared_data_that_is_not_kept_is_told_before_the_command_starts(small: Place) -> None:
    result = small.mlrun("exec", "-d", "big.bin", "sh", "-c", "echo started >&2; cat big.bin >copy.bin")
    assert result.status == 0, result.err
    lines = [line for line in result.err.splitlines() if "hashed" in line or line == "started"]
    assert lines == [
        "mlrun: warning: 1 input of 4.9 KiB was hashed and not kept; mlrun config data.limit raises the limit",
        "started",
        "mlrun: warning: 1 output of 4.9 KiB was hashed and not kept; mlrun config trace.file-limit raises the limit",
    ]
    assert codes(small) == ["not-kept", "not-kept"]


def test_a_submodule_with_changes_is_told_once(place: Place, repo: Repo, tmp_path: pathlib.Path) -> None:
    library = Repo(tmp_path / "library")
    library.commit(m__py="x = 1\n")
    repo.git("submodule", "-q", "add", str(library.top), "lib")
    repo.commit(a="1")
    assert said(place.mlrun("exec", "true")) == []
    repo.write("lib/m.py", "x = 2\n")
    assert said(place.mlrun("exec", "true")) == ["a submodule has changes that are in no commit: lib"]
    assert codes(place) == ["submodule-dirty"]


def test_inputs_on_a_network_file_system_are_told_by_its_mount_point(place: Place, tmp_path: pathlib.Path) -> None:
    place.write("read.py", READ)
    for name in ("net/a.txt", "net/b.txt", "near.txt"):
        place.write(name, "x" * 10)
    point = os.path.realpath(place.folder) + "/net"
    (tmp_path / "mountinfo").write_text(f"22 1 0:1 / / rw - ext4 x rw\n23 22 0:2 / {point} rw - nfs4 server:/x rw\n")
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        "import os\n"
        "if 'RUNLORE_RUN' not in os.environ:\n"
        "    from runlore.capture import caution\n"
        f"    caution._MOUNTS = {str(tmp_path / 'mountinfo')!r}\n"
    )
    env = {"PYTHONPATH": str(patch)}
    result = place.mlrun("exec", "-d", "net/a.txt", "read.py", "net/b.txt", "near.txt", env=env)
    assert said(result) == [f'2 inputs lie on "{point}" (nfs4), where others may change them']
    assert codes(place) == ["input-on-remote-mount"]


def test_of_many_warnings_five_are_told_and_the_rest_counted(place: Place) -> None:
    missing = [word for at in range(8) for word in ("-o", f"gone{at}")]
    result = place.mlrun("exec", *missing, "true")
    run = place.mlrun("show", "--json").data()
    warnings = said(result)
    assert len(warnings) == 6
    assert all(line.startswith("declared output ") for line in warnings[:5])
    assert warnings[5] == f"and 3 more; mlrun show {run['id'][:8]}"
    assert codes(place) == ["output-missing"] * 8
