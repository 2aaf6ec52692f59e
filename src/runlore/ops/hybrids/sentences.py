"""What causes are called, and the sentence that names them."""

import math
import re
from collections.abc import Sequence

from runlore.insight.cause.search import Cause
from runlore.ops.hybrids.difference import PARAMS, Difference
from runlore.ops.hybrids.mixture import Mixture
from runlore.records.seedless import is_seed

_KEY = re.compile(r"""[-+][\s{,]*["']?([\w-]+)["']?\s*[:=]""")


def labels_of(mixture: Mixture, items: Sequence[int]) -> list[str]:
    """What a person calls these differences."""
    return [mixture.differences[item].label for item in items]


def short(labels: Sequence[str], most: int = 3) -> str:
    """The first few."""
    rest = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(labels[:most]) + rest


def is_of_seed(found: Difference) -> bool:
    """Whether it is a seed that differs: an option, or a key of a config file."""
    if found.lines:
        keys = [_KEY.match(each) for each in found.lines]
        return found.part == PARAMS and all(key is not None and is_seed(key[1]) for key in keys)
    return is_seed(found.label.split(" ", 1)[0].lstrip("-+").replace("-", "_"))


def sentence(metric: str, causes: Sequence[Cause], labels: Sequence[Sequence[str]]) -> str:
    """The answer, where it is known; ``labels`` are those of each cause."""
    first = " together with ".join(labels[0])
    if len(causes) == 1:
        more = "" if causes[0].needed is not False else "; something else would have made it too"
        return f"{metric} changed because of {first}{more}"
    shares = [f"{' together with '.join(each)} ({cause.share:.0%})" for cause, each in zip(causes, labels, strict=True)]
    return f"{metric} changed because of {', '.join(shares)}"


def cost(groups: Sequence[Sequence[int]]) -> int:
    """Runs that a single cause takes at most, where every run comes to the same again."""
    if not groups:
        return 0
    alone = len(groups) if len(groups) > 1 else 0
    return 4 + alone + math.ceil(math.log2(max(map(len, groups))))
