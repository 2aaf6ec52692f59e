"""A run that is spared: an earlier one was the same, and what it made is put where it belongs."""

import os
import shutil
import time
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.ops.describe import describe, note_begun
from runlore.ops.execution import ExecResult, Listener, Order
from runlore.ops.parts import Parts
from runlore.ops.tag import put_tags
from runlore.records.run import Seal, encode_seal
from runlore.store import runs
from runlore.store.durable import fresh_name, writing
from runlore.store.lock import remove
from runlore.store.refs import Refs
from runlore.store.restore import Restorer
from runlore.store.runs import LiveRun
from runlore.store.store import Store
from runlore.store.whole import entry_of


class Reuse(NamedTuple):
    """A run that is on record and will not be started: ``earlier`` has done what it would do."""

    store: Store
    order: Order
    listener: Listener
    live: LiveRun
    earlier: Parts

    def run(self) -> ExecResult:
        """Seal it with what the earlier one came to; its outputs are there before."""
        earlier = self.earlier.seal
        assert earlier is not None  # noqa: S101 - it succeeded
        note_begun(self.store, self.live.id)
        refs = Refs(self.store.layout, self.store.index)
        moves = put_tags(refs, self.order.tags, self.live.id, self.order.folder)
        runs.seal(self.store.layout, self.live.id, encode_seal(_sealed(earlier, self.live)))
        os.close(self.live.lock)
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
    with store.unfinished(), writing("what the earlier run made"):
        os.mkdir(scratch)
        try:
            with Restorer(store.objects, scratch) as restorer:
                for ref in earlier.outputs:
                    restorer.put(entry_of(ref), os.fsencode(ref.path.lstrip("/")))
            if restorer.missing:
                raise CorruptError(f'"{restorer.missing[0].path}" cannot be restored', hint="mlrun fsck")
            for ref in earlier.outputs:
                _place(os.path.join(scratch, ref.path.lstrip("/")), os.path.join(top, ref.path))
        finally:
            remove(scratch)


def _place(source: str, target: str) -> None:
    """Move a file, or each file of a folder, over what the run itself would write over."""
    if os.path.isdir(source) and not os.path.islink(source):
        for name in os.listdir(source):
            _place(f"{source}/{name}", f"{target}/{name}")
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        os.replace(source, target)
    except OSError:  # another file system
        beside = f"{target}.{fresh_name()}"
        shutil.move(source, beside)
        os.replace(beside, target)
