"""duckdb: a database that is only queried, Parquet by a pattern, results to CSV and to a database of its own."""

# mypy: ignore-errors

import duckdb

with duckdb.connect("out/result.duckdb") as database:
    database.execute("attach 'data/train.duckdb' as source (read_only)")
    database.execute("create table means as select y, avg(a) as a from source.train group by y")
    database.execute("copy (select count(*) from 'data/parts/*/*.parquet') to 'out/count.csv'")
