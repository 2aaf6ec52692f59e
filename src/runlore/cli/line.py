"""An `exec` line that has been read, and what comes of it."""

import signal
from typing import NamedTuple

from runlore.cli.here import Here


class ExecLine(NamedTuple):
    """The options and words of one `exec`, as typed; `cli.commands.exec` says what each means."""

    words: tuple[str, ...]
    name: str | None = None
    experiment: str | None = None
    message: str | None = None
    tag: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    trace: str = "auto"
    cached: bool = False
    timeout: float | None = None
    deterministic: bool = False
    record: str | None = None
    on: str = "local"
    quiet: bool = False


def run_line(line: ExecLine, here: Here) -> int:
    """Run the command and record it, telling the person what happens; the exit status, negative for a signal to end by.

    Raises:
        MlrunError: it was not started.
    """
    from runlore.cli.request import check_options, forget_record, record_path, write_record  # noqa: PLC0415 - help needs none of it

    check_options(line.trace, line.on)
    path = record_path(line.record, here.folder)

    from runlore.cli.narrator import Narrator  # noqa: PLC0415 - usage errors need none of it
    from runlore.ops.exec import execute  # noqa: PLC0415 - the same
    from runlore.ops.execution import Listener  # noqa: PLC0415 - the same
    from runlore.ops.request import ExecRequest  # noqa: PLC0415 - the same

    forget_record(path)
    request = ExecRequest(
        argv=line.words,
        folder=here.folder,
        environ=here.environ,
        name=line.name,
        experiment=line.experiment,
        message=line.message,
        tags=line.tag,
        data=line.data,
        config=line.config,
        out=(*line.output, *line.samples),
        samples=line.samples,
        trace=line.trace,
        timeout=line.timeout,
        cached=line.cached,
        deterministic=line.deterministic,
    )
    narrator = Narrator(here.out, quiet=line.quiet)
    listener = Listener(narrator.started, narrator.troubled, narrator.progress, narrator.remark)
    result = execute(request, listener)
    narrator.ended(result.run, result.tag_moves)
    write_record(path, result.run, here.out)
    # A shell goes on with its loop unless what it waits for dies of Ctrl-C as well.
    return -signal.SIGINT if result.interrupted else result.exit_status
