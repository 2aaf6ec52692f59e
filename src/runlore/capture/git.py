"""The one door to git: plumbing that compares nothing in the work tree and runs nothing a repository names.

``git status`` and ``git diff`` run what ``.git/config`` and ``.gitattributes`` say: file system
monitors, filters, external diffs. So only plumbing passes here, with every such setting overridden,
with no transport allowed (a partial clone would fetch), and with none of the user's ``GIT_*``
variables: which repository is meant is decided by folder alone.
"""

import os
import select
import subprocess
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runlore.records.run import Warn

PATIENCE = 120.0
"""Seconds after which git counts as hung, as it does on a FIFO in the place of one of its files."""

_KEPT = frozenset(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"))
_SET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # A missing object of a partial clone stays missing: fetching it would use the network and the
    # programs that the repository's configuration names. The second line is for git before 2.45.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    # What a commit's name stands for, not what refs/replace puts in its place here.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_COMMAND = (
    *("git", "--no-pager"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.untrackedCache=false"),
    *("-c", "diff.external="),
)
_GITFILE = b"gitdir: "
_GITFILE_LIMIT = 1 << 16
_PIECE = 1 << 20


class GitUnusableError(Exception):
    """Git, or this repository, cannot be used; ``warn`` says why and the project is a plain folder."""

    def __init__(self, code: str, message: str) -> None:
        """``code`` and ``message`` of the warning."""
        super().__init__(message)
        self.warn = Warn(code=code, message=message)


class Answer(NamedTuple):
    """What one git process said: its exit status and its two outputs."""

    code: int
    out: bytes
    err: bytes


def find_work_tree(folder: str) -> str | None:
    """The nearest folder from ``folder`` upward that holds ``.git``, a folder or a file that names one."""
    here = os.path.abspath(folder)
    while True:
        mark = os.path.join(here, ".git")
        if os.path.isdir(mark) or os.path.isfile(mark):
            return here
        above = os.path.dirname(here)
        if above == here:
            return None
        here = above


def git_folder(top: str) -> str:
    """Where the repository of this work tree is: ``.git``, or the folder that the file ``.git`` names.

    Raises:
        GitUnusableError: the file does not name one.
    """
    mark = os.path.join(top, ".git")
    if os.path.isdir(mark):
        return mark
    text = _small_file(mark)
    if text is None or not text.startswith(_GITFILE) or b"\0" in text:
        raise GitUnusableError("git-unreadable", f'"{mark}" is neither a repository nor names one')
    return os.path.join(top, os.fsdecode(text.removeprefix(_GITFILE).rstrip(b"\r\n")))


def common_folder(repository: str) -> str:
    """Where objects and refs are: of a linked work tree the main repository, else ``repository`` itself."""
    text = _small_file(os.path.join(repository, "commondir"))
    return repository if text is None or b"\0" in text else os.path.join(repository, os.fsdecode(text.rstrip(b"\r\n")))


def ask(top: str, *commands: Sequence[str | bytes], environment: Mapping[str, str] | None = None) -> list[Answer]:
    """What git answers to each of these commands, all running at once in ``top``; a failure is an answer too.

    Raises:
        GitUnusableError: there is no git, or it hangs.
    """
    env = {**_environment(top), **(environment or {})}
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.extend(_start(top, command, env, subprocess.DEVNULL) for command in commands)
        outputs = _outputs([pipe.fileno() for process in running for pipe in (process.stdout, process.stderr) if pipe])
        return [
            Answer(process.wait(PATIENCE), out, err)
            for process, out, err in zip(running, outputs[::2], outputs[1::2], strict=True)
        ]
    except subprocess.TimeoutExpired as error:
        raise _hung() from error
    finally:
        for process in running:
            _end(process)


def tell(top: str, command: Sequence[str | bytes], stdin: bytes) -> Answer:
    """What git answers to one command that reads ``stdin``.

    Raises:
        GitUnusableError: there is no git, or it hangs.
    """
    process = _start(top, command, _environment(top), subprocess.PIPE)
    try:
        out, err = process.communicate(stdin, PATIENCE)
        return Answer(process.returncode, out, err)
    except subprocess.TimeoutExpired as error:
        raise _hung() from error
    finally:
        _end(process)


def refusal(top: str, answer: Answer) -> GitUnusableError:
    """Why git would not answer, as an error to raise."""
    lines = answer.err.decode(errors="replace").strip().splitlines()
    if "dubious ownership" in (lines[0] if lines else ""):
        from shlex import quote  # noqa: PLC0415 - for this one message

        return GitUnusableError(
            "git-refused",
            f'git refuses "{top}" because somebody else owns it; '
            f"if you trust it: git config --global --add safe.directory {quote(top)}",
        )
    said = next((line for line in lines if line.startswith(("fatal: ", "error: "))), lines[0] if lines else "")
    return GitUnusableError("git-unreadable", f'git cannot read "{top}": {said.partition(": ")[2] or said}')


def _environment(top: str) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    # The folder that holds .git is the work tree, whatever core.worktree says. GIT_DIR stays unset:
    # with it git would no longer ask who owns the repository.
    return {**env, **_SET, "GIT_WORK_TREE": top}


def _start(top: str, command: Sequence[str | bytes], env: Mapping[str, str], stdin: int) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen((*_COMMAND, *command), cwd=top, env=env, stdin=stdin, stdout=pipe, stderr=pipe)
    except FileNotFoundError as error:
        raise GitUnusableError("git-missing", f"git cannot be started: {error.strerror}") from error
    except OSError as error:
        raise GitUnusableError("git-unreadable", f"git cannot be started: {error.strerror}") from error


def _outputs(pipes: Sequence[int]) -> list[bytes]:
    """Everything from each of these pipes, read as it comes so that no process waits for another."""
    found: dict[int, list[bytes]] = {pipe: [] for pipe in pipes}
    poll = select.poll()
    for pipe in pipes:
        poll.register(pipe, select.POLLIN)
    left = len(pipes)
    while left:
        ready = poll.poll(PATIENCE * 1000)
        if not ready:
            raise _hung()
        for pipe, _ in ready:
            if piece := os.read(pipe, _PIECE):
                found[pipe].append(piece)
            else:
                poll.unregister(pipe)
                left -= 1
    return [b"".join(found[pipe]) for pipe in pipes]


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.wait()


def _hung() -> GitUnusableError:
    return GitUnusableError("git-unreadable", f"git gave no answer for {PATIENCE:.0f} seconds")


def _small_file(path: str) -> bytes | None:
    """The bytes of a small regular file, ``None`` if it is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return os.read(descriptor, _GITFILE_LIMIT)
    except OSError:
        return None
    finally:
        os.close(descriptor)
