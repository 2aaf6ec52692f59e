#!/usr/bin/env bash
# One CI job: train, hold the result against the run that was accepted last, share it.
#
#     ./gate.sh            MLRUN_REMOTE names a remote to share runs with; without one nothing is sent
#
# Exit status: that of the training; 1 if the accuracy is below ACCURACY; that of mlrun if it failed.
set -euo pipefail
export ACCURACY=${ACCURACY:-0.95}

if [[ -n ${MLRUN_REMOTE:-} ]]; then
    mlrun init
    mlrun remote list | grep -q "^origin" || mlrun remote add origin "$MLRUN_REMOTE"
    mlrun pull || [[ $? == 14 ]] # the first job finds nothing there
fi

mlrun exec --record run.json -e ci train.py

if mlrun show accepted >/dev/null 2>&1; then
    mlrun diff accepted @ --only code --only params --only environment --only metrics
fi

# Could it be made again? Status 1 if something that it takes is gone.
mlrun reproduce @ --check >check.txt

passed=0
python3 - <<'PYTHON' || passed=1
import json, os, sys
accuracy = json.load(open("run.json"))["data"]["metrics"]["accuracy"]["last"]
print(f"accuracy {accuracy:.4f}, wanted {os.environ['ACCURACY']}")
sys.exit(accuracy < float(os.environ["ACCURACY"]))
PYTHON
((passed == 0)) && mlrun tag accepted @

if [[ -n ${MLRUN_REMOTE:-} ]]; then
    mlrun push
fi
exit "$passed"
