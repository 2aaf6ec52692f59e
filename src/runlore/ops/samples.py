"""`samples`: which samples of a run are wrong, and where they are; what has changed between two runs."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runlore.errors import CorruptError, MlrunError, NoSamplesError, UsageError
from runlore.insight.samples.comparing import NothingInCommonError, compare
from runlore.insight.samples.duck import Database, UnreadableError, database, is_installed
from runlore.insight.samples.looking import Wish, look
from runlore.insight.samples.results import Compared, Looked
from runlore.insight.samples.roles import NoSuchColumnError
from runlore.insight.samples.sources import Source
from runlore.ops.names import resolve
from runlore.ops.parts import Parts, read_parts
from runlore.ops.predictions.finding import TOLD, Found, find_samples, put_down, scratch
from runlore.ops.project import open_store
from runlore.records.phrases import quoted
from runlore.store.refs import Refs

_ALPHA = 0.05


class Side(NamedTuple):
    """A run whose samples are looked at, and where they were: ``told`` by its script, or the ``file`` at ``path``."""

    run: str
    name: str | None
    source: str
    path: str | None
    format: str


class Limits(NamedTuple):
    """Of a comparison: the ``file`` that is meant where runs made several, and how much a slice may lose."""

    file: str | None = None
    bound: float | None = None


_NONE = Limits()


class RunSamples(NamedTuple):
    """The samples of one run."""

    run: Side
    found: Looked


class SamplesDiff(NamedTuple):
    """What has changed between the samples of two runs."""

    a: Side
    b: Side
    found: Compared

    @property
    def passed(self) -> bool:
        """Whether nothing became worse than was allowed; without a bound, than chance explains."""
        if self.found.gate is not None:
            return self.found.gate.passed
        verdict = self.found.verdict
        return not self.found.slices and not (verdict.change > 0 and verdict.p < _ALPHA)


def samples(folder: str, name: str, wish: Wish, *, file: str | None = None) -> RunSamples:
    """What there is to see of the samples of a run.

    Raises:
        UsageError: DuckDB is not installed.
        NoSamplesError: the run has none, or they cannot be read as asked.
        NoSuchFileError: it made no such ``file``.
        CorruptError: they are damaged.
    """
    with _opened(folder, (name,), file) as opened:
        ((side, source),) = opened.runs
        return RunSamples(side, look(opened.database, source, wish))


def samples_diff(folder: str, names: tuple[str, str], wish: Wish, limits: Limits = _NONE) -> SamplesDiff:
    """What has changed from the samples of the first run to those of the second; raises as `samples`."""
    with _opened(folder, names, limits.file) as opened:
        (a, left), (b, right) = opened.runs
        return SamplesDiff(a, b, compare(opened.database, left, right, wish, limits.bound))


class _Opened(NamedTuple):
    database: Database
    runs: Sequence[tuple[Side, Source]]


@contextlib.contextmanager
def _opened(folder: str, names: Sequence[str], file: str | None) -> Iterator[_Opened]:
    """A database that can read the samples of these runs; what goes wrong in it is said in words for a person."""
    if not is_installed():
        message = "samples are looked at with DuckDB, which is not installed"
        raise UsageError(message, hint="pip install 'runlore[samples]'")
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        parts = [read_parts(store, resolve(store, refs, name)) for name in names]
        founds = [find_samples(store, each, file) for each in parts]
        with scratch(store) as place, _told(founds):
            runs = [
                (_side(each, found), put_down(store, each.run, found, place, f"samples-{at}"))
                for at, (each, found) in enumerate(zip(parts, founds, strict=True))
            ]
            with database(place, [source.path for _, source in runs]) as opened:
                yield _Opened(opened, runs)


def _side(parts: Parts, found: Found) -> Side:
    return Side(parts.run, parts.intent.name, found.kind, found.path, found.form)


@contextlib.contextmanager
def _told(founds: Sequence[Found]) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise UsageError(f"DuckDB cannot be loaded: {error}", hint="pip install 'runlore[samples]'") from error
    except NoSuchColumnError as error:
        raise UsageError(f'there is no column "{error.name}"', hint=f"there is {quoted(error.there, 10)}") from error
    except NothingInCommonError as error:
        raise NoSamplesError(str(error), hint="--id COLUMN says by which column samples are known") from error
    except UnreadableError as error:
        raise _unreadable(founds, str(error)) from error


def _unreadable(founds: Sequence[Found], why: str) -> MlrunError:
    if all(each.kind == TOLD for each in founds) and "Parquet" in why:
        return CorruptError(f"the samples cannot be read: {why}", hint="mlrun fsck shows what else is affected")
    names = quoted(each.path for each in founds if each.path)
    what = f"samples in {names}" if names else "samples"
    hint = "--target, --prediction and --loss say which column is what; --file PATH names another file"
    return NoSamplesError(f"the {what} cannot be looked at: {why}", hint=hint)
