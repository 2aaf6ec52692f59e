"""polars: lazy scans of Parquet and CSV, joined, and streamed to a file."""

# mypy: ignore-errors

import polars as pl

left = pl.scan_parquet("data/train.parquet").with_row_index()
right = pl.scan_csv("data/latest").with_row_index().select("index", pl.col("a").alias("again"))
left.join(right, on="index").group_by("y").agg(pl.col("again").mean()).sink_parquet("out/joined.parquet")
