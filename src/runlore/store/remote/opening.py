"""Which backend serves a remote's place. Each is loaded only where it is used."""

from collections.abc import Mapping

from runlore.store.remote import url
from runlore.store.remote.patient import Patient
from runlore.store.remote.port import Remote
from runlore.store.remote.url import Address


def connect(address: Address, environ: Mapping[str, str], *, ask: bool = False) -> Remote:
    """The remote at that place. Nothing is asked of it yet, so it may turn out not to be there.

    ``environ`` says who we are, where the URL does not, and with which keys; ``ask``, that somebody is at a terminal
    whom ssh may ask about a host key or for a passphrase.

    Raises:
        UsageError: an option in its URL is not known.
        NoSuchRemoteError: its kind needs a package that is not installed.
    """
    if address.scheme == url.FOLDER:
        from runlore.store.remote.folder import Folder  # noqa: PLC0415 - as said above

        return Folder(address.path)
    if address.scheme == url.SSH:
        from runlore.store.remote.ssh import Ssh  # noqa: PLC0415 - as said above
        from runlore.store.remote.tunnel import Call  # noqa: PLC0415 - as said above

        return Patient(Ssh(Call(address, environ, ask=ask)))
    if address.scheme == url.S3:
        from runlore.store.remote.bucket import Bucket  # noqa: PLC0415 - as said above

        return Patient(Bucket(address, environ))
    from runlore.store.remote import kinds  # noqa: PLC0415 - as said above

    return Patient(kinds.connect(address, environ), kinds.patience(address.scheme))
