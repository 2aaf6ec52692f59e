"""Where a path lies, and so what a file there can be to a run: part of it, of its environment, or noise."""

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from runlore.probe.path import site_folder

PROJECT, OUTSIDE, ENVIRONMENT, NOISE = "project", "outside", "environment", "noise"
"""In the project; anywhere else that data can come from; packages and the system; what no result depends on."""

_KERNEL = (b"/proc", b"/sys", b"/dev", b"/run")
_SHARED_MEMORY = b"/dev/shm"
_SYSTEM = (b"/usr", b"/bin", b"/sbin", b"/lib", b"/lib32", b"/lib64", b"/etc", b"/snap", b"/nix/store", b"/gnu/store",
           b"/var/lib", b"/var/cache", b"/System", b"/Library")  # fmt: skip
_PACKAGES = frozenset((b"site-packages", b"dist-packages"))
_BYTECODE = (b".pyc", b".pyo")
_NOISY_PARTS = frozenset((b"__pycache__", b".git", b".mlrun", b".ipynb_checkpoints", b".pytest_cache"))
_NOISY_CACHES = frozenset(
    (b"pip", b"uv", b"matplotlib", b"fontconfig", b"mesa_shader_cache", b"nv", b"numba", b"torch_extensions", b"triton",
     b"jedi", b"parso", b"black", b"pypoetry", b"conda", b"gstreamer-1.0", b"ipython", b"thumbnails", b"wandb", b"jax")
)  # fmt: skip
_NOISY_AT_HOME = frozenset(
    (b".nv", b".triton", b".ipython", b".jupyter", b".config", b".local", b".keras/keras.json", b".netrc", b".bashrc",
     b".profile", b".bash_profile", b".zshrc", b".inputrc", b".terminfo", b".matplotlib", b".dvc",
     b".ssh", b".aws", b".kaggle", b".condarc", b".pydistutils.cfg", b".pypirc", b".gitconfig", b".conda")
)  # fmt: skip
_PROGRAMS_AT_HOME = frozenset(
    (b".pyenv", b".asdf", b".rbenv", b".nodenv", b".goenv", b".jenv", b".nvm", b".volta", b".sdkman", b".rustup",
     b".cargo", b".juliaup")
)  # fmt: skip
"""Where those put programs, and the scripts that start them, who keep several versions of each."""
_VERSIONS = re.compile(rb"(/.+)/(?:versions|installs/python)/[^/]+")
_MEMORY = re.compile(rb"\.([\w-]*(hi?st|hsts|history|histfile|viminfo)|zcompdump[\w.-]*|[XI]\w*authority)")
"""Hidden files at home in which interactive programs keep what was typed and seen for the next time."""
_NOISY_NAMES = (b"pymp-", b"joblib_memmapping_folder_", b"torchinductor_", b"torchelastic_", b"cupy.", b".nfs")
"""What names in folders for temporary files begin with, where programs talk to themselves."""
_UV_LOCK = re.compile(rb"uv-[0-9a-f]{16}\.lock")


_LANDMARK = re.compile(rb"(/.+)/(?:lib(?:32|64)?/(?:python|pypy)3[.\d]*t?/encodings/__init__\.py|pyvenv\.cfg)")
"""What every Python reads when it starts, however it was started: codecs, and what says of which Python it is."""
_OURS = os.path.dirname(os.path.dirname(site_folder()))


class Ground(NamedTuple):
    """The folders that matter to a run, absolute and without symbolic links.

    ``prefixes`` are where its interpreter and packages lie, ``temporary`` where it puts passing things.
    """

    top: bytes
    store: bytes
    home: bytes
    cache: bytes
    temporary: tuple[bytes, ...]
    prefixes: tuple[bytes, ...]

    def kind(self, path: bytes) -> str:
        """What a file at ``path`` can be; the folder that lies deepest decides."""
        rebuilt = _below(path, self.store + b"/envs")  # an environment that was made again
        if path.endswith(_BYTECODE) or (not rebuilt and (_below(path, self.store) or _is_noisy(path))):
            return NOISE
        if rebuilt or not _PACKAGES.isdisjoint(path.split(b"/")):
            return ENVIRONMENT
        roots = [(len(prefix), ENVIRONMENT) for prefix in self.prefixes if _below(path, prefix)]
        roots += [(len(self.top), PROJECT)] if _below(path, self.top) else []
        if roots:
            return max(roots)[1]
        if any(_below(path, folder) for folder in _KERNEL) and not _below(path, _SHARED_MEMORY):
            return NOISE
        if any(_below(path, folder) for folder in _SYSTEM) or self._is_program(path):
            return ENVIRONMENT
        return NOISE if self._is_personal(path) or self._is_passing(path) else OUTSIDE

    def with_interpreters(self, paths: Iterable[bytes]) -> "Ground":
        """The ground with the folders of every Python that has read these files: not all report themselves."""
        found = {found[1] for path in paths if (found := _LANDMARK.fullmatch(path))}
        prefixes = found.union(self.prefixes)
        # One of several versions was started by a script beside them, which reads others of its kind.
        managers = {match[1] for prefix in prefixes if (match := _VERSIONS.fullmatch(prefix))}
        prefixes.update(folder for folder in managers if os.path.isdir(folder + b"/shims"))
        return self._replace(prefixes=(*self.prefixes, *sorted(prefixes.difference(self.prefixes))))

    def _is_program(self, path: bytes) -> bool:
        return _below(path, self.home) and _first(path, self.home) in _PROGRAMS_AT_HOME

    def _is_personal(self, path: bytes) -> bool:
        """Settings and caches of programs, of which a model that was downloaded is none."""
        if _below(path, self.cache):
            return _first(path, self.cache) in _NOISY_CACHES
        name = path[len(self.home) :].lstrip(b"/")
        return _below(path, self.home) and bool(
            {_first(path, self.home), name} & _NOISY_AT_HOME or _MEMORY.fullmatch(name)
        )

    def _is_passing(self, path: bytes) -> bool:
        first = [_first(path, folder) for folder in (*self.temporary, _SHARED_MEMORY) if _below(path, folder)]
        return any(name.startswith(_NOISY_NAMES) or _UV_LOCK.fullmatch(name) for name in first)


def ground(top: str, store: str, environ: dict[str, str], prefixes: Iterable[str]) -> Ground:
    """The ground of a run in the project ``top`` with the store ``store``, and with these variables."""
    home = environ.get("HOME") or os.path.expanduser("~")
    cache = environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    temporary = (environ.get("TMPDIR") or "/tmp", "/tmp", "/var/tmp")  # noqa: S108 - looked at, never written
    return Ground(
        top=_real(top),
        store=_real(store),
        home=_real(home),
        cache=_real(cache),
        temporary=tuple(map(_real, dict.fromkeys(temporary))),
        # Our own part in the command is none of the user's. A prefix such as / says nothing, and may hold the project.
        prefixes=tuple(real for prefix in dict.fromkeys((*prefixes, _OURS)) if len(real := _real(prefix)) > 1),
    )


def _real(path: str) -> bytes:
    return os.fsencode(os.path.realpath(path))


def _below(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _first(path: bytes, folder: bytes) -> bytes:
    """The name below ``folder`` through which ``path`` goes."""
    return path[len(folder) :].lstrip(b"/").partition(b"/")[0]


def _is_noisy(path: bytes) -> bool:
    return not _NOISY_PARTS.isdisjoint(path.split(b"/"))
