"""Keys of filters and columns that are like one that does not exist."""

import difflib
from collections.abc import Callable, Sequence

from runlore.errors import UsageError
from runlore.records.phrases import named

_LONGEST = 200
"""Characters of a key for which one that is like it is looked for."""
_CLOSE = 0.7


def no_key(message: str, key: str, known: Sequence[str], shown: Callable[[str], str]) -> UsageError:
    """The error that says so, with the keys that are like it, or else some of those that there are; as ``shown``."""
    close = _like(key, known) if len(key) <= _LONGEST else []
    hint = f"did you mean {' or '.join(map(shown, close))}" if close else f"there are {named(map(shown, known))}"
    return UsageError(message, hint=hint)


def _like(key: str, known: Sequence[str]) -> list[str]:
    """Up to three that end as ``key`` does, or else whose names are like its own, case aside."""
    last = key.rpartition(".")[2].casefold()
    if last and (same := [each for each in known if each.rpartition(".")[2].casefold() == last]):
        return same[:3]
    kind = key.partition(".")[0]
    prefix = f"{kind}." if kind in ("params", "metrics") else ""  # which all of them share, and so says nothing
    names = {each.removeprefix(prefix).casefold(): each for each in known if each.startswith(prefix)}
    wanted = key.removeprefix(prefix).casefold()
    return [names[each] for each in difflib.get_close_matches(wanted, names, n=3, cutoff=_CLOSE)]
