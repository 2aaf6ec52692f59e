"""Every error a person can meet: one tree, one exit status and one stable code for each.

::

    MlrunError                 the root; never raised itself
    ├── UsageError             2   usage
    ├── NoStoreError          10   no-store
    ├── LockedError           11   locked
    ├── RunNotFoundError      12   no-such-run
    │   ├── AmbiguousRunError 12   ambiguous-run
    │   ├── NoSuchFileError   12   no-such-file
    │   ├── NoSuchMetricError 12   no-such-metric
    │   └── NoSamplesError    12   no-samples
    ├── CorruptError          13   corrupt
    │   ├── CacheDamagedError 13   cache-damaged
    │   └── NewerRecordError  13   newer-record
    ├── RemoteError           14   remote
    │   ├── NoSuchRemoteError     14   no-such-remote
    │   ├── NotPulledError        14   not-pulled
    │   ├── RemoteMissingError    14   remote-missing
    │   ├── RemoteDamagedError    14   remote-damaged
    │   ├── RemoteRefusedError    14   remote-refused
    │   └── UnreachableError      14   remote-unreachable
    ├── CannotRebuildError    15   cannot-rebuild
    ├── ConfigError           16   config
    │   └── FormatError       16   store-format
    ├── RefusedError          17   refused
    ├── OutputError           3   output
    ├── StoreWriteError      125   store-write
    └── StartError                 the command could not be started
        ├── CommandNotFoundError   127   command-not-found
        └── CommandNotRunnableError 126  command-not-runnable

A library's exceptions are translated into one of these at the one door through which the library
enters. They are caught once, in ``cli/``.
"""

from typing import ClassVar


class MlrunError(Exception):
    """An error with a message for a person, a code for a script and, where there is one, a way out."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Message in lower case without a final period; ``hint`` says what to type."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MlrunError):
    """The command line cannot be understood."""

    code = "usage"
    exit_code = 2


class NoStoreError(MlrunError):
    """No `.mlrun` here or above."""

    code = "no-store"
    exit_code = 10


class LockedError(MlrunError):
    """Another process holds what this one needs."""

    code = "locked"
    exit_code = 11


class RunNotFoundError(MlrunError):
    """No run has this id, prefix, tag or name."""

    code = "no-such-run"
    exit_code = 12


class AmbiguousRunError(RunNotFoundError):
    """More than one run starts with this prefix."""

    code = "ambiguous-run"


class NoSuchFileError(RunNotFoundError):
    """The run has no file of this path."""

    code = "no-such-file"


class NoSuchMetricError(RunNotFoundError):
    """No run that is meant has this metric, or nothing of it can be drawn."""

    code = "no-such-metric"


class NoSamplesError(RunNotFoundError):
    """The run has no samples, or none that can be looked at as asked."""

    code = "no-samples"


class CorruptError(MlrunError):
    """Bytes in the store are not what their name says."""

    code = "corrupt"
    exit_code = 13


class CacheDamagedError(CorruptError):
    """A cache was damaged and has been dropped: the same command again builds it anew."""

    code = "cache-damaged"


class NewerRecordError(CorruptError):
    """A record was written by a newer mlrun, in a form that this one does not know. Nothing is damaged."""

    code = "newer-record"


class RemoteError(MlrunError):
    """A remote cannot do what was asked of it."""

    code = "remote"
    exit_code = 14


class NoSuchRemoteError(RemoteError):
    """No remote has this name, or none is set up, or its kind needs a package that is not installed."""

    code = "no-such-remote"


class RemoteMissingError(RemoteError):
    """A file or object is not on the remote."""

    code = "remote-missing"


class RemoteDamagedError(RemoteError):
    """What a remote gives is not what its name says, or no remote of ours would hold it."""

    code = "remote-damaged"


class RemoteRefusedError(RemoteError):
    """The remote says no: wrong credentials, an unknown host key, no permission, no such bucket."""

    code = "remote-refused"


class NotPulledError(RemoteError):
    """Of a run that was pulled, only the records are here."""

    code = "not-pulled"


class UnreachableError(RemoteError):
    """The remote did not answer, or not wholly. The same again may succeed."""

    code = "remote-unreachable"


class CannotRebuildError(MlrunError):
    """Something that a run needs cannot be had any more."""

    code = "cannot-rebuild"
    exit_code = 15


class ConfigError(MlrunError):
    """A setting cannot be read or is not known."""

    code = "config"
    exit_code = 16


class FormatError(ConfigError):
    """The store was written by a newer mlrun, or is not a store of ours."""

    code = "store-format"


class RefusedError(MlrunError):
    """Could be done, and is not done unless the person insists."""

    code = "refused"
    exit_code = 17


class StoreWriteError(MlrunError):
    """The store cannot be written: a full disk, a read-only folder, no permission."""

    code = "store-write"
    exit_code = 125


class OutputError(MlrunError):
    """Standard output cannot be written, on a full disk for instance."""

    code = "output"


class StartError(MlrunError):
    """The command could not be started."""

    code = "start"
    exit_code = 125


class CommandNotFoundError(StartError):
    """No such program or script."""

    code = "command-not-found"
    exit_code = 127


class CommandNotRunnableError(StartError):
    """The program exists and cannot be executed."""

    code = "command-not-runnable"
    exit_code = 126
