#!/bin/sh
# Measures an installation, then our worker beside the Python worker, on the test cluster. `make
# bench` runs it.
set -eu
here=$(dirname "$0")
set -- --ready "$KUBECTL_PREFECT_TEST_CLUSTER" \
	--cluster "$KUBECTL_PREFECT_TEST_CLUSTER_PROGRAM" \
	--plugin "$BIN/kubectl-prefect" "$@"
"$KUBECTL_PREFECT_TEST_PYTHON" "$here/install.py" "$1" "$2" "$3" "$4" "$5" "$6"
exec "$KUBECTL_PREFECT_TEST_PYTHON" "$here/bench.py" "$@"
