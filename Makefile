# Every task of the repository; `make help` lists them.

BIN := .venv/bin
PORT ?= 8000
ARGS ?=
JOBS ?= 4
# Tests in which a set clock meets those of the machine, PostgreSQL, Redis, TLS or a library.
DATED := tests/unit tests/usecases/test_submit.py $(addprefix tests/webhooks/test_,clock_jumps.py endpoints.py secrets.py tls.py)

# Each process imports and runs its own share of the files, in their order: the whole suite runs them in any.
FAST := tests/unit -n 2 --shares -p no:randomly --hypothesis-profile=fast

.DEFAULT_GOAL := help
.PHONY: help setup dev up test test-fast test-long test-dates coverage-fast coverage lint format types check bench migrations migration provider docs pictures clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

# Stamps of what .ci/setup has installed; a change of the dependencies installs again.
.venv/.run: pyproject.toml .ci/setup
	@.ci/setup run

.venv/.dev: pyproject.toml .ci/setup
	@.ci/setup dev

setup: .venv/.run ## Make .venv and install leadrun with what running needs.

dev: .venv/.dev ## Install what development needs as well.

up: setup ## Start leadrun with its own databases: PORT=8000, ARGS="--data-dir DIR".
	@exec $(BIN)/leadrun up --port $(PORT) $(ARGS)

test: dev ## Run the tests in JOBS=4 processes (0: in this one): ARGS="tests/unit -k name".
	@exec $(BIN)/python -m pytest -n $(JOBS) $(ARGS)

test-fast: dev ## Run the tests that need no service: the inner loop.
	@exec $(BIN)/python -m pytest $(FAST) $(ARGS)

coverage-fast: dev ## Run them and hold the coverage of the domain and of the dialects.
	@exec $(BIN)/python -m pytest $(FAST) tests/bench --cov=app/domain --cov=app/dialects --cov-fail-under=100 $(ARGS)

coverage: dev ## Run all tests and hold the coverage of the whole, child processes included.
	@exec $(BIN)/python -m pytest -n $(JOBS) --cov --cov-report=html --cov-report=term:skip-covered --cov-fail-under=95 $(ARGS)

test-long: dev ## Run what takes minutes: failovers under load, long explorations, properties with new and more examples.
	@exec $(BIN)/python -m pytest -m "long or hypothesis" --hypothesis-profile=explore $(ARGS)

test-dates: dev ## Run some of the tests far ahead, in summer time and before midnight, where libfaketime is installed.
	@exec $(BIN)/python -m tests.faketime -q -n $(JOBS) $(or $(ARGS),$(DATED))

lint: dev ## Check format, style, types and the direction of imports.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: dev ## Format, and repair what can be repaired.
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

types: dev ## Check types only.
	$(BIN)/mypy

check: dev ## What CI runs: the tests, and beside them lint, which speaks at the end.
	@said=$$(mktemp); $(MAKE) --no-print-directory lint >"$$said" 2>&1 & linting=$$!; \
	trap 'kill $$linting 2>/dev/null; rm -f "$$said"' EXIT; trap 'exit 130' INT TERM; \
	$(MAKE) --no-print-directory test; tested=$$?; \
	wait $$linting; linted=$$?; cat "$$said"; exit $$((tested | linted))

bench: dev ## Measure, and print a table.
	@exec $(BIN)/python -m bench $(ARGS)

migrations: setup ## Bring a database to the newest schema: LEADRUN_DATABASE_URL=postgresql://…
	@exec $(BIN)/leadrun migrate

migration: dev ## Write the file of a new migration, behind the newest: NAME=key_notes.
	@exec $(BIN)/python -m scripts.new_migration '$(NAME)'

provider: dev ## Write the catalogue file, the first case and shapes of a new provider: NAME=acme.
	@exec $(BIN)/python -m scripts.new_provider '$(NAME)'

docs: dev ## Write the generated documents: settings, providers, OpenAPI.
	@exec $(BIN)/python -m docs.generate

pictures: dev ## Take the pictures of the README in the app; needs Chromium.
	@exec $(BIN)/python -m scripts.take_pictures

clean: ## Remove what tools have made; data of `make up` stays.
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .coverage* htmlcov .hypothesis .import_linter_cache
