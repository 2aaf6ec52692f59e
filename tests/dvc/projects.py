"""Projects with data that DVC tracks: made by hand as DVC 3 and DVC 2 lay them out, or by DVC itself."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.place import Place, Result

from runlore.ops import own
from runlore.store import settings
from runlore.store.store import Store

TRAIN = "print(open('data/a.csv').read(2), open('data/dir/2.txt').read()); open('model', 'w').write('m')\n"
FILES = {"data/a.csv": b"1,2\n" * 50_000, "data/dir/1.txt": b"one\n", "data/dir/2.txt": b"two\n"}
LAYOUTS = {3: "files/md5/", 2: ""}
"""What stands before an MD5 in a cache or a remote of that version of DVC."""


class Colleague(Place):
    """A project folder and a home of one's own."""

    def __init__(self, folder: Path, name: str) -> None:
        for part in ("project", "home"):
            (folder / name / part).mkdir(parents=True)
        super().__init__(os.fspath(folder / name / "project"), os.fspath(folder / name / "home"))
        self.env["USER"] = name
        self.sign(name)

    def share(self, url: str) -> None:
        """Make a store of one's own, and add a remote."""
        with Store.create(f"{self.folder}/.mlrun") as store:
            own.own(store, self.env)
            settings.write(store.layout, {**settings.read(store.layout), "remote.origin": url})

    def put(self, name: str, data: bytes) -> None:
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).write_bytes(data)

    def git(self, *args: str) -> None:
        subprocess.run(["git", *args], cwd=self.folder, env=self.env, check=True, capture_output=True)

    def run(self, *options: str) -> Any:  # noqa: ANN401 - any JSON
        """A run of ``train.py``, as `show --json` has it."""
        done = self.mlrun("exec", "-q", *options, "python3", "train.py")
        assert done.status == 0, done.err
        return self.shown()

    def keep_no_data(self) -> None:
        """Make a store that keeps no data."""
        assert self.mlrun("init").status == 0
        assert self.mlrun("config", "data.store", "none").status == 0

    def shown(self) -> Any:  # noqa: ANN401 - any JSON
        return self.mlrun("show", "--json").data()

    def clone_of(self, other: "Colleague") -> None:
        """Take over what the other has committed."""
        self.git("pull", "-q", other.folder, "HEAD")

    def checkout(self, *args: str) -> Result:
        """Check the newest run out into a new folder."""
        return self.mlrun("checkout", "@", f"{self.folder}.out", "--json", *args)

    def restored(self, name: str) -> bytes:
        return Path(f"{self.folder}.out", name).read_bytes()

    def by_hand(self, version: int = 3, files: Mapping[str, bytes] = FILES) -> None:
        """A DVC project: ``data/a.csv`` by itself, ``data/dir`` as a folder, all of it in the cache."""
        self.put("train.py", TRAIN.encode())
        self.put(".dvc/config", b"[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../storage\n")
        self.put(".dvc/.gitignore", b"/config.local\n/cache\n")
        self.put("data/.gitignore", b"/a.csv\n/dir\n")
        for name, data in files.items():
            self.put(name, data)
            self.put(object_name(version, md5(data)), data)
        inside = {n.removeprefix("data/dir/"): d for n, d in files.items() if n.startswith("data/dir/")}
        rows = [{"md5": md5(data), "relpath": name} for name, data in sorted(inside.items())]
        listing = json.dumps(rows, sort_keys=True).encode()
        self.put(object_name(version, f"{md5(listing)}.dir"), listing)
        kind = "  hash: md5\n" if version == 3 else ""
        csv, size = files["data/a.csv"], sum(map(len, inside.values()))
        self.put("data/a.csv.dvc", f"outs:\n- md5: {md5(csv)}\n  size: {len(csv)}\n{kind}  path: a.csv\n".encode())
        about = f"outs:\n- md5: {md5(listing)}.dir\n  size: {size}\n  nfiles: {len(inside)}\n{kind}  path: dir\n"
        self.put("data/dir.dvc", about.encode())
        self.git("add", ".")
        self.git("commit", "-qm", "data")

    def dvc_push(self) -> None:
        """What `dvc push` does, to the folder that is the remote ``storage``."""
        shutil.copytree(f"{self.folder}/.dvc/cache", f"{self.folder}/../storage", dirs_exist_ok=True)

    def lose_data(self, *, cache: bool = True) -> None:
        """What a fresh clone lacks."""
        for name in ("data/a.csv", "data/dir", *([".dvc/cache"] if cache else [])):
            path = f"{self.folder}/{name}"
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)

    def dvc(self, *args: str) -> None:
        """DVC itself; skips where it is not installed."""
        program = shutil.which("dvc")
        if program is None:
            pytest.skip("dvc is not installed")
        env = {**self.env, "PATH": f"{os.path.dirname(program)}:{self.env['PATH']}", "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run([program, *args], cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        if "requires additional dependencies" in done.stderr + done.stdout or "dvc[s3]" in done.stderr:
            pytest.skip("dvc-s3 is not installed")
        assert done.returncode == 0, done.stderr

    def by_dvc(self, cache: str = "copy") -> None:
        """The same project, made by DVC."""
        self.dvc("init", "-q")
        self.dvc("config", "cache.type", cache)
        self.put("train.py", TRAIN.encode())
        for name, data in FILES.items():
            self.put(name, data)
        self.dvc("add", "-q", "data/a.csv", "data/dir")
        self.git("add", ".")
        self.git("commit", "-qm", "data")


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def object_name(version: int, name: str) -> str:
    """Where in a project the cache of that version has it."""
    return f".dvc/cache/{LAYOUTS[version]}{name[:2]}/{name[2:]}"


def origins(run: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
    """MD5s by path."""
    return {each["path"]: each["md5"] for each in run["origins"]}
