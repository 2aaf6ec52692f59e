"""DataLad: a dataset is a git repository with git-annex; a run is a commit of what the command changed."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence

from peers.contents import git_objects
from peers.peer import Action, Peer, below
from peers.place import Place


class Datalad(Peer):
    """``run --explicit``: without it nothing runs where something is not saved."""

    name = "datalad"
    title = "DataLad"

    def set_up(self, place: Place) -> None:
        place.call(self.program(), "create", "--force", "-c", "text2git", ".")

    def track(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "run", "--explicit", "-o", "result.txt", "-m", "train", "python train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        yield from git_objects(place.top, place.variables, "HEAD")
        yield from below(f"{place.top}/.git/annex/objects")

    def states(self, place: Place) -> list[str]:
        subjects = place.call("git", "log", "--format=%s").decode().splitlines()
        return ["completed" for subject in subjects if subject.startswith("[DATALAD RUNCMD]")]

    def data(self, place: Place, *, first: bool) -> Action:
        original = f"{place.beside}/original"
        if not os.path.exists(original):
            shutil.copytree(f"{place.top}/data", original)
            place.write(".gitignore", "")
            place.git("commit", "-q", "-m", "nothing is ignored", ".gitignore")
            place.git("tag", "before")

        def forget() -> None:
            place.git("reset", "-q", "--hard", "before")
            subprocess.run(("chmod", "-R", "u+w", place.top), check=True)
            for each in (f"{place.top}/data", f"{place.top}/.git/annex/objects"):
                shutil.rmtree(each, ignore_errors=True)
            shutil.copytree(original, f"{place.top}/data")

        return Action((self.program(), "save", "-m", "data", "data"), forget if first else None)

    def push(self, place: Place, remote: str) -> Action:
        """To a bare git repository, git-annex's objects with it."""
        first = self.data(place, first=True)
        assert first.before is not None
        first.before()
        place.call(*first.argv)

        def empty() -> None:
            if os.path.exists(remote):
                subprocess.run(("chmod", "-R", "u+w", remote), check=True)
                shutil.rmtree(remote)
                place.git("remote", "remove", "there")
                place.git("update-ref", "-d", "refs/remotes/there/main")
            subprocess.run(("git", "init", "-q", "--bare", remote), env=place.variables, check=True)
            place.git("-C", remote, "annex", "init", "-q")
            place.git("remote", "add", "there", remote)

        return Action((self.program(), "push", "--to", "there"), empty)
