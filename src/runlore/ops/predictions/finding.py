"""The samples of a run: what its script told of them, or a file that it made."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import NoSamplesError, NoSuchFileError, StoreWriteError
from runlore.insight.samples.sources import CSV, JSON_LINES, Source
from runlore.ops.parts import Parts
from runlore.ops.sharing.promised import check_here
from runlore.records.canonical import Json
from runlore.records.phrases import quoted
from runlore.records.run import SAMPLES, FileRef
from runlore.records.samples import PARQUET
from runlore.store import settings
from runlore.store.durable import fresh_name
from runlore.store.store import Store
from runlore.store.whole import files_of

_FORMS = {"csv": CSV, "jsonl": JSON_LINES, "ndjson": JSON_LINES, "parquet": PARQUET}
TOLD, FILE = "told", "file"


class Found(NamedTuple):
    """Where the samples of a run are: ``told`` by its script, or in the ``file`` at ``path``; a blob in this form."""

    kind: str
    path: str | None
    form: str
    oid: str
    columns: Sequence[Mapping[str, Json]] | None = None


def find_samples(store: Store, parts: Parts, path: str | None) -> Found:
    """The samples of a run; those in the file at ``path`` where one is named.

    Raises:
        NoSamplesError: it has none, or several files may be meant.
        NoSuchFileError: it made no such file.
    """
    if parts.seal is None:
        raise NoSamplesError(f"run {parts.run[:8]} has not ended", hint="its samples can be looked at when it has")
    told = parts.seal.samples
    if path is None and told is not None:
        return Found(TOLD, None, told["format"], told["oid"], told["columns"])
    if path is not None:
        return _file(parts, _named(store, parts, path))
    candidates = _recognised(store, parts)
    if len(candidates) > 1:
        names = quoted(each.path for each in candidates)
        raise NoSamplesError(
            f"run {parts.run[:8]} made several files of samples: {names}", hint="--file PATH chooses one"
        )
    if not candidates:
        hint = "runlore.samples(...) in the script, or mlrun exec --samples FILE, or --file PATH for one that it made"
        raise NoSamplesError(f"run {parts.run[:8]} has no samples", hint=hint)
    return _file(parts, candidates[0])


def _recognised(store: Store, parts: Parts) -> list[FileRef]:
    """Outputs that were said to hold samples; without any, those with a name that says so."""
    if declared := [ref for ref in parts.outputs if ref.role == SAMPLES and ref.kind == "f"]:
        return declared
    names = settings.limits(store.layout).samples.split()
    return [
        each for ref in parts.outputs for each in files_of(store.objects, ref) if os.path.basename(each.path) in names
    ]


def _named(store: Store, parts: Parts, path: str) -> FileRef:
    wanted = os.path.normpath(path)
    made = [each for ref in parts.outputs for each in files_of(store.objects, ref)]
    found = [each for each in made if each.path == wanted] or [
        each for each in made if each.path.endswith(f"/{wanted}")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSuchFileError(f'"{path}" may be any of {quoted(each.path for each in found)}', hint="name all of it")
    tables = [each.path for each in made if _form(each.path)]
    hint = f"there is {quoted(tables)}" if tables else f"mlrun show {parts.run[:8]} lists what it made"
    raise NoSuchFileError(f'run {parts.run[:8]} made no file "{path}"', hint=hint)


def _file(parts: Parts, ref: FileRef) -> Found:
    form = _form(ref.path)
    if form is None:
        raise NoSamplesError(
            f'"{ref.path}" of run {parts.run[:8]} is no table by its name',
            hint="samples are in .csv, .jsonl or .parquet",
        )
    if not ref.stored:
        hint = "mlrun config trace.file-limit says what is kept"
        raise NoSamplesError(f'"{ref.path}" of run {parts.run[:8]} was too large to be kept', hint=hint)
    return Found(FILE, ref.path, form, ref.oid)


def _form(path: str) -> str | None:
    return _FORMS.get(path.rpartition(".")[2].lower())


@contextlib.contextmanager
def scratch(store: Store) -> Iterator[str]:
    """A folder for what is too much for memory: in the store, or, if that cannot be written, where the system says."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(store.unfinished())
            folder = f"{store.layout.tmp}/{fresh_name()}"
            os.mkdir(folder, 0o700)
            held.callback(shutil.rmtree, folder, ignore_errors=True)
        except (StoreWriteError, OSError):
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="mlrun-samples-"))
        yield folder


def put_down(store: Store, run: str, found: Found, folder: str, name: str) -> Source:
    """The blob as a file in ``folder``, verified.

    Raises:
        NotPulledError: the run was pulled, and it is not here.
        CorruptError: it is missing or damaged.
    """
    check_here(store, run, found.oid, "what it told of samples" if found.kind == TOLD else f'"{found.path}"')
    path = f"{folder}/{name}"
    with open(path, "xb") as file:
        file.writelines(store.objects.blob_chunks(bytes.fromhex(found.oid)))
    return Source(path, found.form, found.columns)
