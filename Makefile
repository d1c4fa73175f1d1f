# Every target does its own set-up; `make help` lists them all.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# uv makes the environment. If uv is missing, it is installed into .tools, not into the user's Python.
UV := $(or $(shell command -v uv 2>/dev/null),.tools/uv/bin/uv)
VENV := .venv
PYTHON := $(VENV)/bin/python
HASHED := $(CURDIR)/requirements

# Settings that pip takes from the environment are handed on to uv.
empty :=
space := $(empty) $(empty)
comma := ,
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS ?= $(subst $(space),$(comma),$(strip $(PIP_FIND_LINKS)))
endif
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_EXTRA_INDEX_URL
export UV_INDEX ?= $(PIP_EXTRA_INDEX_URL)
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif

# Bytecode is kept: without it each of some thousand processes in the tests compiles PyTorch and scikit-learn anew.
unexport PYTHONDONTWRITEBYTECODE

# uv refuses any file whose hash is not listed, both of what is installed and of what builds it.
INSTALL := $(UV) pip install -p $(VENV) -c $(HASHED)/all.txt
export UV_BUILD_CONSTRAINT := $(HASHED)/build.txt

SETUP := pyproject.toml $(HASHED)/all.txt $(HASHED)/build.txt
# One environment for everything, and a stamp for each set of packages installed into it.
COURSE_READY := $(VENV)/.course-ready
TEST_READY := $(VENV)/.test-ready
BENCH_READY := $(VENV)/.bench-ready

WORKERS ?= 2
ORDER :=
PYTEST = OMP_NUM_THREADS=1 $(PYTHON) -m pytest -n $(WORKERS) --dist worksteal $(ORDER)
LESSON ?=
TYPED := build/typed

.PHONY: help learn test check lint format types lessons claims claims-all stability measure test-wheel web test-web bench constraints audit clean

help: ## List all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

learn: $(COURSE_READY) ## Read and run the course in your browser (LESSON=2.4 opens that lesson)
	@$(VENV)/bin/looplab learn $(LESSON)

test: $(TEST_READY) ## Run the tests, in random order
	$(PYTEST)

# The checks that decide whether a change lands do not depend on chance.
check: ORDER := --randomly-seed=0
check: lint types test-web test test-wheel lessons claims ## All that must pass before a change lands

lint: $(TEST_READY) ## Check style and format
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format: $(TEST_READY) ## Format the code
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

# No package can have the name of a lesson's folder, so its files are checked through a link with another name.
types: $(TEST_READY) ## Strict type checks
	@rm -rf $(TYPED) && mkdir -p $(TYPED)
	@for lesson in course/*/*/; do \
	  ln -s "$(CURDIR)/$$lesson" "$(TYPED)/lesson_$$(basename $$lesson | sed 's/-.*//; s/\./_/')"; done
	$(PYTHON) -m mypy src tests benchmarks tools $(TYPED)

lessons: $(COURSE_READY) ## Check every lesson and run its code
	$(VENV)/bin/looplab course check

claims: $(COURSE_READY) ## Measure this week's share of the ledger's claims afresh, with other seeds
	$(VENV)/bin/looplab experiment verify

claims-all: $(COURSE_READY) ## Measure every claim of the ledger afresh, with other seeds
	$(VENV)/bin/looplab experiment verify --all

stability: $(COURSE_READY) ## Measure every claim with three sets of fresh seeds and on one core; goes on where it stopped
	$(PYTHON) benchmarks/claim_stability.py --output benchmarks/results/claim_stability.json

measure: $(COURSE_READY) ## Write the whole ledger afresh
	$(VENV)/bin/looplab experiment measure

# The wheel's code is the sources', byte for byte; what is tested in it is what depends on where it lies.
IN_WHEEL := $(addprefix tests/,cli/test_cli.py cli/test_first_word.py cli/test_capstone.py course/reading \
  course/exercises/test_finding.py course/pages course/serve/test_learning.py course/serve/test_pages.py \
  course/answers/test_file_check.py course/answers/test_prompt.py experiments/test_finding.py \
  experiments/test_ledger.py experiments/test_fingerprint.py files/test_places.py figures/test_figures.py \
  lessons/test_lessons.py test_content.py test_errors.py test_lazy.py)

