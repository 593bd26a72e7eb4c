# make demo: installs everything and starts Sluss. make test: installs what tests need and runs them.
PYTHON ?= python3
STARTED := $(shell date +%s.%N)
BIN := .venv/bin

# Where this is set, every start would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench long screenshots ready dev chromium lock clean

demo: ready
	@SLUSS_STARTED=$(STARTED) exec $(BIN)/python -m server demo

test: dev chromium
	$(BIN)/python -m pytest tests

check: dev
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/python -m tools.typescript
	$(BIN)/python -m tools.check_addresses
	$(if $(wildcard tests/test_architecture.py),$(BIN)/python -m pytest -q tests/test_architecture.py)

bench: dev
	$(BIN)/python -m tests.bench

long: dev chromium
	$(BIN)/python -m pytest tests -m long --timeout 3600

screenshots: dev chromium
	$(BIN)/python -m tests.screenshots

$(BIN)/python ready:
	@$(PYTHON) tools/bootstrap.py

dev:
	@$(PYTHON) tools/bootstrap.py dev

chromium:
	@sh tools/chromium.sh

# Adds and removes what pyproject.toml and widget/package.json ask for, and keeps all other versions;
# for the newest of everything, delete the locks first.
lock: $(BIN)/python
	$(BIN)/python -m tools.lock

clean:
	rm -rf .venv .venv.lock server/assets widget/node_modules build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
