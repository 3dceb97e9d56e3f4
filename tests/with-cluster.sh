#!/bin/sh
# Brings the test cluster up, runs a command on it, and takes it down again whatever happens.
#
#   tests/with-cluster.sh COMMAND [ARGUMENT ...]
#
# The command finds the cluster by KUBECTL_PREFECT_TEST_CLUSTER (the file in which it says where it
# is), the program itself by KUBECTL_PREFECT_TEST_CLUSTER_PROGRAM, the Prefect API by
# KUBECTL_PREFECT_TEST_API_URL, and Python with Prefect by KUBECTL_PREFECT_TEST_PYTHON. BIN names the folder in which pods find kubectl-prefect.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

paths=$("$here/cluster/build.sh")
eval "$paths"
dir=$(mktemp -d "${TMPDIR:-/tmp}/kubectl-prefect-cluster.XXXXXX")

# shellcheck disable=SC2086 # flags are words
"$CLUSTER" up --venv "$VENV" --bin "$BIN" --dir "$dir" --keep --exit-with-parent \
	${CLUSTER_FLAGS:-} >"$dir.out" &
pid=$!
end() {
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	rm -rf "$dir" "$dir.out"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

while ! [ -s "$dir.out" ]; do
	kill -0 "$pid" 2>/dev/null || { echo "the test cluster did not come up" >&2; exit 1; }
	sleep 0.2
done
export KUBECTL_PREFECT_TEST_CLUSTER="$dir/ready.json"
export KUBECTL_PREFECT_TEST_CLUSTER_PROGRAM="$CLUSTER"
export KUBECTL_PREFECT_TEST_PYTHON="$VENV/bin/python"
KUBECTL_PREFECT_TEST_API_URL=$("$VENV/bin/python" -c \
	'import json, sys; print(json.load(open(sys.argv[1]))["prefectApiUrl"])' "$dir/ready.json")
export KUBECTL_PREFECT_TEST_API_URL
status=0
"$@" || status=$?
if [ "$status" -ne 0 ] && [ -n "${KEEP_LOGS:-}" ]; then
	mkdir -p "$KEEP_LOGS" && cp -r "$dir/logs/." "$KEEP_LOGS/"
	echo "logs of the test cluster: $KEEP_LOGS" >&2
fi
exit "$status"