test-wheel: $(TEST_READY) ## Compare the built wheel with the sources; run quick tests in it, outside this folder
	rm -rf build/wheel && mkdir -p build/wheel
	$(UV) build -q --wheel --out-dir build/wheel
	$(PYTHON) tools/wheel.py $$(ls build/wheel/*.whl)
	$(UV) venv -q --clear --python $(PYTHON) build/wheel/env
	$(UV) pip install -q -p build/wheel/env -c $(HASHED)/all.txt --group dev "looplab[course] @ file://$(CURDIR)/$$(ls build/wheel/*.whl)"
	cp -r tests pyproject.toml build/wheel/
	cd build/wheel && OMP_NUM_THREADS=1 env/bin/python -m pytest -q -n $(WORKERS) $(ORDER) -m "not slow and not browser and not checkout" $(IN_WHEEL)

# Figures are bundled with Node, which only their development needs: the package contains the bundle.
WEB_READY := web/node_modules/.ready

web: $(WEB_READY) $(TEST_READY) ## Bundle the live figures of the pages, and draw their stills
	node web/build.mjs
	$(PYTHON) web/stills.py

ifneq ($(shell command -v npm 2>/dev/null),)
test-web: $(WEB_READY) ## Types and tests of the figures' engine; check that the bundle matches its sources
	cd web && npx biome check --config-path=. . ../course && npx tsc --noEmit
	node web/test.mjs
	node web/build.mjs --check
else
test-web:
	@echo "looplab: the figures' own tests are left out: they need Node and npm, which are not installed"
endif

bench: $(BENCH_READY) ## Measure; writes benchmarks/results (takes a while)
	$(PYTHON) benchmarks/train_overhead.py --output benchmarks/results/train_overhead.json
	$(PYTHON) benchmarks/replicas.py --output benchmarks/results/replicas.json
	$(PYTHON) benchmarks/compare_honesty.py --output benchmarks/results/compare_honesty.json
	$(PYTHON) benchmarks/compare_tables.py --output benchmarks/results/compare_tables.json
	$(PYTHON) benchmarks/compare_coverage.py --output benchmarks/results/compare_coverage.json
	$(VENV)/bin/looplab compare digits --json > benchmarks/results/compare_digits.json
	$(PYTHON) benchmarks/compare_scale.py --output benchmarks/results/compare_scale.json
	$(PYTHON) benchmarks/vmapped_or_loop.py --output benchmarks/results/vmapped_or_loop.json
	$(PYTHON) benchmarks/resume_kills.py --output benchmarks/results/resume_kills.json
	$(PYTHON) benchmarks/doctor_recall.py --output benchmarks/results/doctor_recall.json
	$(PYTHON) benchmarks/doctor_peers.py --output benchmarks/results/doctor_peers.json
	$(PYTHON) benchmarks/doctor_recall.py --watched --output benchmarks/results/doctor_watch_recall.json
	$(PYTHON) benchmarks/dirty_tables.py --output benchmarks/results/dirty_tables.json
	$(PYTHON) benchmarks/doctor_alarms.py --nets 0 --output benchmarks/results/doctor_alarms.json
	$(PYTHON) benchmarks/doctor_alarms.py --settings 0 --output benchmarks/results/doctor_alarms_nets.json
	$(PYTHON) benchmarks/doctor_watch.py --output benchmarks/results/doctor_watch.json
	$(PYTHON) benchmarks/sweep_kills.py --output benchmarks/results/sweep_kills.json
	$(PYTHON) benchmarks/shared_training.py --output benchmarks/results/shared_training.json
	$(PYTHON) benchmarks/sklearn_mlp.py --output benchmarks/results/sklearn_mlp.json
	$(PYTHON) benchmarks/plain_numba.py --output benchmarks/results/plain_numba.json
	$(PYTHON) benchmarks/grid.py --output benchmarks/results/grid.json --afresh
	$(PYTHON) benchmarks/grid_picture.py
	$(PYTHON) benchmarks/table.py

constraints: $(BENCH_READY) ## Write down the installed (tested) versions and their hashes
	$(PYTHON) tools/pin.py $(UV)

audit: | $(PYTHON) ## Ask an advisory database about every pinned version
	@test -x build/audit/bin/pip-audit || { $(UV) venv -q --clear --python $(PYTHON) build/audit \
	  && $(UV) pip install -q -p build/audit --require-hashes -r $(HASHED)/audit.txt; }
	@$(PYTHON) tools/audit.py build/audit/bin/pip-audit $(HASHED)/all.txt

clean: ## Remove the environment and everything built
	rm -rf $(VENV) .tools build web/node_modules .mypy_cache .ruff_cache .pytest_cache

$(WEB_READY): web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "looplab: the figures are bundled with Node and npm; install Node 20 or newer" >&2; exit 1; }
	@echo "looplab: installing what bundles the figures"
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

FETCH_UV := pip install -q --disable-pip-version-check --require-hashes -r $(HASHED)/uv.txt

.tools/uv/bin/uv:
	@echo "looplab: fetching uv into .tools"
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "looplab: Python 3.11 or newer is needed; this is $$(python3 --version)" >&2; exit 1; }
	@python3 -m venv .tools/uv 2>/dev/null && .tools/uv/bin/python -m $(FETCH_UV) \
	  || { rm -rf .tools/uv && python3 -m $(FETCH_UV) --target .tools/uv; } \
	  || { echo "looplab: could not fetch uv; install Python's venv or pip module (Debian: apt install python3-venv)" >&2; exit 1; }

$(PYTHON): | $(UV)
	@echo "looplab: making the environment $(VENV)"
	@$(UV) venv -q --python '>=3.11' $(VENV)

$(COURSE_READY): $(SETUP) | $(PYTHON)
	@echo "looplab: installing (the first time this fetches PyTorch)"
	@$(INSTALL) -e '.[course]'
	@echo "looplab: compiling the engine, so that no first call has to wait for it"
	@$(PYTHON) -c "from looplab.replicas.fused.compiled import compiled_training; compiled_training()"
	@touch $@

$(TEST_READY): $(COURSE_READY)
	@echo "looplab: installing what the tests need"
	@$(INSTALL) -e '.[course]' --group dev
	@touch $@

$(BENCH_READY): $(TEST_READY)
	@echo "looplab: installing what the benchmarks compare with"
	@$(INSTALL) -e '.[course,bench]' --group dev
	@touch $@
