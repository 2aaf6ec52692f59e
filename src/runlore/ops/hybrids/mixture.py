"""Two runs taken apart into their differences, and put together again with some of the one and some of the other."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from runlore.capture.params import params_of
from runlore.ops.difference.tables import values_of
from runlore.ops.hybrids.difference import DATA, ENVIRONMENT, MACHINE, PARAMS, PARTS, Difference, LeftOut
from runlore.ops.hybrids.files import Changed, changed_files, placed
from runlore.ops.hybrids.packages import PYTHON, Environments, environments
from runlore.ops.hybrids.words import Pair, pairs
from runlore.ops.parts import Parts, read_recipe
from runlore.records import tree
from runlore.records.canonical import Json
from runlore.records.environment import encode_environment
from runlore.records.hashing import ObjectId, record_id
from runlore.records.run import FileRef, Recipe, encode_recipe
from runlore.store.pack import BLOB
from runlore.store.store import Store
from runlore.store.treeedit import edited
from runlore.store.writer import ObjectWriter

_WHOLE = -1
"""The place of a change that is a whole file."""


class Mixed(NamedTuple):
    """Records of a run that has not been: ``parts`` as if it had been, ``begun`` the recipe that it begins with."""

    parts: Parts
    begun: Recipe
    is_other_code: bool
    git: Mapping[str, Json] | None = None
    """Which commit the other code is that of, as an intent says it."""

    @property
    def id(self) -> ObjectId:
        """What stands for all that it is put together of, the data that is only seen when it runs included."""
        return record_id(encode_recipe(self.parts.recipe))


def as_it_was(store: Store, parts: Parts) -> Mixed:
    """A run as it was; raises `CorruptError`."""
    begun = read_recipe(store, parts.run, parts.intent.recipe)
    return Mixed(parts, begun._replace(environment=parts.recipe.environment), is_other_code=False)


class Mixture:
    """All mixtures of two runs."""

    def __init__(self, store: Store, a: Parts, b: Parts) -> None:
        """Raises `CorruptError` if a record that is needed is damaged."""
        self._store = store
        self.a, self.b = a, b
        self.left_out: list[LeftOut] = []
        self.differences: list[Difference] = []
        self._words: list[tuple[Pair, int | None]] = []
        self._variables: dict[str, int] = {}
        self._packages: dict[str, int] = {}
        self._files: dict[str, Changed] = {}
        self._changes: dict[str, dict[int, int]] = {}
        """Of each file the places of its changes, and which difference each is."""
        self._environments: Environments | None = None
        self._find()

    def groups(self) -> list[list[int]]:
        """The differences that are looked for first, by part."""
        finer = {each for difference in self.differences for each in difference.finer}
        found: dict[str, list[int]] = {part: [] for part in PARTS}
        for number, difference in enumerate(self.differences):
            if number not in finer:
                found[difference.part].append(number)
        return [group for group in found.values() if group]

    def _add(self, part: str, label: str, lines: tuple[str, ...] = (), finer: tuple[int, ...] = ()) -> int:
        self.differences.append(Difference(part, label, lines, finer))
        return len(self.differences) - 1

    def _find(self) -> None:
        files = {each.path: each for each in changed_files(self._store, self.a, self.b, self.left_out)}
        self._find_words(files)
        self._find_variables()
        for each in files.values():
            self._find_in(each)
        self._environments = environments(self._store, self.a, self.b, self.left_out)
        if self._environments is not None:
            for name in self._environments.names:
                self._packages[name] = self._add(ENVIRONMENT, self._environments.label(name))

    def _find_words(self, files: dict[str, Changed]) -> None:
        """Options and words. A file that only one command names goes with the word that names it."""
        found = pairs(self.a.recipe.argv, self.b.recipe.argv)
        labels = [pair.label for pair in found if pair.a != pair.b]
        place = 0
        for pair in found:
            where = f" (word {place})" if labels.count(pair.label) > 1 else ""
            place += len(pair.b)
            number = None if pair.a == pair.b else self._add(PARAMS, pair.label + where)
            self._words.append((pair, number))
            if number is not None:
                for path in [path for path, each in files.items() if self._is_named(each, pair)]:
                    self._files[path] = files.pop(path)
                    self._changes[path] = {_WHOLE: number}

    def _is_named(self, each: Changed, pair: Pair) -> bool:
        """Whether a word of the command with another in its place names the file, which the other run does not have."""
        if each.in_code or (each.a is None) == (each.b is None):
            return False
        parts, unit = (self.b, pair.b) if each.a is None else (self.a, pair.a)
        top = parts.intent.top or "/"
        names = {word.partition("=")[2] if "=" in word else word for word in unit}
        paths = {os.path.normpath(os.path.join(top, parts.recipe.cwd, name)) for name in names if name}
        return os.path.normpath(os.path.join(top, each.path)) in paths

    def _find_variables(self) -> None:
        old, new = self.a.recipe.variables, self.b.recipe.variables
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                label = f"{name} {old.get(name, 'not set')} -> {new.get(name, 'not set')}"
                self._variables[name] = self._add(MACHINE, label)

    def _find_in(self, each: Changed) -> None:
        """A file: whole, or change by change; of data whole, and then change by change if it is to blame."""
        self._files[each.path] = each
        single: dict[int, int] = {}
        if each.texts is not None and (len(each.texts.changes) > 1 or each.part != DATA):
            lines = [each.texts.line(change) for change in each.texts.changes]
            for at, change in enumerate(each.texts.changes):
                said = each.texts.said(change)
                more = "" if lines.count(lines[at]) == 1 else f" {said[-1][1:].strip(' ,{}')}"
                single[at] = self._add(each.part, f"{each.path}:{lines[at]}{more}", said)
        if each.part == DATA or not single:
            finer = tuple(single.values())
            single[_WHOLE] = self._add(each.part, f"{each.path}{_only(each)}", finer=finer)
        self._changes[each.path] = single

    def mixed(self, chosen: Collection[int]) -> Mixed:
        """The first run with these differences as in the second; what it takes is put into the store."""
        wanted = frozenset(chosen)
        with self._store.writer() as writer:
            files = {path: self._file(writer, path, wanted) for path in self._files}
            changed = {path: entry for path, entry in files.items() if entry != self._files[path].a}
            edit = self._edit(writer, wanted, changed)
            parts = self.a._replace(
                recipe=edit(self.a.recipe),
                intent=self.a.intent._replace(inputs=self._refs(writer, self.a.intent.inputs, changed)),
            )
            if parts.seal is not None:
                added = self._added(changed)
                seen = self._refs(writer, (*parts.seal.inputs, *added), changed)
                is_other = self._packages.get(PYTHON) in wanted
                python = (self.b if is_other else self.a).interpreter
                parts = parts._replace(seal=parts.seal._replace(inputs=seen, interpreter=python))
            begun = edit(as_it_was(self._store, self.a).begun)
        # What a new config file says can be read once it is in the store.
        parts = parts._replace(recipe=self._with_params(parts.recipe))
        return Mixed(parts, self._with_params(begun), begun.code != self.a.recipe.code)

    def _file(self, writer: ObjectWriter, path: str, wanted: frozenset[int]) -> tree.Entry | None:
        """What a file is then; a part of its changes makes a new one."""
        each, single = self._files[path], self._changes[path]
        if single.get(_WHOLE) in wanted:
            return each.b
        places = {at for at, number in single.items() if at != _WHOLE and number in wanted}
        if not places:
            return each.a
        assert each.texts is not None and each.a is not None  # noqa: S101, PT018 - else there would be no such places
        if len(places) == len(each.texts.changes):
            return each.b
        data = each.texts.mixed(places)
        return each.a._replace(digest=writer.add_blob(data), size=len(data))

    def _edit(
        self, writer: ObjectWriter, wanted: frozenset[int], changed: Mapping[str, tree.Entry | None]
    ) -> Callable[[Recipe], Recipe]:
        """What makes of a recipe of the first run that of the mixture."""
        argv = tuple(word for pair, number in self._words for word in (pair.b if number in wanted else pair.a))
        variables = {**self.a.recipe.variables}
        for name, number in self._variables.items():
            if number in wanted:
                variables.pop(name, None)
                if (value := self.b.recipe.variables.get(name)) is not None:
                    variables[name] = value
        environment = self._environment(writer, wanted)
        code = self._code(writer, changed)
        config = tuple(self._config(changed))

        def edit(recipe: Recipe) -> Recipe:
            return recipe._replace(
                argv=argv,
                variables=variables,
                environment=environment,
                code=code,
                config=config,
                inputs=tuple(self._identities(writer, recipe, changed)),
            )

        return edit

    def _environment(self, writer: ObjectWriter, wanted: frozenset[int]) -> ObjectId | None:
        names = {name for name, number in self._packages.items() if number in wanted}
        if self._environments is None or not names:
            return self.a.recipe.environment
        return ObjectId(writer.add_record(encode_environment(self._environments.mixed(names))))

    def _code(self, writer: ObjectWriter, changed: Mapping[str, tree.Entry | None]) -> ObjectId | None:
        code = self.a.recipe.code
        of_code = {os.fsencode(path): entry for path, entry in changed.items() if self._files[path].in_code}
        if code is None or not of_code:
            return code
        made = edited(self._store.objects, writer, bytes.fromhex(code), of_code)
        return None if made is None else ObjectId(made.digest.hex())

    def _config(self, changed: Mapping[str, tree.Entry | None]) -> Iterator[dict[str, str]]:
        """The config files. What only one run had is there where its file is."""
        for recipe in (self.a.recipe, self.b.recipe):
            for each in recipe.config:
                path = each["path"]
                known = recipe is self.a.recipe or all(path != other["path"] for other in self.a.recipe.config)
                entry = changed.get(path)
                if path in changed and entry is not None and known:
                    yield {"path": path, "oid": entry.digest.hex()}
                elif path not in changed and recipe is self.a.recipe:
                    yield dict(each)

    def _with_params(self, recipe: Recipe) -> Recipe:
        """With the parameters as far as files and the command say them; for who reads the record."""
        told = params_of(self.a.recipe.argv)
        found = {key: value for key, value in recipe.params.items() if key not in told}
        for each in recipe.config:
            if self._store.objects.has(bytes.fromhex(each["oid"]), BLOB):
                found.update(values_of(self._store, each["path"], each["oid"]) or {})
        return recipe._replace(params={**found, **params_of(recipe.argv)})

    def _identities(
        self, writer: ObjectWriter, recipe: Recipe, changed: Mapping[str, tree.Entry | None]
    ) -> Iterator[dict[str, str]]:
        refs = [
            FileRef(each["path"], ObjectId(each["oid"]), 0, stored=True, how="declared", kind=each["kind"])
            for each in recipe.inputs
        ]
        if recipe is self.a.recipe:
            refs += self._added(changed)
        for ref in sorted(self._refs(writer, tuple(refs), changed), key=lambda ref: ref.path):
            yield {"path": ref.path, "oid": ref.oid, "kind": ref.kind}

    def _added(self, changed: Mapping[str, tree.Entry | None]) -> Iterator[FileRef]:
        """The data that only the second run read and that is wanted."""
        there = {ref.path for ref in self.a.inputs}
        for ref in self.b.inputs:
            if ref.path in changed and ref.path not in there and not self._files[ref.path].in_code:
                yield ref

    def _refs(
        self, writer: ObjectWriter, refs: tuple[FileRef, ...], changed: Mapping[str, tree.Entry | None]
    ) -> tuple[FileRef, ...]:
        return tuple(now for ref in refs if (now := self._ref(writer, ref, changed)) is not None)

    def _ref(self, writer: ObjectWriter, ref: FileRef, changed: Mapping[str, tree.Entry | None]) -> FileRef | None:
        """A file or folder of data as it is then; ``None`` where it is not there."""
        if ref.path in changed:
            entry = changed[ref.path]
            if entry is None:
                return None
            kind = entry.kind.decode()
            return ref._replace(oid=ObjectId(entry.digest.hex()), size=entry.size, kind=kind)
        if ref.kind == "d" and (inside := placed(ref, changed)):
            made = edited(self._store.objects, writer, bytes.fromhex(ref.oid), inside)
            return None if made is None else ref._replace(oid=ObjectId(made.digest.hex()), size=made.size)
        return ref


def _only(each: Changed) -> str:
    return " only in b" if each.a is None else " only in a" if each.b is None else ""
