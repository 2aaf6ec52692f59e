"""`config`: the settings of a store."""

from runlore.errors import ConfigError
from runlore.ops.project import open_store
from runlore.ops.results import Setting, Settings
from runlore.store import settings as store_settings
from runlore.store.settings import KNOWN


def settings(folder: str) -> Settings:
    """Every setting there is."""
    with open_store(folder) as store:
        values = store_settings.read(store.layout)
    return Settings(settings=tuple(_setting(key, values) for key in KNOWN))


def get_setting(folder: str, key: str) -> Setting:
    """One setting; raises `ConfigError` if there is none of that name."""
    with open_store(folder) as store:
        values = store_settings.read(store.layout)
    return _setting(key, values)


def set_setting(folder: str, key: str, text: str) -> Setting:
    """Give a setting a value; raises `ConfigError` for one it cannot have."""
    store_settings.check(key, text)
    return _write(folder, key, text)


def unset_setting(folder: str, key: str) -> Setting:
    """Back to the default."""
    return _write(folder, key, None)


def _write(folder: str, key: str, text: str | None) -> Setting:
    with open_store(folder) as store:
        values = store_settings.read(store.layout)
        values.pop(key, None)
        if text is not None:
            values[key] = text
        result = _setting(key, values)
        store_settings.write(store.layout, values)
    return result


def _setting(key: str, values: dict[str, str]) -> Setting:
    known = KNOWN.get(key)
    if known is None:
        raise ConfigError(f'there is no setting "{key}"', hint="mlrun config lists them")
    return Setting(
        key=key,
        value=values.get(key, known.default),
        default=known.default,
        source="store" if key in values else "default",
        help=known.help,
    )
