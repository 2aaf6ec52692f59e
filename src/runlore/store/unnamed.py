"""Check the files of a store that no id stands for. Writes nothing.

Those are `format`, `.gitignore`, `config.toml` and `secret-key`.
"""

from collections.abc import Iterator

from runlore.errors import ConfigError
from runlore.store import secret_key, settings
from runlore.store.layout import FORMAT, IGNORE, KEY_CHECK, KEY_FILE, Layout
from runlore.store.problem import ERROR, REPAIR, WARNING, Problem, unreadable
from runlore.store.reading import read_plain

_ALTERED = "it is not what mlrun writes there: changed by hand, by a newer version, or damaged"


def check(layout: Layout) -> Iterator[Problem]:
    """What is wrong with them; that `format` can be understood is known before."""
    for name, text in (("format", FORMAT), (".gitignore", IGNORE)):
        try:
            if read_plain(f"{layout.root}/{name}") != text.encode():
                yield Problem("altered", WARNING, name, _ALTERED, REPAIR)
        except FileNotFoundError:
            yield Problem("altered", WARNING, name, "it is not there", REPAIR)
        except OSError as error:
            yield unreadable(name, error)
    yield from _settings(layout)
    yield from _key(layout)


def _settings(layout: Layout) -> Iterator[Problem]:
    """That they can be read; and whether they are still what was written, which a change by hand is not."""
    name = "config.toml"
    try:
        settings.read(layout)
        data = read_plain(layout.config)
    except FileNotFoundError:
        return
    except ConfigError as error:
        yield Problem("config-malformed", ERROR, name, error.message, error.hint)
        return
    except OSError as error:
        yield unreadable(name, error)
        return
    text, mark, _ = data.rpartition(settings.CHECK)
    if mark and data != text + settings.check_line(text):
        hint = "see whether mlrun config still says what is wanted; mlrun config KEY VALUE writes it anew"
        yield Problem("altered", WARNING, name, _ALTERED, hint)


def _key(layout: Layout) -> Iterator[Problem]:
    hint = "the next mlrun exec mends it, or sets it aside and makes a new one"
    try:
        key, noted = secret_key.read(f"{layout.root}/{KEY_FILE}"), secret_key.read_check(layout)
    except OSError as error:
        yield unreadable(KEY_FILE, error)
        return
    if key is None:
        return
    if len(key) != secret_key.SIZE:
        yield Problem("key-malformed", ERROR, KEY_FILE, f"it has not {secret_key.SIZE} bytes", hint)
    elif noted is not None and noted != secret_key.check_of(key):
        yield Problem("key-malformed", ERROR, KEY_FILE, f"it and {KEY_CHECK} do not belong together", hint)
