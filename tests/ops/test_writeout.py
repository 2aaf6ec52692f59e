"""Files that a person names for a result."""

import os
import stat
import threading
from pathlib import Path

import pytest
from tests.cli.place import Place

from runlore.ops.writeout import write_out


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o666, os.stat(os.devnull).st_rdev)
    except PermissionError:
        pytest.skip("only root makes devices")
    write_out(os.fspath(device), b"x")
    assert stat.S_ISCHR(device.stat().st_mode)
    assert os.listdir(tmp_path) == ["null"]


def test_a_pipe_gets_the_bytes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_out(os.fspath(pipe), b"all of it")
    reader.join()
    assert got == [b"all of it"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_of_a_link_the_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    write_out(os.fspath(tmp_path / "link"), b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_out(os.fspath(tmp_path / "folder"), b"x")
    with pytest.raises(FileNotFoundError):
        write_out(os.fspath(tmp_path / "none" / "x"), b"x")
    assert os.listdir(tmp_path) == ["folder"]


def test_no_command_takes_the_place_of_a_device_or_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    place = Place(os.fspath(tmp_path / "project"), os.fspath(tmp_path))
    pipes = {name: tmp_path / name for name in ("run.json", "loss.svg", "lock")}
    for pipe in pipes.values():
        os.mkfifo(pipe)
    words = {
        "run.json": ("exec", "-q", "--record", os.fspath(pipes["run.json"]), "train.py"),
        "loss.svg": ("plot", "@", "-o", os.fspath(pipes["loss.svg"])),
        "lock": ("environment", "lock", "@", "--format", "requirements", "-o", os.fspath(pipes["lock"])),
    }
    place.write("train.py", "import runlore\nfor at in range(3): runlore.log(loss=at)")
    for name, pipe in pipes.items():
        got: list[bytes] = []
        reader = threading.Thread(target=lambda pipe=pipe, got=got: got.append(pipe.read_bytes()), daemon=True)
        reader.start()
        done = place.mlrun(*words[name])
        assert stat.S_ISFIFO(pipe.stat().st_mode), name
        assert done.status == 0, done.err
        reader.join()
        assert got[0], name
