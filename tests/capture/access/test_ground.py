"""Where a path lies decides what it can be."""

import os
import pathlib

import pytest

from runlore.capture.access.ground import ENVIRONMENT, NOISE, OUTSIDE, PROJECT, Ground, ground

HERE = Ground(
    top=b"/home/ann/project",
    store=b"/home/ann/project/.mlrun",
    home=b"/home/ann",
    cache=b"/home/ann/.cache",
    temporary=(b"/tmp",),
    prefixes=(b"/home/ann/project/.venv", b"/opt/conda"),
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (b"/home/ann/project/data/train.csv", PROJECT),
        (b"/home/ann/project", PROJECT),
        (b"/home/ann/projects/train.csv", OUTSIDE),
        (b"/home/ann/project/.venv/lib/python3.11/os.py", ENVIRONMENT),
        (b"/home/ann/project/.mlrun/runs/1/journal", NOISE),
        (b"/home/ann/project/.git/HEAD", NOISE),
        (b"/home/ann/project/__pycache__/a.cpython-311.pyc", NOISE),
        (b"/home/ann/.local/lib/python3.11/site-packages/numpy/__init__.py", ENVIRONMENT),
        (b"/home/ann/.cache/huggingface/hub/models--bert/blobs/1", OUTSIDE),
        (b"/home/ann/.cache/matplotlib/fontlist.json", NOISE),
        (b"/home/ann/.config/matplotlib/matplotlibrc", NOISE),
        (b"/home/ann/.netrc", NOISE),
        (b"/home/ann/.python_history", NOISE),
        (b"/home/ann/.bash_history", NOISE),
        (b"/home/ann/.node_repl_history", NOISE),
        (b"/home/ann/.lesshst", NOISE),
        (b"/home/ann/.viminfo", NOISE),
        (b"/home/ann/.wget-hsts", NOISE),
        (b"/home/ann/.zcompdump-box-5.9", NOISE),
        (b"/home/ann/.Xauthority", NOISE),
        (b"/home/ann/.theanorc", OUTSIDE),
        (b"/home/ann/.features/history", OUTSIDE),
        (b"/home/ann/loss_history", OUTSIDE),
        (b"/home/ann/project/.loss_history", PROJECT),
        (b"/home/ann/data.csv", OUTSIDE),
        (b"/home/ann/.pyenv/shims/python", ENVIRONMENT),
        (b"/home/ann/.nvm/nvm.sh", ENVIRONMENT),
        (b"/opt/conda/lib/python3.11/os.py", ENVIRONMENT),
        (b"/opt/datasets/cifar", OUTSIDE),
        (b"/usr/share/zoneinfo/UTC", ENVIRONMENT),
        (b"/etc/localtime", ENVIRONMENT),
        (b"/proc/self/maps", NOISE),
        (b"/dev/shm/cache.bin", OUTSIDE),
        (b"/dev/shm/pymp-x/arena", NOISE),
        (b"/tmp/result.bin", OUTSIDE),
        (b"/tmp/torchinductor_ann/x.py", NOISE),
        (b"/mnt/nfs/train.parquet", OUTSIDE),
    ],
)
def test_a_path_is_what_it_lies_in(path: bytes, kind: str) -> None:
    assert HERE.kind(path) == kind


def test_a_project_inside_a_prefix_or_the_system_is_a_project() -> None:
    inside = HERE._replace(top=b"/opt/conda/project")
    assert inside.kind(b"/opt/conda/project/train.csv") == PROJECT
    assert HERE._replace(top=b"/usr/src/app").kind(b"/usr/src/app/train.csv") == PROJECT


def test_who_starts_one_of_several_pythons_belongs_to_the_environment(tmp_path: pathlib.Path) -> None:
    (tmp_path / "pythons" / "shims").mkdir(parents=True)
    root = os.fsencode(tmp_path)
    found = HERE.with_interpreters(
        [root + b"/pythons/versions/3.11.7/lib/python3.11/encodings/__init__.py", root + b"/data/versions/2/pyvenv.cfg"]
    )
    assert found.kind(root + b"/pythons/libexec/pyenv-which") == ENVIRONMENT
    assert found.kind(root + b"/data/versions/2/lib/x.py") == ENVIRONMENT
    assert found.kind(root + b"/data/train.csv") != ENVIRONMENT


def test_links_and_variables_are_followed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    found = ground(f"{tmp_path}/link", f"{tmp_path}/link/.mlrun", {"HOME": "/h", "TMPDIR": f"{tmp_path}"}, ["/", "/e"])
    assert found.top == os.fsencode(tmp_path / "real")
    assert (found.home, found.cache, found.prefixes[0]) == (b"/h", b"/h/.cache", b"/e")
    assert found.temporary[0] == os.fsencode(tmp_path)
