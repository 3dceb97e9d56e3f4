#!/bin/sh
# Measures our worker beside the Python worker on the test cluster. `make bench` runs it.
set -eu
exec "$KUBECTL_PREFECT_TEST_PYTHON" "$(dirname "$0")/bench.py" \
	--ready "$KUBECTL_PREFECT_TEST_CLUSTER" \
	--cluster "$KUBECTL_PREFECT_TEST_CLUSTER_PROGRAM" \
	--plugin "$BIN/kubectl-prefect" "$@"
