"""A pickle machine that makes nothing: it follows the instructions and notes what each would have done.

The instructions are those of Python's `pickletools`. A call becomes a `Made`, a class a `Name`; nothing is
imported and nothing is called. What they are to NumPy, joblib and torch is a `Reader`'s matter.
"""

import pickletools
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from typing import IO, ClassVar, Protocol, cast

from runlore.insight.compare.content import UnreadableError
from runlore.insight.compare.nodes import Bag, Made, Map, Name, Stored
from runlore.insight.compare.pickles.source import Source
from runlore.insight.compare.pickles.stack import Stack

_MAX_STEPS = 2_000_000
_MAX_LONG = 4 << 10
_INSTRUCTIONS = {ord(each.code): each for each in pickletools.opcodes}
_BYTES = {"SHORT_BINBYTES": 1, "BINBYTES": 4, "BINBYTES8": 8, "BYTEARRAY8": 8}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_NOTHING = frozenset(("PROTO", "FRAME", "READONLY_BUFFER"))
_LONGS = {"LONG1": 1, "LONG4": 4}
_VALUES = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "FLOAT", "BINFLOAT", "STRING", "BINSTRING", "SHORT_BINSTRING"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    )
)


class Reader(Protocol):
    """What libraries mean by what they write into pickles, and beside them."""

    def called(self, function: object, arguments: object) -> object:
        """What stands for the result of a call."""

    def given_state(self, source: Source, made: Made) -> None:
        """An object has just got its state; what follows it in the file may be read."""

    def stored(self, key: object) -> Stored:
        """What stands for something outside the pickle."""


def read_pickle(source: Source, reader: Reader) -> object:
    """What the next pickle in the file describes; raises `UnreadableError` or what `pickletools` raises."""
    return _Machine(source, reader).run()


