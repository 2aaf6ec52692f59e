#!/usr/bin/env bash
# Fit a line to measurements, without any Python: clean, split, fit, judge.
#
#     ./pipeline.sh [SHARE]      how much is for training; 0.8 if not said
set -euo pipefail
share=${1:-0.8}
mkdir -p work out

# Rows with a gap or a reading that cannot be.
awk -F, 'NR > 1 && $2 != "" && $2 < 100' measurements.csv >work/clean.csv

rows=$(wc -l <work/clean.csv)
cut=$(awk -v n="$rows" -v s="$share" 'BEGIN { print int(n * s) }')
head -n "$cut" work/clean.csv >work/train.csv
tail -n "+$((cut + 1))" work/clean.csv >work/test.csv

# Least squares.
awk -F, '{ n++; x += $1; y += $2; xx += $1 * $1; xy += $1 * $2 }
    END { b = (n * xy - x * y) / (n * xx - x * x); printf "%.6f %.6f\n", (y - b * x) / n, b }' \
    work/train.csv >out/model.txt

read -r a b <out/model.txt
awk -F, -v a="$a" -v b="$b" '{ e = $2 - a - b * $1; s += e * e; n++ } END { printf "{\"rmse\": %.6f}\n", sqrt(s / n) }' \
    work/test.csv >out/metrics.json
cat out/metrics.json
