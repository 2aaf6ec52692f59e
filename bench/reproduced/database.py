"""sqlite: a table is read, and another one written into a new database."""

# mypy: ignore-errors

import contextlib
import os
import sqlite3

import common
import features

os.makedirs("out", exist_ok=True)
with contextlib.closing(sqlite3.connect("data/table.db")) as source:
    rows = source.execute("select x, y from points order by x").fetchall()
with contextlib.closing(sqlite3.connect("out/fits.db")) as made, made:
    made.execute("create table fits (slope real, rate real)")
    made.execute("insert into fits values (?, ?)", (features.slope(rows), features.settings()["rate"]))
common.save(slope=features.slope(rows))
