#!/bin/sh
# Builds the test cluster once for each set of inputs and prints where it is,
# as two lines for a shell: CLUSTER (the program) and VENV (Python with Prefect).
#
#   eval "$(tests/cluster/build.sh)"
#
# Builds and downloads are kept outside of the checkout, in the folder of
# $KUBECTL_PREFECT_CACHE, by default ~/.cache/kubectl-prefect.
set -eu
cd "$(dirname "$0")"

cache=${KUBECTL_PREFECT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kubectl-prefect}
version=v1.37.1
# The Go that is there, never one that Go would download.
export CGO_ENABLED=0 GOTOOLCHAIN=local

say() { echo "cluster: $*" >&2; }

need() {
	command -v "$1" >/dev/null || { say "$1 is needed: $2"; exit 1; }
}
need go "install Go 1.26 or newer"
need python3.11 "install Python 3.11 with its venv module"
need flock "install util-linux"

hash() { sha256sum | cut -c1-16; }

# Go's own version and platform are inputs too; tests are none.
binary_key() {
	{
		go env GOVERSION GOOS GOARCH
		cat build.sh go.mod go.sum
		find . -name '*.go' ! -name '*_test.go' | LC_ALL=C sort | xargs cat
	} | hash
}

build_binary() {
	say "building etcd and Kubernetes $version from source (the first time: 10 minutes; log: $cache/cluster/build.log)"
	stamp=
	for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
		stamp="$stamp -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=37"
		stamp="$stamp -X $package.gitTreeState=clean -X $package.gitCommit=unknown -X $package.buildDate=1970-01-01T00:00:00Z"
	done
	temporary=$1.new
	go build -trimpath -tags osusergo,netgo -ldflags "-s -w $stamp" \
		-o "$temporary" . >"$cache/cluster/build.log" 2>&1 &
	waited $! || { rm -f "$temporary"; cat "$cache/cluster/build.log" >&2; exit 1; }
	mv "$temporary" "$1"
	# An older build may still run; all but the newest three go.
	ls -t "$cache"/cluster/cluster-* | tail -n +4 | xargs -r rm -f
}

build_venv() {
	say "installing Prefect into a virtual environment (2 minutes; log: $cache/venv/install.log)"
	rm -rf "$1"
	{
		python3.11 -m venv "$1" &&
			"$1/bin/pip" install --disable-pip-version-check --no-deps -r requirements.txt
	} >"$cache/venv/install.log" 2>&1 &
	waited $! || { rm -rf "$1"; tail -n 20 "$cache/venv/install.log" >&2; exit 1; }
	# Scripts name their folder, so it cannot be moved into place: this file,
	# written last, says that it is whole.
	printf %s "$2" >"$1/kubectl-prefect-key"
}

# Waits for a process and says every half minute that it goes on.
waited() {
	seconds=0
	while kill -0 "$1" 2>/dev/null; do
		sleep 1
		seconds=$((seconds + 1))
		[ $((seconds % 30)) -ne 0 ] || say "still at it after $seconds s"
	done
	wait "$1"
}

mkdir -p "$cache/cluster" "$cache/venv"
binary=$cache/cluster/cluster-$(binary_key)
venv_key=$({ python3.11 --version; cat requirements.txt; } | hash)
venv=$cache/venv/$venv_key

# One build at a time: a second make waits for the first and finds its result.
exec 9>"$cache/cluster.lock"
flock -n 9 || { say "waiting for another build"; flock 9; }
[ -x "$binary" ] || build_binary "$binary" 9>&-
[ -f "$venv/kubectl-prefect-key" ] || build_venv "$venv" "$venv_key" 9>&-
exec 9>&-

echo "CLUSTER='$binary'"
echo "VENV='$venv'"
