"""The environment variables that decide a result: an allow-list, so that what nobody thought of stays private.

What is kept is part of what makes two runs the same experiment. So a variable that only says where
things lie, where to log or how loudly does not belong here, and one that may hold a secret never does.
"""

import re
from collections.abc import Mapping

from runlore.probe.path import without_probe
from runlore.records.hashing import keyed_fingerprint

_NAMES = frozenset(
    (
        # Python itself: what a program computes, finds and decodes.
        *("PYTHONHASHSEED", "PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE", "PYTHONSAFEPATH", "PYTHONNOUSERSITE"),
        *("PYTHONUSERBASE", "PYTHONPLATLIBDIR", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONCOERCECLOCALE"),
        *("PYTHONINTMAXSTRDIGITS", "PYTHONDEVMODE", "PYTHONWARNINGS", "PYTHON_GIL", "PYTHON_JIT", "PYTHON_CPU_COUNT"),
        # Libraries the loader takes, and the variant of a routine it picks for the processor.
        *("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "GLIBC_TUNABLES"),
        # How text, numbers and times are read, sorted and written.
        *("LANG", "TZ", "SOURCE_DATE_EPOCH"),
        # How many threads share a sum, and so in which order it is added up.
        *("GOTO_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "RAYON_NUM_THREADS", "LOKY_MAX_CPU_COUNT"),
        # Which devices, and how they compute; and that it was asked for what repeats.
        "RUNLORE_DETERMINISTIC",
        *("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_LAUNCH_BLOCKING", "CUDA_DEVICE_MAX_CONNECTIONS"),
        *("CUDA_MODULE_LOADING", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_TF32_OVERRIDE"),
        *("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HSA_OVERRIDE_GFX_VERSION", "ZE_AFFINITYMASK"),
        # Libraries that may fetch, or may not, and so find another version of what they load.
        *("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE", "KERAS_BACKEND", "SCIPY_ARRAY_API"),
        # Which share of the work this is: of the data, of a sum over processes, of a sweep.
        *("WORLD_SIZE", "RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK", "NODE_RANK"),
        *("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "PMI_SIZE", "PMI_RANK"),
        *("SLURM_NTASKS", "SLURM_PROCID", "SLURM_LOCALID", "SLURM_NNODES", "SLURM_NODEID", "SLURM_CPUS_PER_TASK"),
        *("SLURM_ARRAY_TASK_ID", "PBS_ARRAY_INDEX", "PBS_ARRAYID", "SGE_TASK_ID", "LSB_JOBINDEX"),
    )
)
_PREFIXES = (
    *("LC_", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "BLIS_", "NUMEXPR_", "NUMBA_", "NPY_", "POLARS_"),
    *("DNNL_", "ONEDNN_", "ATEN_", "CUBLAS_", "CUBLASLT_", "CUDNN_", "MIOPEN_", "ROCBLAS_", "HIPBLASLT_", "NCCL_"),
    *("TORCH_", "TORCHINDUCTOR_", "TORCHDYNAMO_", "PYTORCH_", "TRITON_", "TF_", "XLA_", "JAX_", "SKLEARN_", "PANDAS_"),
)
# Of the prefixes' variables, those that say where something lies or how much is told.
_NO_EFFECT = re.compile(
    r"_(DIR|PATH|HOME|FILE|CACHE\w*|LOGS?|LOGGING|VERBOSE|VERBOSITY|DEBUG\w*|IFNAME)$|LOG_LEVEL$|_LOGS?_"
)
_SEED = re.compile(r"(\w+_)?SEED", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}", re.ASCII)

# A compiled expression for these names would take longer than everything else here.
_PASSING = frozenset(
    (
        *("_", "PWD", "OLDPWD", "SHLVL", "LINES", "COLUMNS", "WINDOWID", "WINDOWPATH", "PPID", "HISTCMD", "MAIL"),
        *("PYTHONPATH", "STY", "DISPLAY", "XAUTHORITY", "LS_COLORS", "COLORTERM", "TERM", "TERM_PROGRAM", "TERMINFO"),
        *("TERM_PROGRAM_VERSION", "TERM_SESSION_ID", "TERMCAP", "PS1", "PS2", "PS3", "PS4", "PROMPT_COMMAND"),
        *("HISTFILE", "HISTSIZE", "HISTFILESIZE", "HISTCONTROL", "HISTIGNORE", "HISTTIMEFORMAT", "PAGER", "LESS"),
        *("LESSOPEN", "LESSCLOSE", "LESSHISTFILE", "LESSCHARSET", "XDG_RUNTIME_DIR", "MAKELEVEL", "INVOCATION_ID"),
        *("JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "SESSION_MANAGER", "GPG_TTY", "WT_SESSION", "SHELL_SESSION_ID"),
    )
)
_PASSING_PREFIXES = (
    *("RUNLORE_", "VTE_", "TMUX", "SSH_", "DBUS_", "WAYLAND_", "ZELLIJ", "GNOME_TERMINAL_", "KITTY_", "ITERM_"),
    *("ALACRITTY_", "KONSOLE_", "WEZTERM_", "GHOSTTY_", "VSCODE_", "STARSHIP_", "XDG_SESSION", "XDG_SEAT"),
    *("XDG_VTNR", "XDG_CURRENT", "XDG_GREETER", "XDG_MENU", "XDG_ACTIVATION"),
)
"""Where somebody types, not what a program computes. PYTHONPATH is either kept or empty."""
_LONGEST_NAME = 200

_SECRET = re.compile(
    r"TOKEN|KEY|SECRET|PASSW|PASSPHRASE|CREDENTIAL|CREDS|AUTH|PRIVATE|COOKIE|SIGNATURE|BEARER|JWT|(?:^|_)(?:PASS|PWD|PAT)(?:_|$)",
    re.IGNORECASE,
)
# A password may hold `/` and `@` where people do not escape them: then everything up to the last `@` is
# taken for one, unless what follows the colon is a port.
_USERINFO = re.compile(r"(?<=://)(?:[^\s/?#@\[]*:(?!\d{0,5}(?:[/?#\s]|$))\S*@|[^\s/?#]*@)")
_ASSIGNED = re.compile(r"((?:token|secret|passw(?:or)?d|api[_-]?key|credentials?|auth)[\w-]*=)[^\s&,;]+", re.IGNORECASE)
MASK = "***"


def kept_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of ``environ`` that decide a result, by name, with credentials in values masked.

    PYTHONPATH is the user's own, without the probe's folder; an empty one is none, as for Python.
    """
    kept = {name: _masked(environ[name]) for name in sorted(environ) if _decides(name, environ[name])}
    if own := without_probe(kept.pop("PYTHONPATH", None)):
        kept["PYTHONPATH"] = own
    return kept


def other_variables(environ: Mapping[str, str], kept: Mapping[str, str], key: bytes) -> dict[str, str]:
    """The names of all other variables, each with a fingerprint of its value under ``key``: whether it is the same.

    Without those that a terminal or a shell sets anew for each command and that mlrun adds.
    """
    return {
        name: keyed_fingerprint(value, key)
        for name, value in sorted(environ.items())
        if name not in kept and name not in _PASSING and not name.startswith(_PASSING_PREFIXES) and _is_plain(name)
    }


def _is_plain(name: str) -> bool:
    """Whether it is a name as shells have them: exported functions have others."""
    return name.isascii() and name.isidentifier() and len(name) <= _LONGEST_NAME


def _decides(name: str, value: str) -> bool:
    if _SECRET.search(name):
        return False
    if _SEED.fullmatch(name):
        return _NUMBER.fullmatch(value) is not None  # a wallet has a seed as well, and it is words
    return name in _NAMES or (name.startswith(_PREFIXES) and not _NO_EFFECT.search(name))


def _masked(value: str) -> str:
    return _ASSIGNED.sub(r"\1" + MASK, _USERINFO.sub(MASK + "@", value))
