"""What a person should know although nothing went wrong."""

import os
import pathlib
from collections.abc import Callable

import pytest
from tests.capture.gitrepo import Repo

from runlore.capture import caution
from runlore.capture.caution import dirty_submodules, not_kept, remote_inputs, remote_mounts
from runlore.capture.listing import list_code
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef
from runlore.store.settings import DEFAULTS

MIB = 1 << 20


def a_file(path: str, size: int, *, stored: bool = False, how: str = "traced") -> FileRef:
    return FileRef(path, ObjectId("d" * 64), size, stored, how)


def mounts(*points: tuple[str, str]) -> bytes:
    lines = ["22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw"]
    for at, (point, kind) in enumerate(points, 30):
        lines.append(f"{at} 22 0:{at} / {point} rw shared:9 master:1 - {kind} source rw")
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "lustre",
        "beegfs",
        "ceph",
        "gpfs",
        "9p",
        "glusterfs",
        "fuse.sshfs",
        "fuse.gcsfuse",
    ],
)
def test_network_file_systems_are_remote(kind: str) -> None:
    assert remote_mounts(mounts(("/data", kind))) == {"/data": kind}


@pytest.mark.parametrize("kind", ["ext4", "xfs", "overlay", "tmpfs", "fuseblk", "fuse.fuse-overlayfs", "fuse.lxcfs"])
def test_what_this_machine_has_is_not(kind: str) -> None:
    assert remote_mounts(mounts(("/data", kind))) == {}


def test_the_last_mount_on_a_folder_counts_and_the_root_is_the_machines_own() -> None:
    assert remote_mounts(mounts(("/data", "nfs"), ("/data", "ext4"))) == {}
    assert remote_mounts(mounts(("/", "9p"))) == {}
    assert remote_mounts(b"") == remote_mounts(b"nonsense\n- -\n") == {}


def test_mount_points_with_odd_names_are_read() -> None:
    found = remote_mounts(mounts(("/my\\040data\\134x", "nfs4"), ("/b\udcff", "nfs4")))
    assert found == {"/my data\\x": "nfs4", "/b\udcff": "nfs4"}


@pytest.fixture
def mounted(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A folder in which ``net`` is a network file system with a disk mounted in it, as the kernel would tell it."""
    top = pathlib.Path(os.path.realpath(tmp_path))
    points = mounts((f"{top}/net", "nfs4"), (f"{top}/net/disk", "ext4"), (f"{top}/far", "fuse.s3fs"))
    (top / "mountinfo").write_bytes(points)
    monkeypatch.setattr(caution, "_MOUNTS", str(top / "mountinfo"))
    return top


def test_each_network_file_system_with_inputs_is_named_once(mounted: pathlib.Path) -> None:
    paths = ["net/a", str(mounted / "net/deep/b"), "net/disk/c", "near", "network", "/etc/hosts"]
    (warning,) = remote_inputs(paths, str(mounted))
    assert warning.code == "input-on-remote-mount"
    assert warning.message == f'2 inputs lie on "{mounted}/net" (nfs4), where others may change them'
    both = [warn.message for warn in remote_inputs(["net/a", "far/b"], str(mounted))]
    assert both == [
        f'an input lies on "{mounted}/far" (fuse.s3fs), where others may change them',
        f'an input lies on "{mounted}/net" (nfs4), where others may change them',
    ]


def test_links_lead_to_where_an_input_lies(mounted: pathlib.Path) -> None:
    (mounted / "data").symlink_to("net")
    (mounted / "net").mkdir()
    (mounted / "net" / "back").symlink_to(mounted / "near")
    assert [warn.code for warn in remote_inputs(["data/x"], str(mounted))] == ["input-on-remote-mount"]
    assert list(remote_inputs(["data/back"], str(mounted))) == []


def test_no_inputs_no_warning(mounted: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(remote_inputs([], str(mounted))) == []
    monkeypatch.setattr(caution, "_MOUNTS", str(mounted / "gone"))
    assert list(remote_inputs(["net/a"], str(mounted))) == []


def test_what_is_only_known_by_hash_is_counted_with_the_setting_that_keeps_it() -> None:
    inputs = [a_file("a", 3 << 30), a_file("b", 100 * MIB), a_file("c", 5, stored=True)]
    (warning,) = not_kept(inputs, [], DEFAULTS)
    assert warning.code == "not-kept"
    assert warning.message == (
        "2 inputs of 3.1 GiB were hashed and not kept; mlrun config trace.file-limit raises the limit"
    )
    (warning,) = not_kept([a_file("a", 65 * MIB)], [a_file("o", 2048), a_file("p", 1 << 40, how="declared")], DEFAULTS)
    assert warning.message == (
        "1 input of 65.0 MiB and 2 outputs of 1.0 TiB were hashed and not kept; "
        "mlrun config raises the limits data.limit, trace.file-limit, trace.total-limit"
    )
    (warning,) = not_kept([], [a_file("o", 999)], DEFAULTS)
    assert warning.message.startswith("1 output of 999 B was hashed and not kept; mlrun config trace.total-limit")


def test_nobody_is_told_of_what_the_settings_want_or_what_is_kept() -> None:
    assert list(not_kept([a_file("a", 5)], [], DEFAULTS._replace(data_store="none"))) == []
    assert list(not_kept([a_file("a", 5, stored=True)], [], DEFAULTS)) == []


def test_submodules_with_changes_in_no_commit_are_named(repo: Repo, new_repo: Callable[..., Repo]) -> None:
    names = [f"lib{at}" for at in range(7)]
    inner = new_repo("inner")
    inner.commit(m__py="1")
    for name in names:
        repo.git("submodule", "--quiet", "add", str(inner.top), name)
    repo.commit()
    assert list(dirty_submodules(list_code(str(repo.top)).git)) == []
    (repo.top / "lib3" / "new.py").write_text("2")
    (warning,) = dirty_submodules(list_code(str(repo.top)).git)
    assert (warning.code, warning.message) == (
        "submodule-dirty", "a submodule has changes that are in no commit: lib3"
    )  # fmt: skip
    for name in names:
        (repo.top / name / "m.py").write_text("2")
    (warning,) = dirty_submodules(list_code(str(repo.top)).git)
    assert warning.message == (
        "7 submodules have changes that are in no commit: lib0, lib1, lib2, lib3, lib4 and 2 more"
    )
    assert list(dirty_submodules(None)) == []
