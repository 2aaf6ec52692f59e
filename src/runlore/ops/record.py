"""A run's records before the command starts: everything is captured, and the intent written."""

import os
import time
from collections.abc import Mapping
from typing import NamedTuple

from runlore.capture.caution import dirty_submodules, not_kept
from runlore.capture.code import CODE, Code, snapshot_code
from runlore.capture.config import ConfigFile, config_paths, merge, read_config
from runlore.capture.data import DataCapture, relative
from runlore.capture.hardware import host_name, read_hardware
from runlore.capture.listing import Listing, list_code
from runlore.capture.params import params_of
from runlore.capture.patch import make_patch, patch_warnings
from runlore.capture.snapshot import Snapshot
from runlore.capture.standard_input import standard_input
from runlore.capture.variables import kept_variables, other_variables
from runlore.errors import UsageError
from runlore.ops.author import user_at
from runlore.ops.counted import Progress
from runlore.ops.interpreter import add_environment, remembered_report
from runlore.ops.project import Project
from runlore.ops.redaction import Redactor
from runlore.ops.request import ExecRequest
from runlore.ops.results import LeftOut
from runlore.records.fields import to_json
from runlore.records.git import GitFacts
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef, Intent, Recipe, Warn, by_path, encode_intent, encode_recipe
from runlore.store import settings
from runlore.store.boot import boot_id
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter


class Command(NamedTuple):
    """What will run, the interpreter that was chosen for a script, and the variables it will see."""

    argv: tuple[str, ...]
    interpreter: str | None
    environ: Mapping[str, str]


class Prepared(NamedTuple):
    """What is on record before the command starts; ``warnings`` include what could not be read."""

    started_at: int
    intent: bytes
    recipe: Recipe
    listing: Listing
    code: Code
    inputs: tuple[FileRef, ...]
    patch: ObjectId | None
    new_bytes: int
    warnings: tuple[Warn, ...]


def prepare(store: Store, project: Project, request: ExecRequest, command: Command, progress: Progress) -> Prepared:
    """Capture everything into the store; durable on return, but for the intent.

    Raises:
        UsageError: a declared path does not exist.
        StoreWriteError: the store cannot be written; then nothing is left in it.
    """
    started_at = time.time_ns()
    settled = store.clock()
    listing = list_code(project.top)
    redactor = Redactor(store.secret_key)
    taken = _take(store, project, request, command, listing, settled, redactor, Counter("reading files", progress))
    intent = _intent(request, command, listing, taken, started_at, redactor)
    others = other_variables(command.environ, taken.recipe.variables, store.secret_key)
    intent = intent._replace(top=project.top, others=others, stdin=standard_input(project.top))
    return Prepared(
        started_at=started_at,
        intent=encode_intent(intent),
        recipe=taken.recipe,
        listing=listing,
        code=taken.code,
        inputs=taken.inputs,
        patch=taken.patch,
        new_bytes=taken.new_bytes,
        warnings=(*intent.warnings, *intent.skipped),
    )


class _Taken(NamedTuple):
    """What went into the store."""

    recipe: Recipe
    recipe_id: ObjectId
    patch: ObjectId | None
    code: Code
    inputs: tuple[FileRef, ...]
    new_bytes: int
    warnings: tuple[Warn, ...]


