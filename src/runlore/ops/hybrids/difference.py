"""A difference between two runs that can be had without the others."""

from typing import NamedTuple

CODE, PARAMS, ENVIRONMENT, DATA, MACHINE = "code", "params", "environment", "data", "machine"
PARTS = (PARAMS, CODE, DATA, ENVIRONMENT, MACHINE)
"""In the order in which they are looked at: what is quick to swap first."""


class Difference(NamedTuple):
    """One of them: the part it belongs to, what it is called, and for a person its lines, as in a patch.

    ``finer`` are the places of those that it is made of, if it can be taken apart: the lines of a file of data.
    """

    part: str
    label: str
    lines: tuple[str, ...] = ()
    finer: tuple[int, ...] = ()


class LeftOut(NamedTuple):
    """A difference that cannot have mattered, or cannot be swapped, and why."""

    label: str
    why: str
    can_matter: bool
