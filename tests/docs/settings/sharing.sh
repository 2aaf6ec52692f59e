# A run to be shared.
. "$(dirname "$0")/default.sh"
mlrun exec -q -t best train.py
