"""A module that lies outside, on PYTHONPATH, and one more table beside the project."""

# mypy: ignore-errors

import common
import features
import neighbour

rows = features.table() + features.table("../tables/more.csv")
common.save(slope=neighbour.scaled(features.slope(rows)))
