#!/bin/sh
# The main job, for real: a worker, two deployments, flow runs that become Jobs and end COMPLETED.
# `make demo` runs it on the test cluster (tests/with-cluster.sh).
set -eu
cd "$(dirname "$0")"

from_ready() {
	"$KUBECTL_PREFECT_TEST_PYTHON" -c \
		'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' \
		"$KUBECTL_PREFECT_TEST_CLUSTER" "$1"
}

heading() { printf '\n== %s\n' "$*"; }
# Prints a command, then runs it.
run() {
	printf '\n$ %s\n' "$*"
	"$@"
}

started=$(date +%s)
KUBECONFIG=$(from_ready kubeconfig)
PREFECT_API_URL=$(from_ready prefectApiUrl)
PATH=$BIN:$(from_ready bin):$PATH
home=$(mktemp -d "${TMPDIR:-/tmp}/kubectl-prefect-demo.XXXXXX")
export KUBECONFIG PREFECT_API_URL PATH PREFECT_HOME="$home" DO_NOT_TRACK=1
export PREFECT_SERVER_ANALYTICS_ENABLED=false PREFECT_CLI_COLORS=false NO_COLOR=1
export KUBECTL_PREFECT_DEMO_DIR="$PWD"

worker=
follower=
end() {
	for process in $worker $follower; do
		kill -TERM "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
	rm -rf "$home"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

heading "A namespace for the Jobs, and the service account of one of the deployments"
run kubectl create namespace flows
run kubectl create serviceaccount flow-runner --namespace flows

heading "The worker, through kubectl; it makes the work pool"
printf '\n$ kubectl prefect worker run --pool demo --poll-interval 2s --job-api-url "$PREFECT_API_URL" &\n'
# Its own process, not a shell's: the signal at the end is for it.
kubectl prefect worker run --pool demo --poll-interval 2s --job-api-url "$PREFECT_API_URL" \
	>"$home/worker.log" 2>&1 &
worker=$!
"$KUBECTL_PREFECT_TEST_PYTHON" watch.py follow "$home/worker.log" &
follower=$!
"$KUBECTL_PREFECT_TEST_PYTHON" watch.py pool demo

heading "Two deployments: one by cron every minute, one by hand"
run prefect --no-prompt deploy --all --prefect-file prefect.yaml >"$home/deploy.log" 2>&1 ||
	{ cat "$home/deploy.log"; exit 1; }
grep -E '^\$|successfully created' -A1 "$home/deploy.log" | sed 's/[│]//g; s/^--$//'
run prefect deployment run greet/by-hand --param 'name="a person at a terminal"' \
	>"$home/run.log" 2>&1 || { cat "$home/run.log"; exit 1; }
sed -n '1,4p' "$home/run.log"

heading "From SCHEDULED to COMPLETED (the cron comes with the next full minute)"
"$KUBECTL_PREFECT_TEST_PYTHON" watch.py runs every-minute by-hand

heading "What Kubernetes has of it"
run kubectl wait --for=condition=complete jobs --all --namespace flows --timeout=60s
run kubectl get jobs --namespace flows
job=$(kubectl get jobs --namespace flows --output name | head -n 1)
run kubectl logs --namespace flows "$job" --tail 4

heading "The worker stops on Ctrl-C"
kill -INT "$worker"
status=0
wait "$worker" || status=$?
worker=
sleep 0.5
kill "$follower"
wait "$follower" 2>/dev/null || true
follower=
# An interrupted command says so by its exit code.
[ "$status" -eq 130 ] || { echo "the worker ended with $status instead of 130"; exit 1; }

heading "Done"
"$KUBECTL_PREFECT_TEST_PYTHON" watch.py summary
echo "It took $(($(date +%s) - started)) s. Nothing is left running."
