"""zip and tar by their members: names, kinds and contents, each by its own format. Neither times nor order count."""

import os
import tarfile
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from typing import IO, BinaryIO, NamedTuple, cast

from runlore.insight.compare.content import Content, Part, UnreadableError, first_byte
from runlore.insight.compare.look import Look, below
from runlore.insight.compare.pickles.torch import checkpoint, compare_checkpoints
from runlore.insight.compare.unpacked import steady

_MAX_MEMBERS = 100_000
_MAX_TABLE = 32 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def compare_zips(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how the members differ; torch's files by the tensors in them."""
    with ExitStack() as stack:
        x, y = (_zip_members(stack, steady(each, look.budget)) for each in (a, b))
        left, right = checkpoint(x), checkpoint(y)
        if left is not None and right is not None:
            compare_checkpoints(left, right, look, place)
        else:
            _compare_members(x, y, look, place)


def compare_tars(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how the members differ: their kind, where links point, whether they can be executed."""
    with ExitStack() as stack:
        x, y = (_tar_members(stack, steady(each, look.budget)) for each in (a, b))
        for name in sorted(x.keys() & y.keys()):
            if x[name].nature != y[name].nature:
                look.differ(below(place, name), f"{x[name].nature} and {y[name].nature}")
        _compare_members({name: each.part for name, each in x.items()}, {n: e.part for n, e in y.items()}, look, place)


def _compare_members(x: Mapping[str, Content], y: Mapping[str, Content], look: Look, place: str) -> None:
    for name in sorted({**x, **y}):
        inside = below(place, name.removesuffix(".npy"))
        if name not in x or name not in y:
            look.differ(inside, f"only in the {'first' if name in x else 'second'}")
        else:
            look.budget.unpack(x[name].size + y[name].size)
            look.parts(x[name], y[name], inside)


class _Member(NamedTuple):
    """A file in a zip. Going back in it means unpacking it again, if it ``is_packed``."""

    name: str
    size: int
    is_packed: bool
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    def open(self) -> BinaryIO:
        return cast("BinaryIO", self.archive.open(self.info))


def _zip_members(stack: ExitStack, content: Content) -> dict[str, Content]:
    """The files in it by name; folders are what names say."""
    archive = zipfile.ZipFile(cast("IO[bytes]", _Careful(stack.enter_context(content.open()))))
    found: dict[str, Content] = {}
    for info in archive.infolist():
        if len(found) == _MAX_MEMBERS or info.filename in found:
            raise UnreadableError("it has too many members, or two of one name")
        if info.flag_bits & 1 or info.compress_type not in _METHODS:
            raise UnreadableError("a member is encrypted, or packed in an unusual way")
        if not info.is_dir():
            packed = info.compress_type != zipfile.ZIP_STORED
            found[info.filename] = _Member(info.filename, info.file_size, packed, archive, info)
    return found


class _TarMember(NamedTuple):
    """``nature`` is what it is, but for its bytes."""

    nature: str
    part: Content


def _tar_members(stack: ExitStack, content: Content) -> dict[str, _TarMember]:
    found: dict[str, _TarMember] = {}
    file = cast("IO[bytes]", _Careful(stack.enter_context(content.open())))
    archive = tarfile.TarFile.open(fileobj=file, mode="r:")
    while (info := archive.next()) is not None:
        if len(found) == _MAX_MEMBERS or info.issparse():
            raise UnreadableError("it has too many members, or a sparse one")
        size = info.size if info.isreg() else 0
        if size < 0 or info.offset_data + size > content.size:
            raise UnreadableError("a member is cut short")
        found[os.path.normpath(info.name)] = _TarMember(_nature(info), Part(info.name, content, info.offset_data, size))
        archive.members.clear()  # type: ignore[attr-defined] # which tarfile keeps, and nobody needs
    if first_byte(content, archive.offset):
        raise UnreadableError("something follows its end")
    return found


def _nature(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return f'a link to "{info.linkname[:60]}"'
    if info.isreg():
        return "a file that can be executed" if info.mode & 0o111 else "a file"
    return "a folder" if info.isdir() else "something else"


class _Careful:
    """A file that refuses to be read into memory at once: what a header says of lengths may be a lie."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, count: int = -1) -> bytes:
        """As any file's; raises `UnreadableError` for a table that is too long."""
        data = b"" if count > _MAX_TABLE else self._file.read(count if count >= 0 else _MAX_TABLE + 1)
        if count > _MAX_TABLE or len(data) > _MAX_TABLE:
            raise UnreadableError("it has a table that is too long")
        return data

    def seekable(self) -> bool:
        """Contents are."""
        return True
