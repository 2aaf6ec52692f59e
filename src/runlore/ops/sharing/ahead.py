"""What is to be pushed, found out while the remote is being reached: to begin a connection takes as long as that."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TypeVar

from runlore.ops.counted import Progress
from runlore.ops.sharing.link import Link, learn, look, say_asking
from runlore.store.remote.port import Stat

T = TypeVar("T")


class _NewsError(Exception):
    """The remote has something that we did not know of."""


def planned(link: Link, plan: Callable[[Progress], T], progress: Progress) -> tuple[dict[str, Stat], T]:
    """What is in the index of the remote, which is known then, and what ``plan`` makes of what is known.

    The plan is begun with what was known before, and anew as soon as it turns out that the remote has news. Progress is
    told once the remote has answered: until then ssh may be asking somebody for a passphrase.

    Raises:
        RemoteError: as `look`; as soon as the plan tells of progress, however long it will take.
    """
    say_asking(link, progress)
    coming: Future[dict[str, Stat]] = Future()
    threading.Thread(target=_look, args=(link, coming), daemon=True).start()
    open_: list[bool] = []

    def watched(what: str, done: int, total: int) -> None:
        if not open_ and coming.done():
            if _has_news(link, coming.result()):
                raise _NewsError
            open_.append(True)
        if open_:
            progress(what, done, total)

    try:
        found = plan(watched)
    except _NewsError:
        pass
    else:
        there = coming.result()
        if not _has_news(link, there):
            return there, found
    there = coming.result()
    learn(link, there)
    return there, plan(progress)


def _look(link: Link, coming: Future[dict[str, Stat]]) -> None:
    try:
        coming.set_result(look(link, may_be_new=True))
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
        coming.set_exception(error)


def _has_news(link: Link, there: Mapping[str, Stat]) -> bool:
    return bool(link.known.noted_files()) or not link.known.is_up_to_date(there)
