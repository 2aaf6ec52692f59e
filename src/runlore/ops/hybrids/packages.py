"""Two environments side by side: package by package, so that each can be had as in the one or in the other."""

from collections.abc import Collection
from typing import NamedTuple

from runlore.execute.environment.recorded import load
from runlore.ops.hybrids.difference import LeftOut
from runlore.ops.parts import Parts
from runlore.records.environment import Environment, Package
from runlore.store.store import Store

PYTHON = "python"
"""Stands for the interpreter, which is no package."""
_NEVER_IMPORTED = "neither run imported it"


class Environments(NamedTuple):
    """Both, and the names of what differs and may matter."""

    a: Environment
    b: Environment
    names: tuple[str, ...]

    def mixed(self, chosen: Collection[str]) -> Environment:
        """The first with what is named as in the second. What cannot matter stays as in the first."""
        base = self.b if PYTHON in chosen else self.a
        old, new = ({each.name: each for each in side.packages} for side in (self.a, self.b))
        found = {**old}
        for name in chosen:
            if name in new:
                found[name] = new[name]
            else:
                found.pop(name, None)
        return base._replace(packages=tuple(found[name] for name in sorted(found)))

    def label(self, name: str) -> str:
        """What a person calls the difference."""
        if name == PYTHON:
            return f"python {self.a.python} -> {self.b.python}"
        old, new = (next((each for each in side.packages if each.name == name), None) for side in (self.a, self.b))
        if old is None or new is None:
            there = new or old
            return f"{name} {there.version if there else ''} only in {'b' if new else 'a'}"
        return f"{name} {old.version} -> {new.version}" if old.version != new.version else f"{name} another build"


def environments(store: Store, a: Parts, b: Parts, left_out: list[LeftOut]) -> Environments | None:
    """How the environments differ; ``None`` if they do not. Into ``left_out`` what cannot have mattered."""
    old, new = a.recipe.environment, b.recipe.environment
    if old == new:
        return None
    if old is None or new is None:
        left_out.append(
            LeftOut("environment", f"run {'a' if old is None else 'b'} has none on record", can_matter=True)
        )
        return None
    left, right = load(store, old), load(store, new)
    seen = [parts.seal.imported if parts.seal else None for parts in (a, b)]
    imported = None if None in seen else {name for each in seen for name in each or ()}
    before, after = ({each.name: each for each in side.packages} for side in (left, right))
    names = []
    if _interpreter(left) != _interpreter(right):
        names.append(PYTHON)
    both = Environments(left, right, ())
    for name in sorted(before.keys() | after.keys()):
        if _same(before.get(name), after.get(name)):
            continue
        if imported is not None and name not in imported:
            left_out.append(LeftOut(both.label(name), _NEVER_IMPORTED, can_matter=False))
        else:
            names.append(name)
    return both._replace(names=tuple(names))


def _interpreter(found: Environment) -> tuple[str, str, str]:
    return found.python, found.implementation, found.platform


def _same(a: Package | None, b: Package | None) -> bool:
    return a == b
