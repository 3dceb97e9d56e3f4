#!/bin/sh
# Starts the test cluster for use by hand: `make sandbox`. Ctrl-C ends it.
# Arguments go to the cluster program (see `cluster up --help`).
set -eu
cd "$(dirname "$0")"

# Not in one step: the shell would not see that the build failed.
paths=$(./build.sh)
eval "$paths"
exec "$CLUSTER" up --venv "$VENV" --output exports "$@"
