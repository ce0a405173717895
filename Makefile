# `make demo` and `make test` are all a new user needs; each sets up .venv itself from constraints/.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint docs pages matrix live browser pictures bench chaos soak store scale-demo fuzz dist pins clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OLDEST := .venv-2.11
SCALE := .venv-scale

# Some machines tell Python to write no bytecode; Airflow then compiles 1,300 modules at each start, 2.5 s.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## Run the example Dags with Airflow against the simulator and account for every event
	@$(BIN)/python -m demo

test: $(READY) ## Run all tests
	@$(BIN)/python -m pytest -n auto --dist loadfile --max-worker-restart=0 --hypothesis-profile thorough
	@$(if $(wildcard $(SCALE)/.ready),$(SCALE)/bin/python -m pytest -q tests/store)

test-fast: $(READY) ## Run the tests in tests/unit only, which meet no server: two minutes of processor time, which two cores share
	@$(BIN)/python -m pytest -q -n auto --dist worksteal --timeout-method signal --hypothesis-profile few tests/unit

lint: $(READY) ## Run ruff, mypy --strict, import-linter and pip-audit
	@$(BIN)/ruff check --no-cache .
	@$(BIN)/ruff format --no-cache --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.audit

pages: $(READY) ## Fill in what the documentation shows of the examples and of the table of operations
	@$(BIN)/python -m docs.pages

docs: $(READY) ## Build the documentation; a warning is an error
	@$(BIN)/sphinx-build -W --keep-going -q docs docs/_build/html
	@echo "docs/_build/html/index.html"

matrix: $(READY) ## Run the tests that meet Airflow, with the built wheel, on Airflow 2.11, 3.0, 3.1, 3.2 and 3.3; FULL=1 for all of them
	@$(BIN)/python -m tests.matrix $(if $(FULL),--full)

live: $(READY) $(OLDEST)/.ready ## Run an Airflow 3.3 and a 2.11 whose triggerers and workers are killed while tasks wait (10 minutes)
	@$(BIN)/python -m tests.live
	@$(OLDEST)/bin/python -m tests.live

browser: $(VENV)/.browser $(OLDEST)/.ready ## Look at Airflow's pages with Chromium, on 3.3 and 2.11; BROWSER_REQUIRED=1 fails where there is none
	@$(BIN)/python -m pytest tests/browser

pictures: export PICTURES := 1
pictures: browser ## The same, and take the pictures of the documentation

bench: $(READY) ## Measure CPU, memory, requests, use of the allowance, import cost and records, and write docs/side-by-side.md (about 35 minutes)
	@$(BIN)/python -m benchmarks

chaos: $(READY) ## Worlds in which much goes wrong, for every job, then 1,000 kills of a publish (SEED=20260101 RUNS=20 ONLY="apply export", which leaves out the kills; about 40 minutes)
	@$(BIN)/python -m tests.chaos --seed $(or $(SEED),20260101) --runs $(or $(RUNS),20) $(if $(ONLY),--only $(ONLY))
	@$(if $(ONLY),true,$(BIN)/python -m tests.chaos.kills --seed $(or $(SEED),20260101) --runs 1000)

soak: $(READY) ## Publish for an hour, and have 200 deferred sensors wait for it, while memory and open files are watched (MINUTES=60)
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),60)

store: $(SCALE)/.ready ## Whole jobs with all of their files on an S3 that fails, stalls and lies, killed and tried again (SEED, RUNS=13, ONLY="publish sync"; about 15 minutes)
	@$(SCALE)/bin/python -m tests.store $(if $(SEED),--seed $(SEED)) $(if $(RUNS),--runs $(RUNS)) $(if $(ONLY),--only $(ONLY))
	@$(if $(ONLY),true,$(SCALE)/bin/python -m pytest -q tests/store)

scale-demo: $(SCALE)/.ready ## Publish a million events by Celery workers that are killed, PostgreSQL, Redis and an S3 beside them (about 10 minutes)
	@$(SCALE)/bin/python -m tests.scale $(SCALE_ARGUMENTS)

fuzz: $(READY) ## Give the readers of foreign bytes whatever reaches new code, a minute each (SECONDS=60)
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --requirement constraints/fuzz.txt
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60)

dist: $(READY) ## Build wheel and sdist, check them, and install the wheel into an empty environment
	@$(BIN)/python -m tests.dist

pins: $(READY) ## Write constraints/ anew from pyproject.toml
	@for line in constraints/*.in; do \
		$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate \
			--no-header --all-extras pyproject.toml $$line -o $${line%.in}.txt; \
	done

clean: ## Remove everything make wrote
	rm -rf $(VENV) $(VENV)-* .bench .demo .fuzz dist docs/_build docs/reference .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(READY) $(SCALE)/.ready: PINS := constraints/airflow-3.3.txt
$(READY): constraints/airflow-3.3.txt
$(OLDEST)/.ready: PINS := constraints/airflow-2.11.txt
$(OLDEST)/.ready: constraints/airflow-2.11.txt

$(SCALE)/.ready: $(READY) constraints/scale.txt
	@echo "Setting up $(SCALE) (once, about two minutes) ..."
	@test -x $(SCALE)/bin/python || $(PYTHON) -m venv $(SCALE)
	@VIRTUAL_ENV=$(SCALE) $(BIN)/uv pip install --quiet --compile-bytecode --requirement constraints/scale.txt \
		--build-constraint $(PINS) --editable .
	@touch $@

$(READY) $(OLDEST)/.ready: %/.ready: pyproject.toml
	@echo "Setting up $* (once, about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 1; }
	@test -x $*/bin/python || $(PYTHON) -m venv $*
	@$*/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(PINS) uv
	@VIRTUAL_ENV=$* $*/bin/uv pip install --quiet --compile-bytecode --constraint $(PINS) --build-constraint $(PINS) \
		--editable '.[dev,docs]' apache-airflow
	@touch $@

$(VENV)/.browser: $(READY)
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --constraint constraints/airflow-3.3.txt \
		--build-constraint constraints/airflow-3.3.txt --editable '.[browser]'
	@touch $@
