"""What is to be another way this time: parameters, data, code, further arguments. All of it is tried before it runs."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from runlore.capture.params import params_of, typed
from runlore.errors import UsageError
from runlore.ops.names import candidates
from runlore.ops.parts import Parts
from runlore.ops.reproduction.edit import set_in_argv, set_in_file
from runlore.ops.reproduction.folder import Folder
from runlore.ops.reproduction.request import ReproduceRequest
from runlore.ops.reproduction.substitute import OtherCode
from runlore.records import tree
from runlore.records.canonical import Scalar
from runlore.records.hashing import ObjectId
from runlore.records.paths import is_below
from runlore.records.run import FileRef, Recipe
from runlore.store.paths import Paths
from runlore.store.store import Store
from runlore.store.treeedit import edited
from runlore.store.writer import ObjectWriter


class Variation(NamedTuple):
    """The recipe to run, its declared inputs, code that is not the run's own.

    ``kind`` is what the new run is to the old one: ``reproduces`` or ``retrains``; ``message`` what it says of itself;
    ``mixture`` the id of all that it is put together of, where that is parts of two runs.
    """

    recipe: Recipe
    inputs: tuple[FileRef, ...]
    code: OtherCode | None
    kind: str
    message: str | None = None
    mixture: ObjectId | None = None


def vary(  # noqa: PLR0913, PLR0917 - all that there is before it runs
    store: Store,
    request: ReproduceRequest,
    recipe: Recipe,
    parts: Parts,
    folder: Folder,
    code: OtherCode | None,
) -> Variation:
    """Change what lies in the folder, and the recipe with it, as the request wants.

    Raises:
        UsageError: a parameter or an input of that name is not on record, or cannot be set.
    """
    kind = "retrains" if request.varies or request.env != "exact" else "reproduces"
    if request.env != "exact":
        recipe = recipe._replace(environment=None)
    if code is not None:
        recipe = recipe._replace(code=code.tree)
    varying = _Varying(store, request, recipe, parts, folder)
    with store.writer() as writer:
        for name, value in request.sets.items():
            varying.set(writer, name, value)
        for old, new in request.data.items():
            varying.replace(writer, old, new)
    if request.extra:
        argv = (*varying.recipe.argv, *request.extra)
        varying.recipe = varying.recipe._replace(argv=argv, params={**varying.recipe.params, **params_of(argv)})
    return Variation(varying.recipe, varying.inputs, code, kind)


class _Varying:
    """A recipe on its way to another one."""

    def __init__(self, store: Store, request: ReproduceRequest, recipe: Recipe, parts: Parts, folder: Folder) -> None:
        self._store = store
        self._request = request
        self._parts = parts
        self._folder = folder
        self.recipe = recipe
        self.inputs = parts.intent.inputs

    def set(self, writer: ObjectWriter, name: str, text: str) -> None:
        """Give a parameter another value, where it is on the command line or in a config file."""
        known = self._parts.recipe.params
        key = name if name in known else name.replace("-", "_")
        if (argv := set_in_argv(self.recipe.argv, key, text)) is not None:
            self.recipe = self.recipe._replace(argv=argv)
        elif not self._set_in_files(writer, key, text):
            raise self._unknown(name, known, inside=key in known)
        self.recipe = self.recipe._replace(params={**self.recipe.params, key: typed(text)})

    def _set_in_files(self, writer: ObjectWriter, key: str, text: str) -> bool:
        for each in self._parts.recipe.config:
            path = each["path"]
            where = os.path.join(self._folder.path, path)
            if path.startswith("/") or not os.path.isfile(where) or not set_in_file(where, key, text):
                continue
            self._take(writer, path, where)
            return True
        return False

    def replace(self, writer: ObjectWriter, old: str, new: str) -> None:
        """Put another file or folder in the place of an input."""
        source = os.path.join(self._request.folder, new)
        if not os.path.exists(source):
            raise UsageError(f'--data: there is no "{new}"')
        paths = [ref.path for ref in self._parts.inputs]
        if not any(is_below(path, old) for path in paths):
            raise UsageError(f'--data: "{old}" is no input of the run', hint=candidates(old, paths, ()) or None)
        if old.startswith("/"):
            self._point_to(old, os.path.abspath(source))
            return
        where = os.path.join(self._folder.path, old.rstrip("/"))
        copy(source, where)
        self._take(writer, old.rstrip("/"), where)

    def _point_to(self, old: str, source: str) -> None:
        """What lies outside the project is read where the command says that it is, or beside the project."""
        argv = tuple(_swapped(word, old, source) for word in self.recipe.argv)
        if argv != self.recipe.argv:
            self.recipe = self.recipe._replace(argv=argv, params={**self.recipe.params, **params_of(argv)})
        elif self._folder.root:
            copy(source, self._folder.root + old)
        else:
            hint = "leave out --into, or change the code: --code worktree"
            raise UsageError(f'--data: the command does not name "{old}"', hint=hint)

    def _take(self, writer: ObjectWriter, path: str, where: str) -> None:
        """The file that was changed is another part of the recipe now: of its code, its config, its declared data."""
        if os.path.isdir(where):
            return  # a folder of data: what is read of it is seen
        with open(where, "rb") as file:
            digest, size, _ = writer.add_file(file.fileno())
        oid = ObjectId(digest.hex())
        recipe = self.recipe
        was = Paths(self._store.objects, recipe.code).entry(os.fsencode(path))
        if recipe.code is not None and was is not None and was.kind in {tree.FILE, tree.EXECUTABLE}:
            new = {os.fsencode(path): was._replace(digest=digest, size=size)}
            code = edited(self._store.objects, writer, bytes.fromhex(recipe.code), new)
            recipe = recipe._replace(code=ObjectId(code.digest.hex()) if code else None)
        config = tuple({**each, "oid": oid} if each["path"] == path else each for each in recipe.config)
        inputs = tuple({**each, "oid": oid} if each["path"] == path else each for each in recipe.inputs)
        self.recipe = recipe._replace(config=config, inputs=inputs)
        self.inputs = tuple(ref._replace(oid=oid, size=size) if ref.path == path else ref for ref in self.inputs)

    def _unknown(self, name: str, known: Mapping[str, Scalar], *, inside: bool) -> UsageError:
        append = f"to add it to the command: mlrun reproduce {self._request.run} -- --{name} VALUE"
        if inside:
            return UsageError(f'--set: "{name}" is neither on the command line nor in a config file', hint=append)
        return UsageError(f'--set: the run has no parameter "{name}"', hint=candidates(name, list(known), ()) or append)


def copy(source: str, target: str) -> None:
    """A copy of a file or folder in the place of what was there; it shares its blocks where the file system can."""
    import shutil  # noqa: PLC0415 - only for what stands in for an input

    from runlore.store.loose import reflink  # noqa: PLC0415 - the same

    def one(source: str, target: str) -> str:
        with open(source, "rb") as left, open(target, "wb") as right:
            shared = reflink(left.fileno(), right.fileno())
        return target if shared else shutil.copyfile(source, target)

    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(target) and not os.path.islink(target):
        shutil.rmtree(target)
    elif os.path.lexists(target):
        os.unlink(target)
    if os.path.isdir(source):
        shutil.copytree(source, target, copy_function=one)
    else:
        one(source, target)


def _swapped(word: str, old: str, new: str) -> str:
    name, equals, value = word.partition("=")
    if word == old:
        return new
    return f"{name}{equals}{new}" if value == old else word
