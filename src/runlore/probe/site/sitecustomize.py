"""The interpreter's report to the journal of its run, and a finder; else it is as if this had never been here.

Python imports ``sitecustomize`` when it starts, and this folder is first on the child's PYTHONPATH.
Nothing here may be seen by the program: no output, no error, no module left behind, and no import
that a bare interpreter has not made already. What stays is one entry of ``sys.meta_path``, so that a script can
``import runlore`` where only mlrun's own interpreter has it, and so that what it tells other libraries
is copied. That is why JSON and CRC32 are written by hand: `json`
costs milliseconds, and `zlib` is a shared library of 1 ms in many builds.
"""
# ruff: noqa: INP001 - not a package: this folder is put on the program's path and must hold nothing else to import

import _thread
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any, Optional, Sequence

    Path = Optional[Sequence[str]]

_FOLDER = os.path.dirname(__file__)
_PROBE = os.path.dirname(_FOLDER)
_FLAGS = ("dev_mode", "hash_randomization", "isolated", "no_user_site", "optimize", "safe_path", "utf8_mode")

# Ours, and where they lie; and those that have a hook or bring along one that has.
_OWN = {"runlore": os.path.dirname(_PROBE), "_runlore_probe": _PROBE}
_WATCHED = {
    *_OWN,
    *("mlflow", "mlflow.tracking._tracking_service.client"),
    *("wandb", "wandb.sdk.wandb_run"),
    *("tensorboardX", "tensorboardX.writer"),
    *("torch.utils.tensorboard", "torch.utils.tensorboard.writer"),
}
# Those that draw random numbers. Nearly all programs import the first: what waits for it must be small.
_DRAW = ("random", "numpy.random", "sklearn.utils.validation", "torch")

# CRC32 (the polynomial of zlib and ISO 3309, reflected) four bits at a time.
_CRC = (
    *(0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C),
    *(0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C),
)


def _crc32(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 15] ^ (crc >> 4)
        crc = _CRC[(crc ^ (byte >> 4)) & 15] ^ (crc >> 4)
    return crc ^ 0xFFFFFFFF


def _json(value: object) -> str:
    """``value`` as ASCII JSON; a byte of a path that is not UTF-8 stays the lone surrogate it is."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, dict):
        return "{" + ",".join([_json(key) + ":" + _json(value[key]) for key in sorted(value)]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_json(item) for item in value]) + "]"
    text = str(value)
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return '"' + text + '"'
    return '"' + "".join([_escape(ord(character)) for character in text]) + '"'


def _escape(code: int) -> str:
    if code > 0xFFFF:  # noqa: PLR2004 - what UTF-16 needs two units for
        return _escape(0xD7C0 + (code >> 10)) + _escape(0xDC00 | (code & 0x3FF))
    return f"\\u{code:04x}"


def _platform() -> str:
    """Such as ``linux-x86_64-glibc2.36``, ``linux-x86_64-musl`` or ``darwin-arm64-23.1``."""
    system = os.uname()
    parts = [system.sysname.lower(), system.machine]
    if parts[0] == "darwin":
        parts.append(".".join(system.release.split(".")[:2]))
    else:
        parts.append(_libc())
    return "-".join([part for part in parts if part])


def _libc() -> str:
    if "musl" in getattr(sys.implementation, "_multiarch", ""):
        return "musl"
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").replace(" ", "")
    except (OSError, ValueError):
        return ""  # a libc that does not know the question


def _report(journal: str) -> None:
    """What this interpreter is, as one line in ``journal``."""
    _tell(
        {
            "kind": "interpreter",
            "pid": os.getpid(),
            "executable": sys.executable,
            "prefix": sys.prefix,
            "base_prefix": sys.base_prefix,
            "version": sys.version.split()[0],
            "abiflags": sys.abiflags,
            "implementation": sys.implementation.name,
            "platform": _platform(),
            "path": list(sys.path),
            "flags": {name: getattr(sys.flags, name, 0) for name in _FLAGS},
            "hash_seed": os.environ.get("PYTHONHASHSEED"),
        },
        journal,
    )


def _tell(entry: "dict[str, object]", journal: str = os.environ.get("RUNLORE_JOURNAL", "")) -> None:
    """Put a line into the journal, in one write, so that it never mixes with another process's."""
    data = _json(entry).encode("ascii")
    # No O_CREAT: a process that outlives its run must not bring the journal back.
    journal_fd = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
    try:
        os.write(journal_fd, b"%08x %s\n" % (_crc32(data), data))
    finally:
        os.close(journal_fd)


