"""Which hosts a run talked to, but for the machine that it ran on: torchrun's processes find each other by its name."""

import os
from collections.abc import Collection


def others(names: Collection[bytes], addresses: Collection[bytes]) -> tuple[str, ...]:
    """The names that were looked up, sorted; if there are none, the addresses (``address:port``)."""
    found = sorted(plain(name) for name in names if not _is_own_name(name))
    return tuple(found or sorted(plain(each) for each in addresses if not _is_own_address(plain(each))))


def plain(text: bytes) -> str:
    """The text, its odd bytes as escapes."""
    return text.decode(errors="backslashreplace")


def _is_own_name(name: bytes) -> bool:
    own = os.uname().nodename.partition(".")[0].lower()
    return plain(name).partition(".")[0].lower() == own


def _is_own_address(address: str) -> bool:
    """Whether a socket could be bound to it; nothing is sent."""
    import socket  # noqa: PLC0415 - most runs use no network

    host = address.rpartition(":")[0].strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.inet_pton(family, host)  # a name would be looked up
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except (OSError, ValueError):
        return False
    return True
