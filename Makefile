# `make report` needs Python 3.11 or newer and nothing else; every other target sets itself up the same way.

PYTHON ?= python3
UV     ?= uv
BIN    := .venv/bin
PYTEST := $(BIN)/python -m pytest
# requirements.lock pins the plain package, the extra `events` and what builds the package; each of the others pins only
# what comes on top of it: `lab`; the tests' tools, `docs`, `large`, `office` and `spss` on top of that; PySpark, which needs Java.
LOCKED := .venv/.plain .venv/.lab .venv/.dev .venv/.spark
BUILD  := 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
COMPILE = $(UV) pip compile pyproject.toml --extra events --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --custom-compile-command "make lock" --quiet $(ARGS)
on_top  = $(COMPILE) $(1) $(foreach lock,$(2),--constraint $(lock)) --output-file $(3) && awk \
	'FILENAME != ARGV[ARGC-1] { pinned[$$0]; next } /^[^ \#]/ { known = /==/ && ($$0 in pinned) } !known' \
	$(2) $(3) >$(3).new && mv $(3).new $(3)

.DEFAULT_GOAL := help
.PHONY: help setup spark report test lab docs lint bench soak soak-status lock clean

help: ## show this list
	@echo "rmanalytics: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: .venv/.dev ## make .venv with everything that the tests need (every target below installs what it needs itself)

spark: .venv/.spark ## add PySpark to .venv, for engine = "spark" (needs Java 17 or newer)

report: .venv/.plain ## build the report of the example programme and say where it lies
	@$(BIN)/rmanalytics report data/example

# The tests start Python some hundred times: what it compiled is kept, also where the environment forbids it.
test soak: export PYTHONDONTWRITEBYTECODE =

test: .venv/.dev ## run all tests but the soak ones (ARGS="…" is handed to pytest)
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "not soak" $(ARGS)

lab: .venv/.lab ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

docs: .venv/.dev ## build the docs with search, to be read without a network, and say where they lie
	@$(BIN)/python -m sphinx -q -W --keep-going docs build/docs
	@echo build/docs/index.html

lint: .venv/.dev ## ruff check, ruff format --check, mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.dev ## run all benchmarks and write docs/benchmarks.md (ARGS="--runs 5")
	$(BIN)/python -m benchmarks.run $(ARGS)

soak: .venv/.dev ## run the long tests whose code has changed, and write docs/calibration.md (ARGS="survey plan" names some)
	PYTHONPATH=tests $(BIN)/python -m soak.shards $(ARGS)

soak-status: .venv/.dev ## list the shards of the long tests: which hold, which are stale and why
	PYTHONPATH=tests $(BIN)/python -m soak.shards --status $(ARGS)

lock: ## make the locks anew from pyproject.toml (needs uv; ARGS="--upgrade" takes newer releases)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: install it, or name it with UV=…" >&2; exit 1; }
	$(PYTHON) -c $(BUILD) | $(COMPILE) - --output-file requirements.lock
	$(call on_top,--extra lab,requirements.lock,requirements-lab.lock)
	$(call on_top,--extra lab --extra dev --extra docs --extra large --extra office --extra spss,requirements.lock requirements-lab.lock,requirements-dev.lock)
	$(call on_top,--extra spark,requirements.lock,requirements-spark.lock)

clean: ## remove caches and build leftovers (.venv and reports/ stay)
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find rmanalytics tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is younger than the locks and pyproject.toml when what they pin is installed. setuptools, which builds the
# package, is pinned as well, so pip takes nothing without a hash. Python compiles what is used when it is first used: a
# quarter less to store, and less to wait for.
.venv/.lab: requirements-lab.lock
.venv/.dev: requirements-lab.lock requirements-dev.lock
.venv/.spark: requirements-spark.lock
$(LOCKED): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
		echo "Python 3.11 or newer is needed, and there is no $(PYTHON). Install it, or name it: make PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "Setting up .venv from $(filter %.lock,$^) (about a minute, once) …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --require-hashes $(patsubst %.lock,-r %.lock,$(filter %.lock,$^))
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
