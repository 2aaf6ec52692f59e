"""Which variables are kept, and that no secret ever is."""

import os
import subprocess
import sys

import pytest

from runlore.capture.variables import kept_variables
from runlore.probe.path import child_pythonpath, site_folder
from runlore.records.canonical import decode, encode


@pytest.mark.parametrize(
    "name",
    [
        *("PYTHONHASHSEED", "PYTHONOPTIMIZE", "PYTHONUTF8", "PYTHON_GIL"),
        *(
            "OMP_NUM_THREADS",
            "MKL_NUM_THREADS",
            "MKL_CBWR",
            "OPENBLAS_CORETYPE",
            "OPENBLAS_NUM_THREADS",
            "KMP_AFFINITY",
        ),
        *("ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES", "NUMEXPR_MAX_THREADS", "GLIBC_TUNABLES"),
        *(
            "CUDA_VISIBLE_DEVICES",
            "CUBLAS_WORKSPACE_CONFIG",
            "NVIDIA_TF32_OVERRIDE",
            "NCCL_ALGO",
            "CUDNN_CONV_WSCAP_DBG",
        ),
        *("TF_DETERMINISTIC_OPS", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "PYTORCH_CUDA_ALLOC_CONF", "XLA_FLAGS"),
        *("JAX_ENABLE_X64", "JAX_PLATFORMS", "HF_HUB_OFFLINE", "LANG", "LC_ALL", "LC_COLLATE", "TZ"),
        *("LD_LIBRARY_PATH", "LD_PRELOAD", "WORLD_SIZE", "RANK", "SLURM_PROCID", "SLURM_ARRAY_TASK_ID"),
        *("RUNLORE_DETERMINISTIC", "TORCHINDUCTOR_DETERMINISTIC"),
    ],
)
def test_what_decides_a_result_is_kept(name: str) -> None:
    assert kept_variables({name: "7"}) == {name: "7"}


@pytest.mark.parametrize(
    "name",
    [
        *("HOME", "USER", "PATH", "PWD", "SHELL", "HOSTNAME", "SSH_CONNECTION", "DISPLAY", "TERM", "EDITOR"),
        *("SLURM_JOB_ID", "SLURM_JOB_NODELIST", "MASTER_ADDR", "NCCL_SOCKET_IFNAME", "NCCL_DEBUG", "NCCL_DEBUG_FILE"),
        *("TORCH_HOME", "TORCH_LOGS", "TORCHINDUCTOR_CACHE_DIR", "TORCH_EXTENSIONS_DIR", "TRITON_CACHE_DIR"),
        *("TF_CPP_MIN_LOG_LEVEL", "NUMBA_CACHE_DIR", "JAX_COMPILATION_CACHE_DIR", "MKL_VERBOSE", "HF_HOME"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONSTARTUP", "RUNLORE_RUN", "RUNLORE_JOURNAL"),
        *("omp_num_threads", "MY_OMP_NUM_THREADS", "LCD_PANEL", "DATABASE_URL", "BASH_FUNC_x%%", ""),
    ],
)
def test_what_says_only_where_or_how_loudly_is_not_kept(name: str) -> None:
    assert kept_variables({name: "7"}) == {}


@pytest.mark.parametrize("prefix", ["TORCH_", "TF_", "JAX_", "OMP_", "NCCL_", "PYTORCH_", "LC_", "XLA_", "SKLEARN_"])
@pytest.mark.parametrize(
    "secret",
    [
        *("TOKEN", "API_KEY", "APIKEY", "SECRET", "PASSWORD", "PASSWD", "PASS", "PWD", "AUTH", "OAUTH2", "CREDENTIALS"),
        *("SSH_PRIVATE", "ACCESS_KEY_ID", "COOKIE", "hub_token", "Secret", "PAT", "JWT", "PASSPHRASE", "BEARER"),
    ],
)
def test_a_name_that_smells_of_a_secret_is_never_kept(prefix: str, secret: str) -> None:
    assert kept_variables({prefix + secret: "hunter2", prefix + secret + "_X": "hunter2"}) == {}


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "WANDB_API_KEY", "GITHUB_TOKEN", "KEY", "PASSWORD"]
)
def test_the_usual_secrets_are_not_kept(name: str) -> None:
    assert kept_variables({name: "hunter2"}) == {}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("http://me:hunter2@proxy:8080/x", "http://***@proxy:8080/x"),
        ("http://hunter2@proxy/x", "http://***@proxy/x"),
        ("http://me:@proxy", "http://***@proxy"),
        ("http://:hunter2@proxy", "http://***@proxy"),  # mlrun: made-up
        ("http://me:hunt@er2@proxy/x", "http://***@proxy/x"),  # mlrun: made-up
        ("http://me:hunt/er2@proxy/x", "http://***@proxy/x"),  # mlrun: made-up
        ("http://me:hunt?er#2@proxy", "http://***@proxy"),  # mlrun: made-up
        ("http://me:2hunt/er@proxy", "http://***@proxy"),  # mlrun: made-up
        ("git+ssh://me:hunter2@git.org:22/x", "git+ssh://***@git.org:22/x"),
        ("--a=http://me:hunter2@one --b=http://me:hunter2@two", "--a=http://***@one --b=http://***@two"),
        ("http://me:hunter2@one,http://you:hunter2@two", "http://***@two"),  # mlrun: made-up
        ("--remote_token=hunter2 --x=1", "--remote_token=*** --x=1"),
        ("https://h/x?api_key=hunter2&y=1", "https://h/x?api_key=***&y=1"),
        ("Password=hunter2;y=1", "Password=***;y=1"),
    ],
)
def test_a_credential_in_a_value_is_masked(value: str, kept: str) -> None:
    assert "hunter2" not in kept
    assert kept_variables({"XLA_FLAGS": value}) == {"XLA_FLAGS": kept}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0,1",
        ":4096:8",
        "expandable_segments:True,max_split_size_mb:128",
        "--xla_gpu_deterministic_ops=true --xla_gpu_autotune_level=0",
        "http://host:8080/path@v1",
        "http://[::1]:80/x@y",
        "me@host",
        "glibc.cpu.hwcaps=-AVX2",
        "/opt/oauth:/usr/lib",
        "caf\udcff",
        "two\nlines \x1b[31m",
    ],
)
def test_any_other_value_is_kept_to_the_letter(value: str) -> None:
    kept = kept_variables({"XLA_FLAGS": value})
    assert kept == {"XLA_FLAGS": value}
    assert decode(encode(kept)) == kept


