"""What `mlrun help` explains: the commands by their own help, and topics by a file of this folder each."""

import os
from typing import TYPE_CHECKING

from runlore.cli.suggest import meant
from runlore.cli.verbs import ALIASES, TOPICS, VERBS
from runlore.errors import UsageError

if TYPE_CHECKING:
    from typer._click.core import Context


def text_of(word: str | None, root: "Context") -> str:
    """The help of a command, of a topic, or of mlrun itself.

    Raises:
        UsageError: there is nothing of that name.
    """
    if word is None:
        return f"{root.get_help()}\n"
    if word in TOPICS:
        with open(os.path.join(os.path.dirname(__file__), f"{word}.txt"), encoding="utf-8") as file:
            return file.read()
    if word not in VERBS and word not in ALIASES:
        hint = meant(word, [*VERBS, *ALIASES, *TOPICS]) or "mlrun help lists both"
        raise UsageError(f'there is no command or topic "{word}"', hint=hint)
    command = root.command.get_command(root, word)  # type: ignore[attr-defined]  # a group's method
    with command.make_context(word, [], parent=root, resilient_parsing=True) as context:
        return f"{context.get_help()}\n"
