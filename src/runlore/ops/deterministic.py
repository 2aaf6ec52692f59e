"""What `exec --deterministic` sets where the user did not: variables under which libraries choose what repeats.

Each decides a result, so `capture.variables` keeps it, and who sets the kept variables again runs the same way.
"""

import os
from collections.abc import Mapping


def settings() -> Mapping[str, str]:
    """Variables and their values on this machine.

    A sum is added up in an order that depends on how many threads share it. Libraries take all the processors
    they may use; said aloud, another machine can be asked for the same.
    """
    threads = str(_processors())
    return {
        # PyTorch has no variable for its switch: the probe turns it on when the library is imported.
        "RUNLORE_DETERMINISTIC": "1",
        "TORCHINDUCTOR_DETERMINISTIC": "1",
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        # https://docs.nvidia.com/cuda/cublas/index.html#results-reproducibility
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        # Read by TensorFlow's `determinism.cc`, as `enable_op_determinism` sets it.
        "TF_DETERMINISTIC_OPS": "1",
    }


def _processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
