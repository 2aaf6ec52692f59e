"""`mlrun completion`."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from runlore.cli.verb import Call, verb


class Shell(StrEnum):
    """The shells that there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@verb(
    examples={
        'eval "$(mlrun completion bash)"': "in ~/.bashrc",
        'eval "$(mlrun completion zsh)"': "in ~/.zshrc, after compinit",
        "mlrun completion fish | source": "in ~/.config/fish/config.fish",
    },
    exits={0: "done"},
)
def command(call: Call, *, shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]) -> None:
    """Print a script that completes mlrun's words in your shell.

    Commands, options, runs, tags and files.
    """
    here = call.obj
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "shells", f"mlrun.{shell}")
    with open(path, encoding="utf-8") as file:
        here.out.write_text(file)
