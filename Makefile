# Every target says what it does: `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# One folder for each way to build: changing static linking in a folder would rebuild everything in it.
RELEASE_FOLDER := .build-release
# The standard library goes into the program, so that it runs where no Swift is installed. macOS brings it along.
STATIC := $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)
RELEASE := --configuration release $(STATIC) --scratch-path $(RELEASE_FOLDER)
FORMATTED := Package.swift Sources Tests Examples $(wildcard Benchmarks)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | while IFS= read -r line; do \
	  printf '  make %-14s %s\n' "$${line%%:*}" "$${line##*## }"; done

.PHONY: dependencies
dependencies: ## Install what is needed to build and is missing, without asking
	@scripts/install-dependencies.sh

.PHONY: build
build: dependencies ## Build the program and the example service into bin/
	@scripts/swift-build.sh $(RELEASE) --product slipway
	@scripts/swift-build.sh $(RELEASE) --product answer-service
	@mkdir -p bin
	@folder=$$(swift build $(RELEASE) --show-bin-path); \
	for product in slipway answer-service; do \
	  install -m 755 "$$folder/$$product" "bin/.$$product.new"; mv -f "bin/.$$product.new" "bin/$$product"; \
	done
	@echo "built: bin/slipway bin/answer-service"

.PHONY: test
test: ## Build and run every test
	@scripts/install-dependencies.sh test
	@scripts/test.sh

.PHONY: conformance
conformance: ## Run the conformance suite against the cluster that SLIPWAY_TEST_KUBECONFIG names
	@scripts/conformance.sh

.PHONY: demo
demo: build ## Build, then deploy five versions of an example service under load
	@bin/slipway demo

.PHONY: crash
crash: ## Kill, freeze and starve the real server 200 times and more while it deploys under load (QUICK=1 only tries it out)
	@scripts/install-dependencies.sh crash
	@scripts/crash-test.sh $(if $(QUICK),--quick)

.PHONY: simulate
simulate: dependencies ## Run simulated rollouts with faults until one breaks a rule (ROLLOUTS=20000 SEED=1)
	@scripts/simulate.sh

.PHONY: mutate
mutate: dependencies ## Break the engine on purpose, in one way after another, and see whether a campaign finds it
	@scripts/mutate.sh

.PHONY: bench
bench: ## Measure: requests lost, the proxy against others, the journal (QUICK=1 only tries it out)
	@scripts/install-dependencies.sh bench
	@for benchmark in rollout proxy journal simulation analysis kubernetes; do Benchmarks/$$benchmark/run.sh $(if $(QUICK),--quick); done

.PHONY: bench-analysis
bench-analysis: ## Judge simulated releases by Slipway's evidence and by other tools' rules, 2000 runs each (QUICK=1 only tries it out)
	@scripts/install-dependencies.sh
	@Benchmarks/analysis/run.sh $(if $(QUICK),--quick)

.PHONY: bench-kubernetes
bench-kubernetes: ## Drive 1000 rollouts at once against the double of a cluster: load, memory, restart, way back (QUICK=1 only tries it out)
	@scripts/install-dependencies.sh
	@Benchmarks/kubernetes/run.sh $(if $(QUICK),--quick)

.PHONY: lint
lint: ## Check the format of Swift files, the syntax of scripts, and manifests against Kubernetes' schemas
	@swift format lint --strict --recursive --parallel $(FORMATTED)
	@for script in scripts/*.sh Benchmarks/*/*.sh .ci/run; do bash -n "$$script"; done
	@for patch in scripts/mutations/*.patch; do git apply --check "$$patch" || exit 1; done
	@scripts/validate-manifests.sh
	@echo "lint: nothing found"

.PHONY: format
format: ## Format all Swift files in place
	@swift format format --in-place --recursive --parallel $(FORMATTED)

.PHONY: clean
clean: ## Remove everything that was built
	rm -rf .build $(RELEASE_FOLDER) bin
