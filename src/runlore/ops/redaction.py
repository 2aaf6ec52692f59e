"""Secrets kept out of the records of a run: what is replaced, and where that was, never the value."""

from collections.abc import Iterable, Mapping

from runlore.capture.secret_gate import is_harmless
from runlore.records.canonical import Scalar
from runlore.records.run import Warn

CODE = "secret-redacted"
_MOST = 5
"""Places that a warning names."""
_LONGEST = 80
"""Characters of a parameter's name in a warning."""


class Redactor:
    """Replaces secrets in what is about to be put on record; `warnings` says where there were any."""

    def __init__(self, key: bytes) -> None:
        """``key`` is the store's."""
        self._key = key
        self._places: dict[str, None] = {}

    def argv(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """A command as it is recorded."""
        if is_harmless("\n".join(argv)):
            return argv
        from runlore.capture.secrets import redact_argv  # noqa: PLC0415 - most commands need no rule

        words, found = redact_argv(argv, self._key)
        self._note(f"argument {index}" if index else "the command's name" for index, _ in found)
        return words

    def params(self, params: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        """Parameters as they are recorded."""
        texts = [value for value in params.values() if isinstance(value, str)]
        if is_harmless("\n".join((*params, *texts))):
            return params
        from runlore.capture.secrets import redact_params  # noqa: PLC0415 - as above

        values, found = redact_params(params, self._key)
        self._note("params." + name[:_LONGEST] for name, _ in found)
        return values

    def text(self, text: str, place: str) -> str:
        """A text as it is recorded; ``place`` says in a warning what it is."""
        if is_harmless(text):
            return text
        from runlore.capture.secrets import redact  # noqa: PLC0415 - as above

        kept, found = redact(text, self._key)
        self._note(place for _ in found)
        return kept

    def label(self, text: str | None, place: str) -> str | None:
        """As `text`, of what may be missing."""
        return text and self.text(text, place)

    def warns(self, warns: Iterable[Warn]) -> tuple[Warn, ...]:
        """Warnings as they are recorded: they quote paths, hosts and what others say."""
        return tuple(Warn(each.code, self.text(each.message, f"the warning {each.code}")) for each in warns)

    def warnings(self) -> tuple[Warn, ...]:
        """One warning if anything was replaced."""
        if not self._places:
            return ()
        places = list(self._places)
        if len(places) > _MOST:
            places[_MOST - 1 :] = [f"{len(places) - _MOST + 1:,} more places"]
        *others, last = places
        if not others:
            return (Warn(CODE, f"a secret in {last} is not on record: a mark stands in its place"),)
        return (
            Warn(CODE, f"secrets in {', '.join(others)} and {last} are not on record: marks stand in their places"),
        )

    def _note(self, places: Iterable[str]) -> None:
        self._places.update(dict.fromkeys(places))


def in_output(found: Mapping[tuple[str, str], int]) -> tuple[Warn, ...]:
    """A warning if something was replaced in the log; ``found`` is as of `LogRedactor`."""
    if not found:
        return ()
    rules = ", ".join(sorted({rule for rule, _ in found}))
    if len(found) == 1:
        return (Warn(CODE, f"a secret in the output ({rules}) is not in the log: a mark stands in its place"),)
    return (Warn(CODE, f"{len(found):,} secrets in the output ({rules}) are not in the log: marks stand for them"),)
