# `make demo` and `make test` are all that a fresh clone needs: Python 3.10 or newer, and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PINS   := constraints.txt
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(PINS)
# Tests are of one thread each; the pages in a browser go one after the other.
SPREAD := -n auto --maxprocesses 4 --dist worksteal

.PHONY: demo test test-all test-lowest test-python lint dist public-face quality exactness presets \
	strategies papers-ratio architecture loading docs browser clean

demo: $(VENV)/demo.stamp  ## train digits with the defaults, a minute on one core
	$(BIN)/onestage train --out runs/demo-$(shell date +%Y%m%d-%H%M%S)

test: $(VENV)/test.stamp  ## the suite that fits six minutes on two cores
	$(BIN)/python -m pytest $(SPREAD)

test-all: $(VENV)/test.stamp  ## also the slow matrices, kills and soaks
	$(BIN)/python -m pytest $(SPREAD) -m "not gpu and not browser"

# An environment of its own, outside of the project; it takes some gigabytes and is removed again.
test-lowest:  ## the suite with the oldest Python and the lowest versions that pyproject.toml admits
	venv=$$(mktemp -d) && trap "rm -rf $$venv" EXIT && \
	  $(MAKE) test PYTHON=python3.10 PINS=constraints-lowest.txt VENV=$$venv

test-python:  ## the suite with another Python: make test-python PYTHON=python3.13
	venv=$$(mktemp -d) && trap "rm -rf $$venv" EXIT && $(MAKE) test VENV=$$venv

dist: $(VENV)/test.stamp  ## the wheel and the source distribution, checked
	rm -rf dist
	$(PIP) -e '.[release]'
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

public-face: $(VENV)/test.stamp  ## after a deliberate change of names or signatures; see docs/releasing.md
	$(BIN)/python tests/unit/test_public_face.py

quality: $(VENV)/demo.stamp  ## one-stage against two-stage-tuned on five seeds; writes docs/quality.md
	$(BIN)/python benchmarks/quality.py

exactness: $(VENV)/demo.stamp  ## every loss x network x penalty x strategy; writes docs/exactness.md
	$(BIN)/python benchmarks/exactness.py

presets: $(VENV)/demo.stamp  ## two steps of every preset; writes the table of docs/presets.md
	$(BIN)/python benchmarks/presets.py

strategies: $(VENV)/demo.stamp  ## what the planner takes; writes the tables of README.md and docs/which-strategy.md
	$(BIN)/python benchmarks/strategies.py

papers-ratio: $(VENV)/demo.stamp  ## where a plain ratio goes wrong; writes the table of docs/mathematics.md
	$(BIN)/python benchmarks/papers_ratio.py

architecture: $(VENV)/demo.stamp  ## what imports what; writes the picture and table of docs/architecture.md
	$(BIN)/python benchmarks/architecture.py

loading: $(VENV)/test.stamp  ## how fast images are read, against training; writes benchmarks/results
	cd benchmarks && ../$(BIN)/python loading.py

docs: $(VENV)/docs.stamp  ## the documentation as a site, docs/_build/index.html; fetches nothing
	$(BIN)/python -m sphinx -q -W --keep-going -j auto docs docs/_build

browser: $(VENV)/test.stamp docs  ## reports and this site in a headless Chromium; skipped without one
	$(BIN)/python -m pytest -m browser tests/browser

clean:
	rm -rf $(VENV) build dist docs/_build src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml $(PINS) | $(VENV)/bin/python
	$(PIP) -e '.[demo]'
	touch $@

$(VENV)/test.stamp: pyproject.toml $(PINS) $(VENV)/demo.stamp | $(VENV)/bin/python
	$(PIP) -e '.[test]'
	touch $@

$(VENV)/docs.stamp: pyproject.toml $(PINS) $(VENV)/demo.stamp | $(VENV)/bin/python
	$(PIP) -e '.[docs]'
	touch $@
