"""A run that is spared: an earlier one was the same, and what it made is put where it belongs."""

import contextlib
import errno
import os
import shutil
import stat
import time
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.ops.describe import describe
from runlore.ops.execution import ExecResult, Listener, Order
from runlore.ops.indexing import note_begun
from runlore.ops.nested import REUSED, Nested, tell_outer
from runlore.ops.outside import Elsewhere
from runlore.ops.parts import Parts
from runlore.ops.rebuilt import UNCHANGED
from runlore.ops.recorded_files import made
from runlore.ops.tag import put_tags
from runlore.records import tree
from runlore.records.run import FileRef, Seal, encode_seal
from runlore.store import runs
from runlore.store.durable import fresh_name, writing
from runlore.store.lock import remove
from runlore.store.refs import Refs
from runlore.store.restore import Restorer
from runlore.store.runs import LiveRun
from runlore.store.store import Store


class Reuse(NamedTuple):
    """A run that is on record and will not be started: ``earlier`` has done what it would do.

    ``began`` is when it was asked for, in nanoseconds since 1970 UTC.
    """

    store: Store
    order: Order
    listener: Listener
    live: LiveRun
    earlier: Parts
    began: int

    def run(self) -> ExecResult:
        """Seal it with what the earlier one came to; its outputs are there before."""
        earlier = self.earlier.seal
        assert earlier is not None  # noqa: S101 - it succeeded
        note_begun(self.store, self.live.id)
        refs = Refs(self.store.layout, self.store.index)
        moves = put_tags(refs, self.order.tags, self.live.id, self.order.folder)
        runs.seal(self.store.layout, self.live.id, encode_seal(_sealed(earlier, self.live)))
        os.close(self.live.lock)
        tell_outer(self.order.outer, Nested(self.live.id, REUSED, self.began, (os.getpid(),)))
        return ExecResult(describe(self.store, refs, self.live.id), 0, interrupted=False, tag_moves=moves)


def _sealed(earlier: Seal, live: LiveRun) -> Seal:
    return earlier._replace(run=live.id, state="reused", ended_at=time.time_ns(), duration=0.0, usage={})


def restore_outputs(store: Store, top: str, earlier: Parts) -> None:
    """Put what the run made where it had made it; files that hold that already are left alone.

    Raises:
        CorruptError: something is damaged in the store; nothing was put anywhere.
        StoreWriteError: it cannot be written.
    """
    scratch = f"{store.layout.tmp}/{fresh_name()}"
    wanted = [ref for ref in made(store.objects, earlier)[0] if not _is_there(store, top, ref)]
    with store.unfinished(), writing("what the earlier run made"):
        os.mkdir(scratch)
        try:
            with Restorer(store.objects, scratch) as restorer:
                for ref in wanted:
                    path, digest = os.fsencode(ref.path.lstrip("/")), bytes.fromhex(ref.oid)
                    restorer.file(digest, ref.kind.encode(), path, ref.size)
            if restorer.missing:
                raise CorruptError(f'"{restorer.missing[0].path}" cannot be restored', hint="mlrun fsck")
            for ref in wanted:
                _place(os.path.join(scratch, ref.path.lstrip("/")), os.path.join(top, ref.path))
        finally:
            remove(scratch)


def _is_there(store: Store, top: str, ref: FileRef) -> bool:
    path = os.path.join(top, ref.path)
    if Elsewhere(store).status(path, ref) != UNCHANGED:
        return False
    return bool(os.stat(path).st_mode & stat.S_IXUSR) == (ref.kind.encode() == tree.EXECUTABLE)


def _place(source: str, target: str) -> None:
    """Move a file over what the run itself would write over; that keeps its permissions."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        before, now = os.stat(target).st_mode, os.stat(source).st_mode
        if not (before ^ now) & stat.S_IXUSR:
            os.chmod(source, stat.S_IMODE(before))
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = f"{target}.{fresh_name()}"
        try:
            shutil.copy2(source, beside)
            os.replace(beside, target)
        except OSError:
            remove(beside)
            raise
