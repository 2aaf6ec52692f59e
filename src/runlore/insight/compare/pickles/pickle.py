"""Files of pickle, joblib, cloudpickle and dill: what they describe, side by side. Nothing in them is ever run."""

from runlore.insight.compare.content import Content, UnreadableError
from runlore.insight.compare.look import Look
from runlore.insight.compare.nodes import Made
from runlore.insight.compare.pickles.arrays import is_objects, joblib_array, joblib_state
from runlore.insight.compare.pickles.machine import read_pickle
from runlore.insight.compare.pickles.source import Source
from runlore.insight.compare.unpacked import steady
from runlore.insight.compare.values import compare_values

_TORCH_BEFORE_1_6 = 0x1950A86A20F9469CFC6C
_MAX_PICKLES = 100_000
_MAX_NESTED = 16


def compare_pickles(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how what the pickles describe differs: arrays by number, calls by name and arguments."""
    compare_values(describe(steady(a, look.budget)), describe(steady(b, look.budget)), look, place)


def describe(content: Content) -> object:
    """What the pickle describes; of several in one file a list. Raises `UnreadableError`."""
    found: list[object] = []
    with content.open() as file:
        source = Source(content, file)
        for _ in range(_MAX_PICKLES):
            found.append(read_pickle(source, _Following(0)))
            if found[0] == _TORCH_BEFORE_1_6:
                raise UnreadableError("it is torch's format before 1.6")
            if source.peek_end():
                return found if len(found) > 1 else found[0]
    raise UnreadableError("it holds too many pickles")


class _Following:
    """Reads what joblib writes behind the description of an array."""

    def __init__(self, depth: int) -> None:
        self._depth = depth

    def __call__(self, source: Source, made: Made) -> None:
        described = joblib_state(made)
        if described is None:
            return
        if not is_objects(described.get("dtype")):
            made.array = joblib_array(source, made)
        elif self._depth == _MAX_NESTED:
            raise UnreadableError("it is nested too deep")
        else:
            made.items.append(read_pickle(source, _Following(self._depth + 1)))
