"""Which column of a table of samples is what: by its name, or because somebody says so."""

from collections.abc import Mapping

from runlore.insight.samples.results import Roles
from runlore.insight.samples.sources import Relation

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "sample_id", "example_id", "uid", "uuid", "guid", "index", "idx", "row_id", "key"),
    "target": ("target", "label", "y_true", "y", "truth", "ground_truth", "true_label", "actual", "expected"),
    "prediction": ("prediction", "pred", "y_pred", "predicted", "yhat", "y_hat", "predicted_label", "output"),
    "loss": ("loss", "error", "nll"),
    "split": ("split", "subset", "partition"),
    "confidence": ("confidence", "probability", "proba", "prob", "y_proba", "y_score", "score"),
}
"""Of each role the names that columns are known by, in any case; the first that is there."""


class NoSuchColumnError(Exception):
    """A column that was named is not there; its name, and those that are."""

    def __init__(self, name: str, there: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.there = there


def roles_of(table: Relation, told: Roles) -> Roles:
    """The roles of the columns of a table; ``told`` wins.

    Raises:
        NoSuchColumnError: a column that was told is not there.
    """
    there = {each.name.casefold(): each.name for each in reversed(table.fields)}
    exact = {each.name for each in table.fields}
    found: dict[str, str | None] = {}
    taken = set(filter(None, told))
    for role, names in NAMES.items():
        wanted = getattr(told, role)
        if wanted is not None and wanted not in exact:
            raise NoSuchColumnError(wanted, tuple(each.name for each in table.fields))
        free = (there[name] for name in names if name in there and there[name] not in taken)
        found[role] = wanted or next(free, None)
    return Roles(**found)
