"""How to reach a bucket, and with which keys: from the URL, and AWS's variables and files, as its own tools do."""

import os
import re
from collections.abc import Mapping
from configparser import Error, RawConfigParser
from typing import NamedTuple
from urllib.parse import urlsplit

from runlore.errors import ConfigError, RemoteRefusedError, UsageError
from runlore.store.remote.url import Address

OPTIONS = ("anonymous", "endpoint", "profile", "region", "style")
_STYLES = ("path", "virtual")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|::1")
_DEFAULT_REGION = "us-east-1"
_LOGIN_KEYS = ("role_arn", "sso_session", "sso_start_url", "login_session")
"""What in a profile goes before keys in it, as botocore has it."""
_EXAMPLE = "s3://BUCKET/FOLDER?endpoint=https://HOST&region=NAME"


class Keys(NamedTuple):
    """An access key; a session token where it is a temporary one."""

    access: str
    secret: str
    token: str | None = None


class Place(NamedTuple):
    """A bucket, the beginning of all names in it, and how it is reached."""

    bucket: str
    prefix: str
    region: str
    endpoint: str | None
    """With the bucket's name in front if that is how it is to be asked; ``None`` for AWS."""
    in_host: bool
    """The bucket's name is a part of the host's, not of the path."""
    anonymous: bool
    keys: Keys | None
    login: bool
    """The keys are to be had by logging in, which takes botocore: SSO, a role, a program."""
    profile: str | None
    """Where it was named."""
    authorities: str | None
    """A file of certificates to trust besides the system's."""


def place(address: Address, environ: Mapping[str, str]) -> Place:
    """Where a URL ``s3://…`` leads.

    Raises:
        UsageError: an option is not known, or no such bucket or place can be.
        ConfigError: a file of AWS cannot be read.
        RemoteRefusedError: there is no such profile.
    """
    options = _options(address)
    if not _BUCKET.fullmatch(address.host):
        raise UsageError(f'"{address.host}" is no name of a bucket', hint=_EXAMPLE)
    if any(part in {"", ".", ".."} for part in address.path.split("/")) and address.path:
        raise UsageError(f'"{address.path}" is no name in a bucket', hint=_EXAMPLE)
    profile = options.get("profile") or environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE")
    config = _Files(environ)
    found = config.profile(profile)
    region = options.get("region") or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    endpoint = (
        options.get("endpoint")
        or environ.get("AWS_ENDPOINT_URL_S3")
        or environ.get("AWS_ENDPOINT_URL")
        or config.endpoint(found)
    )
    in_host = _in_host(options.get("style"), endpoint, address.host)
    # Keys in variables go before those of a profile that a variable names, and after those of one that is asked for.
    named = "profile" in options
    keys = (None if named else _keys_of_variables(environ)) or _keys_of_profile(found)
    anonymous = options.get("anonymous", "false") == "true"
    login = keys is None and any(each in found for each in (*_LOGIN_KEYS, "credential_process"))
    if not (keys or login or anonymous or _machine_gives_keys(environ)):
        raise no_keys(address.url)
    return Place(
        bucket=address.host,
        prefix=address.path,
        region=region or found.get("region") or _DEFAULT_REGION,
        endpoint=_checked_endpoint(endpoint, address.host if in_host else "") if endpoint else None,
        in_host=in_host,
        anonymous=anonymous,
        keys=keys,
        login=login,
        profile=profile,
        authorities=environ.get("AWS_CA_BUNDLE") or found.get("ca_bundle"),
    )


def is_private(endpoint: str | None) -> bool:
    """Whether nobody on the way can change what is sent there: it goes through TLS, or stays on this machine."""
    if endpoint is None:
        return True
    parts = urlsplit(endpoint)
    return parts.scheme == "https" or _LOOPBACK.fullmatch(parts.hostname or "") is not None


def no_keys(url: str) -> RemoteRefusedError:
    """What is said where no keys are found at all."""
    hint = "aws configure, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; ?anonymous=true for a public bucket"
    return RemoteRefusedError(f"{url}: no keys for it were found", hint=hint)


