# `make report` needs Python 3.11 or newer and nothing else; every other target sets itself up the same way.

PYTHON ?= python3
UV     ?= uv
BIN    := .venv/bin
READY  := .venv/.installed
PYTEST := $(BIN)/python -m pytest
# The extra `spark` stands in a lock of its own: PySpark is large, needs Java, and few programmes need it.
SPARK_EXTRA := 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")'

.DEFAULT_GOAL := help
.PHONY: help setup spark report test lab lint bench soak lock clean

help: ## show this list
	@echo "rmanalytics: make TARGET"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## make .venv from requirements.lock (every target below does so when it is needed)

spark: $(READY) ## add PySpark to .venv from requirements-spark.lock, for engine = "spark" (needs Java 17 or newer)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-build-isolation -r requirements-spark.lock

report: $(READY) ## build the report of the example programme and say where it lies
	@$(BIN)/rmanalytics report data/example

test: $(READY) ## run all tests but the soak ones (ARGS="…" is handed to pytest)
	$(PYTEST) -n 2 --dist loadfile -m "not soak" $(ARGS)

lab: $(READY) ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

lint: $(READY) ## ruff check, ruff format --check, mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY) ## run all benchmarks and write docs/benchmarks.md (ARGS="--runs 5")
	$(BIN)/python -m benchmarks.run $(ARGS)

soak: $(READY) ## run the long tests and write docs/calibration.md (ARGS="-k words" runs some and renews their rows)
	RMANALYTICS_CALIBRATION=docs/calibration.md $(PYTEST) -n 2 -m soak tests/soak tests $(ARGS)

lock: ## make requirements.lock and requirements-spark.lock anew from pyproject.toml (needs uv; ARGS="--upgrade" takes newer releases)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: install it, or name it with UV=…" >&2; exit 1; }
	$(UV) pip compile pyproject.toml --extra dev --extra large --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --output-file requirements.lock --quiet $(ARGS)
	$(PYTHON) -c $(SPARK_EXTRA) | $(UV) pip compile - --constraint requirements.lock --universal --generate-hashes \
		--python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" \
		--output-file requirements-spark.lock --quiet $(ARGS)

clean: ## remove caches and build leftovers (.venv and reports/ stay)
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find rmanalytics tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is younger than the lock and pyproject.toml when everything is installed. setuptools, which builds the
# package, is pinned in the lock as well, so pip takes nothing without a hash.
$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
		echo "Python 3.11 or newer is needed, and there is no $(PYTHON). Install it, or name it: make PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Setting up .venv from requirements.lock (about a minute, once) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
