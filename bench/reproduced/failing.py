"""A run that ends with a status of its own, as one does that finds its data wanting."""

# mypy: ignore-errors

import sys

import common
import features

slope = features.slope(features.table())
common.save(slope=slope)
if slope < 10:
    sys.exit(3)
