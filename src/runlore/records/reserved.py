"""Names that a tree from a stranger must not bring onto a disk: those of a repository and of a store.

A `.git` that somebody else wrote is a program that git runs. What git itself refuses for that reason is
refused here (CVE-2014-9390, CVE-2019-1353): the other spellings under which HFS+ and NTFS open the same file.
"""

import re

_RESERVED = frozenset((b".git", b"git~1", b".mlrun", b"mlrun~1"))
"""With the short names that NTFS gives them."""
# HFS+ compares names without these characters: U+200C to U+200F, U+202A to U+202E, U+206A to U+206F, U+FEFF.
_IGNORED = re.compile(rb"\xe2\x80[\x8c-\x8f\xaa-\xae]|\xe2\x81[\xaa-\xaf]|\xef\xbb\xbf")
# NTFS opens a file without its trailing dots and spaces, and takes what follows a colon for one of its streams.
_PARTS = re.compile(rb"[\\/]")


def is_reserved(name: bytes) -> bool:
    """Whether a file of this name could pass for a repository or a store, on any file system."""
    if not name.isascii():
        name = _IGNORED.sub(b"", name)
    if b"git" not in (lower := name.lower()) and b"mlrun" not in lower:
        return False
    return any(part.partition(b":")[0].rstrip(b" .") in _RESERVED for part in _PARTS.split(lower))