class _Finder:
    """Finds ``runlore`` where nothing else does, and has the hook of a library put in when that is imported.

    It is first, because only so it learns what the others find; of all other modules it knows nothing.
    """

    __module__ = "_runlore_probe"

    def __init__(self) -> None:
        self._asking: set[tuple[str, int]] = set()

    def find_spec(self, name: str, path: "Path" = None, target: "ModuleType | None" = None) -> "ModuleSpec | None":
        """What the other finders find, with the hook waiting for it; ``None`` for what has none."""
        if name not in _WATCHED and name not in _DRAW:
            return None
        question = (name, _thread.get_ident())
        if question in self._asking:
            return None  # by way of another finder that asks all the others
        self._asking.add(question)
        try:
            spec = self._ask(name, path, target)
        finally:
            self._asking.discard(question)
        try:
            return self._answer(name, spec)
        except Exception:
            return spec

    def _ask(self, name: str, path: "Path", target: "ModuleType | None") -> "ModuleSpec | None":
        for finder in list(sys.meta_path):
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return spec
        return None

    def _answer(self, name: str, spec: "ModuleSpec | None") -> "ModuleSpec | None":
        if name in _OWN:  # a folder of that name that holds no package is none
            return spec if getattr(spec, "loader", None) else _package(name, _OWN[name])
        if spec is not None and spec.loader is not None and not isinstance(spec.loader, type):
            _wake(name, spec.loader)
        return spec


def _package(name: str, folder: str) -> "ModuleSpec":
    """Where a package of ours lies, for the import system."""
    file = os.path.join(folder, "__init__.py")
    ours: Any = __spec__  # its types are at hand without an import
    spec: ModuleSpec = type(ours)(name, type(ours.loader)(name, file), origin=file, is_package=True)
    spec.submodule_search_locations = [folder]
    spec.has_location = True
    return spec


def _wake(name: str, loader: "Any") -> None:  # noqa: ANN401 - any that the import system takes
    """Have the hook put in when ``loader`` has executed the module; until then this one loader is changed."""
    execute = loader.exec_module

    def exec_module(module: "ModuleType") -> None:
        vars(loader).pop("exec_module", None)
        execute(module)
        if module.__name__ == name:
            _hook(name, module)

    loader.exec_module = exec_module


def _hook(name: str, module: "ModuleType") -> None:
    try:
        if name not in _DRAW:
            __import__("_runlore_probe.hooking")
            sys.modules["_runlore_probe.hooking"].install(module)
            return
        if name == "torch" and os.environ.get("RUNLORE_DETERMINISTIC") == "1":
            _unseen("deterministic").install(module)
        _unseen("unseeded").install(module, _unseen, _tell)
    except Exception:
        pass


def _unseen(name: str, loaded: "dict[str, Any]" = {}) -> "Any":  # noqa: ANN401, B006 - ours; the same at each call
    """A module of the probe's folder that is in no list of modules."""
    if name not in loaded:
        others = set(sys.modules)
        library = os.path.dirname(os.__file__)
        if "__future__" not in others and os.path.isfile(library + "/__future__.py"):
            # All that they import. Python's own, and not one that the script has in its folder.
            sys.modules["__future__"] = _executed("__future__", library)
        try:
            loaded[name] = _executed(name, _PROBE)
        finally:
            if "__future__" not in others:
                sys.modules.pop("__future__", None)
    return loaded[name]


def _executed(name: str, folder: str) -> "Any":  # noqa: ANN401 - a module, whatever is in it
    ours: Any = __spec__
    module = type(sys)(name)
    exec(type(ours.loader)(name, os.path.join(folder, name + ".py")).get_code(name), vars(module))  # noqa: S102 - what an import does
    return module


def _watch(audit: str) -> None:
    """From now on `runlore.probe.audit` watches, as no module that anybody could see."""
    before = set(sys.modules)
    try:
        __import__("_runlore_probe.audit")
        sys.modules["_runlore_probe.audit"].install(audit)
    except Exception:
        pass
    for name in set(sys.modules) - before:
        del sys.modules[name]


if _FOLDER in sys.path:
    sys.path[:] = [entry for entry in sys.path if entry != _FOLDER]
    sys.path_importer_cache.pop(_FOLDER, None)
    # Import again what would have been imported without us. The name is free before and holds the
    # user's own module, or nothing, after; whatever that import raises goes on to Python unchanged.
    sys.modules.pop(__name__, None)
    if os.environ.get("RUNLORE_JOURNAL"):
        sys.meta_path.insert(0, _Finder())
        if os.environ.get("RUNLORE_AUDIT"):
            _watch(os.environ["RUNLORE_AUDIT"])
        for _name in _DRAW:
            if _name in sys.modules:  # by a .pth file
                _hook(_name, sys.modules[_name])
    try:
        __import__("sitecustomize")
    finally:
        # Only now is sys.path what the program will see: a sitecustomize often extends it.
        try:
            if os.environ.get("RUNLORE_JOURNAL"):
                _report(os.environ["RUNLORE_JOURNAL"])
        except Exception:
            pass
