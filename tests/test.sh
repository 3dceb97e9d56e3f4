#!/bin/sh
# All tests, from the quick to the real. `make test` runs it; it sets CARGO_TARGET_DIR and BIN.
set -eu
cd "$(dirname "$0")/.."
: "${CARGO_TARGET_DIR:?run make test}"
export BIN="${BIN:-$CARGO_TARGET_DIR/debug}"

step() { printf '\n== %s (%s s)\n' "$1" "$(($(date +%s) - begun))"; }
begun=$(date +%s)

command -v cargo >/dev/null || { echo "cargo is needed: install Rust"; exit 1; }

step "formatting"
cargo fmt --check
step "lints"
cargo clippy --locked --all-targets -- -D warnings
step "tests of functions and of conversations with mock servers"
cargo test --locked --lib --bins
cargo build --locked
step "the worker's image"
python3 tests/image/image_test.py "$BIN/kubectl-prefect"
step "the test cluster: build, and tests of its node"
tests/cluster/test.sh
step "tests on the real cluster"
# These tests wait more than they work. Those that kill workers by the dozen keep the Prefect
# server's SQLite busy, and come when nobody else needs it.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-4}"
tests/with-cluster.sh sh -c "
	python3 tests/image/image_test.py '$BIN/kubectl-prefect' OnCluster &&
	cargo test --locked --test '*' -- --skip kills:: --skip together:: &&
	cargo test --locked --test worker -- kills:: together::"
step "done"
