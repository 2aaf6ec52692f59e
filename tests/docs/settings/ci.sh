. "$(dirname "$0")/light.sh"
