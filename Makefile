# What people and CI run. `make help` lists it.

.DEFAULT_GOAL := help
SHELL := /bin/sh
PORT ?= 8000
SAYPRO_DATA ?= var
# Set to `require` where a container test that can't run must fail (CI).
CONTAINERS ?=
TESTS ?=
COMPOSE ?= docker compose

UV := ./deploy/uv
BIN := .venv/bin
PYPROJECTS := pyproject.toml shared/pyproject.toml $(wildcard services/*/pyproject.toml) deploy/standalone/pyproject.toml
# Written last, so that an interrupted set-up is done again and a finished one costs nothing.
READY := .venv/.ready

.PHONY: help setup run test check bench lock up down picture clean

help: ## List what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## Install everything into .venv (brings uv along if it is missing)
	@echo "ready: $(BIN)/saypro"

$(READY): requirements.lock $(PYPROJECTS)
	@test -x $(BIN)/python || $(UV) venv --quiet .venv
	@echo "installing into .venv"
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

run: $(READY) ## Run the whole of it in one process (PORT=8000, SAYPRO_DATA=var)
	@PORT='$(PORT)' SAYPRO_DATA='$(SAYPRO_DATA)' exec $(BIN)/saypro up

test: $(READY) ## Run every test that this machine can (TESTS=path; CONTAINERS=require lets none be skipped)
	@CONTAINERS='$(CONTAINERS)' $(BIN)/python -m pytest -n 2 --dist loadgroup $(TESTS)

check: $(READY) ## Lint, format, types, import contracts, dependencies, known vulnerabilities, the lock
	@.ci/check

bench: $(READY) ## Measure throughput beside its peers; prints a table and writes var/bench.json
	@$(BIN)/python -m tests.benchmarks.bench

lock: ## Pin every dependency anew (UPGRADE=1 takes the newest releases)
	@.ci/lock $(if $(UPGRADE),--upgrade)

up: ## Start the containers, PostgreSQL and RabbitMQ among them, and wait until they are healthy
	@$(COMPOSE) up --build --detach --wait

down: ## Stop the containers (their data stays; `docker compose down --volumes` drops it)
	@$(COMPOSE) down

picture: $(READY) ## Take the README's picture of a dashboard anew (needs Chromium)
	@$(BIN)/python -m tests.browser.picture

clean: ## Remove what can be made again: .venv, .tools, caches (not var/, which holds data)
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
