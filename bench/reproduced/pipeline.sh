#!/usr/bin/env bash
# A pipeline of the shell over git-ignored data, with a step in Python.
set -euo pipefail
mkdir -p out
tail -n +2 data/table.csv | sort -t, -k2 -g | awk -F, '{ sum += $2; print NR "," sum }' >out/sums.csv
grep -c . out/sums.csv >out/count.txt
python -c 'import common, features; common.save(slope=features.slope(features.table()))' | tee out/said.txt
gzip -n -c out/sums.csv >out/sums.csv.gz