class _Machine(Stack):
    """Follows the instructions of one pickle."""

    def __init__(self, source: Source, reader: Reader) -> None:
        super().__init__()
        self._source, self._reader = source, reader

    def run(self) -> object:
        for _ in range(_MAX_STEPS):
            code = self._source.read(1)[0]
            instruction = _INSTRUCTIONS.get(code)
            if instruction is None:
                raise UnreadableError("it is no pickle")
            if instruction.name == "STOP":
                return self.pop()
            self._do(instruction)
        raise UnreadableError("it has too many instructions")

    def _do(self, instruction: pickletools.OpcodeInfo) -> None:
        name = instruction.name
        if name in _BYTES:
            self.push(self._source.bytes(_BYTES[name]))
        elif name in _LONGS:
            self.push(self._long(_LONGS[name]))
        elif name in _CONSTANTS:
            self.push(_CONSTANTS[name])
        else:
            argument = instruction.arg.reader(cast("IO[bytes]", self._source)) if instruction.arg is not None else None
            if name in _VALUES:
                self.push(argument)
            elif name not in _NOTHING:
                action = self._ACTIONS.get(name)
                if action is None:
                    raise UnreadableError("it has parts that are not in the file")
                action(self, argument)

    def _long(self, width: int) -> int:
        length = int.from_bytes(self._source.read(width), "little")
        if length > _MAX_LONG:
            raise UnreadableError("it holds too large a number")
        return int.from_bytes(self._source.read(length), "little", signed=True)

    # Containers.

    def _tuple(self, _: object) -> None:
        self.push(tuple(self.since_mark()))

    def _tuple1(self, _: object) -> None:
        self.push((self.pop(),))

    def _tuple2(self, _: object) -> None:
        last = self.pop()
        self.push((self.pop(), last))

    def _tuple3(self, _: object) -> None:
        last, second = self.pop(), self.pop()
        self.push((self.pop(), second, last))

    def _list(self, _: object) -> None:
        self.push(self.since_mark())

    def _empty_list(self, _: object) -> None:
        self.push([])

    def _append(self, _: object) -> None:
        self._extend([self.pop()])

    def _appends(self, _: object) -> None:
        self._extend(self.since_mark())

    def _extend(self, items: list[object]) -> None:
        target = self.top()
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, Made | Bag):
            target.items.extend(items)
        else:
            raise UnreadableError("it appends to what is no list")

    def _dict(self, _: object) -> None:
        found = Map()
        _fill(found, self.since_mark())
        self.push(found)

    def _empty_dict(self, _: object) -> None:
        self.push(Map())

    def _set_item(self, _: object) -> None:
        value = self.pop()
        self._set([self.pop(), value])

    def _set_items(self, _: object) -> None:
        self._set(self.since_mark())

    def _set(self, items: list[object]) -> None:
        target = self.top()
        if isinstance(target, Made):
            target.pairs = target.pairs or Map()
            target = target.pairs
        if not isinstance(target, Map):
            raise UnreadableError("it sets items of what is no mapping")
        _fill(target, items)

    def _empty_set(self, _: object) -> None:
        self.push(Bag([], frozen=False))

    def _frozen_set(self, _: object) -> None:
        self.push(Bag(self.since_mark(), frozen=True))

    # Names, calls, states.

    def _global(self, names: object) -> None:
        module, _, name = str(names).partition(" ")
        self.push(_named(module, name))

    def _stack_global(self, _: object) -> None:
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise UnreadableError("a name is no text")
        self.push(_named(module, name))

    def _extension(self, number: object) -> None:
        self.push(Name("extension", str(number)))

    def _call(self, _: object) -> None:
        arguments = self.pop()
        self.push(self._reader.called(self.pop(), arguments))

    def _call_with_keywords(self, _: object) -> None:
        keywords, arguments = self.pop(), self.pop()
        self.push(Made(self.pop(), arguments, keywords))

    def _object(self, _: object) -> None:
        found = self.since_mark()
        self.push(Made(found[0] if found else None, tuple(found[1:])))

    def _instance(self, names: object) -> None:
        module, _, name = str(names).partition(" ")
        self.push(Made(_named(module, name), tuple(self.since_mark())))

    def _build(self, _: object) -> None:
        state = self.pop()
        target = self.top()
        if not isinstance(target, Made):
            raise UnreadableError("it gives a state to what has none")
        target.state = state
        self._reader.given_state(self._source, target)

    def _persistent(self, key: object) -> None:
        self.push(self._reader.stored(key))

    def _persistent_on_stack(self, _: object) -> None:
        self.push(self._reader.stored(self.pop()))

    _ACTIONS: ClassVar[dict[str, Callable[["_Machine", object], None]]] = {
        "MARK": Stack.mark,
        "POP": Stack.drop,
        "POP_MARK": Stack.drop_mark,
        "DUP": Stack.double,
        **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), Stack.put),
        "MEMOIZE": Stack.memoize,
        **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), Stack.get),
        "TUPLE": _tuple,
        "TUPLE1": _tuple1,
        "TUPLE2": _tuple2,
        "TUPLE3": _tuple3,
        "LIST": _list,
        "EMPTY_LIST": _empty_list,
        "APPEND": _append,
        "APPENDS": _appends,
        "DICT": _dict,
        "EMPTY_DICT": _empty_dict,
        "SETITEM": _set_item,
        "SETITEMS": _set_items,
        "EMPTY_SET": _empty_set,
        "ADDITEMS": _appends,
        "FROZENSET": _frozen_set,
        "GLOBAL": _global,
        "STACK_GLOBAL": _stack_global,
        **dict.fromkeys(("EXT1", "EXT2", "EXT4"), _extension),
        "REDUCE": _call,
        "NEWOBJ": _call,
        "NEWOBJ_EX": _call_with_keywords,
        "OBJ": _object,
        "INST": _instance,
        "BUILD": _build,
        "PERSID": _persistent,
        "BINPERSID": _persistent_on_stack,
    }


def _named(module: str, name: str) -> Name:
    """A name; Python 2, as which old protocols write, and NumPy 1 called the same things otherwise."""
    module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
    return Name(module.replace("numpy._core", "numpy.core", 1) if module.startswith("numpy._core") else module, name)


def _fill(target: Map, items: list[object]) -> None:
    if len(items) % 2:
        raise UnreadableError("a key has no value")
    target.pairs.extend(zip(items[::2], items[1::2], strict=True))
