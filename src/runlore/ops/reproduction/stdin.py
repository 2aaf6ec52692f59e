"""The file that a run read as its standard input, given to the run that repeats it."""

import contextlib
import os
from collections.abc import Iterator

from runlore.errors import CannotRebuildError
from runlore.ops.parts import Parts
from runlore.ops.reproduction.folder import Folder
from runlore.store.durable import reason


@contextlib.contextmanager
def standard_input(parts: Parts, folder: Folder) -> Iterator[None]:
    """For as long, descriptor 0 is that file as it lies in ``folder`` or beside it; ours, if the run had none.

    Raises:
        CannotRebuildError: it cannot be opened.
    """
    inputs = parts.seal.inputs if parts.seal else ()
    path = next((ref.path for ref in inputs if ref.role == "stdin"), None)
    if path is None:
        yield
        return
    where = os.path.join(folder.path, path)
    if path.startswith("/") and folder.root and os.path.exists(folder.root + path):
        where = folder.root + path
    try:
        file = os.open(where, os.O_RDONLY)
    except OSError as error:
        raise CannotRebuildError(f'"{path}", its standard input, cannot be opened: {reason(error)}') from error
    ours = os.dup(0)
    try:
        os.dup2(file, 0)
        os.close(file)
        yield
    finally:
        os.dup2(ours, 0)
        os.close(ours)
