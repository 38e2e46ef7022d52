# The one door: `make run` shows the portal, `make test` proves it, `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Root needs the system folders to install packages and to start PostgreSQL as a user of its own.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.data/home
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONPATH := $(CURDIR)

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
export PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$name -c '$(NEW_ENOUGH)' 2>/dev/null; then command -v $$name; break; fi; done)

BIN := .venv/bin
AUDIT := .venv/audit/bin
PORT ?= 8000
DATA ?= .data
# Extras stay written down, and `.ci/lock-plain` writes each such package once more without: an older
# pip looks for both names, and a newer release than the pinned one would fail the hashes.
COMPILE := $(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-strip-extras --python-version 3.11

# $(call hash,files): one line that changes when a file does.
hash = $$(cat $(1) | sha256sum | cut -d' ' -f1)
# $(call same,stamp,files): whether the stamp was made from these files.
same = [ "$$(cat $(1) 2>/dev/null)" = "$(call hash,$(2))" ]

.PHONY: run test check format e2e faults bench screenshots wheel texts lock audit clean help
.PHONY: browser system-run system-test venv python-run python-dev npm vendor ready-run ready-test

## Fill the demo office and start the portal (PORT=8000, DATA=.data)
run: ready-run
	@exec $(BIN)/python -m portal.cli up --demo --port $(PORT) --data $(DATA)

## Run every test, browser journeys included
test: ready-test
	@exec $(BIN)/python -m tests

## Check format, style, types, arrows between packages, templates and locks
check: python-dev
	@$(BIN)/ruff format --check -q portal tests migrations
	@$(BIN)/ruff check -q portal tests migrations
	@$(BIN)/djlint --quiet --profile=jinja --lint templates
	@$(BIN)/ast-grep scan -c tests/house/sgconfig.yml --error portal
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/pytest -q -p no:randomly tests/house/test_locks.py
	@$(BIN)/mypy
	@echo "Alles in Ordnung."

## Format Python and put its imports in order
format: python-dev
	@$(BIN)/ruff check -q --fix portal tests migrations || true
	@$(BIN)/ruff format portal tests migrations

## Run only the browser journeys (ARGS="-k termin")
e2e: ready-test
	@exec $(BIN)/pytest tests/e2e $(ARGS)

## Break the office on purpose and check that nothing is lost (ARGS="-k fault_07")
faults: ready-test
	@exec env CHAOS_RUNS=1000 $(BIN)/pytest -p no:randomly tests/faults tests/papers/test_corpus.py \
		tests/casefiles/test_pipeline.py tests/casefiles/test_scanning.py $(ARGS)

## Measure speed and print a table (ARGS="slots" runs what matches)
bench: python-dev vendor
	@exec $(BIN)/python -m tests.bench $(ARGS)

## Take the pictures of the README with the browser tests
screenshots: ready-test
	@exec env PORTAL_SCREENSHOTS=1 $(BIN)/pytest tests/e2e -m browser $(ARGS)

## Build the wheel into dist/
wheel: python-dev vendor
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist .

## Collect the texts of code and templates into the catalogues of translations
texts: python-dev
	@$(BIN)/python -m portal.dev.texts collect

## Renew the locks from pyproject.toml
lock: python-dev
	@$(BIN)/pip install -q uv
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@for list in requirements.txt requirements-dev.txt; do \
		.ci/lock-plain $$list > $$list.new && mv $$list.new $$list; done
	@npm install --package-lock-only --ignore-scripts

## Write what the portal is made of (CycloneDX, dist/) and ask whether an advisory speaks of it
audit: python-run npm
	@mkdir -p dist
	@[ -x $(AUDIT)/pip ] || $(PYTHON) -m venv .venv/audit
	@$(AUDIT)/pip install -q pip-audit cyclonedx-bom
	@$(AUDIT)/cyclonedx-py environment --output-reproducible -o dist/sbom-python.json $(BIN)/python
	@npm sbom --sbom-format=cyclonedx --package-lock-only > dist/sbom-npm.json
	@$(AUDIT)/pip-audit --disable-pip --require-hashes -r requirements.txt
	@npm audit --omit=dev

## Remove everything that was made: environment, packages, caches, demo data
clean:
	@rm -rf .venv node_modules static/vendor dist build .data .screenshots
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

## Show this list
help:
	@awk '/^## / { text = substr($$0, 4) } \
	      /^[a-z0-9-]+:/ && text { split($$1, name, ":"); printf "make %-12s %s\n", name[1], text; text = "" }' \
	      $(MAKEFILE_LIST)

ready-run: system-run python-run vendor

ready-test: system-test python-dev vendor browser

browser: python-dev
	@$(BIN)/python -m tests.browser || { \
		echo "Ein Browser für die Tests wird geholt …"; \
		$(BIN)/playwright install --with-deps chromium; }

system-run system-test:
	@if [ -z "$(PYTHON)" ]; then echo "Es fehlt Python 3.11 oder neuer. Bitte installieren." >&2; exit 1; fi
	@mkdir -p "$(HOME)"
	@.ci/system $(@:system-%=%)

venv:
	@if [ ! -x $(BIN)/pip ]; then \
		echo "Python-Umgebung wird angelegt …"; rm -rf .venv; $(PYTHON) -m venv .venv; fi

python-run: venv
	@$(call same,.venv/.lock-run,requirements.txt) || { \
		echo "Python-Pakete werden installiert …"; \
		$(BIN)/pip install --require-hashes -r requirements.txt \
			| sed -nu 's/^Collecting \([^ ]*\).*/  \1/p'; \
		echo "$(call hash,requirements.txt)" > .venv/.lock-run; }

python-dev: venv
	@$(call same,.venv/.lock-dev,requirements-dev.txt) || { \
		echo "Python-Pakete für Entwicklung und Tests werden installiert …"; \
		$(BIN)/pip install --require-hashes -r requirements-dev.txt \
			| sed -nu 's/^Collecting \([^ ]*\).*/  \1/p'; \
		echo "$(call hash,requirements-dev.txt)" > .venv/.lock-dev; \
		echo "$(call hash,requirements.txt)" > .venv/.lock-run; }

npm:
	@$(call same,node_modules/.lock,package-lock.json) || { \
		echo "Pakete für den Browser werden geholt …"; \
		npm ci --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error; \
		echo "$(call hash,package-lock.json)" > node_modules/.lock; }

vendor: npm
	@$(BIN)/python -m portal.dev.vendor
	@$(BIN)/python -m portal.dev.texts
