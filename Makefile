# What a person types. `make run` needs make, bash and Python 3.11 or newer, and nothing else.
# ARGS go to the command that a target ends with: `make run ARGS="--port 9000"`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test coverage lint bench timing bench-peers docs translations screenshots lock clean

BIN := .venv/bin
WORKERS ?= $(shell nproc)
PRODUCT := $(wildcard app.py poolgate kernel idp federation gateway console)

# A stamp carries the digest of what was installed: a checkout's file times say nothing.
digest = $(shell cat $(1) setup.cfg scripts/install.sh | sha256sum | cut -c1-16)
RUN := .venv/.run-$(call digest,requirements.lock)
DEV := .venv/.dev-$(call digest,requirements-dev.lock)

run: $(RUN)
	$(BIN)/poolgate serve --demo $(ARGS)

test: $(DEV)
	scripts/test-tools.sh
	$(BIN)/pytest -n $(WORKERS) --every-operation $(ARGS)

coverage: $(DEV)
	scripts/test-tools.sh
	$(BIN)/pytest -n $(WORKERS) --cov --cov-report=term:skip-covered --cov-report=html $(ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PRODUCT)
	$(BIN)/lint-imports --no-logo

bench: $(DEV)
	$(BIN)/python -m bench $(ARGS)

timing: $(DEV)
	$(BIN)/python -m bench.timing $(ARGS)

bench-peers:
	bench/install-peers.sh

docs: $(DEV)
	$(BIN)/python -m scripts.reference

# Collects the texts of the hosted pages for their translators, and compiles the catalogues.
translations: $(DEV)
	$(BIN)/python -m scripts.translations

# Every screen of the hosted pages, at two sizes and in two languages, light and dark.
screenshots: $(DEV)
	scripts/test-tools.sh
	POOLGATE_SCREENSHOTS=screenshots $(BIN)/pytest -n 0 tests/e2e/hosted_pages $(ARGS)
	@echo "The pictures are in screenshots/"

lock:
	scripts/lock.sh

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage* htmlcov
	rm -rf build dist *.egg-info tests/conformance/node/node_modules
	rm -rf bench/peers/node_modules bench/peers/.moto

$(RUN): | requirements.lock
	scripts/install.sh requirements.lock
	@rm -f .venv/.run-*
	@touch $@

$(DEV): | requirements-dev.lock
	scripts/install.sh requirements-dev.lock
	@rm -f .venv/.dev-*
	@touch $@
