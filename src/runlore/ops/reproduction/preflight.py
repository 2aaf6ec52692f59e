"""What repeating a run would take: what is at hand, what must be fetched, what nothing can give again. Runs nothing."""

import os
from collections.abc import Iterator, Mapping, Sequence

from runlore.capture.hardware import read_hardware
from runlore.execute.environment.check import check as check_environment
from runlore.execute.environment.finding import DIFFERS, FETCH, MISSING, NEAREST, Finding
from runlore.ops.dvc.bringing import Brought, at_hand, in_cache
from runlore.ops.dvc.kept import Kept
from runlore.ops.outside import Elsewhere
from runlore.ops.parts import Parts
from runlore.ops.rebuilt import UNCHANGED
from runlore.ops.reproduction.neighbours import Ways
from runlore.ops.reproduction.packages import recorded
from runlore.ops.reproduction.request import stands_below
from runlore.ops.reproduction.results import Part
from runlore.records.paths import is_below
from runlore.records.phrases import counted, quoted
from runlore.records.run import FileRef
from runlore.store.store import Store
from runlore.store.whole import lacking, lacking_below

READY, TO_FETCH, UNCERTAIN, IMPOSSIBLE = "ready", "fetch", "uncertain", "impossible"
COMPLETE = "complete"
_NAMED = 3
"""Files or packages that one line names."""
_DOUBTS = {
    "file-changed-during-run": "a file changed while it ran, so what it read is not certain",
    "network-used": "it used the network, which may answer otherwise now",
    "unseeded": "a random generator was not seeded",
    "trace-incomplete": "not everything that it touched was seen",
    "unobserved": "programs ran that could not be watched",
    "input-on-remote-mount": "an input lies where others can change it",
}
_MARK = "<secret:"
_NONE = "it read none beside its code"


def grade_of(parts: Sequence[Part]) -> str:
    """``complete``, ``uncertain`` or ``impossible``."""
    statuses = {part.status for part in parts}
    if IMPOSSIBLE in statuses:
        return IMPOSSIBLE
    return UNCERTAIN if UNCERTAIN in statuses else COMPLETE


