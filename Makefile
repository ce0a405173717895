# `make demo` and `make test` are all a new user needs; each sets up .venv itself from constraints/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint docs pages matrix matrix-all bench chaos dist pins clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OLDEST := .venv-2.11

# Some machines tell Python to write no bytecode; Airflow then compiles 1,300 modules at each start, 2.5 s.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Run the example Dags with Airflow against the simulator and account for every event
	@$(BIN)/python -m demo

test: $(READY) ## Run all tests
	@$(BIN)/python -m pytest --hypothesis-profile thorough

test-fast: $(READY) ## Run the tests in tests/unit only, which meet no server: 45 seconds
	@$(BIN)/python -m pytest -q -n auto tests/unit

lint: $(READY) ## Run ruff, mypy --strict and import-linter
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --no-cache --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

pages: $(READY) ## Fill in what the documentation shows of the examples and of the table of operations
	@$(BIN)/python -m docs.pages

docs: $(READY) ## Build the documentation; a warning is an error
	@$(BIN)/sphinx-build -W --keep-going -q docs docs/_build/html
	@echo "docs/_build/html/index.html"

matrix: $(OLDEST)/.ready ## Run the tests that meet Airflow on the oldest Airflow that is supported
	@$(OLDEST)/bin/python -m pytest --hypothesis-profile thorough -W ignore::DeprecationWarning tests/dags \
		tests/unit/hooks tests/unit/operators tests/unit/triggers tests/unit/test_every_class.py tests/unit/test_storage.py \
		tests/contract/hooks tests/contract/operators tests/contract/sensors tests/contract/transfers tests/contract/triggers

matrix-all: $(READY) ## Run those tests with the built wheel on Airflow 2.11, 3.0, 3.1, 3.2 and 3.3, each on one Python; FULL=1 on all
	@$(BIN)/python -m tests.matrix $(if $(FULL),--full)

bench: $(READY) ## Measure CPU, memory, requests, use of the allowance, import cost and records (about half an hour)
	@$(BIN)/python -m benchmarks

chaos: $(READY) ## Kill a publishing task 1,000 times at random moments and compare ledgers (about 30 minutes)
	@$(BIN)/python -m tests.chaos.kills --runs 1000

dist: $(READY) ## Build wheel and sdist, check them, and install the wheel into an empty environment
	@$(BIN)/python -m tests.dist

pins: $(READY) ## Write constraints/ anew from pyproject.toml
	@for line in constraints/*.in; do \
		$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate \
			--no-header --all-extras pyproject.toml $$line -o $${line%.in}.txt; \
	done

clean: ## Remove everything make wrote
	rm -rf $(VENV) $(VENV)-* .bench .demo dist docs/_build docs/reference .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): PINS := constraints/airflow-3.3.txt
$(READY): constraints/airflow-3.3.txt
$(OLDEST)/.ready: PINS := constraints/airflow-2.11.txt
$(OLDEST)/.ready: constraints/airflow-2.11.txt

$(READY) $(OLDEST)/.ready: %/.ready: pyproject.toml
	@echo "Setting up $* (once, about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 1; }
	@test -x $*/bin/python || $(PYTHON) -m venv $*
	@$*/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(PINS) uv
	@VIRTUAL_ENV=$* $*/bin/uv pip install --quiet --compile-bytecode --constraint $(PINS) --build-constraint $(PINS) \
		--editable '.[dev,docs]' apache-airflow
	@touch $@
