# Two commands do everything: make demo, make test. The rest is for whoever works here.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Files of tests run side by side, each whole in one process. A worker needs up to 3 GiB.
TEST_WORKERS ?= 2

.PHONY: demo test install install-dev lint types contract packs faults clean system-packages

demo: install
	@$(BIN)/ngozi demo

test: install-dev system-packages lint types contract packs
	@echo "== tests"
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q --durations=25 -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder

install: $(STAMP)

# torch first and by itself: a machine that is offered a CPU build gets that; the rest never replaces it.
$(STAMP): pyproject.toml constraints.txt deploy/install.sh
	@PYTHON=$(PYTHON) bash deploy/install.sh $(VENV) model,voice
	@touch $@

install-dev: $(VENV)/.installed-dev
$(VENV)/.installed-dev: $(STAMP)
	@PYTHON=$(PYTHON) bash deploy/install.sh $(VENV) model,voice,whisper,dev
	@touch $@

# What the tests need beside Python: redis-server, PostgreSQL, chromium and docker-compose from the system's packages.
system-packages:
	@bash deploy/test-packages.sh

lint: install-dev
	@echo "== lint"
	@$(BIN)/ruff check bot worker model locales tests
	@$(BIN)/ruff format --check bot worker model locales tests

types: install-dev
	@echo "== types"
	@$(BIN)/mypy

contract: install-dev
	@echo "== import contract"
	@$(BIN)/lint-imports

packs: install-dev
	@echo "== language packs"
	@$(BIN)/ngozi lang check

faults: install-dev system-packages
	@$(BIN)/python -m tests.faults.harness --all

clean:
	rm -rf $(VENV) build *.egg-info
