#!/bin/bash
# A notebook, run by papermill with a parameter or by nbconvert.
set -eu
if [ "$1" = papermill ]; then
    papermill -p rate 0.2 notebook.ipynb out/done.ipynb
else
    jupyter nbconvert --to notebook --execute --output-dir out notebook.ipynb
fi
