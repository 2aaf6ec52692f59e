"""Builds the native observer when a wheel is built or the project is installed from its source.

RUNLORE_BUILD_NATIVE says how: ``auto`` (with a C compiler if there is one, else without the library, which
mlrun works without), ``require`` (with `ziglang` where there is no compiler; for released wheels), ``off``.
RUNLORE_NATIVE_TARGET, say ``aarch64-linux``, is for another machine than this one; it needs `ziglang`.
"""

import importlib.util
import os
import platform
import sys
import tempfile
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NATIVE = "src/runlore/probe/native"


class NativeHook(BuildHookInterface):
    """Compiles `trace.c` beside itself, and gives the wheel the tag of the platform it was compiled for."""

    _elsewhere: tempfile.TemporaryDirectory[str] | None = None

    def dependencies(self) -> list[str]:
        """What the build needs beyond hatchling."""
        wants = _how() == "require" and (_target() or _build(self.root).system_compiler() is None)
        return ["ziglang>=0.13"] if wants else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build the library and add it to the wheel; without one the wheel stays one for any platform."""
        how = _how()
        if how == "off" or (not sys.platform.startswith("linux") and not _target()):
            return
        build = _build(self.root)
        try:
            self._compile(build, build_data)
        except (OSError, RuntimeError) as error:
            if how == "require":
                raise
            self.app.display_warning(f"the native observer was not built; mlrun works without it. {error}")
            return
        machine = _target().split("-")[0] or platform.machine()
        build_data["pure_python"] = False
        # The library needs no version of any symbol, so that any C library will do.
        released = f"manylinux_2_17_{machine}.musllinux_1_1_{machine}"
        build_data["tag"] = f"py3-none-{released if how == 'require' else f'linux_{machine}'}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's signature
        """Remove what was compiled for another machine: beside the source it would take the place of this one's."""
        if self._elsewhere is not None:
            self._elsewhere.cleanup()

    def _compile(self, build: ModuleType, build_data: dict[str, Any]) -> None:
        """The library, beside its source or for another machine in a folder of its own, added to the wheel.

        Raises:
            OSError, RuntimeError: it cannot be compiled.
        """
        if not _target():
            build.build(_compiler(build))
            build_data["artifacts"].append(f"/{_NATIVE}/{build.LIBRARY}")
            return
        self._elsewhere = tempfile.TemporaryDirectory()
        made = build.build(_compiler(build), self._elsewhere.name)
        build_data["force_include"][made] = f"{_NATIVE.removeprefix('src/')}/{build.LIBRARY}"


def _compiler(build: ModuleType) -> tuple[str, ...]:
    zig: tuple[str, ...] | None = build.zig_compiler()
    if _target():
        found = (*zig, "-target", f"{_target()}-gnu.2.17") if zig else None
    else:
        found = build.system_compiler() or zig
    if found is None:
        raise RuntimeError("no C compiler was found")
    return found


def _how() -> str:
    how = os.environ.get("RUNLORE_BUILD_NATIVE", "auto")
    if how not in {"auto", "require", "off"}:
        raise ValueError(f'RUNLORE_BUILD_NATIVE is "{how}"; it can be auto, require or off')
    return how


def _target() -> str:
    return os.environ.get("RUNLORE_NATIVE_TARGET", "")


def _build(root: str) -> ModuleType:
    """The project's own module that knows how to compile: the project is not installed yet."""
    spec = importlib.util.spec_from_file_location("native_build", os.path.join(root, _NATIVE, "build.py"))
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{_NATIVE}/build.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
