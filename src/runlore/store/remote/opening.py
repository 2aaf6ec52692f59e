"""Which backend serves a remote's place. Each is loaded only where it is used."""

from collections.abc import Mapping

from runlore.errors import NoSuchRemoteError
from runlore.store.remote import url
from runlore.store.remote.port import Remote
from runlore.store.remote.url import Address


def connect(address: Address, environ: Mapping[str, str]) -> Remote:
    """The remote at that place. Nothing is asked of it yet, so it may turn out not to be there.

    ``environ`` says who we are, where the URL does not.

    Raises:
        NoSuchRemoteError: its kind needs a package that is not installed.
    """
    if address.scheme == url.FOLDER:
        from runlore.store.remote.folder import Folder  # noqa: PLC0415 - as said above

        return Folder(address.path)
    raise NoSuchRemoteError(f'"{address.url}" cannot be opened')
