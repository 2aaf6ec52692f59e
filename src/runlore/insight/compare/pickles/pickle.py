"""Files of pickle, joblib, cloudpickle, dill and old torch: what they describe. Nothing in them is ever run."""

from runlore.insight.compare.content import Content, Held, Part, UnreadableError
from runlore.insight.compare.dtype import count
from runlore.insight.compare.look import Look
from runlore.insight.compare.nodes import Made, Map, Name, Stored
from runlore.insight.compare.pickles.arrays import is_objects, joblib_array, joblib_state, note_call, note_state
from runlore.insight.compare.pickles.machine import read_pickle
from runlore.insight.compare.pickles.source import Source
from runlore.insight.compare.pickles.storages import find, storage_key, storage_size
from runlore.insight.compare.unpacked import steady
from runlore.insight.compare.values import compare_values

_TORCH_BEFORE_1_6 = 0x1950A86A20F9469CFC6C
_MAX_PICKLES = 100_000
_MAX_NESTED = 16


def compare_pickles(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how what the pickles describe differs: arrays by number, calls by name and arguments."""
    left, right = (describe(steady(each, look.budget), Reading()) for each in (a, b))
    compare_values(left, right, look, place)


def describe(content: Content, reading: "Reading") -> object:
    """What the pickle describes; of several in one file a list. Raises `UnreadableError`."""
    found: list[object] = []
    with content.open() as file:
        source = Source(content, file)
        for _ in range(_MAX_PICKLES):
            found.append(read_pickle(source, reading))
            if found[0] == _TORCH_BEFORE_1_6:
                return _describe_old_torch(source, reading)
            if source.peek_end():
                return found if len(found) > 1 else found[0]
    raise UnreadableError("it holds too many pickles")


def _describe_old_torch(source: Source, reading: "Reading") -> object:
    """What torch wrote before 1.6, and still does inside pickles: version, machine, value, keys, then storages."""
    _, machine, value, keys = (read_pickle(source, reading) for _ in range(4))
    if not isinstance(machine, Map) or ("little_endian", True) not in machine.pairs or not isinstance(keys, list):
        raise UnreadableError("the bytes of numbers are in an unusual order")
    for key in keys:
        stored = reading.storages.get(str(key))
        if stored is None:
            raise UnreadableError("a tensor has no type")
        find(stored, source.skip(storage_size(stored, count(int.from_bytes(source.read(8), "little")))))
    if not source.peek_end():
        raise UnreadableError("something follows its end")
    return value


class Reading:
    """What NumPy, joblib and torch mean: the reader of one file. ``storages`` are those that it names."""

    def __init__(self, depth: int = 0) -> None:
        """``depth`` counts the pickles around this one."""
        if depth > _MAX_NESTED:
            raise UnreadableError("it is nested too deep")
        self.storages: dict[str, Stored] = {}
        self._depth = depth

    def called(self, function: object, arguments: object) -> object:
        """What a call would have made: bytes, arrays and tensors where we know it, else the call."""
        match function, arguments:
            case (Name("torch.storage", "_load_from_bytes"), ((bytes() | Part()) as data,)):
                content = data if isinstance(data, Part) else Held("bytes", data)
                return describe(content, Reading(self._depth + 1))
        return note_call(function, arguments)

    def given_state(self, source: Source, made: Made) -> None:
        """See whether it is an array; joblib writes the numbers of one behind what describes it."""
        note_state(made)
        described = joblib_state(made)
        if described is None:
            return
        if is_objects(described.get("dtype")):
            made.items.append(read_pickle(source, Reading(self._depth + 1)))
        else:
            made.array = joblib_array(source, made)

    def stored(self, key: object) -> Stored:
        """A storage, the same one for each time that it is named."""
        name = storage_key(key)
        return Stored(key) if name is None else self.storages.setdefault(name, Stored(key))
