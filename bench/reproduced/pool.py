"""multiprocessing: workers that are forked or spawned, each with a file of its own."""

# mypy: ignore-errors

import multiprocessing
import random
import sys

import common
import features


def work(number: int) -> float:
    """Resample the table."""
    draw = random.Random(number)  # noqa: S311 - a sample, no secret
    rows = features.table()
    found = features.slope([draw.choice(rows) for _ in rows])
    with open(f"out/part-{number}.txt", "w", encoding="utf-8") as file:
        file.write(f"{found!r}\n")
    return found


if __name__ == "__main__":
    common.save()
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        found = pool.map(work, range(4))
    common.save(slope=sum(found) / len(found))
