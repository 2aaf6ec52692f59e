"""A verb's scene, made once and put at the same path again for each fault; and on a disk that loses power."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from tests.crash.project import PROGRAM, Project
from tests.crash.verbs import Verb, told

_MUTANTS = os.fspath(pathlib.Path(__file__).with_name("mutants.py"))
_SIZE = 24 << 20
_OLD = 1200
"""Seconds that a machine without power stays off: its runs are not taken for those of a living machine then."""
_PATIENCE = 60
_BOOT = "/proc/sys/kernel/random/boot_id"
_EARLIER = 'mount --bind "$0" ' + _BOOT + ' && exec "$@"'
_UNFAVOURABLE = "loop,commit=300,noauto_da_alloc,data=writeback"
"""Nothing gets to the disk by itself, and the file system helps no program that has forgotten to sync."""


class World:
    """The scene of one verb, below ``base``; what its store says before the verb and after it."""

    def __init__(self, base: pathlib.Path, verb: Verb) -> None:
        self.verb = verb
        self._base = base
        self._kept = base / "template"
        self._program: tuple[str, ...] = PROGRAM
        self._mutant: dict[str, str] = {}
        base.mkdir(parents=True, exist_ok=True)
        self._make()
        with self.fresh() as project:
            self.runs = project.runs()
            self.before = told(project, self.runs)
        with self.fresh() as project:
            done = project.mlrun(*verb.args)
            assert done.status == verb.status, done
            self.complete = project.runs()
            self.after = told(project, self.complete)

    @property
    def _folder(self) -> pathlib.Path:
        return self._base / "world"

    def mutate(self, mutant: str | None) -> None:
        """While something goes wrong this one of `mutants` runs in the place of mlrun; ``None`` is mlrun itself."""
        self._program = (sys.executable, _MUTANTS) if mutant else PROGRAM
        self._mutant = {"CRASH_MUTANT": mutant} if mutant else {}

    def _project(self, *before: str) -> Project:
        project = Project(self._folder / "project", self._program, before)
        project.env |= self._mutant
        return project

    def _make(self) -> None:
        self._folder.mkdir()
        self.verb.make(self._folder, ())
        self._folder.rename(self._kept)

    @contextlib.contextmanager
    def fresh(self) -> Iterator[Project]:
        """The project of the scene as it was made."""
        shutil.copytree(self._kept, self._folder, symlinks=True)
        try:
            yield self._project()
        finally:
            shutil.rmtree(self._folder)

    def afterwards(self, project: Project) -> Project:
        """The project as it is found when all that was running is gone."""
        return Project(project.folder)


class Disk(World):
    """A world on an ext4 of its own. Afterwards there is what had got to the disk, in another boot of the machine."""

    def __init__(self, base: pathlib.Path, verb: Verb) -> None:
        self._image = base / "template.img"
        self._now = base / "now.img"
        self._at = base / "disk"
        self._before = ("unshare", "--mount", "sh", "-c", _EARLIER, os.fspath(base / "boot"))
        super().__init__(base, verb)

    @property
    def _folder(self) -> pathlib.Path:
        return self._at / "world"

    def _make(self) -> None:
        self._at.mkdir()
        (self._base / "boot").write_text("00000000-0000-4000-8000-000000000000\n")
        with open(self._image, "wb") as file:
            file.truncate(_SIZE)
        if (
            os.geteuid()
            or subprocess.run(["mkfs.ext4", "-qF", self._image], capture_output=True, check=False).returncode
        ):
            pytest.skip("only root may mount a file system, and it takes mkfs.ext4")
        with self._mounted(self._image):
            if Project(self._at, before=self._before).run("true", check=False).status:
                pytest.skip("nothing can be mounted here in a namespace of its own")
            self._folder.mkdir()
            self.verb.make(self._folder, self._before)
        self._wait_until_free()

    def _wait_until_free(self) -> None:
        """What mlrun leaves running for a moment holds the file system in its own namespace; then it is all written."""
        end = time.monotonic() + _PATIENCE
        while subprocess.run(["losetup", "-j", self._image], capture_output=True, check=True).stdout:
            assert time.monotonic() < end, "the disk is still in use"
            time.sleep(0.05)

    @contextlib.contextmanager
    def fresh(self) -> Iterator[Project]:
        self._now.unlink(missing_ok=True)  # a process that is about to end may still hold the last one
        shutil.copyfile(self._image, self._now)
        with self._mounted(self._now):
            yield self._project(*self._before)

    def afterwards(self, project: Project) -> Project:
        cut = self._base / "cut.img"
        shutil.copyfile(self._now, cut)
        subprocess.run(["umount", self._at], check=True)
        os.replace(cut, self._now)
        subprocess.run(["mount", "-o", _UNFAVOURABLE, self._now, self._at], check=True)
        for lock in project.store.glob("runs/*/lock"):
            os.utime(lock, (time.time() - _OLD,) * 2)
        return Project(project.folder)

    @contextlib.contextmanager
    def _mounted(self, image: pathlib.Path) -> Iterator[None]:
        if subprocess.run(["mount", "-o", _UNFAVOURABLE, image, self._at], capture_output=True, check=False).returncode:
            pytest.skip("no file system can be mounted here")
        try:
            yield
        finally:
            subprocess.run(["umount", self._at], check=True)
