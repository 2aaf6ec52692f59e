"""Fuzzed: what capture reads of a project and of a machine, and the logs of observers."""

import contextlib
import hashlib
import os
import struct
import zlib
from functools import partial

from tests.fuzz.target import Target, Targets, file

from runlore.capture import distributions, installed, plumbing
from runlore.capture.access import tracelog
from runlore.capture.access.syscalls import Reader
from runlore.capture.conversion import conversion, to_git
from runlore.capture.dvc.listing import files_in
from runlore.capture.dvc.outs import of_file, of_lock
from runlore.capture.dvc.settings import read_settings
from runlore.capture.git import GitUnusableError, common_folder, git_folder
from runlore.capture.leftout import Sieve
from runlore.execute.environment.scripts import entry_points, with_interpreter

_KEY = bytes(range(32))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _git(data: bytes, _: str) -> None:
    for read in (plumbing.index_rows, plumbing.paths, plumbing.head, plumbing.settings):
        read(data)
    with contextlib.suppress(ValueError):
        plumbing.staged(data)
    try:
        attributes = plumbing.attributes(data)
    except ValueError:
        return
    for found in attributes.values():
        for autocrlf in (True, False):
            if how := conversion(found, autocrlf=autocrlf):
                to_git(data, how)


def _git_file(data: bytes, folder: str) -> None:
    file(folder, "top/.git", data)
    common_folder(git_folder(f"{folder}/top"))


def _ignore_file(data: bytes, folder: str) -> None:
    """What stands before the last line are patterns, that line is a path."""
    patterns, _bar, path = data.rpartition(b"\n")
    file(folder, "ignored/.mlrunignore", patterns)
    sieve = Sieve(f"{folder}/ignored")
    if path := path[:255].strip(b"/").replace(b"\0", b""):
        sieve.takes_file(path)
        sieve.takes_folder(path)
    sieve.report()


def _dvc(data: bytes, _: str) -> None:
    list(of_file(data, "a/b", "a"))
    first, _bar, second = data.partition(b"|")
    list(of_lock(first, second, "a", ""))
    assert all(not each.path.startswith(("/", "..")) for each in of_file(data, "a/b", ""))


def _dvc_listing(data: bytes, _: str) -> None:
    found = files_in(data, hashlib.md5(data, usedforsecurity=False).hexdigest() + ".dir")
    assert not any(path.startswith(("/", "..")) for path in found or ())


def _dvc_settings(data: bytes, folder: str) -> None:
    file(folder, ".dvc/config", data)
    read_settings(folder, {"HOME": folder})


def _metadata(name: str, data: bytes, folder: str) -> None:
    info = f"{folder}/site/x-1.0.dist-info"
    for other in ("RECORD", "METADATA", "direct_url.json", "INSTALLER"):
        file(info, other, data if other == name else b"")
    distributions.read_folder(f"{folder}/site")
    for each in installed.distributions(f"{folder}/site"):
        installed.altered(each, thorough=True)
        installed.is_relocated(each)
    os.unlink(f"{info}/{name}")


def _egg_link(data: bytes, folder: str) -> None:
    file(folder, "eggs/x.egg-link", data)
    file(folder, "eggs/y.egg-info", data)
    distributions.read_folder(f"{folder}/eggs")


def _scripts(data: bytes, _: str) -> None:
    entry_points(_text(data), "/venv/bin")
    with_interpreter(data, "/venv/bin")


def _trace(data: bytes, folder: str) -> None:
    """As it is, and with its first record given a check that is right."""
    for slab in (data, _checked(data)):
        head = tracelog._HEADER.pack(tracelog._MAGIC, 1, 1, 1, 2, *bytes(6)).ljust(tracelog._UNIT, b"\0")
        begin = len(slab).to_bytes(16, "little")
        path = file(folder, tracelog.NAME, head + bytes(tracelog._UNIT) + (begin + slab).ljust(tracelog._UNIT, b"\0"))
        list(tracelog.touches(os.path.dirname(path)))


def _checked(data: bytes) -> bytes:
    return struct.pack("<II", zlib.adler32(struct.pack("<I", len(data)) + data[8:]), len(data)) + data[8:]


def _record(kind: int, path: bytes, other: bytes = b"") -> bytes:
    size = tracelog._RECORD.size + len(path) + len(other)
    fields = tracelog._RECORD.pack(0, size, kind, 1, len(path), 7, 9, len(other), 0, bytes(36))
    return _checked(fields + path + other)


