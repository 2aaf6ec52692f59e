"""What the files of a remote are called."""

from runlore.records.hashing import is_id

FORMAT = "format"
PACKS, OBJECTS, INDEX, TRIALS = "packs", "objects", "index", "gc"
_INDEX, _RECORDS, _MARK = ".index", ".records", ".mark"


def pack(digest: bytes) -> str:
    """The pack of that id."""
    return f"{PACKS}/{digest.hex()}.pack"


def blob(digest: bytes) -> str:
    """A large blob, or a segment of one."""
    name = digest.hex()
    return f"{OBJECTS}/{name[:2]}/{name[2:]}"


def index(digest: bytes) -> str:
    """The index file of that id."""
    return f"{INDEX}/{digest.hex()}{_INDEX}"


def records(digest: bytes) -> str:
    """The records file of that id."""
    return f"{INDEX}/{digest.hex()}{_RECORDS}"


def mark(digest: bytes) -> str:
    """The mark file of that id."""
    return f"{INDEX}/{digest.hex()}{_MARK}"


def digest_of(name: str) -> bytes | None:
    """The id in the name of a file of ours; ``None`` for any other."""
    folder, _, rest = name.partition("/")
    if folder == OBJECTS:
        digits = rest.replace("/", "")
        fine = is_id(digits) and name == blob(bytes.fromhex(digits))
    else:
        digits, dot, suffix = rest.partition(".")
        wanted = {PACKS: (".pack",), INDEX: (_INDEX, _RECORDS, _MARK)}.get(folder, ())
        fine = is_id(digits) and dot + suffix in wanted
    return bytes.fromhex(digits) if fine else None


def is_index(name: str) -> bool:
    """Whether the file is an index file."""
    return _is_in_index(name, _INDEX)


def is_records(name: str) -> bool:
    """Whether the file is a records file."""
    return _is_in_index(name, _RECORDS)


def is_mark(name: str) -> bool:
    """Whether the file is a mark file."""
    return _is_in_index(name, _MARK)


def _is_in_index(name: str, suffix: str) -> bool:
    return name.startswith(INDEX + "/") and name.endswith(suffix) and digest_of(name) is not None


def clock(nonce: bytes) -> str:
    """A file that is written to see what time it is there."""
    return f"{TRIALS}/{nonce.hex()}"
