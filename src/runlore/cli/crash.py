"""A bug of ours, written down so that it can be reported by pasting one file."""

import os
import platform
import tempfile
import traceback
from collections.abc import Mapping, Sequence

from runlore.cli.verbs import ALIASES, VERBS
from runlore.cli.words import ours
from runlore.version import __version__

_SECRET = 4
"""Arguments at least this long are blotted out wherever they occur; shorter ones give nothing away."""


def report(error: BaseException, args: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The path of a file that says what happened, or ``None`` if none can be written.

    It lies in the user's own state folder, or for temporary files where that cannot be written.

    It holds versions, the names of our own options and the traceback; no environment variable, no
    argument and no option's value, and no secret that an exception's message may quote.
    """
    from runlore.capture.secrets import KEY_BYTES, redact  # noqa: PLC0415 - only after a bug
    from runlore.ops.own import state_file  # noqa: PLC0415 - the same

    text = "\n".join(
        (
            f"mlrun {__version__}, Python {platform.python_version()}, {platform.platform()}",
            f"command: mlrun {_outline(args)}",
            "",
            _blotted("".join(traceback.format_exception(error)), args),
        )
    )
    text, _ = redact(text, os.urandom(KEY_BYTES))
    return _written(text, state_file("crashes", environ)) or _written(text, None)


def where_to_report() -> str:
    """The address that this distribution names for bugs."""
    from importlib.metadata import PackageNotFoundError, metadata  # noqa: PLC0415 - costs more than most commands

    try:
        urls = metadata("runlore").get_all("Project-URL") or []
    except PackageNotFoundError:
        urls = []
    named = dict(url.split(", ", 1) for url in urls if ", " in url)
    return named.get("Issues") or "the place mlrun was installed from (see CONTRIBUTING.md)"


def _written(text: str, folder: str | None) -> str | None:
    try:
        if folder is not None:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        # Readable by its owner alone, and never under a name that was there.
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="mlrun-crash-",
            suffix=".txt",
            dir=folder,
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as file:
            file.write(text)
            return file.name
    except OSError:
        return None


def _outline(args: Sequence[str]) -> str:
    """Our command and the names of its options, nothing that the user wrote."""
    words = (word.partition("=")[0] for word in ours(args))
    return " ".join(
        word for word in words if word in VERBS or word in ALIASES or word.startswith("--") or _is_flag(word)
    )


def _is_flag(word: str) -> bool:
    return word.startswith("-") and len(word) == len("-x")


def _blotted(text: str, args: Sequence[str]) -> str:
    parts = {part for word in args for part in (word, word.partition("=")[2])}
    for part in sorted((part for part in parts if len(part) >= _SECRET), key=len, reverse=True):
        if part not in VERBS and part not in ALIASES:
            text = text.replace(part, "<argument>")
    home = os.path.expanduser("~")
    return text.replace(home, "~") if len(home) > 1 else text
