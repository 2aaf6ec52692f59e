# A small project in git, with a store.
. "$(dirname "$0")/default.sh"
mlrun init
