"""What somebody may have meant who typed a command that does not exist."""

import os
import shlex
import shutil
from collections.abc import Sequence
from difflib import get_close_matches

from runlore.cli.verbs import ALIASES, VERBS
from runlore.errors import UsageError


def no_such_command(args: Sequence[str], folder: str) -> UsageError:
    """The error for a command line that begins with no command of ours: a slip, or something to run."""
    word = args[0]
    close = get_close_matches(word, [*VERBS, *ALIASES], n=2)
    if _runs(word, folder):
        hint = f"mlrun exec {shlex.quote(word)} runs and records it"
    elif close:
        hint = f"did you mean {' or '.join(close)}"
    else:
        hint = "mlrun --help lists the commands"
    return UsageError(f'there is no command "{word}"', hint=hint)


def _runs(word: str, folder: str) -> bool:
    """Whether ``word`` is a script, a file or a program."""
    return word.endswith((".py", ".sh")) or os.path.isfile(os.path.join(folder, word)) or bool(shutil.which(word))
