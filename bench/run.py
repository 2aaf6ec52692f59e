"""Every benchmark and one table of them all; the exit status is 1 if a limit was missed."""

import sys

from curves import measure as curves
from data import measure as data
from diff import measure as diff
from environment import measure as environment
from exec import measure as exec_
from find import measure as find
from lineage import measure as lineage
from log import measure as log
from measure import Row, finish
from observe import measure as observe
from parallel import measure as parallel
from reproduce import measure as reproduce
from restore import measure as restore
from startup import measure as startup

if __name__ == "__main__":
    rows: list[Row] = []
    for name, measure in (
        ("startup", startup),
        ("exec", exec_),
        ("data", data),
        ("diff", diff),
        ("find", find),
        ("restore", restore),
        ("reproduce", reproduce),
        ("parallel", parallel),
        ("log", log),
        ("observe", observe),
        ("environment", environment),
        ("curves", curves),
        ("lineage", lineage),
    ):
        print(f"{name} ...", file=sys.stderr)
        rows += measure()
    finish(rows)
