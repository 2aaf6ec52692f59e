"""Keys for which one must log in first: SSO, roles, programs. By botocore, where it is installed; its only door."""

from datetime import UTC, datetime, timedelta

from runlore.errors import NoSuchRemoteError, RemoteRefusedError
from runlore.store.remote.aws import Keys

_ASKED_AGAIN = timedelta(minutes=5)
"""botocore renews keys in time by itself; so often it is asked whether it has."""


class Login:
    """A profile of `~/.aws/config`. botocore reads variables and files by itself, and takes 0.26 s to load."""

    def __init__(self, profile: str | None) -> None:
        """``None`` is the default one.

        Raises:
            NoSuchRemoteError: botocore is not installed.
        """
        try:
            from botocore.session import Session  # noqa: PLC0415 - only for those who log in
        except ModuleNotFoundError as error:
            raise NoSuchRemoteError(
                f'profile "{profile or "default"}" logs in, for which a package is missing',
                hint='pip install "botocore[crt]"',
            ) from error
        self._profile = profile
        self._session = Session(profile=profile)

    def keys(self) -> tuple[Keys, datetime]:
        """Keys that are good now, and when to ask again.

        Raises:
            RemoteRefusedError: the login has ended, or gives none.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        hint = "aws sso login" + (f" --profile {self._profile}" if self._profile else "")
        try:
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except (BotoCoreError, ClientError) as error:
            raise RemoteRefusedError(f"AWS gives no keys: {error}", hint=hint) from error
        if frozen is None or frozen.access_key is None or frozen.secret_key is None:
            raise RemoteRefusedError("AWS gives no keys", hint=hint)
        return Keys(frozen.access_key, frozen.secret_key, frozen.token), datetime.now(UTC) + _ASKED_AGAIN
