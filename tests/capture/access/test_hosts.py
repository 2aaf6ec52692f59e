"""Which hosts count as the network: all but the machine itself."""

import os

from runlore.capture.access.hosts import others

OWN = os.uname().nodename.encode()


def test_names_are_told_rather_than_addresses() -> None:
    assert others([b"pypi.org", b"a.example.org"], [b"192.0.2.1:443"]) == ("a.example.org", "pypi.org")
    assert others([], [b"192.0.2.1:443", b"[2001:db8::1]:80"]) == ("192.0.2.1:443", "[2001:db8::1]:80")


def test_the_machine_itself_is_no_network() -> None:
    assert others([OWN, OWN.upper() + b".local"], []) == ()
    assert others([OWN], [b"127.0.0.1:29500"]) == ()
    assert others([OWN], [b"127.0.0.1:29500", b"192.0.2.1:443"]) == ("192.0.2.1:443",)


def test_odd_names_are_told_all_the_same() -> None:
    assert others([b"\xff.example"], []) == ("\\xff.example",)
    assert others([], [b"nothing", b"[fe80::1%eth0]:80", b"a\0b:1"]) == ("[fe80::1%eth0]:80", "a\0b:1", "nothing")
