# Everything a newcomer needs: `make up` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The toolchain that go.mod names comes through the module proxy when the installed Go is another one.
export GOTOOLCHAIN := auto
# The nested modules are tested on their own, never through a workspace file of somebody's machine.
export GOWORK := off
# OpenTofu, where setup had to build it, is beside our own programs.
export PATH := $(CURDIR)/bin:$(PATH)

DATA ?=
UPFLAGS = $(if $(DATA),--data $(DATA))
TOOLS = go tool -modfile=$(CURDIR)/internal/tools/go.mod
LINT = go tool -modfile=$(CURDIR)/internal/tools/lint/go.mod golangci-lint
LDFLAGS = -s -w
SQLC = tenants provisioner controlplane workspace-server
SOAK ?= 30m
WITHIN ?= 1.5
TOGETHER ?= 100
STEPS ?= 300
SEED ?= 0
# How long each fuzz target runs.
FUZZTIME ?= 20s
# End-to-end suites that have a verb of their own.
SLOW = soak|headofline|kernels|previous
GENERATED = ':(glob)**/dbsql/**' ':(glob)**/*.gen.go' controlplane/openapi.json docs/routes.md

.PHONY: help setup test-tools bench-tools up build test test-race e2e e2e-soak e2e-headofline e2e-hostile e2e-kernels e2e-previous e2e-wake e2e-invariant previous e2e-tofu fuzz bench lint generate verify clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing: PostgreSQL (Debian package), terraform or OpenTofu (built)
	@deploy/setup.sh

# Static, so that an instance is given no library of the machine.
test-tools: # what only tests need
	@deploy/test-tools.sh

build: ## write bin/longhouse and bin/workspace-server
	@mkdir -p bin
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/longhouse ./cmd/longhouse
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/workspace-server ./cmd/workspace-server

up: setup build ## run all of Longhouse on this machine (DATA=directory to choose where it keeps its data)
	bin/longhouse up $(UPFLAGS)

# Programs that take faults from the environment; never installed anywhere.
bin/test/longhouse: FORCE
	@mkdir -p bin/test
	go build -tags faults -o bin/test/longhouse ./cmd/longhouse
	CGO_ENABLED=0 go build -o bin/test/workspace-server ./cmd/workspace-server
	CGO_ENABLED=0 go build -tags hostile -o bin/test/hostile/workspace-server ./cmd/workspace-server
FORCE:

test: setup test-tools bin/test/longhouse ## run all tests, the end-to-end scenario and the kill test included
	go vet ./...
	go test -timeout 20m ./...
	cd bench/drive && go vet ./... && go test ./...
	$(MAKE) e2e

e2e: test-tools bin/test/longhouse ## run the end-to-end tests against a real `longhouse up`
	cd e2e && LONGHOUSE_BIN=$(CURDIR)/bin/test go test -timeout 20m $$(go list ./... | grep -vE '/($(SLOW))$$')

e2e-soak: bin/test/longhouse ## use and hurt a machine for SOAK (30m), and look for what was lost or grew
	cd e2e && LONGHOUSE_BIN=$(CURDIR)/bin/test go test -count=1 -timeout 90m -v ./soak -soak.for $(SOAK)

test-race: setup test-tools ## run the tests of all packages under the race detector
	go test -race -timeout 20m ./...

e2e-headofline: bin/test/longhouse ## let one tenant's operations hang, panic, kill and flood, and hold another's sign-up to WITHIN (1.5) times a quiet one's
	cd e2e && LONGHOUSE_BIN=$(CURDIR)/bin/test go test -count=1 -timeout 60m -v ./headofline -headofline.within $(WITHIN)

e2e-hostile: bin/test/longhouse ## let a workspace attack all there is, and fail where others get more than twice as slow: on a machine that does nothing else
	cd e2e && LONGHOUSE_BIN=$(CURDIR)/bin/test go test -count=1 -timeout 60m -v -run Neighbours ./hostile -hostile.most 2 -hostile.rounds 3 -hostile.for 10s

e2e-kernels: ## run the process engine's tests on Debian's kernels, in an emulator, with cgroup v2 alone
	@deploy/kernels.sh
	cd e2e && go test -count=1 -timeout 20m -v ./kernels

e2e-wake: bin/test/longhouse ## wake TOGETHER (100) hibernated workspaces at once, and fail where the last is served after more than 10 s: on a machine that does nothing else
	cd e2e && LONGHOUSE_BIN=$(CURDIR)/bin/test go test -count=1 -timeout 30m -v -run ManyAreWokenAtOnce ./hibernation -hibernation.together $(TOGETHER) -hibernation.within 10s

e2e-invariant: bin/test/longhouse ## take workspaces through STEPS (300) episodes, and edges and the control plane with them, while each answer is judged; SEED repeats what was chosen
	cd e2e && LONGHOUSE_BIN=$(CURDIR)/bin/test go test -count=1 -timeout 90m -v ./invariant -invariant.steps $(STEPS) -invariant.seed $(SEED)

e2e-previous: bin/test/longhouse ## build the release before this one, and let both work on one schema, upgrade and go back
	cd e2e && LONGHOUSE_BIN=$(CURDIR)/bin/test go test -count=1 -timeout 20m -v ./previous

previous: ## write down which commit is the release before this one: the last without the newest migration
	@internal/tools/previous.sh

e2e-tofu: setup ## take cells through their lives with terraform and with OpenTofu, and with one after the other
	@deploy/tofu.sh
	LONGHOUSE_EVERY_TOOL=1 go test -count=1 -timeout 10m -v -run EveryTool ./terraform

fuzz: ## let each fuzz target look for FUZZTIME (20s, or 500x for so many inputs); what it finds stays in testdata/fuzz
	@internal/tools/fuzz.sh $(FUZZTIME)

bench-tools: # what only measuring needs
	@deploy/bench-tools.sh

bench: setup bench-tools build ## measure; rows go to bench.jsonl, and a table is printed
	go run ./bench -bin bin -o bench.jsonl
bench-%: setup bench-tools build ## measure one part, and replace its rows
	go run ./bench -bin bin -o bench.jsonl -part $*

lint: ## check style and imports
	$(LINT) run ./...

generate: ## write generated code: SQL, OpenAPI document, API client
	@for dir in $(SQLC); do echo "sqlc $$dir"; (cd $$dir && $(TOOLS) sqlc generate); done
	go generate ./...

verify: generate ## fail when generated code, formatting or modules are not as committed
	@for dir in . bench/drive e2e e2e/older internal/tools internal/tools/lint internal/tools/tofu; do echo "go mod tidy -diff in $$dir"; (cd $$dir && go mod tidy -diff); done
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@test -z "$$(git status --porcelain -- $(GENERATED))" || { echo "generated files differ from what is committed:"; git status --short -- $(GENERATED); exit 1; }

clean: ## remove what was built
	rm -rf bin
