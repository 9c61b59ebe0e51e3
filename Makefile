# Every target sets up what it needs first; .venv takes 1.8 GB.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up
LOCKS  := $(wildcard requirements/*.txt)
SHARE  ?= 1
# Set by some images of Python: each of the many processes would compile torch and transformers anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test attacks lint newest-qgis bench paper-table package wheel translations lock clean distclean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Build .venv from the hash-locked requirements (again only when they change)

# The stamp goes first and comes back last, so a set-up that was cut short is taken up again.
$(STAMP): $(LOCKS) pyproject.toml tools/registry.py tools/setup_env.py resam_qgis/indexes.py
	@test -n "$(PYTHON)" || { echo "No Python found: run 'apt-get install python3 python3-venv'." >&2; exit 1; }
	@rm -f $@
	$(PYTHON) tools/setup_env.py $(VENV)
	@touch $@

demo: $(STAMP) ## Make scenes, segment points, adapt to points on radar; the report is in build/demo
	$(BIN)/python -m training.demo

# One thread a worker: two OpenMP pools on the same cores spend their time waiting for each other.
# Files keep their order, by which the long ones come early, and no worker ends alone with one of them.
test: $(STAMP) ## Run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

attacks: $(STAMP) ## Attack what must hold at full size (hours), or a SHARE of it; the tests do so in small
	RESAM_ATTACKS=$(SHARE) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 tests/attacks $(ARGS)

lint: $(STAMP) ## Check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy engine training resam_qgis

DEBIAN13 ?= build/debian13
newest-qgis: $(STAMP) ## The sessions in QGIS 3.44 with Python 3.13: Debian 13 in build/debian13 (4 GB; removable)
	$(BIN)/python tools/debian13.py $(DEBIAN13) $(ARGS)

bench: $(STAMP) ## Run the benchmarks
	$(BIN)/python -m benchmarks $(ARGS)

MODEL ?= sam_vit_b
paper-table: $(STAMP) ## The paper's table: MODEL=sam_vit_b|sam2.1_hiera_b+ DATA=folder of NWPU, WHU or HRSID
	@test -n "$(DATA)" || { echo "make paper-table: DATA is not set; give DATA=folder of NWPU, WHU or HRSID" >&2; exit 2; }
	$(BIN)/python -m training.benchmark.paper_table --model "$(MODEL)" --data "$(DATA)" $(ARGS)

package: ## Build the QGIS plugin's archive in dist
	$(PYTHON) tools/package.py

wheel: $(STAMP) ## Build the wheel and the source archive in dist
	$(BIN)/uv build --quiet --python $(BIN)/python --no-build-isolation --out-dir dist

translations: ## Bring the plugin's translations up to date (needs Qt's lrelease)
	$(PYTHON) tools/translations.py

lock: $(STAMP) ## Write requirements/*.txt anew; UPGRADE=1 moves the pins
	$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)

clean: ## Remove what was built, but keep .venv
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find engine training resam_qgis tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## Remove .venv as well
	rm -rf $(VENV)
