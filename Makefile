# Every target sets up what it needs: Python packages by uv.lock, npm packages by their locks, contracts.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
UV := $(shell command -v uv 2>/dev/null || echo .tallystick/tools/bin/uv)
RUN := $(UV) run --no-sync
STAMPS := .tallystick/stamps
NPM_FOLDERS := contracts interfaces/inbound/http/assets tests/chainpoint

.PHONY: help setup demo serve test check slither bench soak chainsoak format clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: $(STAMPS)/python $(STAMPS)/npm $(STAMPS)/contracts ## Install everything that is locked and compile the contracts

demo: setup ## Tell the story of one invoice on a real store and a real chain, and verify it
	@$(RUN) tally demo

serve: setup ## Start everything and keep it up until ctrl-C
	@exec $(RUN) tally serve

test: setup $(STAMPS)/browser $(STAMPS)/softhsm ## Run every test, two files at a time (much of a test is waiting for a real part)
	@$(RUN) pytest -n 2 --dist loadfile

bench: setup ## Measure everything beside its floors and write tools/bench/RESULTS.md (takes half an hour)
	@$(RUN) tally bench all --save

soak: setup ## Break the store on purpose, RUNS times from SEED on, and check every invariant
	@$(RUN) tally soak --runs $(or $(RUNS),100) --seed $(or $(SEED),0)

check: setup ## Style, types, architecture, house rules, slither
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports
	@$(RUN) python -m tools.check_house
	@$(UV) run --quiet --frozen --script tools/analyse_contracts.py

slither: setup ## Analyse the contracts; every finding must be answered in contracts/SLITHER.md
	@$(UV) run --quiet --frozen --script tools/analyse_contracts.py

chainsoak: setup ## Break the chain on purpose, RUNS times from SEED on, and count every write on it
	@$(RUN) tally chainsoak --runs $(or $(RUNS),100) --seed $(or $(SEED),0)

format: setup ## Format the sources
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

clean: ## Remove run-time data (keys, store, chain) but keep what is installed
	rm -rf .tallystick/data .tallystick/demo

$(STAMPS):
	@mkdir -p $@

.tallystick/tools/bin/uv:
	@python3 -m venv .tallystick/tools
	@.tallystick/tools/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9'

$(STAMPS)/python: pyproject.toml uv.lock $(if $(findstring .tallystick,$(UV)),$(UV)) | $(STAMPS)
	@$(UV) sync --frozen --quiet
	@touch $@

$(STAMPS)/browser: | $(STAMPS)
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -qq -y chromium; }
	@touch $@

$(STAMPS)/npm: $(foreach folder,$(NPM_FOLDERS),$(folder)/package-lock.json) | $(STAMPS)
	@for folder in $(NPM_FOLDERS); do npm ci --silent --no-audit --no-fund --prefix $$folder; done
	@touch $@

# The second adapter of the signer is tested with Debian's software token.
$(STAMPS)/softhsm: | $(STAMPS)
	@command -v softhsm2-util >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends softhsm2; }
	@touch $@

$(STAMPS)/contracts: $(STAMPS)/npm $(wildcard contracts/src/*.sol contracts/src/*/*.sol contracts/foundry.toml)
	@cd contracts && npm run --silent build
	@touch $@
