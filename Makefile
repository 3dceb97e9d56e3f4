# Builds and downloads are kept outside of the checkout.
CACHE ?= $(or $(KUBECTL_PREFECT_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kubectl-prefect)
CARGO_TARGET_DIR ?= $(CACHE)/target
export KUBECTL_PREFECT_CACHE := $(CACHE)
export CARGO_TARGET_DIR

# Where the test cluster's pods find kubectl-prefect.
BIN ?= $(CARGO_TARGET_DIR)/debug
export BIN

# What is shipped needs nothing of the system, not even a C library: on Linux it is linked with musl,
# whose resolver loads no modules of the system. Without Rust's musl target (rustup target add) a
# build for this machine alone is made. Tables for unwinding are of no use to a program that aborts on
# a panic, and neither are the paths of this machine.
HOST := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
MUSL := $(subst -gnu,-musl,$(HOST))
TARGET ?= $(if $(wildcard $(shell rustc --print target-libdir --target $(MUSL) 2>/dev/null)),$(MUSL),$(HOST))
RELEASE := $(CARGO_TARGET_DIR)/$(TARGET)/release
RELEASE_FLAGS := --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=cargo --remap-path-prefix=$(CURDIR)=.
ifneq (,$(findstring linux,$(TARGET)))
RELEASE_FLAGS := -C target-feature=+crt-static -C force-unwind-tables=no $(RELEASE_FLAGS) -C relocation-model=static
endif
ifneq (,$(findstring linux-musl,$(TARGET)))
RELEASE_FLAGS += -C link-arg=-Wl,-T,$(CURDIR)/krew/no-unwind-tables.ld
endif
# What `version` tells. Without Git it tells less.
COMMIT := $(shell git describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null)
DATE := $(shell TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null)
DIST ?= $(CACHE)/dist

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

.PHONY: cluster
cluster: ## Build the test cluster (Kubernetes from source, Prefect in a virtual environment)
	@tests/cluster/build.sh

.PHONY: sandbox
sandbox: build ## Start a Kubernetes cluster and a Prefect server on loopback; Ctrl-C ends them
	@exec tests/cluster/sandbox.sh --bin $(BIN) $(SANDBOX_FLAGS)

.PHONY: demo
demo: build cluster ## Watch flow runs become Jobs and end COMPLETED, from nothing, in two minutes once built
	@tests/with-cluster.sh tests/demo/demo.sh

.PHONY: picture
picture: build cluster ## Draw what the demo prints, as docs/demo.svg
	@tests/with-cluster.sh tests/demo/demo.sh >$(CACHE)/demo.txt && \
		python3 tests/demo/picture.py <$(CACHE)/demo.txt >docs/demo.svg && rm $(CACHE)/demo.txt

.PHONY: build
build: ## Build kubectl-prefect, quickly and not small
	@command -v cargo >/dev/null || { echo "cargo is needed: install Rust"; exit 1; }
	cargo build --locked

.PHONY: release
release: ## Build the small, self-contained binary that is shipped (4 minutes)
	@command -v cargo >/dev/null || { echo "cargo is needed: install Rust"; exit 1; }
	@case $(TARGET) in *-linux-gnu) echo "for a binary to ship: rustup target add $(MUSL)" ;; esac
	CC_$(subst -,_,$(MUSL))="$${CC:-cc}" RUSTFLAGS="$(RELEASE_FLAGS)" \
		KUBECTL_PREFECT_COMMIT=$(COMMIT) KUBECTL_PREFECT_DATE=$(DATE) \
		cargo build --locked --release --target $(TARGET)

.PHONY: dist
dist: release ## Pack the release binary of this machine, with licences, list of parts and krew manifest
	SOURCE_DATE_EPOCH=$(shell git log -1 --format=%ct 2>/dev/null) \
		python3 krew/dist.py pack $(RELEASE)/kubectl-prefect $(TARGET) $(DIST)
	python3 krew/dist.py manifest $(DIST)

.PHONY: dist-test
dist-test: release ## Try the release binary alone in an empty root folder
	KUBECTL_PREFECT_TEST_RELEASE=$(RELEASE)/kubectl-prefect \
		cargo test --locked --test manners -- empty_root::

IMAGE ?= $(DIST)/kubectl-prefect.oci.tar

.PHONY: image
image: release ## Build the worker's own image as an OCI archive, without a Docker daemon
	@SOURCE_DATE_EPOCH=$(shell git log -1 --format=%ct 2>/dev/null) python3 krew/image.py \
		$(RELEASE)/kubectl-prefect $(TARGET) $(IMAGE) --revision "$(COMMIT)" $(IMAGE_FLAGS)

.PHONY: test
test: ## Check the formatting, lint, and run all tests, those on the real cluster included
	@tests/test.sh

.PHONY: docs
docs: ## Write what is generated from the command line: completions, man pages, the reference
	KUBECTL_PREFECT_WRITE_DOCS=1 cargo test --locked --test docs

.PHONY: kill-test
kill-test: build cluster ## Kill the worker KILL_TRIALS times (200) while it submits, and count what is lost
	@KILL_TRIALS=$${KILL_TRIALS:-200} tests/with-cluster.sh cargo test --locked --test worker -- \
		--ignored --exact kills::many_trials --nocapture

.PHONY: bench
bench: release cluster ## Measure the worker beside the Python worker
	@BIN=$(RELEASE) tests/with-cluster.sh tests/bench/bench.sh $(BENCH_FLAGS)
