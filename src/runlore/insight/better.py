"""Which way a metric is better, as far as its name says."""

import re
from typing import Literal

Direction = Literal["min", "max"]

_LESS = frozenset(
    (
        *("loss", "error", "err", "mse", "rmse", "mae", "mape", "nll", "perplexity", "ppl", "wer", "cer", "fid"),
        *("brier", "logloss", "divergence", "kl", "fpr", "fnr", "regret", "cost", "bce", "entropy"),
    )
)
_MORE = frozenset(
    (
        *("acc", "accuracy", "auc", "auroc", "auprc", "f1", "precision", "recall", "r2", "map", "miou", "iou"),
        *("dice", "bleu", "rouge", "meteor", "score", "reward", "return", "psnr", "ssim", "ndcg", "mrr", "kappa"),
        *("mcc", "sensitivity", "specificity", "top1", "top5", "correct", "elo"),
    )
)
_WORD = re.compile(r"[a-z]+\d?", re.IGNORECASE)


def better(name: str) -> Direction | None:
    """``min`` or ``max``; ``None`` where the name has no word that is known, or words that disagree."""
    words = {each.lower() for each in _WORD.findall(name)}
    less, more = bool(words & _LESS), bool(words & _MORE)
    if less == more:
        return None
    return "min" if less else "max"
