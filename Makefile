# One word per habit. The first two set everything up on a fresh machine: Python 3.11 or newer and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test check format bench lock peers clean

demo: $(VENV)/.stamp  ## 100 customers on one machine, no accounts; SERVE=1 stays up with its page
	@$(BIN)/otklik demo $(if $(SERVE),--serve) $(if $(MESSAGES),--messages $(MESSAGES)) $(if $(PROFILE),--profile $(PROFILE))

test: $(VENV)/.stamp $(PEERS)/.stamp  ## the whole suite, the vendors' own clients included
	@$(BIN)/python -m pytest -n 8 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.stamp  ## format, lint, types
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

format: $(VENV)/.stamp
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(VENV)/.stamp $(PEERS)/.stamp  ## measures every promise; writes bench/RESULTS.md
	@$(BIN)/python -m bench

lock:  ## after a change of dependencies (needs uv)
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --generate-hashes --extra dev pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --no-header --no-annotate --generate-hashes tests/peers/requirements.in -o tests/peers/requirements.lock
	echo 'setuptools>=77' | uv pip compile --universal --python-version 3.11 --no-header --no-annotate --generate-hashes pyproject.toml - -c requirements.lock -o deploy/requirements.lock

peers: $(PEERS)/.stamp

$(VENV)/.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	@echo "installing the locked packages into $(VENV) (about half a minute) ..."
	@$(BIN)/python -m pip install -q --no-deps --require-hashes --only-binary=:all: -r requirements.lock
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(PEERS)/.stamp: tests/peers/requirements.lock
	@$(PYTHON) -m venv $(PEERS)
	@echo "installing the vendors' own clients into $(PEERS) ..."
	@$(PEERS)/bin/python -m pip install -q --no-deps --require-hashes --only-binary=:all: -r tests/peers/requirements.lock
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) var .mypy_cache .ruff_cache .pytest_cache
