# `make serve` and `make test` do all their own set-up on a fresh machine.

PYTHON ?= python3
# The version of pip to install with, instead of the one that the Python brings.
WITH_PIP ?=
HOST ?= 127.0.0.1
PORT ?= 8000
SCREENSHOTS ?= screenshots
export HOST PORT
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Where it is set, each of the processes that these commands start would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
CSS_STYLE := --indent-size=2 --end-with-newline --preserve-newlines --disable-newline-between-rules --space-around-combinator
# The Python's version is part of the stamps' names: asking for another Python builds .venv anew.
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
RUNTIME := .venv/.runtime-$(PYTHON_VERSION)
TOOLS := .venv/.tools-$(PYTHON_VERSION)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard rollout/locale/*/LC_MESSAGES/django.po))
STATICS := staticfiles/.collected
# macOS has no flock; two first starts at once may then disturb each other.
LOCK := $(if $(shell command -v flock),flock .set-up.lock)
# An environment that does not run (half made, or its Python is gone) is made anew, whatever its stamps say.
REBUILD := $(shell $(BIN)/python -c 'import pip' >/dev/null 2>&1 || echo rebuild)

.PHONY: help serve set-up folder-is-ours test coverage lint types search-report bench drills audit sbom screenshots messages database lock clean python-is-supported rebuild
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

help:
	@echo "make serve          run the site on http://$(HOST):$(PORT) (PORT=8123 make serve for another port)"
	@echo "make test           lint, types and tests (PYTEST_ARGS=\"tests/facts/test_status.py -x\" for those tests only)"
	@echo "make coverage       the tests, and which lines they never reach: a third slower"
	@echo "make search-report  how many search cases pass, by kind"
	@echo "make bench          what pages and search cost, beside their limits; writes docs/benchmarks.md (BENCH=\"search ...\" for some)"
	@echo "make drills         break things on purpose and see that the promises hold (DRILLS=\"name ...\" for some)"
	@echo "make screenshots    pictures of every kind of page, into $(SCREENSHOTS)/"
	@echo "make audit          known vulnerabilities of the locked packages (asks PyPI; says so if it cannot)"
	@echo "make sbom           the locked packages as CycloneDX, into sbom.cdx.json"
	@echo "make messages       collect the strings to translate into rollout/locale"
	@echo "make lock           write requirements*.txt anew from pyproject.toml (needs uv)"
	@echo "make clean          remove what these commands made, but never the database in var/"

# Two that start at once set the folder up one after the other: the kernel unlocks it, however one ends.
serve: folder-is-ours
	@$(if $(LOCK),umask go-w; flock --nonblock .set-up.lock true || echo "Another make serve is setting this folder up: waiting for it ...")
	@umask go-w; $(LOCK) $(MAKE) --no-print-directory --jobs=2 set-up
	@umask go-w; exec $(BIN)/python -m gunicorn --config gunicorn.conf.py site_config.wsgi

set-up: ANNOUNCE := --announce
set-up: $(STATICS) database

test: $(TOOLS) $(CATALOGUES) $(if $(PYTEST_ARGS),,lint types)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

coverage: $(TOOLS) $(CATALOGUES)
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered

lint: $(TOOLS)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/djhtml --check --tabwidth 2 templates
	$(BIN)/djlint --lint --quiet templates
	@for sheet in static/css/*.css; do $(BIN)/css-beautify $(CSS_STYLE) $$sheet | diff --unified $$sheet - || exit 1; done

types: $(TOOLS) $(CATALOGUES)
	$(BIN)/mypy

search-report: database
	@$(BIN)/python -m tests.support.search_report

bench: $(TOOLS) database $(STATICS)
	@$(BIN)/python -m benchmarks $(BENCH)

drills: $(TOOLS) $(CATALOGUES) $(STATICS)
	@$(BIN)/python -m drills $(DRILLS)

screenshots: $(TOOLS) database $(STATICS)
	@$(BIN)/python -m tests.support.screenshots $(SCREENSHOTS)

audit: $(TOOLS)
	@$(BIN)/python -m tests.support.audit

sbom: $(TOOLS)
	@$(BIN)/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible --output-format JSON --output-file sbom.cdx.json requirements.txt

messages: $(TOOLS)
	$(BIN)/python manage.py collect_messages

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements.txt
	uv pip compile pyproject.toml --group dev --constraints requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-package pip --no-header --quiet --output-file requirements-dev.txt

clean:
	rm -rf .venv staticfiles $(CATALOGUES) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

database: $(RUNTIME) $(CATALOGUES)
	@$(BIN)/python manage.py set_up $(ANNOUNCE)

# --- how environment, catalogues and static files are made -------------------------------------

folder-is-ours:
	@for path in . .set-up.lock staticfiles $${VAR_DIR:-var} $${VAR_DIR:-var}/db.sqlite3 $${VAR_DIR:-var}/secret_key $(CATALOGUES); do \
	  [ ! -e "$$path" ] || [ -w "$$path" ] || \
	  { echo "$$path belongs to another user: $$(id -un) may not write it. Take a clone of your own, or have its owner give it to you (chown)." >&2; exit 1; }; \
	done

python-is-supported:
	@case "$(PYTHON_VERSION)" in \
	  3.11|3.12|3.13) ;; \
	  "") echo "$(PYTHON) was not found. Install Python 3.11, 3.12 or 3.13, or name one: PYTHON=/path/to/python3.12 make serve" >&2; exit 1;; \
	  *) echo "$(PYTHON) is Python $(PYTHON_VERSION); this site needs 3.11, 3.12 or 3.13. Name one: PYTHON=python3.12 make serve" >&2; exit 1;; \
	esac
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) lacks its venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# A lock is complete: pip installs what it names and looks for nothing else, then checks that nothing is missing.
define install
@output=$$($(BIN)/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: --requirement $(1) 2>&1) || \
  { echo "$(1) could not be installed; see that the network works and try again. pip says: $$(echo "$$output" | grep -m 1 ERROR)" >&2; exit 1; }
@output=$$($(BIN)/python -m pip check 2>&1) || \
  { echo "$(1) is not complete; write it anew with make lock. pip says: $$output" >&2; exit 1; }
endef

$(RUNTIME): requirements.txt $(REBUILD) | python-is-supported
	@echo "Creating .venv with Python $(PYTHON_VERSION) and installing the locked, hash-checked requirements ..."
	@rm -rf .venv 2>/dev/null || \
	  { echo ".venv belongs to another user and has to be made anew. Take a clone of your own, or have its owner remove it." >&2; exit 1; }  # of a link, only the link
	@$(PYTHON) -m venv .venv
	@$(if $(WITH_PIP),$(BIN)/python -m pip install --quiet pip==$(WITH_PIP))
	$(call install,requirements.txt)
	@touch $@

$(TOOLS): requirements-dev.txt $(RUNTIME)
	@echo "Installing the locked, hash-checked tools for tests ..."
	@# RECORD is the last that pip writes: a package without it was interrupted, and pip would take it for installed.
	@for package in .venv/lib/python*/site-packages/*.dist-info; do [ -e "$$package/RECORD" ] || rm -rf "$$package"; done
	$(call install,requirements-dev.txt)
	@touch $@

%.mo: %.po | $(RUNTIME)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@.part
	@mv $@.part $@

$(STATICS): $(RUNTIME) site_config/static_files.py $(shell find static -type f 2>/dev/null)
	@echo "Collecting and compressing static files ..."
	@$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@
