"""Tells the script's own exceptions from ours."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def is_the_scripts(error: BaseException) -> bool:
    """Whether a signal handler of the script raised it while our code happened to run, such as a timeout by alarm.

    A handler is called with the frame that it interrupts, so that is what one of the functions on the way holds.
    """
    trace = error.__traceback__
    while trace is not None:
        interrupted = trace.tb_frame.f_back
        if interrupted is not None and _holds(trace.tb_frame, interrupted):
            return True
        trace = trace.tb_next
    return False


def _holds(frame: FrameType, sought: FrameType) -> bool:
    for value in frame.f_locals.values():
        if value is sought or (type(value) is tuple and any(each is sought for each in value)):
            return True
    return False
