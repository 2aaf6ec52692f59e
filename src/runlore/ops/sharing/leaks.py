"""Secrets in the files of runs that are about to leave: found by the rules of capture, and none left unsearched."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runlore.capture.secret_search import Search
from runlore.errors import RefusedError
from runlore.ops.author import author_of
from runlore.ops.sharing.bundle import Sealed
from runlore.records.phrases import counted
from runlore.store import settings
from runlore.store.refs import Refs
from runlore.store.store import Store

_EVERYTHING = 1 << 62
"""Bytes that may be searched: what a run's own search had no time for is searched now. What was is remembered."""
_SHOWN = 5
_ALLOW = "allow"
_REF = "secret/"


class Leak(NamedTuple):
    """A secret in a file of a run: where it is, by which rule, and the fingerprint by which it can be allowed."""

    path: str
    line: int
    rule: str
    fingerprint: str


def check(store: Store, refs: Refs, sealed: Iterable[Sealed], allow: Sequence[str], folder: str) -> None:
    """Return if nothing that looks like a secret is in the files of these runs, but what is or was allowed.

    Those in ``allow``, which are fingerprints, are allowed from now on; the store remembers by whom.

    Raises:
        RefusedError: there is one.
    """
    before = {event.ref.removeprefix(_REF) for event in refs.about(_REF)}
    harmless = (*settings.limits(store.layout).made_up.split(), *before, *allow)
    left = list(_found(store, sealed, harmless))
    if left:
        raise _refusal(left)
    for fingerprint in dict.fromkeys(allow):
        if fingerprint not in before:
            refs.add(f"{_REF}{fingerprint}", _ALLOW, {}, author_of(folder))


def _found(store: Store, sealed: Iterable[Sealed], harmless: Sequence[str]) -> Iterator[Leak]:
    seen: set[Leak] = set()
    for each in sealed:
        search = Search(store.objects, store.stats, store.secret_key, _EVERYTHING, made_up=harmless)
        for recipe in each.recipes:
            search.recipe(recipe)
        if each.intent.patch is not None:
            search.blob("patch", "", each.intent.patch)
        search.inputs((*each.intent.inputs, *each.seal.inputs))
        for one in search.found()[0]:
            leak = Leak(str(one["path"]), int(one["line"]), str(one["rule"]), str(one["fingerprint"]))
            if leak not in seen:
                seen.add(leak)
                yield leak


def _refusal(left: Sequence[Leak]) -> RefusedError:
    shown = [f'"{each.path}" line {each.line:,} ({each.rule}, {each.fingerprint})' for each in left[:_SHOWN]]
    more = f", and {len(left) - _SHOWN:,} more" if len(left) > _SHOWN else ""
    words = " ".join(f"--allow-secret {each}" for each in dict.fromkeys(each.fingerprint for each in left[:_SHOWN]))
    return RefusedError(
        f"{counted(len(left), 'secret')} would leave: {', '.join(shown)}{more}",
        hint=f"nothing was sent; if that is meant: mlrun push {words}; if it is none: mlrun config secrets.made-up",
    )
