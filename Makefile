# The two that do everything: make demo, make check. make help lists the rest.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

GO ?= go
TOOL := $(GO) tool -modfile=tools/go.mod
FUZZTIME ?= 30s
SOAKTIME ?= 30m
# Rooms that are modules of their own (docs/adr/0018), those that people import and
# the one that compares with others: $(call in-modules,COMMAND), $(call in,MODULES,COMMAND)
DOORS := $(patsubst %/go.mod,%,$(wildcard runtime/*/go.mod))
PEERS := internal/bench/peers
MODULE_TOOL := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
LINT := --config $(CURDIR)/.golangci.yml
in = @for m in $(1); do echo "$$m: $(2)"; (cd $$m && $(2)); done
in-modules = $(call in,$(DOORS) $(PEERS),$(1))

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: ## the whole way on a real program: directive, build, run, store, server, table
	$(GO) run ./cmd/tkgen demo

check: prerequisites lint test race platforms ## all that has to hold before a change lands

prerequisites: # the race detector needs a C compiler
	@if ! command -v gcc >/dev/null && ! command -v clang >/dev/null; then \
	  echo "installing gcc and libc6-dev with apt-get: the race detector needs them"; \
	  apt-get update -qq && apt-get install -y -qq gcc libc6-dev; \
	fi

build: ## bin/tkgen and bin/tkserver
	$(GO) build -o bin/ ./cmd/...

test: ## all tests
	$(GO) test ./...
	$(call in-modules,$(GO) test ./...)

SHORT ?= -short
race: ## the tests of what runs concurrently, under the race detector
	$(GO) test $(SHORT) -race -timeout 1h ./runtime/... ./server/... ./directive ./instrument
	$(call in,$(DOORS),$(GO) test $(SHORT) -race ./...)

race-full: prerequisites # with the tests that take minutes under the race detector
	$(MAKE) race SHORT=

init-real: # tkgen init in programs of other people: built, run, undone (network, minutes)
	INIT=full $(GO) test -count=1 -timeout 1h -run RealPrograms -v ./cmd/tkgen/internal/adopt

builds: # how a call ended, in every build in which Go's frames are laid out otherwise
	BUILDS=full $(GO) test -count=1 -timeout 1h -run TestBuilds -v ./runtime/telemetry

# In the order of how long they take.
NIGHTLY := platforms-all test-wasm test-arm64 test-wine vuln builds init-real race-full fuzz corpus-std soak corpus
nightly: ## what takes hours: all that check has in short form or not at all; SKIP="corpus soak" leaves steps out
	@MAKE="$(MAKE)" bash internal/nightly/steps.sh "$(SKIP)" $(NIGHTLY)

# One pair for each way that the build tags of our own files go: check builds these.
PLATFORMS ?= linux/arm64 darwin/arm64 windows/amd64 freebsd/amd64 js/wasm wasip1/wasm
platforms: # what a user's program links builds wherever Go programs run; as WebAssembly that is runtime/
	@for p in $(PLATFORMS); do \
	  what=./...; if [[ $$p == */wasm ]]; then what=./runtime/...; fi; \
	  echo "building $$what for $$p"; export GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0; $(GO) build $$what; \
	  for m in $(DOORS); do (cd $$m && $(GO) build ./...); done; \
	done

platforms-all: ## builds for every system and processor that is supported (nightly)
	$(MAKE) platforms PLATFORMS="$(foreach os,linux darwin windows freebsd,$(os)/amd64 $(os)/arm64) js/wasm wasip1/wasm"

WASM_ROOMS := ./runtime/internal/folder ./runtime/internal/spool ./runtime/internal/outbox
test-wasm: ## the memory spool and outbox under Node.js, and a program under Node.js and wazero
	@command -v node >/dev/null || { echo "there is no node: apt-get install nodejs" >&2; exit 1; }
	GOOS=js GOARCH=wasm $(GO) test -timeout 2m -exec "$$($(GO) env GOROOT)/lib/wasm/go_js_wasm_exec" $(WASM_ROOMS)
	$(GO) test -count=1 ./internal/wasm

test-arm64: ## the runtime's tests for arm64 under qemu-user (nightly; Linux 6.7 or later)
	GO=$(GO) bash internal/platforms/arm64.sh runtime/telemetry runtime/internal/spool runtime/internal/consent

WINE_ROOMS := runtime/internal/folder runtime/internal/consent runtime/internal/spool runtime/internal/outbox runtime/telemetry
test-wine: ## the runtime's tests for Windows under wine (nightly)
	GO=$(GO) bash internal/platforms/wine.sh $(WINE_ROOMS)

