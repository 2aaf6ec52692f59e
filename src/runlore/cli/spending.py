"""``--budget``: what may be spent on new runs."""

import re

from runlore.cli.options import seconds
from runlore.errors import UsageError
from runlore.ops.hybrids.trials import Budget

RUNS = 50
"""Where nothing is said."""


def spend(text: str) -> Budget:
    """``20`` for as many runs, ``2h`` for as long, ``20,2h`` for both; raises `UsageError`."""
    runs: int | None = None
    time: float | None = None
    for each in text.split(","):
        if re.fullmatch("[0-9]{1,6}", each.strip()):
            runs = int(each)
        else:
            try:
                time = seconds(each)
            except UsageError:
                raise UsageError(f'--budget cannot be "{text}"', hint="write 20 for runs, 2h, or 20,2h") from None
    return Budget(runs, time)
