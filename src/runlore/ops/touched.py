"""What a run touched, put into the store: its inputs and outputs, and what they add to its recipe."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from runlore.capture.access.ground import ground
from runlore.capture.access.imported import imported
from runlore.capture.access.meaning import Meaning, Seen, understand
from runlore.capture.access.observer import Observer
from runlore.capture.access.taken import Found, Taker
from runlore.capture.access.touch import READ, Touch
from runlore.capture.config import MAX_VALUES_BYTES, ConfigFile, is_config, read_config
from runlore.capture.content import changed_at, size_of
from runlore.capture.data import relative
from runlore.capture.dvc.traces import md5_in
from runlore.ops.nested import REUSED, Nested, without
from runlore.records import tree
from runlore.records.canonical import Scalar
from runlore.records.hashing import ObjectId
from runlore.records.phrases import named
from runlore.records.run import FileRef, Recipe, Warn
from runlore.store.pack import BLOB
from runlore.store.paths import Paths
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter

_CODE = frozenset(
    (".py", ".pyi", ".pyx", ".pxd", ".ipynb", ".sh", ".bash", ".zsh", ".r", ".jl", ".c", ".h", ".cc", ".cpp", ".hpp",
     ".cu", ".cuh", ".rs", ".go", ".java", ".js", ".mjs", ".ts", ".lua", ".pl", ".rb", ".m", ".mk", ".cmake", ".so",
     ".scala", ".kt", ".swift", ".f90", ".sql", ".smk", ".nf", ".cfg", ".ini")
)  # fmt: skip
_NAMED_CODE = frozenset(("makefile", "dockerfile", "snakefile", "justfile", "pyproject.toml", "setup.cfg"))
_COMPOSED = "/.hydra/config.yaml"
"""Where Hydra writes the configuration that it has put together."""


class Places(NamedTuple):
    """Where a run's paths lie: the top of its project, its variables, where its interpreters lie and import from.

    ``given`` are files that it got already open to read, such as its standard input; ``nested`` the runs inside it.
    ``root`` stands before the paths of files that lay outside the project, where a run is repeated; they are on
    record without it. ``began`` is when it did (ns since 1970 UTC), 0 if that is not known.
    """

    top: str
    environ: Mapping[str, str]
    prefixes: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    given: tuple[str, ...] = ()
    nested: tuple[Nested, ...] = ()
    root: str = ""
    began: int = 0


class Touched(NamedTuple):
    """What came of watching a run.

    ``written`` are the absolute paths of what it made, ``order`` the paths of the outputs as they were finished,
    ``packages`` the files of the environment that it read, ``made_folders`` those of the project that it made.
    """

    inputs: tuple[FileRef, ...]
    outputs: tuple[FileRef, ...]
    config: tuple[Mapping[str, str], ...]
    params: Mapping[str, Scalar]
    imported: tuple[str, ...] | None
    folders: tuple[str, ...]
    network: tuple[str, ...]
    written: tuple[str, ...]
    order: tuple[str, ...]
    warnings: tuple[Warn, ...]
    packages: tuple[bytes, ...] = ()
    made_folders: tuple[str, ...] = ()


NOTHING = Touched((), (), (), {}, None, (), (), (), (), ())


def touched(  # noqa: PLR0913, PLR0917 - everything that it depends on
    store: Store,
    writer: ObjectWriter,
    observer: Observer,
    recipe: Recipe,
    places: Places,
    on_read: Callable[[int], None] | None = None,
) -> Touched:
    """Take in what ``observer`` saw of a run, but for what its ``recipe`` has already."""
    if observer.name == "none":
        return NOTHING
    lie = ground(places.top, store.layout.root, dict(places.environ), places.prefixes)
    saved = os.fsencode(observer.place.saved)
    given = [Touch(READ, 0, 0, os.fsencode(path)) for path in places.given]
    meaning = understand(without(chain(given, observer.touches()), places.nested), lie, saved)
    taker = Taker(store, writer, places.top, on_read)
    sorted_out = _Sorter(store, writer, recipe, places.top)
    inputs = _with_stdin(sorted_out.inputs(_unlinked(store, recipe, places, meaning.inputs), taker), places)
    outputs = taker.take(_outputs(meaning.outputs))
    sorted_out.composed(meaning.outputs)
    return Touched(
        inputs=_as_they_lay(inputs, places.root),
        outputs=_as_they_lay(outputs, places.root),
        config=tuple(sorted_out.config),
        params=sorted_out.params,
        imported=imported(meaning.packages),
        folders=_listed(meaning, places),
        network=meaning.network,
        written=tuple(os.fsdecode(each.path) for each in meaning.outputs),
        order=_in_order(outputs, meaning.outputs, places),
        warnings=(*taker.warnings, *_warnings(meaning, observer, places.nested)),
        packages=meaning.packages,
        made_folders=_made_folders(meaning.outputs, places),
    )


def _unlinked(store: Store, recipe: Recipe, places: Places, seen: tuple[Seen, ...]) -> Iterable[Seen]:
    """What was read, by its paths in the project where DVC has put links to its cache there."""
    if not any(md5_in(each.path) for each in seen):
        return seen
    from runlore.ops.dvc.linked import linked  # noqa: PLC0415 - for most runs it would be loaded in vain

    return linked(store.objects, recipe.code, os.path.realpath(places.top), places.environ, seen)


def _with_stdin(inputs: Iterable[FileRef], places: Places) -> list[FileRef]:
    """The inputs, with that marked which the command got already open: no path in its words leads to it."""
    top = os.path.realpath(places.top)
    given = {relative(os.path.realpath(path), top) for path in places.given}
    return [ref._replace(role="stdin") if ref.path in given else ref for ref in inputs]


def _made_folders(outputs: Iterable[Seen], places: Places) -> tuple[str, ...]:
    """The outermost folders of the project that the run made for its outputs."""
    top = os.path.realpath(os.fsencode(places.top))
    folders = {folder for each in outputs if (folder := os.path.dirname(each.path)).startswith(top + b"/")}
    if not folders or not places.began:
        return ()
    from runlore.capture.birth import made_since  # noqa: PLC0415 - takes ctypes

    return tuple(os.fsdecode(path[len(top) + 1 :]) for path in made_since(folders, top, places.began))


def _listed(meaning: Meaning, places: Places) -> tuple[str, ...]:
    """The folders whose entries were listed, but for those that were searched for modules."""
    top = os.path.realpath(places.top)
    paths = [path for path in map(os.fsdecode, meaning.folders) if path not in places.imports]
    return tuple(sorted(relative(path, top).removeprefix(places.root) for path in paths))


def _in_order(refs: Iterable[FileRef], seen: Iterable[Seen], places: Places) -> tuple[str, ...]:
    """The paths of the outputs, sorted by when the last byte was written to each; of a folder to its first file."""
    top = os.path.realpath(places.top)
    written = {os.path.join(top, ref.path): ref.path for ref in refs}
    first: dict[str, int] = {}
    for each in seen:
        at, path = changed_at(each.state), os.fsdecode(each.path)
        while path not in written and len(path) > 1:
            path = os.path.dirname(path)
        if path in written:
            first[path] = min(at, first.get(path, at))
    return tuple(written[path].removeprefix(places.root) for path in sorted(first, key=lambda path: first[path]))


def _as_they_lay(refs: Iterable[FileRef], root: str) -> tuple[FileRef, ...]:
    """References sorted by path, those below ``root`` by the path that they had without it."""
    if root:
        refs = [ref._replace(path=ref.path.removeprefix(root)) for ref in refs]
    return tuple(sorted(refs, key=lambda ref: ref.path))


class _Sorter:
    """Tells what was read apart: code and data that the code tree has, config files, and what is new."""

    def __init__(self, store: Store, writer: ObjectWriter, recipe: Recipe, top: str) -> None:
        self._writer = writer
        self._top = os.path.realpath(top)
        self._code = Paths(store.objects, recipe.code)
        self._known = {each["path"] for each in (*recipe.config, *recipe.inputs)}
        self.config: list[Mapping[str, str]] = []
        self.params: dict[str, Scalar] = {}

    def inputs(self, seen: Iterable[Seen], taker: Taker) -> Iterator[FileRef]:
        """References to the data among what was read, and to code that the tree does not have."""
        new = []
        for each in seen:
            path = os.fsdecode(each.path)
            name = os.path.relpath(path, self._top) if path.startswith(self._top + "/") else path
            if self._declared(name):
                continue
            code, entry = is_code(path), self._code.entry(os.fsencode(name))
            if not code and not name.startswith("/") and is_config(path) and self._take_config(each, path, name):
                continue
            if entry is None or entry.kind == tree.FOLDER:
                is_link = each.where != each.path and os.path.realpath(each.path) == each.where
                new.append(Found(each.path, each.state, each.where, "code" if code else "data", linked=is_link))
            elif not code:
                yield _from_code(name, entry, stored=self._writer.has(entry.digest, BLOB))
        yield from taker.take(new)

    def composed(self, seen: Iterable[Seen]) -> None:
        """Parameters from configurations that the run itself has put together."""
        for each in seen:
            path = os.fsdecode(each.path)
            if path.endswith(_COMPOSED):
                self.params |= read_config(path).values

    def _declared(self, name: str) -> bool:
        """Whether the path, or a folder that it is in, was declared."""
        while name:
            if name in self._known:
                return True
            name = name.rpartition("/")[0]
        return False

    def _take_config(self, each: Seen, path: str, name: str) -> bool:
        """Whether it is a small file that says something, and is now among the configs."""
        if each.where != each.path or (each.state and size_of(each.state) > MAX_VALUES_BYTES):
            return False
        found = read_config(path)
        if not _says_something(found):
            return False
        self.params |= found.values
        self.config.append({"path": name, "oid": self._writer.add_blob(found.data or b"").hex()})
        return True


def is_code(path: str) -> bool:
    """Whether a file of this name is a program or part of one."""
    name = os.path.basename(path).lower()
    return os.path.splitext(name)[1] in _CODE or name in _NAMED_CODE


def _says_something(config: ConfigFile) -> bool:
    """Whether it is small, whole, and has values: a list of a thousand annotations is data."""
    return config.data is not None and bool(config.values) and not config.warnings


def _outputs(seen: Iterable[Seen]) -> Iterator[Found]:
    for each in seen:
        yield Found(each.path, each.state, each.where, _role(each), read=False)


def _role(output: Seen) -> str:
    if output.added:
        return "added"
    return "begun" if output.keeps else "intermediate" if output.reread else "data"


def _from_code(name: str, entry: tree.Entry, *, stored: bool) -> FileRef:
    """A reference to data that lies in the code tree."""
    return FileRef(
        path=name,
        oid=ObjectId(entry.digest.hex()),
        size=entry.size,
        stored=stored,
        how="traced",
        kind=entry.kind.decode(),
        role="data",
    )


def _warnings(meaning: Meaning, observer: Observer, inner: Iterable[Nested]) -> Iterator[Warn]:
    if meaning.network:
        yield Warn("network-used", "it used the network: " + named(meaning.network))
    for why in meaning.lost:
        yield Warn("trace-incomplete", f"not everything it touched was seen: {why}")
    if names := observer.unobserved(meaning.processes):
        yield Warn("unobserved", "what these programs touched was not seen: " + named(names))
    # strace follows them; what the inner run left unwatched is watched by the outer one.
    seen = {"none"} if observer.name != "strace" else {each.rung for each in inner} - {REUSED}
    if runs := [each.run[:12] for each in inner if each.rung not in seen]:
        yield Warn("unobserved", "what its own mlrun exec ran is on record there, and not here: " + named(runs))
