"""joblib: workers of loky, and a cache of results in the project."""

# mypy: ignore-errors

import common
import features
import numpy as np
from joblib import Memory, Parallel, delayed

memory = Memory("out/cache", verbose=0)


@memory.cache
def work(seed: int, rate: float) -> float:
    """A walk of noise."""
    return float(np.random.default_rng(seed).normal(scale=rate, size=1000).cumsum().max())


if __name__ == "__main__":
    rate = features.settings()["rate"]
    found = Parallel(n_jobs=2)(delayed(work)(seed, rate) for seed in range(4))
    common.save(highest=max(found))
