"""NumPy's arrays, as pickles and joblib describe them."""

from runlore.insight.compare.content import Content, Held, Part, UnreadableError
from runlore.insight.compare.dtype import Dtype, from_text, product, record, repeated
from runlore.insight.compare.nodes import Array, Bag, Made, Map, Name
from runlore.insight.compare.pickles.source import Source

_RECONSTRUCT = Name("numpy.core.multiarray", "_reconstruct")
_DTYPE = Name("numpy", "dtype")
_JOBLIB = Name("joblib.numpy_pickle", "NumpyArrayWrapper")
_MAX_NESTED = 8


def note_call(function: object, arguments: object) -> object:
    """What a call would have made: bytes and arrays where we know it, else the call."""
    if isinstance(arguments, tuple) and isinstance(function, Name):
        match function, arguments:
            case (Name("_codecs", "encode"), (str() as text, "latin1")):
                return text.encode("latin-1")
            case (Name("builtins", "bytearray"), (bytes() as few,)):
                return few
            case (Name("copyreg", "_reconstructor"), (Name() as kind, Name("builtins", "object"), None)):
                return Made(kind, ())
            case (Name("builtins", ("set" | "frozenset") as name), (list() as items,)):
                return Bag(items, frozen=name == "frozenset")
    made = Made(function, arguments)
    match function, arguments:
        case (Name("numpy.core.numeric", "_frombuffer"), (data, dtype, tuple() as shape, order)):
            made.array = _array(data, dtype, shape, fortran=order == "F")
        case (Name("numpy.core.multiarray", "scalar"), (dtype, data)):
            made.array = _array(data, dtype, (), fortran=False)
    return made


def note_state(made: Made) -> None:
    """See whether an object that has just got its state is an array."""
    if made.call[0] == _RECONSTRUCT and isinstance(made.state, tuple):
        match made.state:
            case (_, tuple() as shape, dtype, fortran, data):
                made.array = _array(data, dtype, shape, fortran=fortran is True)
                if made.array is None:  # of Python objects: a list of them
                    made.call, made.state = (_RECONSTRUCT, shape, dtype, fortran), data


def joblib_array(source: Source, made: Made) -> Array | None:
    """The array that follows in the file, of which joblib has just described the type; passes over it.

    ``None`` if it was something else that got its state. Raises `UnreadableError` for an array of objects, which
    follow as a pickle: `is_joblib_objects` says so before.
    """
    described = joblib_state(made)
    if described is None:
        return None
    shape = described.get("shape")
    dtype = dtype_of(described.get("dtype"))
    if dtype is None or not isinstance(shape, tuple):
        raise UnreadableError("an array has no type that is known")
    if described.get("numpy_array_alignment_bytes") is not None:
        source.read(source.read(1)[0])
    part = source.skip(product(shape) * dtype.size)
    return Array(dtype, shape, described.get("order") == "F", part, 0)


def joblib_state(made: Made) -> dict[str, object] | None:
    """What joblib says of the array that follows, ``None`` if this is no such object."""
    if made.call[0] != _JOBLIB or not isinstance(made.state, Map):
        return None
    return {key: value for key, value in made.state.pairs if isinstance(key, str)}


def is_objects(dtype: object) -> bool:
    """Whether a described type is that of Python objects."""
    return isinstance(dtype, Made) and dtype.call[0] == _DTYPE and _first(dtype.call[1]) in ("O", "O8", "|O")


def dtype_of(described: object, depth: int = 0) -> Dtype | None:
    """The type that a call of ``numpy.dtype`` and its state describe, ``None`` if we do not know it."""
    if not isinstance(described, Made) or described.call[0] != _DTYPE or len(described.call) < 2:  # noqa: PLR2004
        return None
    name = _first(described.call[1])
    if not isinstance(name, str) or is_objects(described) or depth > _MAX_NESTED:
        return None
    found: Dtype | None = None
    match described.state:
        case (_, str() as order, None, None, None, int(), int(), int(), *_):
            found = from_text((order if order in "<>|=" else "") + name)
        case (_, _, None, tuple() as names, Map() as fields, int() as size, int(), int(), *_):
            found = _record(names, fields, size, depth)
        case (_, _, (base, tuple() as shape), None, None, int(), int(), int(), *_):
            inner = dtype_of(base, depth + 1)
            found = None if inner is None else repeated(inner, product(shape))
        case None:
            found = from_text(name)
    return found


def _record(names: tuple[object, ...], fields: Map, size: int, depth: int) -> Dtype | None:
    places = {key: place for key, place in fields.pairs if isinstance(key, str)}
    found: list[tuple[str, int, Dtype]] = []
    for name in names:
        match places.get(name) if isinstance(name, str) else None:
            case (described, int() as offset, *_):
                dtype = dtype_of(described, depth + 1)
                if dtype is None:
                    return None
                found.append((str(name), offset, dtype))
            case _:
                return None
    return record(found, size)


def _array(data: object, described: object, shape: tuple[object, ...], *, fortran: bool) -> Array | None:
    """The array if all of it is known and there, else ``None``: it is compared as what describes it."""
    dtype = dtype_of(described)
    content: Content | None = (
        data if isinstance(data, Part) else Held("bytes", data) if isinstance(data, bytes) else None
    )
    if dtype is None or content is None or product(shape) * dtype.size != content.size:
        return None
    return Array(dtype, tuple(int(str(each)) for each in shape), fortran, content, 0)


def _first(arguments: object) -> object:
    return arguments[0] if isinstance(arguments, tuple) and arguments else None
