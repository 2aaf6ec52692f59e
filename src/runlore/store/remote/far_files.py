"""Files of an SFTP server, each read, written and listed in as few round trips as there can be."""

import contextlib
import re
from collections.abc import Iterator, Sequence

from runlore.errors import RemoteError
from runlore.store.durable import fresh_name
from runlore.store.remote.packets import (
    EOF,
    FSYNC,
    NO_SUCH_FILE,
    OK,
    POSIX_RENAME,
    Entry,
    Kind,
    Request,
    StatusError,
    attributes,
    check,
    code,
    data,
    entries,
    extended,
    handle,
    not_sftp,
    on_handle,
    on_path,
    open_new,
    open_to_read,
    reading,
    text,
    writing,
)
from runlore.store.remote.sftp import Session

UNFINISHED = ".tmp-"
"""How the name of a file begins that is being written."""
_NAME = re.compile(rb"(?!\.\.?\Z)[\x21-\x2e\x30-\x7e]{1,255}")
"""What a file of a remote may be called. Others (``..`` and line ends among them) are passed over."""
_AHEAD = 4
"""Answers about a folder that are asked for at once."""


def listed(session: Session, folders: Sequence[bytes]) -> Iterator[tuple[int, Entry]]:
    """What is in these folders, of each the place in the list; of one that is not there, nothing."""
    opened: dict[int, bytes] = {}
    for place, answer in enumerate(session.ask([on_path(Kind.OPENDIR, each) for each in folders], all_of_them=True)):
        if code(answer) != NO_SUCH_FILE:
            opened[place] = handle(answer)
    while opened:
        asked = [place for place in opened for _ in range(_AHEAD)]
        answers = session.ask([on_handle(Kind.READDIR, opened[place]) for place in asked], all_of_them=True)
        for place, answer in zip(asked, answers, strict=True):
            found = [] if code(answer) == EOF else entries(answer)
            if not found and place in opened:
                session.leave(on_handle(Kind.CLOSE, opened.pop(place)))
            yield from ((place, entry) for entry in found if _NAME.fullmatch(entry.name))


def get(session: Session, path: bytes, start: int, length: int | None) -> tuple[bytes, int]:
    """The bytes of a file from ``start`` on, as far as there are any, and how many were wanted."""
    looking = [on_path(Kind.STAT, path)] if length is None else []
    opened, *looked = session.ask([open_to_read(path), *looking], all_of_them=True)
    file = handle(opened)
    try:
        wanted = max(0, attributes(looked[0]).size - start) if length is None else length
        return b"".join(_pieces(session, file, start, wanted)), wanted
    finally:
        session.leave(on_handle(Kind.CLOSE, file))


def _pieces(session: Session, file: bytes, start: int, length: int) -> Iterator[memoryview]:
    """The bytes of an open file, as far as there are any."""
    piece, end = session.piece, start + length
    while start < end:
        places = range(start, end, piece)  # of a size that a server has made up, only the first are ever asked for
        asked = (reading(file, at, min(piece, end - at)) for at in places)
        for at, answer in zip(places, session.ask(asked), strict=False):
            size = min(piece, end - at)
            found = memoryview(b"") if code(answer) == EOF else data(answer)
            if not found:
                return
            if len(found) > size:
                raise not_sftp()
            yield found
            start += len(found)
            if len(found) < size:  # allowed anywhere; what came after it does not follow
                piece = max(len(found), 4096)
                break


def put(session: Session, path: bytes, content: bytes | memoryview, *, new: bool) -> bool:
    """Give a file these bytes, durably, by way of another name in its folder; False if there is one and none may be."""
    above = path.rpartition(b"/")[0] or b"/"
    temporary = path[: path.rindex(b"/") + 1] + UNFINISHED.encode() + fresh_name().encode()
    file, folder = _opened(session, temporary, above)
    try:
        check(session.ask(_filling(session, file, memoryview(content))))
        return _named(session, temporary, path, folder, new=new)
    except StatusError:
        with contextlib.suppress(RemoteError):
            session.ask([on_handle(Kind.CLOSE, file), on_path(Kind.REMOVE, temporary)], all_of_them=True)
        raise
    finally:
        if folder:
            session.leave(on_handle(Kind.CLOSE, folder))


def _opened(session: Session, path: bytes, above: bytes) -> tuple[bytes, bytes]:
    """A new file and its folder, open; the folders are made if that turns out to be needed.

    Nothing stands for the folder where it could not be made durable anyway.
    """
    wanted = [open_new(path), *([open_to_read(above)] if session.has(FSYNC) else [])]
    answers = session.ask(wanted, all_of_them=True)
    if code(answers[0]) == NO_SUCH_FILE:
        parts = above.split(b"/")
        folders = [b"/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        made = session.ask([on_path(Kind.MKDIR, each) for each in folders if each], all_of_them=True)
        answers = session.ask(wanted, all_of_them=True)
        if code(answers[0]) == NO_SUCH_FILE:
            check(made[-1:])
    return handle(answers[0]), b"".join(handle(each) for each in answers[1:] if code(each) == OK)


def _filling(session: Session, file: bytes, view: memoryview) -> Iterator[Request]:
    """Write, make durable, close: in the order in which a server does them."""
    for at in range(0, len(view), session.piece):
        yield writing(file, at, view[at : at + session.piece])
    if session.has(FSYNC):
        yield extended(FSYNC, file)
    yield on_handle(Kind.CLOSE, file)


def _named(session: Session, temporary: bytes, path: bytes, folder: bytes, *, new: bool) -> bool:
    """Give a finished file its name; False if another has it and is to keep it.

    The folder is made durable in the same breath. Not every file system can, and then there is nothing to be done.
    """
    after = [extended(FSYNC, folder)] if folder else []
    if not new and session.has(POSIX_RENAME):
        check(session.ask([extended(POSIX_RENAME, temporary, path), *after])[:1])
        return True
    rename = Request(Kind.RENAME, text(temporary) + text(path))
    done, *_ = session.ask([rename, *after])
    if code(done) == OK:
        return True
    (there,) = session.ask([on_path(Kind.LSTAT, path)])
    if code(there) != OK:
        check([done])
    if new:
        session.ask([on_path(Kind.REMOVE, temporary)])
        return False
    check(session.ask([on_path(Kind.REMOVE, path), rename, *after])[:2])
    return True
