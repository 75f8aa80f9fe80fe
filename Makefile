# Everything a person runs. Only a supported Python is needed; `make setup` gets the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.butaca-setup
PIP_VERSION := 26.3
TORCH := torch==2.13.0
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
DATA ?= data/demo
STATE ?= state
PORT ?= 8000
E2E ?= tests/e2e
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
# The first that runs and is supported; a name on the path may be a stub that does not run.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	if "$$name" -c '$(SUPPORTED)' >/dev/null 2>&1; then echo "$$name"; break; fi; done)
PACKAGES := services worker shared cli
TESTS := tests/unit tests/contract tests/integration clients/python/tests \
	tests/e2e/test_up.py tests/e2e/test_eda_page.py tests/e2e/test_docs_page.py

.PHONY: help setup demo test coverage lint check format audit bench e2e fuzz test-faults soak

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | expand -t 14

setup: $(STAMP) ## Make .venv with everything pinned (PYTHON=, TORCH_INDEX= to choose)

$(STAMP): pyproject.toml constraints.txt clients/python/pyproject.toml
	@if [[ -z "$(PYTHON)" ]] || ! "$(PYTHON)" -c '$(SUPPORTED)'; then \
		echo "Butaca needs Python 3.11, 3.12 or 3.13; found: $(or $(PYTHON),none)." >&2; \
		echo "Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@[[ -x $(BIN)/python ]] && $(BIN)/python -c '$(SUPPORTED)' || "$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip==$(PIP_VERSION)
	@# The package index's torch for Linux brings gigabytes of CUDA; this index has the CPU build.
	$(BIN)/pip install --retries 0 --timeout 5 --index-url $(TORCH_INDEX) $(TORCH) \
		|| { echo "notice: $(TORCH_INDEX) gave no torch; taking it from the package index, which" \
		"on Linux may download several GB (set TORCH_INDEX to a mirror of the CPU builds)." >&2; \
		$(BIN)/pip install $(TORCH); }
	$(BIN)/pip install -c constraints.txt -e '.[all]' -e clients/python --group dev
	@touch $@

demo: setup ## Start everything on the TMDB-5000 films and show three answers (DATA=, STATE=, PORT=)
	$(BIN)/butaca demo-data $(DATA)
	@exec $(BIN)/butaca up --demo --data $(DATA) --state $(STATE) --port $(PORT)

test: setup ## All tests but the containers', against a real Redis (pages need Debian's chromium)
	$(BIN)/python -m pytest $(TESTS)

coverage: setup ## The same tests with every branch counted, in their subprocesses too; fails below 95 %
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q $(TESTS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

lint: setup ## Format, lint, import rules, both type checkers
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright

check: lint ## What to run before each commit: lint and the unit tests
	$(BIN)/python -m pytest -q tests/unit

format: setup ## Rewrite the code as `check` wants it
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

audit: setup ## Known weaknesses of what is pinned; fails where one cannot be looked up
	$(BIN)/pip-audit --strict --no-deps --disable-pip -r constraints.txt

bench: setup ## ETL speed and relevance, each against its baseline in the same run
	$(BIN)/python -m tests.bench.bench_etl
	$(BIN)/python -m tests.bench.bench_relevance

fuzz: setup ## Many generated requests against every route (SCHEMATHESIS_EXAMPLES=)
	SCHEMATHESIS_EXAMPLES=$${SCHEMATHESIS_EXAMPLES:-200} $(BIN)/python -m pytest -q tests/integration/test_fuzz.py -s --timeout 3000

e2e: setup ## Whole-system tests: `butaca up`, and the containers (needs Docker; E2E= to choose)
	$(BIN)/python -m pytest $(E2E) --timeout 1800

test-faults: setup ## Every fault, on real processes and a real server; ends with a table (FAULT_POINTS=)
	$(BIN)/python -m pytest -q tests/faults --timeout 1800

soak: setup ## Steady load with a rebuild each minute: failed, mixed, memory (MINUTES=10 RATE=300)
	$(BIN)/python -m tests.bench.soak --minutes $${MINUTES:-10} --rate $${RATE:-300}
