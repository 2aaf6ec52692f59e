"""What a page of documentation has its reader type, and what it says comes of it.

A block marked `console` is run. Remarks that no reader sees stand above a block and say

    <!-- needs: torch, slurm -->    what must be there for it: a Python package, a program, or a name of `NEEDS`
    <!-- file: train.py -->         that the block is this file, and no commands
"""

import importlib.util
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).parents[2]
_FENCE = re.compile(r"((?:<!-- \w+: [^\n]* -->\n+)*)^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_REMARK = re.compile(r"<!-- (\w+): (.*?) -->")
NEEDS = {
    "index": ("", "a fresh clone and a package index"),
    "dvc-remote": ("", "a project whose data lies in a remote of DVC; tests/dvc has them"),
    "slurm": ("SLURM_CONF", "a SLURM, as scripts/slurm starts one"),
}
"""What no test can have, and what is there if a variable of the environment says so."""


class Typed(NamedTuple):
    """A command, and the lines that the page shows under it."""

    command: str
    shown: tuple[str, ...]


class Block(NamedTuple):
    """A block of commands; or, with a ``file``, what that holds."""

    line: int
    lacks: str
    file: str | None
    text: str
    typed: tuple[Typed, ...]


def pages() -> list[str]:
    """The pages with blocks to be run, by their paths from the top. Those of the reference are held to the help."""
    found = [TOP / "README.md", *TOP.glob("docs/*.md"), *TOP.glob("docs/guides/*.md"), *TOP.glob("docs/concepts/*.md")]
    found += TOP.glob("examples/*/README.md")
    return sorted(str(page.relative_to(TOP)) for page in found if "```console" in page.read_text(encoding="utf-8"))


def blocks(page: str) -> list[Block]:
    """What is to be run of a page, in its order."""
    text = (TOP / page).read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        said = dict(_REMARK.findall(match[1]))
        if match[3] != "console" and "file" not in said:
            continue
        unknown = set(said) - {"needs", "file"}
        assert not unknown, f"{page}: nothing is known of {unknown}"
        body = re.sub(f"^{match[2]}", "", match[4], flags=re.MULTILINE)
        line = text.count("\n", 0, match.start(2)) + 1
        typed = () if "file" in said else tuple(_typed(body, f"{page}:{line}"))
        found.append(Block(line, _lacks(said.get("needs", "")), said.get("file"), body, typed))
    return found


def _typed(body: str, where: str) -> list[Typed]:
    """``$ `` begins a command, ``> `` goes on with it, all else is what it prints."""
    found: list[tuple[list[str], list[str]]] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
            continue
        assert found, f"{where}: a block of commands begins with one"
        command, shown = found[-1]
        if line.startswith("> ") and not shown:
            command.append(line[2:])
        else:
            shown.append(line)
    return [Typed("\n".join(command), tuple(shown)) for command, shown in found]


def _lacks(needs: str) -> str:
    """What of ``needs`` is not here, in words; nothing if all is."""
    missing = [each for each in filter(None, needs.split(", ")) if not _is_here(each)]
    return " and ".join(NEEDS[name][1] if name in NEEDS else name for name in missing)


def _is_here(name: str) -> bool:
    if name in NEEDS:
        return NEEDS[name][0] in os.environ
    return importlib.util.find_spec(name) is not None or shutil.which(name) is not None
