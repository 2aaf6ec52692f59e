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
    close = meant(word, [*VERBS, *ALIASES])
    if _runs(word, folder):
        hint = f"mlrun exec {shlex.quote(word)} runs and records it"
    elif close:
        hint = close
    else:
        hint = "mlrun --help lists the commands"
    return UsageError(f'there is no command "{word}"', hint=hint)


def meant(word: str, known: Sequence[str]) -> str | None:
    """A hint at those of the ``known`` words that are much like it, if there are any."""
    close = get_close_matches(word, known, n=2)
    return f"did you mean {' or '.join(close)}" if close else None


def _runs(word: str, folder: str) -> bool:
    """Whether ``word`` is a script, a file or a program."""
    return word.endswith((".py", ".sh")) or os.path.isfile(os.path.join(folder, word)) or bool(shutil.which(word))