def _machine_gives_keys(environ: Mapping[str, str]) -> bool:
    """Whether it is worth asking: machines of AWS have an address for it, containers and clusters a variable."""
    by_variable = (
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    )
    disabled = environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
    return not disabled or any(each in environ for each in by_variable)


def _options(address: Address) -> dict[str, str]:
    options = dict(address.options)
    for name in options:
        if name not in OPTIONS:
            raise UsageError(f'no option "{name}" in the URL of a bucket', hint=f"there are {', '.join(OPTIONS)}")
    if options.get("style", "path") not in _STYLES:
        raise UsageError(f'"{options["style"]}" is no style', hint="style=path, or style=virtual")
    if options.get("anonymous", "true") not in {"true", "false"}:
        raise UsageError(f'"{options["anonymous"]}" is neither true nor false', hint="anonymous=true")
    return options


def _in_host(style: str | None, endpoint: str | None, bucket: str) -> bool:
    """AWS wants the name in the host, where no certificate covers a dot in it; most others have one host name."""
    if style is not None:
        return style == "virtual"
    return endpoint is None and "." not in bucket


def _checked_endpoint(endpoint: str, bucket: str) -> str:
    """The endpoint without a last slash; one that is no URL is no error to obstore: it ends the process."""
    try:
        parts = urlsplit(endpoint)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or not re.fullmatch(r"[A-Za-z0-9._:/\[\]-]+", endpoint):
        raise UsageError(f'"{endpoint}" is no endpoint', hint="endpoint=https://HOST, or http://HOST:PORT")
    host = f"{bucket}.{parts.netloc}" if bucket else parts.netloc
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def _keys_of_variables(environ: Mapping[str, str]) -> Keys | None:
    access, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    return Keys(access, secret, environ.get("AWS_SESSION_TOKEN") or None) if access and secret else None


def _keys_of_profile(profile: Mapping[str, str]) -> Keys | None:
    if any(each in profile for each in _LOGIN_KEYS):
        return None
    access, secret = profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")
    return Keys(access, secret, profile.get("aws_session_token") or None) if access and secret else None


class _Files:
    """`~/.aws/config` and `~/.aws/credentials`, or what the variables name instead."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        home = environ.get("HOME") or os.path.expanduser("~")
        self._config = _parsed(environ.get("AWS_CONFIG_FILE") or f"{home}/.aws/config", home)
        self._keys = _parsed(environ.get("AWS_SHARED_CREDENTIALS_FILE") or f"{home}/.aws/credentials", home)

    def profile(self, name: str | None) -> dict[str, str]:
        """What both files say of it; of the default one maybe nothing."""
        section = "default" if name in {None, "default"} else f"profile {name}"
        found = dict(self._config.get(section, {}))
        found.update(self._keys.get(name or "default", {}))
        if not found and name not in {None, "default"}:
            known = sorted(self._keys | {each.removeprefix("profile "): {} for each in self._config})
            hint = f"there are {', '.join(known)}" if known else "aws configure --profile NAME makes one"
            raise RemoteRefusedError(f'no profile "{name}" in ~/.aws/config or ~/.aws/credentials', hint=hint)
        return found

    def endpoint(self, profile: Mapping[str, str]) -> str | None:
        """The one for S3 among the profile's services, else that of the profile."""
        services = self._config.get(f"services {profile.get('services')}", {})
        for line in services.get("s3", "").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "endpoint_url":
                return value.strip()
        return profile.get("endpoint_url")


def _parsed(path: str, home: str) -> dict[str, dict[str, str]]:
    path = f"{home}{path[1:]}" if path.startswith("~/") else path
    parser = RawConfigParser(strict=False, default_section="")
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (Error, UnicodeDecodeError) as error:
        raise ConfigError(f'"{path}" is no file of settings as AWS has them') from error
    except OSError as error:
        raise ConfigError(f'"{path}" cannot be read: {error.strerror}') from error
    return {" ".join(name.replace('"', "").split()): dict(parser.items(name)) for name in parser.sections()}
