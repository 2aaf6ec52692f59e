"""A module that lies outside the project, on PYTHONPATH, one in a zip file, and a package's data."""

# mypy: ignore-errors

import os
import sys
import zipfile
from importlib import import_module

import elsewhere

with zipfile.ZipFile("out/packed.zip", "w") as file:
    file.writestr("packed.py", "VALUE = 3\n")
sys.path.insert(0, "out/packed.zip")
with open("out/value.txt", "w", encoding="utf-8") as out:
    print(elsewhere.FACTOR * import_module("packed").VALUE, os.getcwd() != "/", file=out)
