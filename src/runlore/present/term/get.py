"""`get`: what was put where, and what is missing."""

from runlore.ops.rebuilt import Got
from runlore.present.term.blocks import Frame, View, line
from runlore.present.term.checkout import from_dvc, missing
from runlore.present.term.phrases import short
from runlore.present.term.quantities import size
from runlore.records.phrases import counted


def view(got: Got, _frame: Frame) -> View:
    """``model.pt (output, 1.4 MiB) of run 3f9a2c1b: /home/ann/model.pt``."""
    what = got.role or counted(got.files, "file")
    head = line(f"{got.path} ({what}, {size(got.bytes)}) of run ", short(got.run), ": ", got.target)
    return View((head, *from_dvc(got.dvc), *missing(got.missing)))
