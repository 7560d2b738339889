# Each target is one line; what it needs, it sets up itself.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
export GOMP_SPINCOUNT := 0
export OMP_NUM_THREADS := 1
PY := .venv/bin/python

.PHONY: help demo test check faults bench schema build format features

help: ## What there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## Set up and run all of it with a demo shop, and print the URLs
	@tools/setup.sh && exec .venv/bin/fifthclick demo

test: ## Set up and test all: Python, tracker, browser
	@tools/setup.sh dev node browser proxies && $(MAKE) --no-print-directory check && (cd tracker_js && npm test --silent) && $(PY) -m pytest -n 2 --dist loadfile

check: ## Format, lint, types, imports, schema, bundle and generated docs up to date
	@tools/setup.sh dev node && tools/check.sh

faults: ## The long failure tests; each leaves its JSON in out/
	@tools/setup.sh dev node browser && $(PY) -m tests.faults

bench: ## Side-by-side measurements; each prints a table and leaves its JSON in out/
	@tools/setup.sh dev node browser && $(PY) -m bench all

schema: ## Write the tracker's schema and docs/protocol.md from the core
	@tools/setup.sh dev && $(PY) -m tools.schema

build: ## Build the tracker into static/
	@tools/setup.sh dev node && cd tracker_js && npm run --silent build

features: ## Write docs/features.md: each feature with the test that shows it
	@tools/setup.sh dev && $(PY) -m tools.features

format: ## Format everything
	@tools/setup.sh dev node && .venv/bin/ruff format -q . && .venv/bin/ruff check --fix -q . && cd tracker_js && npm run --silent format