bench: bench-process bench-call bench-peers bench-privacy bench-analyzer bench-recommend bench-generate bench-build ## every benchmark
	$(GO) test -run '^$$' -bench . -benchmem ./runtime/... ./server/... ./instrument

bench-process: ## what recording costs a process: the same program with and without, interleaved
	$(GO) run ./internal/bench/process

bench-call: ## what an instrumented call costs, shape by shape
	$(GO) run ./internal/bench/call

bench-peers: ## the same beside x/telemetry, OpenTelemetry, posthog, segment and sentry: events, processes, binaries
	cd $(PEERS) && $(GO) run . $(PEERSFLAGS)

bench-recommend: ## tkgen recommend beside what authors instrumented themselves (fetches their programs)
	$(GO) run ./internal/bench/recommend

bench-privacy: ## what the sanitizer finds and what it mistakes, class by class
	$(GO) run ./internal/bench/privacy

bench-analyzer: ## what the privacy analyzer finds in labelled functions and what it mistakes, class by class
	$(GO) test -count=1 -run TestPrivacyMeasured -v ./analyzer

bench-generate: ## tkgen generate on a module of over 100,000 lines, against go build of it
	$(GO) run ./internal/bench/generate

bench-build: ## tkgen build against go build and another instrumenter: cold, one edit, nothing to do
	$(GO) run ./internal/bench/build

corpus: ## other people's modules, instrumented everywhere: their tests before and after (hours); writes docs/corpus.md
	$(GO) run ./internal/corpus $(CORPUSFLAGS)

corpus-std: ## every function of the standard library, rewritten and taken back (some minutes)
	CORPUS=full $(GO) test -count=1 -timeout 2h -run StandardLibrary -v ./instrument

soak: ## nothing lost, nothing doubled: kills, full disks, wrong clocks, two versions and more, for SOAKTIME (30m)
	$(GO) run ./internal/soak -duration $(SOAKTIME) $(SOAKFLAGS)

fuzz: ## every fuzz target, FUZZTIME (30s) each, and SHAPES (20) random programs built in three ways
	SHAPES=$${SHAPES:-20} $(GO) test -count=1 -timeout 2h -run TestRandomPrograms ./instrument
	@for pkg in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for target in $$(grep -hoE '^func Fuzz\w+' $$pkg/*_test.go | sed 's/func //'); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg; \
	  done; \
	done

update: ## rewrite goldens, vectors, stories and generated docs from what the code does now
	UPDATE=1 $(GO) test ./cmd/tkgen ./cmd/tkserver ./templates
	$(GO) test ./instrument -run 'Golden|DirectivesPage' -update
	$(GO) test ./runtime/internal/upload -run Vector -update
	$(GO) test ./internal/apidoc -update
	$(GO) generate ./examples/...

fmt: ## format the code
	$(TOOL) golangci-lint fmt
	$(call in-modules,$(MODULE_TOOL) golangci-lint fmt $(LINT))

tidy: ## go.mod and go.sum of all modules
	$(GO) mod tidy
	$(call in-modules,$(GO) mod tidy)

lint: ## vet and linters
	$(GO) vet ./...
	$(TOOL) golangci-lint run --allow-parallel-runners
	$(TOOL) golangci-lint fmt --diff
	$(call in-modules,$(GO) vet ./... && $(MODULE_TOOL) golangci-lint run $(LINT) --allow-parallel-runners && $(MODULE_TOOL) golangci-lint fmt $(LINT) --diff)

vuln: ## known vulnerabilities (asks vuln.go.dev)
	$(TOOL) govulncheck ./...
	$(call in-modules,$(MODULE_TOOL) govulncheck ./...)

release: ## VERSION=v1.2.3: lets the modules below runtime/ require that version of this one, to be tagged next
	$(if $(VERSION),,$(error say which: make release VERSION=v1.2.3))
	$(call in,$(DOORS),$(GO) mod edit -require=github.com/telemetry-kit/telemetry-kit-go@$(VERSION) && $(GO) mod tidy)
	@echo "commit that, and tag the commit: $(VERSION) $(addsuffix /$(VERSION),$(DOORS))"

.PHONY: help demo check prerequisites build test race race-full init-real builds nightly platforms platforms-all test-wasm test-arm64 test-wine bench bench-process bench-call bench-peers bench-privacy bench-analyzer bench-recommend bench-build bench-generate corpus corpus-std soak fuzz update fmt tidy lint vuln release