def _take(  # noqa: PLR0913, PLR0917 - everything that a run is made of
    store: Store,
    project: Project,
    request: ExecRequest,
    command: Command,
    listing: Listing,
    settled: int,
    redactor: Redactor,
    count: "Counter",
) -> _Taken:
    """Put code, data, config files, patch, environment and recipe into the store, in one batch."""
    limits = settings.limits(store.layout)
    for path in request.config:
        if not os.path.isfile(os.path.join(request.folder, path)):
            raise UsageError(f'"{path}": no such config file', hint="paths are relative to the working folder")
    configs = [read_config(path) for path in config_paths(request.argv, request.config, cwd=request.folder)]
    with store.writer() as writer:
        snapshot = Snapshot(store.stats, writer, settled=settled, prefix=CODE, on_read=count)
        code = snapshot_code(project.top, listing.rows, snapshot, limits)
        data = DataCapture(store, writer, limits, settled=settled, on_read=count)
        inputs = by_path(data.take(path, cwd=request.folder, top=project.top) for path in request.data)
        patch = make_patch(listing, scratch=store.layout.tmp)
        argv = redactor.argv(request.argv)
        recipe = Recipe(
            argv=argv,
            cwd=relative(request.folder, project.top),
            code=code.tree,
            params=redactor.params(merge(configs, params_of(argv))),
            config=tuple(_config(each, project.top, writer) for each in configs if each.data is not None),
            environment=_expected_environment(store, request, command, writer),
            inputs=tuple({"path": ref.path, "oid": ref.oid, "kind": ref.kind} for ref in inputs),
            variables=kept_variables(command.environ),
        )
        recipe_id = ObjectId(writer.add_record(encode_recipe(recipe)))
        patch_id = None if patch is None else ObjectId(writer.add_blob(patch).hex())
    store.stats.flush()
    warnings = [*listing.warnings, *snapshot.warnings, *data.warnings, *patch_warnings(patch or b"")]
    warnings += [warning for each in configs for warning in each.warnings]
    warnings += (*dirty_submodules(listing.git), *not_kept(inputs, (), limits))
    return _Taken(recipe, recipe_id, patch_id, code, inputs, writer.new_bytes, tuple(warnings))


def _expected_environment(
    store: Store, request: ExecRequest, command: Command, writer: ObjectWriter
) -> ObjectId | None:
    """The environment that the program will find, if it told us the last time and nothing changed since."""
    if request.trace == "off":
        return None
    report = remembered_report(store.stats, command.argv[0], command.environ)
    return None if report is None else add_environment(store.stats, writer, report)


def _intent(  # noqa: PLR0913, PLR0917 - everything that is known before the start
    request: ExecRequest, command: Command, listing: Listing, taken: _Taken, started_at: int, redactor: Redactor
) -> Intent:
    host = host_name()
    name = redactor.label(request.name, "the name")
    experiment = redactor.label(request.experiment, "the experiment")
    message = redactor.label(request.message, "the message")
    git = None if listing.git is None else to_json(_without_secrets(listing.git, redactor))
    skipped, warnings = redactor.warns(listing.skipped), redactor.warns(taken.warnings)
    return Intent(
        recipe=taken.recipe_id,
        name=name,
        experiment=experiment,
        message=message,
        started_at=started_at,
        author=listing.author or user_at(host),
        host=host,
        boot=boot_id(),
        nonce=os.urandom(16).hex(),
        interpreter=command.interpreter,
        code_files=taken.code.files,
        code_bytes=taken.code.bytes,
        git=git,
        patch=taken.patch,
        inputs=taken.inputs,
        omitted=taken.code.omitted,
        skipped=skipped,
        hardware=read_hardware(),
        warnings=(*warnings, *redactor.warnings()),
    )


def _without_secrets(git: GitFacts, redactor: Redactor) -> GitFacts:
    remotes = {name: redactor.text(url, f'the address of remote "{name}"') for name, url in git.remotes.items()}
    return git._replace(remotes=remotes)


def left_out(listing: Listing) -> tuple[LeftOut, ...]:
    """What lies in the project and is not its code, as results show it."""
    return tuple(
        LeftOut(path=each.path, reason=each.reason, files=each.files, bytes=each.bytes, partial=each.partial)
        for each in listing.left_out
    )


class Counter:
    """Adds up bytes and passes the sum on as progress."""

    def __init__(self, what: str, progress: Progress) -> None:
        """``what`` is going on."""
        self._what = what
        self._progress = progress
        self._done = self._total = 0

    def expect(self, count: int) -> None:
        """So many more bytes are to be done."""
        self._total += count

    def __call__(self, count: int) -> None:
        """So many more bytes are done."""
        self._done += count
        self._progress(self._what, min(self._done, self._total) if self._total else self._done, self._total)


def _config(config: ConfigFile, top: str, writer: ObjectWriter) -> Mapping[str, str]:
    oid = writer.add_blob(config.data or b"").hex()
    # Behind a link, "link/.." is not the folder that the link is in: only real names are put together.
    folder, name = os.path.split(config.path)
    path = os.path.join(os.path.realpath(folder), name) if ".." in folder.split("/") else os.path.normpath(config.path)
    return {"path": relative(path, top), "oid": oid}
