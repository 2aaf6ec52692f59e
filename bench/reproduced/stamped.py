"""A new folder for each run, named by the time; what goes on is added to a log that was there before."""

# mypy: ignore-errors

import os
import time

import common
import features

folder = time.strftime("out/%Y%m%d-%H%M%S")
os.makedirs(folder)
slope = features.slope(features.table())
with open(f"{folder}/slope.txt", "w", encoding="utf-8") as file:
    file.write(f"{slope!r}\n")
print(f"{time.strftime('%H:%M:%S')} written to {folder} by process {os.getpid()}")
common.save(slope=slope)
