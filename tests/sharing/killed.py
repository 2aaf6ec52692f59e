"""Push from the folder in the first argument, and die by SIGKILL before the operation whose number is the second."""

import os
import signal
import sys

from tests.sharing.faults import Watched

from runlore.ops.push import PushRequest, push
from runlore.ops.sharing import link
from runlore.store.remote import cutting, packing
from runlore.store.remote.opening import connect

packing.PACK, cutting.SEGMENT = 4096, 300 << 10
left = int(sys.argv[2])


def count(_operation: str, _name: str) -> None:
    global left  # noqa: PLW0603 - this is a script
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1


setattr(link, "connect", lambda *words, **options: Watched(connect(*words, **options), count, lambda *_: None))  # noqa: B010 - not exported
push(sys.argv[1], PushRequest((), None), os.environ, lambda *_: None)