def _strace(data: bytes, _: str) -> None:
    list(Reader().read(each + b"\n" for each in data.split(b"\n")))


_INDEX = (
    b"100644 "
    + b"a" * 40
    + b" 0\tx y\0  ctime: 1:2\n  mtime: 1:2\n  dev: 1\tino: 2\n  uid: 0\tgid: 0\n  size: 3\tflags: 0\n"
)
_STAGED = b":100644 000000 " + b"a" * 40 + b" " + b"0" * 40 + b" D\0x\0"
_ATTRIBUTES = b"x\0text\0auto\0x\0working-tree-encoding\0utf-16\0y\0ident\0set\0y\0filter\0lfs\0"
_DVC = b"outs:\n- md5: " + b"ab" * 16 + b".dir\n  size: 3\n  path: data\n  hash: md5\nwdir: ..\n"
_LOCK = (
    b"schema: '2.0'\nstages:\n  a@1:\n    outs:\n    - path: m\n      md5: "
    + b"ab" * 16
    + b"\n|stages:\n  a:\n    do:\n      wdir: x\n"
)
_STRACE = (
    b'7 1.000001 execve("/bin/a", ["a"], 0x7 /* 3 vars */) = 0\n'
    b'7 1.000002 openat(AT_FDCWD</home/x>, "a\\303\\251", O_RDONLY|O_CLOEXEC) = 3</home/x/a>\n'
    b"7 1.000003 clone(child_stack=NULL <unfinished ...>\n"
    b'8 1.000004 chdir("/tmp") = 0\n7 1.000005 <... clone resumed>) = 8\n'
    b'8 1.000006 connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("1.2.3.4")}, 16) = 0\n'
    b'8 1.000007 renameat2(AT_FDCWD</tmp>, "a", AT_FDCWD</tmp>, "b", 0) = 0\n8 1.000008 +++ exited with 0 +++\n'
)

TARGETS: Targets = {
    "git-output": Target(_git, (_INDEX, _STAGED, _ATTRIBUTES, b"false\n.git\n" + b"a" * 40 + b"\nrefs/heads/m\n")),
    "git-file": Target(_git_file, (b"gitdir: ../x\n",), (GitUnusableError,)),
    "ignore-file": Target(
        _ignore_file,
        (b"*.txt\n!a/**/b*[a-c]?\n/x/\na/x/b1c", b"*a*a*a*b\naaaaaaaaaaaaaaaaaaaaaaaaaaaac"),
        (),
        (b"**/", b"/**", b"*", b"[!", b"]", b"\\", b"!", b"?"),
    ),
    "dvc": Target(_dvc, (_DVC, _LOCK), (), (b"../", b"|", b"${x}", b"!!binary ", b"~")),
    "dvc-listing": Target(_dvc_listing, (b'[{"md5":"' + b"ab" * 16 + b'","relpath":"a/b"}]',), (), (b"../", b'"/')),
    "dvc-settings": Target(
        _dvc_settings,
        (b"[core]\n  remote = x\n['remote \"x\"']\n  url = ../y\n[cache]\ndir = ~x/y\n",),
        (),
        (b"~", b"="),
    ),
    "dist-record": Target(
        partial(_metadata, "RECORD"),
        (b'x.py,sha256=abc,3\n"a,b.py",,\n../../bin/x,sha512=q,\n',),
        (),
        (b'"', b"/etc/passwd"),
    ),
    "dist-metadata": Target(partial(_metadata, "METADATA"), (b"Name: x\nVersion: 1.0\n",)),
    "dist-origin": Target(
        partial(_metadata, "direct_url.json"),
        (b'{"url":"https://u:p@h/x?y","vcs_info":{"vcs":"git","commit_id":"a"}}',),
    ),
    "egg-link": Target(_egg_link, (b"/src/x\n.\n",), (), (b"\0", b"../")),
    "entry-points": Target(
        _scripts,
        (b"[console_scripts]\nx = a.b:c.d [e]\n y = z\n", b"#!/v/bin/python3\nx"),
        (),
        (b"[", b"]", b"=", b"%(x)s", b"\n\t"),
    ),
    "native-log": Target(
        _trace, (_record(1, b"/a/b"), _record(5, b"/a", b"/b"), _record(10, b"\x02\0\0\x50" + bytes(12)))
    ),
    "strace-log": Target(
        _strace, (_STRACE,), (), (b" <unfinished ...>", b"<... x resumed>", b"\\0", b'"', b"<", b"(deleted)")
    ),
}
