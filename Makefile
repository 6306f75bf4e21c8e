# Every target sets up .venv by itself; a stamp file remembers what is installed. Modules are
# compiled when they are first imported: most of what is installed never is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Empty: bytecode is kept, whatever the caller's habit. Tests start many processes.
export PYTHONDONTWRITEBYTECODE =
COMPONENTS := core annotations generators benchmark leaderboard cli

.PHONY: demo test tests bench lint format clean

demo: $(VENV)/.train
	$(BIN)/manyfaces demo --out demo

# Side by side: the type checker uses one core only.
test: $(VENV)/.dev
	$(MAKE) --no-print-directory -j 2 lint tests

# One process a core, each with one thread, and whole files to a process, in their own order:
# by number of tests, the longest files would come last, one core alone with them.
tests: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder --benchmark-disable

bench: $(VENV)/.dev
	$(BIN)/python -m pytest tests/bench --benchmark-only --benchmark-disable-gc -q -o python_files='bench_*.py'

# The type checker sees the code under its installed name, through a link.
lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p $(VENV)/src && ln -sfn "$(CURDIR)" $(VENV)/src/manyfaces
	MYPYPATH=$(VENV)/src $(BIN)/mypy $(COMPONENTS:%=-p manyfaces.%)

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/.dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --no-compile -e '.[dev]'
	touch $(VENV)/.dev $(VENV)/.train

$(VENV)/.train: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --no-compile -e '.[train]'
	touch $(VENV)/.train

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
