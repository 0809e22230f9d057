# `make track` and `make test` do all set-up themselves: they need Python 3.11 or later and nothing else.
# Variables are read from the command line (make track MOOD=tense), never from the environment.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

MOOD = uplifting
USAGE = ad
SECONDS = 30
SEED =
LOUDNESS =
DELIVER =
OUT = out
NAME =
DATA =
PORT = 8000
PYTEST_ARGS =
unexport MOOD USAGE SECONDS SEED LOUDNESS DELIVER OUT NAME DATA PORT PYTEST_ARGS

BIN := .venv/bin
NODE := tests/support/node

.PHONY: help track serve test bench evidence lint format verifier requirements set-up set-up-test set-up-node

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 15

track: set-up ## make one licensed track: MOOD=uplifting USAGE=ad SECONDS=30 SEED= OUT=out LOUDNESS=-14 DELIVER=
	@$(BIN)/clearcue make --mood '$(MOOD)' --usage '$(USAGE)' --seconds '$(SECONDS)' \
		$(if $(SEED),--seed '$(SEED)') --out '$(OUT)' \
		$(if $(LOUDNESS),--loudness '$(LOUDNESS)') $(if $(DELIVER),--deliver '$(DELIVER)')
	@printf 'Your track and its record lie in %s\n' '$(OUT)/'

serve: set-up ## serve the studio and the API on 127.0.0.1, with its worker: PORT=8000
	@$(BIN)/clearcue serve --port '$(PORT)'

test: set-up-test set-up-node ## set up, then run all tests: PYTEST_ARGS= adds arguments for pytest
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

lint: set-up-test ## ruff, mypy and the import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: set-up-test ## put the code into its one format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: set-up-test ## time a 60 s track by stage, and against FluidSynth
	@$(BIN)/python tests/support/bench.py

evidence: set-up-test ## write one of the long tables into docs/evidence/: NAME=, and DATA=folder or SEED= where it takes one
	@script='tests/support/evidence_$(subst -,_,$(NAME)).py'; \
	if [ -z '$(NAME)' ] || [ ! -f "$$script" ]; then \
		echo 'make evidence NAME=..., one of:'; \
		for found in tests/support/evidence_*.py; do [ -f "$$found" ] || continue; \
			basename "$$found" .py | sed 's/^evidence_/  /; s/_/-/g'; done; \
		exit 2; \
	fi; \
	if grep -q '^import librosa' "$$script"; then sh requirements/install.sh evidence; fi; \
	CLEARCUE_EVIDENCE_DATA='$(DATA)' CLEARCUE_EVIDENCE_SEED='$(SEED)' exec $(BIN)/python "$$script"

verifier: set-up ## build the verifier alone: dist/clearcue-verify.pyz
	@$(BIN)/python provenance/build_pyz.py

# The machine's own package sources (extra indexes, link folders) are kept out, so that the hashes are those of the
# published files and no source is written into the lists.
COMPILE = PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= CUSTOM_COMPILE_COMMAND='make requirements' \
	$(BIN)/pip-compile --quiet --no-config --generate-hashes --allow-unsafe --strip-extras --newline lf \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options $(if $(UPGRADE),--upgrade)

requirements: set-up-test ## pin requirements/*.txt anew from pyproject.toml: UPGRADE=1 takes newer versions
	$(COMPILE) --build-deps-for editable --output-file requirements/runtime.txt pyproject.toml
	$(COMPILE) --build-deps-for editable --extra cluster --constraint requirements/runtime.txt \
		--output-file requirements/cluster.txt pyproject.toml
	$(COMPILE) --build-deps-for editable --extra test --constraint requirements/runtime.txt \
		--output-file requirements/test.txt pyproject.toml
	$(COMPILE) --build-deps-for editable --extra evidence --constraint requirements/test.txt \
		--output-file requirements/evidence.txt pyproject.toml
	@sh requirements/install.sh test
	$(BIN)/python tests/support/list_licences.py --write

set-up:
	@sh requirements/install.sh runtime

set-up-test:
	@sh requirements/install.sh test

# The npm packages that tests check ours against. Without Node.js those tests are left out, and the run says so.
set-up-node:
	@if [ -f $(NODE)/package-lock.json ] && command -v node >/dev/null && command -v npm >/dev/null; then \
		if [ ! $(NODE)/node_modules/.package-lock.json -nt $(NODE)/package-lock.json ]; then \
			(cd $(NODE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || \
			echo 'clearcue: the npm packages could not be installed; the tests that need them are left out'; \
		fi; \
	fi
