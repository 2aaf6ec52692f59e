"""pyarrow: one Parquet file mapped into memory, a partitioned folder of which a part is read."""

# mypy: ignore-errors

import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

whole = pq.read_table("data/train.parquet", memory_map=True)
parts = ds.dataset("data/parts", partitioning="hive")
some = parts.to_table(filter=pc.field("year") == 2021, columns=["a", "y"])
pq.write_table(some, "out/some.parquet")
ds.write_dataset(whole, "out/again", format="parquet", partitioning=["year"])