@pytest.mark.parametrize(("value", "kept"), [("42", True), ("-1", True), ("", False), ("correct horse battery", False)])
def test_a_seed_is_kept_if_it_is_a_number(value: str, kept: bool) -> None:
    for name in ("SEED", "RANDOM_SEED", "PL_GLOBAL_SEED"):
        assert kept_variables({name: value}) == ({name: value} if kept else {})
    assert kept_variables({"MY_SEEDS": "1", "SEED_PHRASE": "1", "KEY_SEED": "1"}) == {}


def test_the_users_pythonpath_is_kept_without_the_probe() -> None:
    def kept(pythonpath: str) -> dict[str, str]:
        return kept_variables({"PYTHONPATH": pythonpath})

    assert kept(child_pythonpath("/a::b")) == kept("/a::b") == {"PYTHONPATH": "/a::b"}
    assert kept(child_pythonpath(None)) == kept(child_pythonpath("")) == kept("") == {}
    assert kept(f"/a:{site_folder()}:/b") == {"PYTHONPATH": "/a:/b"}


def test_the_order_of_the_environment_does_not_matter() -> None:
    environ = {"TZ": "UTC", "LANG": "C", "PYTHONPATH": "/a", "OMP_NUM_THREADS": "1"}
    backwards = dict(reversed(environ.items()))
    assert encode(kept_variables(environ)) == encode(kept_variables(backwards))


def test_a_real_environment_with_bytes_that_are_not_text_is_read() -> None:
    script = (
        "import os; from runlore.capture.variables import kept_variables;"
        "from runlore.records.canonical import encode; print(encode(kept_variables(os.environ)).decode())"
    )
    environ = {**os.environb, b"LC_TIME": b"\xff", b"TORCH_TOKEN": b"\xff", b"OMP_NUM_THREADS": b"3"}
    said = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
    ).stdout
    assert '"LC_TIME":"\\udcff"' in said
    assert '"OMP_NUM_THREADS":"3"' in said
    assert "TORCH" not in said
