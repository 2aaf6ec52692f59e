#!/usr/bin/env bash
# A notebook, run by papermill with a parameter or by nbconvert.
set -euo pipefail
mkdir -p out
if [ "$1" = papermill ]; then
    papermill --no-progress-bar -p rate 0.2 notebook.ipynb out/done.ipynb
else
    jupyter nbconvert --to notebook --execute --output-dir out notebook.ipynb
fi
