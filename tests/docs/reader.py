"""Somebody who types what a page says, in a terminal of 90 columns, and compares what comes of it."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import TOP, Block, Typed, blocks

_MARK = "\x1e"
_SETTINGS = Path(__file__).with_name("settings")
_MLRUN = f"""\
#!/usr/bin/env bash
# Packages are those that are here: to make them again takes half a minute, and is tested elsewhere.
words=()
for word; do
    words+=("$word")
    [[ $word == reproduce && " $* " != *" --check "* && " $* " != *" --env "* ]] && words+=(--env current)
done
exec {sys.executable} -m runlore "${{words[@]}}"
"""


def read(page: str, folder: Path) -> list[str]:
    """Type all of a page that can be here; what could not, and why.

    Raises:
        AssertionError: a command ended with another status than 0, or said something else.
    """
    found = blocks(page)
    project = folder / "ana" / "digits"
    environ = _environ(folder)
    _set_up(page, project, environ)
    ready = [block for block in found if not block.lacks]
    script = folder / "typed.sh"
    script.write_text("".join(map(_script, ready)), encoding="utf-8")
    told = _run(script, project, environ)
    typed = [(block, each) for block in ready for each in block.typed]
    for (block, each), (status, said) in zip(typed, told, strict=False):
        _compare(f"{page}:{block.line}", each, status, said)
    assert len(told) == len(typed)
    return [f"line {block.line} lacks {block.lacks}" for block in found if block.lacks]


def _environ(folder: Path) -> dict[str, str]:
    for name in ("ana/digits", "bin"):
        (folder / name).mkdir(parents=True)
    for name in ("mlrun", "runlore"):
        (folder / "bin" / name).write_text(_MLRUN)
        (folder / "bin" / name).chmod(0o755)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "PATH": os.pathsep.join((str(folder / "bin"), os.path.dirname(sys.executable), "/usr/bin", "/bin")),
        "HOME": str(folder / "ana"),
        "USER": "ana",
        "TERM": "dumb",
        "COLUMNS": "90",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PAGER": "cat",
        "MLRUN_CHECKOUT": str(TOP),
        "UV_OFFLINE": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _ANA.items()},
    }


_KEPT = ("SLURM_CONF", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_ANA = {"NAME": "Ana", "EMAIL": "ana@example.org"}


def _set_up(page: str, project: Path, environ: dict[str, str]) -> None:
    """The folder in which a page finds its reader: by a script of the page's name, else that of an example, in git."""
    own = _SETTINGS / f"{Path(page).stem}.sh"
    if page.startswith("examples/"):
        example = str(TOP / Path(page).parent)
        words = ["bash", "-euc", f'cp -r "{example}/." . && {_COMMIT}']
    else:
        words = ["bash", "-eu", str(own if own.exists() else _SETTINGS / "default.sh")]
    subprocess.run(words, cwd=project, env=environ, stdin=subprocess.DEVNULL, check=True, capture_output=True)


_COMMIT = "git init -q -b main . && git add . && git commit -q -m start"


def _script(block: Block) -> str:
    if block.file is not None:
        return f"mkdir -p \"$(dirname {block.file})\"; cat >{block.file} <<'END-OF-FILE'\n{block.text}END-OF-FILE\n"
    # The first command that fails is the last one: what comes after it would only hide what was wrong.
    end = f"s=$?; printf '{_MARK}%s{_MARK}' $s; ((s == 0)) || exit 0\n"
    return "".join(f"{{ {each.command}\n}}\n{end}" for each in block.typed)


def _run(script: Path, project: Path, environ: dict[str, str]) -> list[tuple[int, str]]:
    """The exit status of each command, and what it said on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["bash", str(script)], cwd=project, env=environ, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    ) as shell:
        os.close(theirs)
        said = b"".join(iter(lambda: _more(ours), b""))
        os.close(ours)
        shell.wait()
    text = said.decode("utf-8", "replace").replace("\r\n", "\n").replace(environ["HOME"], "/home/ana")
    parts = text.split(_MARK)
    return [(int(status), text) for text, status in zip(parts[::2], parts[1::2], strict=False)]


def _more(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # all who had the other end are gone
        return b""


def _compare(where: str, typed: Typed, status: int, said: str) -> None:
    if status:
        raise AssertionError(f"{where}: exit status {status} of: {typed.command}\n{said}")
    shown = [plain(line) for line in typed.shown if line.strip()]
    if not shown:
        return
    # An ellipsis stands for any lines.
    wanted = r"\n".join(r"(?:.*\n)*?.*" if line == "..." else re.escape(line) for line in shown)
    got = "\n".join(filter(None, map(plain, said.split("\n"))))
    if not re.fullmatch(wanted, got):
        page = "\n".join(shown)
        raise AssertionError(f"{where}: {typed.command}\n--- the page\n{page}\n--- what was said\n{got}")


def plain(line: str) -> str:
    """A line without what is another one each time and on each machine: ids, times, sizes, decimals, and columns."""
    # Progress is drawn over by what comes after it.
    line = line.rpartition("\r")[2]
    line = re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{7,8}\b", "<id>", line)
    line = re.sub(r"[-+]?\d[\d,]*(\.\d+)?(e[-+]\d+)? ?(s|ms|min|h|B|KiB|MiB|GiB|%)(?![\w])", "<number>", line)
    line = re.sub(r"[-+]?\d+\.\d+(e[-+]\d+)?", "<number>", line)
    line = re.sub(r"\d+ objects", "<number> objects", line)
    return " ".join(line.split())
