"""Which words of a command line are ours: what follows `exec`'s COMMAND belongs to the user's program."""

from collections.abc import Collection, Sequence


def ours(args: Sequence[str]) -> list[str]:
    """The words up to `exec`'s COMMAND, or up to ``--``, whichever comes first."""
    before = _options(args, ("-C",))
    if len(before) == len(args):
        return before
    verb, rest = args[len(before)], args[len(before) + 1 :]
    if verb == "exec":
        return [*before, verb, *_options(rest, _valued_options())]
    return [*before, verb, *(rest[: rest.index("--")] if "--" in rest else rest)]


def verb(args: Sequence[str]) -> str | None:
    """The name of the command, as typed."""
    at = len(_options(args, ("-C",)))
    return args[at] if at < len(args) else None


def _options(args: Sequence[str], valued: Collection[str]) -> list[str]:
    """The options that ``args`` begin with, those in ``valued`` with the word that follows."""
    at = 0
    while at < len(args) and args[at].startswith("-") and args[at] not in ("-", "--"):
        at += 2 if _takes_next(args[at], valued) else 1
    return list(args[:at])


def _takes_next(word: str, valued: Collection[str]) -> bool:
    """Whether the value of this option is the next word: ``--name``, ``-n``, ``-qn``, not ``--name=x`` or ``-nx``."""
    if word.startswith("--"):
        return word in valued
    letters = word[1:]
    first = next((at for at, letter in enumerate(letters) if f"-{letter}" in valued), None)
    return first == len(letters) - 1


def _valued_options() -> set[str]:
    from runlore.cli.commands.exec import command  # noqa: PLC0415 - only when something went wrong

    return {name for param in command.params if not getattr(param, "is_flag", False) for name in param.opts}
