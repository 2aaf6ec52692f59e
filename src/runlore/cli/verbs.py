"""The commands by name and in one line, so that finding or listing them imports none of them."""

from typing import Final

SECTIONS: Final = {
    "Run and look": {
        "exec": "Run a command and record what ran.",
        "list": "List the recorded runs, newest first (also: log).",
        "show": "Show everything recorded about a run.",
        "status": "Show what exec would record now.",
        "metrics": "Show what runs logged, point by point.",
        "plot": "Draw the curves of runs, here or as a file.",
        "lineage": "Show what a file or run came from, and what came of it.",
    },
    "Compare": {
        "diff": "Show what is different between two runs.",
        "samples": "Show the failing samples of a run, or what changed between two.",
        "why": "Find which difference between two runs made a metric change.",
        "bisect": "Find the commit with which a metric changed.",
    },
    "Bring back": {
        "reproduce": "Run it again from what is on record, and compare.",
        "checkout": "Rebuild a run's code and data in a folder.",
        "get": "Get a file of a run.",
    },
    "Name and tidy": {
        "tag": "Name a run, or list the names.",
        "note": "Write a note on a run, or read its notes.",
        "rm": "Remove runs, or bring them back.",
    },
    "Keep and share": {
        "remote": "Say where runs are shared.",
        "push": "Send runs to a remote.",
        "pull": "Bring runs from a remote.",
        "clone": "Make a project from a remote.",
        "environment": "Lock a run's packages, or keep them all.",
    },
    "Care of the store": {
        "init": "Make a store here.",
        "config": "Show or change settings.",
        "fsck": "Check the store.",
        "gc": "Free what no run needs, and forget runs by rules.",
        "doctor": "Check this machine.",
        "completion": "Print a script that completes mlrun's words in your shell.",
        "help": "Explain a command, or a topic such as revisions.",
    },
}
"""As ``mlrun --help`` shows them; each line is the first of its command's own help."""

VERBS: Final = {name: line for section in SECTIONS.values() for name, line in section.items()}
TOPICS: Final = {
    "revisions": "How a run is named: @, @~1, tags, names, ids.",
    "exit-codes": "What the exit status means.",
    "capture": "What a run keeps, and what it does not.",
}
"""What `mlrun help` explains besides; the texts lie in `cli/topics`."""
ALIASES: Final = {"log": "list"}
HIDDEN: Final = ("complete",)
"""Verbs that only shells call."""
