"""A recipe with the seed taken out: runs that agree in what is left are draws of one experiment."""

import functools
import re
from collections.abc import Iterator, Sequence

from runlore.records.hashing import blob_digest
from runlore.records.run import Recipe

_HASHING = "PYTHONHASHSEED"
_BYTES = 16


@functools.lru_cache(maxsize=4096)
def is_seed(name: str) -> bool:
    """Whether a parameter, option, config key or variable of this name seeds a random generator.

    ``seed``, ``random_state`` and ``rng``, alone or behind a prefix (``data.seed``, ``np_random_seed``), also numbered;
    ``manualSeed``, ``seed_everything``.
    """
    return name == _HASHING or _pattern().fullmatch(name) is not None


@functools.cache
def _pattern() -> re.Pattern[str]:
    # Made when it is first needed: exec loads this module and needs none of it before its command has started.
    return re.compile(r"(?i:(?:.*[._\W])?(?:seed|random_state|rng)(?:[._]?\d+)?|(?:.*\.)?seed_.*)|.*[a-z]Seed")


def without_seed(argv: Sequence[str]) -> Iterator[str]:
    """The words but for a seed and its value."""
    words = iter(argv)
    for word in words:
        name, equals, _ = word.lstrip("-+").partition("=")
        if not is_seed(name):
            yield word
        elif not equals and word.startswith("-"):
            next(words, None)


def seedless(recipe: Recipe) -> str:
    """Hex digits that two recipes share that are one but for seeds, the code, and what is in their config files.

    Of config files only the paths count here: what they say is among the parameters. That, and the code, is for the
    caller to compare: a tree cannot be named without one of its files unless all folders above it are read.
    """
    config = {each["path"] for each in recipe.config}
    what = (
        tuple(without_seed(recipe.argv)),
        recipe.cwd,
        recipe.environment,
        sorted((key, repr(value)) for key, value in recipe.params.items() if not is_seed(key)),
        sorted(config),
        sorted((each["path"], each["oid"]) for each in recipe.inputs if each["path"] not in config),
        sorted(each for each in recipe.variables.items() if not is_seed(each[0])),
    )
    return blob_digest(repr(what).encode("utf-8", "surrogatepass"))[:_BYTES].hex()


def seed_of(recipe: Recipe) -> str:
    """All that `seedless` leaves out of words, parameters and variables."""
    left = set(without_seed(recipe.argv))
    named = (sorted(each for each in table.items() if is_seed(each[0])) for table in (recipe.params, recipe.variables))
    return repr((*named, [word for word in recipe.argv if word not in left]))
