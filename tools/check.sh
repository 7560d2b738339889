#!/usr/bin/env bash
# Everything that can be judged without running the system. Says each check's name; the first that fails ends it.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
step() { printf 'check: %s\n' "$1" >&2; shift; "$@"; }

step "format" $bin/ruff format --no-cache --check --quiet .
step "lint" $bin/ruff check --no-cache --quiet .
step "types" $bin/mypy --no-error-summary
step "imports" $bin/lint-imports --no-logo --no-cache >/dev/null
step "unused and missing dependencies" $bin/deptry . --no-ansi >/dev/null
step "spelling" $bin/codespell core model server demo bench tests tools docs README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md
step "schema and protocol page" $bin/python -m tools.schema --check
step "feature table" $bin/python -m tools.features --check
step "file lengths" $bin/python -m tools.lengths
(cd tracker_js && step "tracker: format, lint, types" npm run --silent check)
