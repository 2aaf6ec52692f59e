"""Runs one command under supervision in a process of its own, and writes down how it ended."""

import json
import os
import sys
import uuid

from runlore.execute.supervise import exit_status, supervise


def main() -> int:
    options = json.loads(sys.argv[1])
    if options.pop("threads", False):
        from runlore.records.hashing import AUTO_THREADS, blob_hasher  # noqa: PLC0415 - its pool of threads stays

        blob_hasher(threads=AUTO_THREADS).update(bytes(8 << 20))
    run = uuid.uuid4().hex
    beats: list[int] = []
    rows: list[object] = []
    outcome = supervise(
        sys.argv[2:],
        cwd=os.getcwd(),
        env={**os.environ, "RUNLORE_RUN": run},
        log_path=options["log"],
        run_id=run,
        timeout=options.get("timeout"),
        name=options.get("name"),
        on_beat=lambda: beats.append(1),
        on_usage=rows.extend,
    )
    with open(options["outcome"], "w", encoding="ascii") as file:
        json.dump(outcome._asdict(), file)
    with open(options["outcome"] + ".rows", "w", encoding="ascii") as file:
        json.dump(rows, file)
    return exit_status(outcome)


if __name__ == "__main__":
    sys.exit(main())
