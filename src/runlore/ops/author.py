"""Who acts, where and when."""

import os
import pwd
import time

from runlore.capture import plumbing
from runlore.capture.git import GitUnusableError, ask
from runlore.capture.hardware import host_name
from runlore.store.refs import Author


def author_of(folder: str) -> Author:
    """The person at work in ``folder``, as git would name them there, now."""
    host = host_name()
    return Author(_git_author(folder) or user_at(host), host, time.time_ns())


def _git_author(folder: str) -> str | None:
    try:
        (answer,) = ask(folder, plumbing.SETTINGS)
    except GitUnusableError:
        return None
    return plumbing.settings(answer.out).author or None


def user_at(host: str) -> str:
    """``user@host``, for those who have not told git their name."""
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        user = str(os.geteuid())
    return f"{user}@{host}"
