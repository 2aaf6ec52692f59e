"""`mlrun completion`."""

import os
from typing import Annotated

import typer

from runlore.cli.options import SHELLS
from runlore.cli.request import check_choice
from runlore.cli.verb import Call, verb


@verb(
    examples={
        'eval "$(mlrun completion bash)"': "in ~/.bashrc",
        'eval "$(mlrun completion zsh)"': "in ~/.zshrc, after compinit",
        "mlrun completion fish | source": "in ~/.config/fish/config.fish",
    },
    exits={0: "done"},
)
def command(call: Call, *, shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]) -> None:
    """Print a script that completes mlrun's words in your shell.

    Commands, options, runs, tags and files.
    """
    check_choice("SHELL", shell, SHELLS)
    here = call.obj
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "shells", f"mlrun.{shell}")
    with open(path, encoding="utf-8") as file:
        here.out.write_text(file)