class Preflight:
    """Looks at each part of a run."""

    def __init__(
        self,
        store: Store,
        parts: Parts,
        environ: Mapping[str, str],
        *,
        trusted: bool,
        brought: Brought | None = None,
    ) -> None:
        """``environ`` has the person's settings for uv, pip and DVC; ``trusted``: what the run names may be executed.

        ``brought`` came from DVC's remotes; ``None`` if they were not asked yet.
        """
        self._trusted = trusted
        self._store = store
        self._parts = parts
        self._environ = environ
        self._elsewhere = Elsewhere(store)
        self._ways = Ways(parts)
        self._kept = Kept(store, parts, environ)
        self._brought: Mapping[str, Sequence[str]] = brought.remotes if brought else {}
        self._failures = tuple(brought.failures) if brought else ()
        self._may_ask = brought is None

    def parts(
        self, *, replaced: Mapping[str, str], code: bool = True, environment: bool = True, elsewhere: bool = True
    ) -> tuple[Part, ...]:
        """One line or more for each; ``replaced`` are inputs that others stand in for; without what is replaced.

        ``elsewhere`` is whether there is a place for what lay outside the project.

        Raises:
            CorruptError: the environment's record is damaged.
        """
        found = [*(self._code() if code else ()), *self._inputs(replaced, elsewhere=elsewhere)]
        if environment:
            found += self._environment()
        return (*found, *self._command(), *self._machine(), *self._record())

    def _code(self) -> Iterator[Part]:
        oid = self._parts.recipe.code
        if oid is None:
            yield Part("code", IMPOSSIBLE, "no code is on record")
            return
        missing = list(lacking_below(self._store.objects, oid))
        gone = [each.path or "." for each in missing if not self._borrow(each)]
        if gone:
            yield Part("code", IMPOSSIBLE, f"not in the store: {quoted(gone, _NAMED)}", self._hint(gone[0]))
        else:
            files = self._parts.intent.code_files
            borrowed = f", {len(missing)} of them as they still lie in the project" if missing else ""
            yield Part("code", READY, counted(files, "file") + borrowed)
        for skipped in self._parts.intent.skipped:
            yield Part("code", UNCERTAIN, skipped.message)

    def _inputs(self, replaced: Mapping[str, str], *, elsewhere: bool) -> Iterator[Part]:
        refs = [ref for ref in self._parts.inputs if not stands_below(ref.path, replaced)]
        inside = [ref for ref in refs if not ref.path.startswith("/")]
        lacked = {ref.path: lack for ref in inside if (lack := self._nowhere(ref))}
        to_fetch = self._from_remotes(lacked) if self._may_ask else {}
        gone = [path for path in lacked if path not in to_fetch]
        if gone:
            hint = f"--data {gone[0]}=OTHER puts another file in its place"
            why = "neither in the store nor unchanged on the disk"
            said = "; ".join((f"{why}: {quoted(gone, _NAMED)}", *self._failures[:_NAMED]))
            yield Part("inputs", IMPOSSIBLE, said, hint)
        for remote in dict.fromkeys(to_fetch.values()):
            some = [path for path, name in to_fetch.items() if name == remote]
            yield Part("inputs", TO_FETCH, f'from DVC\'s remote "{remote}", if it has them: {quoted(some, _NAMED)}')
        outside = [ref for ref in refs if ref.path.startswith("/")]
        strange = [part for ref in outside if (part := self._outside(ref, elsewhere=elsewhere))]
        yield from strange
        here = len(refs) - len(lacked) - len(strange)
        if here or not refs:
            yield Part("inputs", READY, counted(here, "file") + self._whence(inside) if refs else _NONE)

    def _nowhere(self, ref: FileRef) -> list[FileRef]:
        """What of an input is not at hand."""
        return [each for each in lacking(self._store.objects, ref) if not self._borrow(each)]

    def _from_remotes(self, lacked: Mapping[str, Sequence[FileRef]]) -> dict[str, str]:
        """The inputs that a remote of DVC may have, by the name of the first that would be asked."""
        found = {}
        for path, lack in lacked.items():
            remotes = {self._kept.remote_of(bytes.fromhex(each.oid)) for each in lack}
            if None not in remotes:
                found[path] = min(filter(None, remotes))
        return found

    def _whence(self, refs: Sequence[FileRef]) -> str:
        """How many files are DVC's, if some are."""
        if not self._kept.origins:
            return ""
        lacked = [each for ref in refs for each in lacking(self._store.objects, ref)]
        cached = sum(in_cache(self._elsewhere, self._kept, each) for each in lacked)
        said = [f"{cached:,} of them from DVC's cache"] if cached else []
        said += [f'{len(paths):,} of them from DVC\'s remote "{name}"' for name, paths in self._brought.items()]
        return "".join(f", {each}" for each in said)

    def _outside(self, ref: FileRef, *, elsewhere: bool) -> Part | None:
        """What there is to say of a file from outside; ``None`` if the command will find it as it was."""
        became = self._elsewhere.status(ref.path, ref)
        if became == UNCHANGED or self._ways.is_in_environment(ref.path):
            return None
        detail = f'"{ref.path}" lies outside the project, and is {became}'
        if not self._is_stored(ref):
            return Part("inputs", IMPOSSIBLE, detail + " and not in the store", f"--data {ref.path}=OTHER")
        if elsewhere and self._ways.named(ref.path):
            return None
        if elsewhere and self._ways.is_near(ref.path):
            return Part("inputs", UNCERTAIN, detail + ": only by a relative path will it be found as it was")
        return Part(
            "inputs", IMPOSSIBLE, detail, f"mlrun get {self._parts.run[:8]}:{ref.path} -o {ref.path} brings it back"
        )

    def _environment(self) -> Iterator[Part]:
        ran = recorded(self._store, self._parts)
        if ran is None:
            if self._parts.seal is not None and self._parts.seal.interpreter is None:
                yield Part("environment", READY, "no Python reported itself: its programs are those of this machine")
            else:
                yield Part("environment", UNCERTAIN, "not on record: the one that is here now is used")
            return
        needed = None if ran.imported is None else set(ran.imported)
        found = check_environment(
            self._store,
            ran.environment,
            ran.kept,
            environ=self._environ,
            interpreter=ran.interpreter,
            trusted=self._trusted,
        )
        yield from (_of_environment(each, needed) for each in found if each.status != FETCH or each.part == "python")
        fetched = [each.part for each in found if each.status == FETCH and each.part != "python"]
        if fetched:
            yield Part(
                "environment", TO_FETCH, f"{counted(len(fetched), 'package')} from the index: {quoted(fetched, _NAMED)}"
            )

    def _command(self) -> Iterator[Part]:
        at = next((at for at, word in enumerate(self._parts.recipe.argv) if _MARK in word), None)
        if at is not None:
            what = f"argument {at} held a secret, which is not on record"
            yield Part("command", IMPOSSIBLE, what, "let the script read it from a variable, and run it anew")
            return
        program = self._parts.recipe.argv[0]
        if os.path.isabs(program) and not os.path.exists(program) and not self._is_known(program):
            yield Part("command", IMPOSSIBLE, f'"{program}" is not on this machine', "install it, or make a link there")
        else:
            yield Part("command", READY, " ".join(self._parts.recipe.argv))

    def _is_known(self, program: str) -> bool:
        """Whether it lies in the project or in the environment that is made again."""
        top, interpreter = self._parts.intent.top, self._parts.interpreter
        homes = [top, interpreter and os.path.dirname(interpreter)]
        return any(home and is_below(program, home) for home in homes)

    def _machine(self) -> Iterator[Part]:
        then, now = self._parts.intent.hardware, read_hardware()
        for name in ("system", "machine"):
            if then.get(name) not in {None, now[name]}:
                yield Part("machine", UNCERTAIN, f"it ran on {then[name]}, and this is {now[name]}")
        used = self._parts.seal.usage.get("gpu_seconds") if self._parts.seal else None
        if used and not now["gpus"]:
            yield Part(
                "machine", UNCERTAIN, f"it used a GPU ({quoted(map(str, then['gpus'] or ()), _NAMED)}), here is none"
            )
        elif then.get("cpu") not in {None, now["cpu"]}:
            yield Part("machine", UNCERTAIN, f"another processor: {then['cpu']} then, {now['cpu']} now")

    def _record(self) -> Iterator[Part]:
        seal = self._parts.seal
        if seal is None or seal.state == "crashed":
            yield Part("record", UNCERTAIN, "its end is not on record: there is little to compare with")
        elif seal.observer == "none":
            yield Part("record", UNCERTAIN, "nobody watched it: what it read beside its code is not known")
        warned = {warn.code for warn in self._parts.warnings}
        for code in sorted(warned & set(_DOUBTS)):
            yield Part("record", UNCERTAIN, _DOUBTS[code])

    def _is_stored(self, ref: FileRef) -> bool:
        return not any(lacking(self._store.objects, ref))

    def _borrow(self, ref: FileRef) -> bool:
        """Whether the project where it lay still has the file, or DVC's cache, with the very bytes."""
        return at_hand(self._elsewhere, spares(self._store, self._parts), self._kept, ref)

    def _hint(self, path: str) -> str:
        top = self._parts.intent.top or "the project"
        return f'put "{path}" back as it was in {top}, or use other code: --code worktree'


def spares(store: Store, parts: Parts) -> list[str]:
    """The folders in which the run's files may still lie: where its project was, and where the store is."""
    return [top for top in dict.fromkeys((parts.intent.top, os.path.dirname(store.layout.root))) if top]


def _of_environment(finding: Finding, needed: set[str] | None) -> Part:
    """What a finding of the environment means for the run, which may do without a package that it never imported."""
    detail = finding.detail if finding.part == "environment" else f"{finding.part}: {finding.detail}"
    if finding.status == MISSING and (needed is None or finding.part in needed):
        return Part("environment", IMPOSSIBLE, detail, "--env current runs it with the packages that are here")
    if finding.status in {MISSING, DIFFERS, NEAREST, FETCH}:
        return Part("environment", UNCERTAIN, detail)
    return Part("environment", READY, detail)
