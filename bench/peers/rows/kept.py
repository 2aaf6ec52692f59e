"""What is kept of a project in which little is committed: each file's own text is looked for in what a tool stored."""

import os
import subprocess
from collections.abc import Iterable, Iterator

from peers.peer import Peer
from peers.place import WRITES, Place, Script, unharmed
from peers.table import Table
from peers.turns import Effort

_MARK = "only-in-{}-7c3e91"
_IMPORTS = (
    "import json, sys, time\nimport committed, staged, untracked, ignored\nimport lib.tool, lib.fresh\n# {mark}\n"
)
_BODY = (
    """settings = open({top!r} + "/local.yaml").read()
weights = open({top!r} + "/weights.bin", "rb").read()
rows = open({top!r} + "/data/train.csv").read()
outside = open({outside!r}).read()
for step in range(20):
    sys.stdout.write(f"\\repoch {{step}}/19")
    sys.stdout.flush()
print(len(settings) + len(weights) + len(rows) + len(outside))
open({top!r} + "/model.bin", "wb").write(bytes(range(256)))
"""
    + WRITES
)
ROWS = {
    "edit": "unstaged edit of a tracked file",
    "staged": "staged new file",
    "untracked": "untracked imported module",
    "ignored": "git-ignored imported module",
    "config": "git-ignored configuration that is read",
    "data": "git-ignored data that is read, not declared",
    "outside": "file outside the repository",
    "binary": "modified tracked binary",
    "submodule": "edited file in a submodule",
    "fresh": "untracked file in a submodule",
    "unpushed": "file of a commit that was not pushed",
    "packages": "package that only the training interpreter has",
}
_PACKAGE = b"3.1.4"


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    """A line for each row, a column for each tool."""
    del effort
    columns = {peer.title: _column(peer, f"{folder}/{peer.name}") for peer in peers}
    lines = [(text, *(column[row] for column in columns.values())) for row, text in ROWS.items()]
    lines.append(("the script's exit status there", *(column["status"] for column in columns.values())))
    yield Table("What is kept of a dirty project", ("", *columns), lines)


def _column(peer: Peer, folder: str) -> dict[str, str]:
    try:
        place = peer.project(folder, peer.script(Script("", "print('old')")))
        status = _run_dirty(peer, place)
        return {**_found(peer.kept(place)), "status": status}
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return {**dict.fromkeys(ROWS, "?"), "status": " ".join(str(error).split())[-120:]}
    finally:
        unharmed(peer.name)


def _run_dirty(peer: Peer, place: Place) -> str:
    _library(place)
    place.write("weights.bin", bytes(200))
    place.git("submodule", "add", "-q", f"{place.beside}/library", "lib")
    place.commit()
    peer.set_up(place)
    place.write("committed.py", f"X = '{_MARK.format('unpushed')}'\n")
    place.git("add", "committed.py")
    place.git("commit", "-q", "-m", "not pushed")
    place.write("staged.py", f"X = '{_MARK.format('staged')}'\n")
    place.git("add", "staged.py")
    outside = f"{place.beside}/extra.csv"
    body = _BODY.format(top=place.top, outside=outside)
    place.write("train.py", peer.script(Script(_IMPORTS.format(mark=_MARK.format("edit")), body)))
    place.write("untracked.py", f"X = '{_MARK.format('untracked')}'\n")
    place.write("ignored.py", f"X = '{_MARK.format('ignored')}'\n")
    place.write("weights.bin", bytes(range(200)) + _MARK.format("binary").encode() + bytes(20))
    place.write("lib/tool.py", f"X = '{_MARK.format('submodule')}'\n")
    place.write("lib/fresh.py", f"X = '{_MARK.format('fresh')}'\n")
    place.write("local.yaml", f"name: {_MARK.format('config')}\n")
    place.write("data/train.csv", f"{_MARK.format('data')},1\n")
    with open(outside, "w", encoding="utf-8") as file:
        file.write(f"{_MARK.format('outside')},2\n")
    done = subprocess.run(
        peer.track(place), cwd=place.top, env=place.variables, stdin=subprocess.DEVNULL, capture_output=True,
        check=False, timeout=300,
    )  # fmt: skip
    return (
        str(done.returncode) if os.path.exists(f"{place.top}/model.bin") else f"{done.returncode}, not run to its end"
    )


def _library(place: Place) -> None:
    """A repository of its own, to be the submodule."""
    top = f"{place.beside}/library"
    os.mkdir(top)
    library = place._replace(top=top)
    library.git("init", "-q", "-b", "main")
    library.write("tool.py", "X = 1\n")
    library.write("__init__.py", "")
    library.commit()


def _found(store: Iterable[bytes]) -> dict[str, str]:
    marks = {row: _MARK.format(row).encode() for row in ROWS} | {"packages": _PACKAGE}
    found: set[str] = set()
    for piece in store:
        found.update(row for row, mark in marks.items() if mark in piece)
    return {row: "yes" if row in found else "no" for row in ROWS}
