#!/bin/sh
# Checks the test cluster itself: formatting and the tests of its node's rules.
# With --vet also go vet, which takes minutes the first time. Building comes
# first, as the tests share its compiled packages.
set -eu
cd "$(dirname "$0")"
./build.sh >/dev/null

export CGO_ENABLED=0 GOTOOLCHAIN=local
unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
	echo "not formatted by gofmt: $unformatted" >&2
	exit 1
fi
if [ "${1-}" = --vet ]; then
	go vet -trimpath -tags osusergo,netgo ./...
fi
go test -vet=off -trimpath -tags osusergo,netgo ./...
