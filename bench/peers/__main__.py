"""mlrun beside its peers: ``python bench/peers [PEER...] [--rows ROW,...] [--envs DIR] [--markdown]``.

uv installs each peer in an environment of its own below DIR, which is kept for the next time; the variable
``RUNLORE_PEERS`` names DIR, too. Without one it is a temporary folder. ``mlrun`` as the only PEER installs nothing.
"""

import argparse
import datetime as dt
import os
import platform
import sys
import time
from collections.abc import Iterator

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # not this folder, which has modules of peers

from measure import scratch
from peers.environments import PACKAGES, NotInstallable, ready, version
from peers.peer import Peer
from peers.rows import ROWS
from peers.tools import TOOLS
from peers.tools.ours import Mlrun
from peers.turns import OURS, Effort

from runlore.version import __version__


def main() -> None:
    asked = _arguments()
    effort = Effort(1, 100) if asked.small else Effort(asked.rounds)
    with scratch() as folder:
        if folder.startswith("/dev/"):
            sys.exit(f"TMPDIR is {os.path.dirname(folder)}; name a folder elsewhere: ReproZip keeps nothing of /dev")
        tools = [Mlrun(), *_installed(asked.peers or list(PACKAGES), os.path.abspath(asked.envs or f"{folder}/envs"))]
        _say_where(effort.rounds)
        for row in asked.rows.split(","):
            began = time.monotonic()
            place = os.path.join(folder, row)
            os.mkdir(place)
            for table in ROWS[row](tools, place, effort):
                print(table.markdown() if asked.markdown else table.text(), flush=True)
            print(f"{row}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python bench/peers", description="mlrun beside its peers")
    parser.add_argument("peers", nargs="*", metavar="PEER", help=", ".join(PACKAGES))
    parser.add_argument("--rows", default=",".join(ROWS), help="which, with commas between (default: %(default)s)")
    parser.add_argument("--envs", default=os.environ.get("RUNLORE_PEERS"), help="a folder for what is installed")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is taken (default: %(default)s)")
    parser.add_argument("--small", action="store_true", help="a hundredth of each, once, to see that all works")
    parser.add_argument("--markdown", action="store_true", help="the tables for a page")
    asked = parser.parse_args()
    for kind, given, known in (("peer", asked.peers, [*PACKAGES, OURS]), ("row", asked.rows.split(","), list(ROWS))):
        for word in given:
            if word not in known:
                parser.error(f'no {kind} is called "{word}"; there are {", ".join(known)}')
    return asked


def _installed(names: list[str], home: str) -> Iterator[Peer]:
    """Those that can be had; of the others it is said why not."""
    for name in names:
        if name != OURS:
            try:
                yield TOOLS[name](ready(home, name))
            except NotInstallable as error:
                print(f"{name} {version(name)} is left out: {error}\n")


def _say_where(rounds: int) -> None:
    versions = ", ".join(f"{TOOLS[name].title} {version(name)}" for name in PACKAGES)
    today = dt.datetime.now(tz=dt.UTC).date()
    load = os.getloadavg()[0]
    print(f"{today}, Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}, medians of {rounds}")
    print(f"mlrun {__version__}; {versions}\n")


if __name__ == "__main__":
    main()
