"""Every target by name."""

from tests.fuzz import captured, files, records, told
from tests.fuzz.target import Targets

TARGETS: Targets = {**records.TARGETS, **files.TARGETS, **captured.TARGETS, **told.TARGETS}
