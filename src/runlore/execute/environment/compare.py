"""A rebuilt environment beside its record, package by package."""

import os
from collections.abc import Iterable, Iterator, Mapping

from runlore.capture.environment import read_environment
from runlore.capture.installed import altered, distributions
from runlore.capture.interpreter import Interpreter
from runlore.execute.environment.finding import DIFFERS, EXACT, MISSING, NEAREST, Finding
from runlore.records.environment import Environment, Package

_FEW = 3


def compare(recorded: Environment, found: Environment, excused: Mapping[str, str]) -> list[Finding]:
    """What is not as recorded; ``excused`` says why packages that are missing are."""
    findings = []
    if found.python != recorded.python:
        detail = f"{recorded.python} was recorded, and {found.python} is the nearest there is"
        findings.append(Finding("python", NEAREST, detail))
    for part in ("implementation", "platform"):
        before, now = getattr(recorded, part), getattr(found, part)
        if before != now:
            findings.append(Finding(part, DIFFERS, f"{before} was recorded, and this is {now}"))
    here = {package.name: package for package in found.packages}
    for package in recorded.packages:
        findings += _difference(package, here.pop(package.name, None), excused)
    findings += [Finding(name, DIFFERS, f"{each.version} is there, and not on record") for name, each in here.items()]
    return findings


def _difference(recorded: Package, found: Package | None, excused: Mapping[str, str]) -> Iterator[Finding]:
    if found is None:
        detail = excused.get(recorded.name) or f"{recorded.version} was recorded, and is not there"
        yield Finding(recorded.name, MISSING, detail)
    elif found.version != recorded.version:
        yield Finding(recorded.name, DIFFERS, f"{recorded.version} was recorded, and {found.version} is there")
    elif found.digest != recorded.digest:
        detail = f"{recorded.version}: another build of this version, with other files"
        yield Finding(recorded.name, DIFFERS, detail)
    elif (found.source, found.url) != (recorded.source, recorded.url):
        detail = f"{recorded.version} came from {_origin(recorded)}, and is now from {_origin(found)}"
        yield Finding(recorded.name, DIFFERS, detail)


def _origin(package: Package) -> str:
    return package.url or package.source or "an index"


def summary(environment: Environment) -> Finding:
    """What to say where nothing differs."""
    return Finding("environment", EXACT, f"Python {environment.python} and {len(environment.packages)} packages")


def verify(site: str, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Files that are not what the RECORD of their distribution says, by its name.

    Installers share files between environments and a cache by hard links, so that an edit in one environment
    is an edit in all. Read are those files that were written after the rest of their distribution.
    """
    wanted = set(names)
    found = {}
    for each in distributions(site):
        if each.name in wanted and (wrong := altered(each, thorough=False)):
            found[each.name] = tuple(wrong[:_FEW])
    return found


def read(interpreter: Interpreter) -> Environment:
    """The environment of an interpreter that has reported itself."""
    return read_environment(interpreter, None)


def site_of(prefix: str) -> str:
    """The folder of packages of the environment at ``prefix``."""
    for lib in ("lib", "lib64"):
        try:
            names = sorted(os.listdir(f"{prefix}/{lib}"))
        except OSError:
            continue
        for name in names:
            if os.path.isdir(site := f"{prefix}/{lib}/{name}/site-packages"):
                return site
    return f"{prefix}/lib/site-packages"
