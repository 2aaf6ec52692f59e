"""sqlite3: one database is queried, another is made."""

# mypy: ignore-errors

import sqlite3

source, target = sqlite3.connect("data/train.db"), sqlite3.connect("out/means.db")
rows = source.execute("select y, avg(a), avg(b) from train group by y").fetchall()
target.execute("create table means (y, a, b)")
target.executemany("insert into means values (?, ?, ?)", rows)
target.commit()
