# Builds and downloads are kept outside of the checkout.
CACHE ?= $(or $(KUBECTL_PREFECT_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kubectl-prefect)
CARGO_TARGET_DIR ?= $(CACHE)/target
export KUBECTL_PREFECT_CACHE := $(CACHE)
export CARGO_TARGET_DIR

# Where the test cluster's pods find kubectl-prefect.
BIN ?= $(CARGO_TARGET_DIR)/debug

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

.PHONY: cluster
cluster: ## Build the test cluster (Kubernetes from source, Prefect in a virtual environment)
	@tests/cluster/build.sh

.PHONY: sandbox
sandbox: ## Start a Kubernetes cluster and a Prefect server on loopback; Ctrl-C ends them
	@exec tests/cluster/sandbox.sh --bin $(BIN) $(SANDBOX_FLAGS)
