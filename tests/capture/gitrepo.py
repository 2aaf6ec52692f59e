"""Real git repositories for tests, made in a temporary folder and with nobody's configuration."""

import hashlib
import os
import subprocess
from pathlib import Path

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


class Repo:
    """A work tree at ``top`` and what a person would do in it."""

    def __init__(self, top: Path, *options: str) -> None:
        self.top = top
        top.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)

    @classmethod
    def clone(cls, source: Path, top: Path, *options: str) -> "Repo":
        allowed = ("-c", "protocol.file.allow=always")
        subprocess.run(["git", *allowed, "clone", "-q", *options, str(source), str(top)], check=True)
        made = cls.__new__(cls)
        made.top = top
        return made

    def git(self, *args: str, stdin: bytes = b"") -> bytes:
        command = ["git", "-c", "protocol.file.allow=always", *args]
        done = subprocess.run(command, cwd=self.top, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def write(self, path: str, content: str | bytes = "x\n") -> Path:
        place = self.top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return place

    def commit(self, **files: str | bytes) -> str:
        """Commit everything, with these files (``__`` in a name stands for ``.``); the commit's id."""
        for name, content in files.items():
            self.write(name.replace("__", "."), content)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD").decode().strip()

    def settle(self) -> None:
        """Make every file older than the index, so that git's own record of it can be believed."""
        for folder, _, names in os.walk(self.top):
            for name in names:
                if ".git" not in Path(folder).parts and not (Path(folder) / name).is_symlink():
                    os.utime(Path(folder) / name, (1_600_000_000.5, 1_600_000_000.5))
        self.git("update-index", "-q", "--refresh")

    def fingerprint(self) -> dict[str, tuple[str, int, int]]:
        """Of everything below the top, ``.git`` included: content, mode and times."""
        found = {}
        for folder, folders, names in os.walk(self.top):
            for name in names + folders:
                path = Path(folder) / name
                seen = path.lstat()
                content = os.readlink(path).encode() if path.is_symlink() else b""
                if path.is_file() and not path.is_symlink():
                    content = path.read_bytes()
                found[str(path)] = (hashlib.sha256(content).hexdigest(), seen.st_mode, seen.st_mtime_ns)
        return found
