"""`fsck --repair`, on this machine: what is damaged is set aside, and what of it can be had here is put back."""

import os
from collections.abc import Iterable

from runlore.errors import CacheDamagedError
from runlore.ops.results import Finding, Repaired
from runlore.records.hashing import record_id
from runlore.store.adopting import decode_origin
from runlore.store.aside import keep_copy, set_aside
from runlore.store.collecting import PATIENCE
from runlore.store.durable import create, replace
from runlore.store.flipped import mended
from runlore.store.layout import FORMAT, IGNORE, KEY_FILE, Layout
from runlore.store.lock import exclusive
from runlore.store.pack import Place
from runlore.store.reading import read_plain
from runlore.store.rescue import rescue
from runlore.store.store import Store

_PACKS = frozenset(("pack-corrupt", "pack-object-corrupt", "tree-malformed", "record-malformed"))
_AWAY = frozenset(("object-corrupt", "object-misplaced"))


def mend_format(root: str) -> list[Repaired]:
    """Write `format` anew if it is gone, or one byte of it is another; of more nobody knows what it said.

    Raises:
        OSError: it cannot be written.
    """
    layout = Layout(root)
    path, whole = f"{root}/format", FORMAT.encode()
    if not os.path.lexists(path):
        create(path, whole, tmp=layout.tmp, mode=0o644)
        return [Repaired("format", "written anew")]
    data = read_plain(path)
    is_near = len(data) == len(whole) and sum(a != b for a, b in zip(data, whole, strict=True)) == 1
    first, ours = data.partition(b"\n")[0], whole.partition(b"\n")[0]
    is_other_version = first != ours and first[:-1] == ours[:-1] and first[-1:] in b"23456789"
    if is_other_version or not (is_near or whole.startswith(data)):
        return []
    keep_copy(layout, "format")
    replace(path, whole, tmp=layout.tmp)
    return [Repaired("format", "written anew")]


def mend(store: Store, problems: Iterable[Finding]) -> list[Repaired]:
    """Set aside what is damaged beyond use, when nobody writes; records and notes that cannot be mended stay.

    Raises:
        LockedError: others write all the time.
        OSError: something cannot be moved or written; what was done stays.
    """
    found = list(problems)
    known = {name: _known(store, name) for name in _packs(found)}
    store.stats.doubt()  # that folders are stored
    with exclusive(store.layout.root, patience=PATIENCE):
        done = _Mending(store, known).run(found)
    if any(each.code == "key-malformed" for each in found):
        _ = store.secret_key
        done.append(Repaired(KEY_FILE, "mended, or set aside and made anew"))
    return done


def _packs(problems: Iterable[Finding]) -> list[str]:
    return sorted({each.path for each in problems if each.path.startswith("packs/") and each.code in _PACKS})


def _known(store: Store, path: str) -> list[Place]:
    try:
        return store.index.of_pack(os.path.basename(path))
    except CacheDamagedError:
        return []


class _Mending:
    def __init__(self, store: Store, known: dict[str, list[Place]]) -> None:
        self._store = store
        self._layout = store.layout
        self._known = known
        self._done: list[Repaired] = []

    def run(self, problems: list[Finding]) -> list[Repaired]:
        for path in self._known:
            self._pack(path)
        for each in problems:
            folder, _, name = each.path.partition("/")
            if each.code in _AWAY:
                self._aside(each.path)
            elif folder == "events" and each.code == "record-malformed":
                self._event(each.path, name)
            elif each.code == "event-gone":
                self._again(each.path, name)
            elif folder == "runs" and each.code in {"record-malformed", "run-mismatch"}:
                self._record(each.path)
            elif each.code == "origin-malformed":
                self._replaced(each.path, mended(self._read(each.path), lambda data: decode_origin(data) is not None))
            elif each.code == "altered" and each.path in {"format", ".gitignore"}:
                self._plain(each.path, (FORMAT if each.path == "format" else IGNORE).encode())
        return self._done

    def _pack(self, path: str) -> None:
        """The new pack is there before the old one goes."""
        name = os.path.basename(path)
        data, kept = self._read(path), keep_copy(self._layout, path)
        made = rescue(self._layout, name, data, self._known[path])
        os.unlink(self._full(path))
        if made == name:  # the damaged one had its name
            made = rescue(self._layout, name, data, self._known[path])
        rest = f"; what was whole is in packs/{made}" if made else ""
        self._done.append(Repaired(path, f"set aside: {kept}{rest}"))

    def _aside(self, path: str, action: str = "set aside") -> None:
        if os.path.lexists(f"{self._layout.root}/{path}"):
            self._done.append(Repaired(path, f"{action}: {set_aside(self._layout, path)}"))

    def _event(self, path: str, name: str) -> None:
        data = mended(self._read(path), lambda each: record_id(each) == name)
        if data is not None:
            self._replaced(path, data)
            return
        self._aside(path)
        self._again(path, name)

    def _again(self, path: str, name: str) -> None:
        """Write an event anew that the index still has."""
        for event, data in self._store.index.events(""):
            if event == name and record_id(data) == name and create(self._full(path), data, tmp=self._layout.tmp):
                self._done.append(Repaired(path, "put back, as the index has it"))

    def _record(self, path: str) -> None:
        run, name = path.split("/")[1:3]
        if name == "intent":
            self._replaced(path, mended(self._read(path), lambda data: record_id(data) == run))
        elif name == "seal":
            self._replaced(path, mended(self._read(path), _is_seal))

    def _replaced(self, path: str, data: bytes | None) -> None:
        if data is not None:
            put_back(self._store, path, data)
            self._done.append(Repaired(path, "one flipped bit was put right"))

    def _plain(self, path: str, whole: bytes) -> None:
        """Lines that a newer version has added stay."""
        if os.path.lexists(self._full(path)):
            if set(self._read(path).splitlines()).issuperset(whole.splitlines()):
                return
            keep_copy(self._layout, path)
        replace(self._full(path), whole, tmp=self._layout.tmp)
        self._done.append(Repaired(path, "written anew"))

    def _read(self, path: str) -> bytes:
        return read_plain(self._full(path))

    def _full(self, path: str) -> str:
        return f"{self._layout.root}/{path}"


def put_back(store: Store, path: str, data: bytes) -> None:
    """Give a file its bytes in one step; what it holds, if it is there, is kept in `aside/`. Raises ``OSError``."""
    if os.path.lexists(f"{store.layout.root}/{path}"):
        keep_copy(store.layout, path)
    replace(f"{store.layout.root}/{path}", data, tmp=store.layout.tmp)


def _is_seal(data: bytes) -> bool:
    written, _, record = data.partition(b"\n")
    return record_id(record).encode() == written
