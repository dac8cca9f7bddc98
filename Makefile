# `make audit` and `make test` set up everything they need: a virtual environment in .venv, and for
# the tests a browser where apt-get may install one.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NO_BROWSER := $(VENV)/.no-browser

.PHONY: audit test check browser format golden fixtures bench scale engines causes calibration truth layouts connected parameters dependence fuzz picture site dist reference clean

audit: $(READY) ## the main job, on a clean and on a broken log of the fixtures
	$(BIN)/skewcheck audit fixtures/params.json fixtures/clean --served '{feature}_norm'
	$(BIN)/skewcheck audit fixtures/params.json fixtures/paired_bug.parquet \
		--served '{feature}_norm' --fail-on never

test: $(READY) ## all tests; the last lines say which this machine could not run, and why
	@sh tests/browser.sh $(NO_BROWSER)
	$(BIN)/python -m compileall -q skewcheck # once, for the hundreds of processes of the tests
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(READY) ## format, lint, types, import directions, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@sh tests/browser.sh $(NO_BROWSER)
	$(BIN)/python -m compileall -q skewcheck # once, for the hundreds of processes of the tests
	$(BIN)/python -m pytest -n auto --dist loadgroup

browser: $(READY) ## try again to install the browser that the tests of the HTML report need
	rm -f $(NO_BROWSER)
	sh tests/browser.sh $(NO_BROWSER)

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(READY) ## accept what reports look like now; read the diff
	GOLDEN=1 $(BIN)/python -m pytest tests/reports tests/cli/test_help.py tests/test_documents.py

fixtures: $(READY)
	$(BIN)/python fixtures/make.py

bench: $(READY) ## writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/bench.py

scale: $(READY) ## writes benchmarks/SCALE.md: many features, files and levels
	$(BIN)/python benchmarks/scale.py

engines: $(READY) ## writes benchmarks/ENGINES.md: processes and Dask beside threads
	$(BIN)/python benchmarks/engines.py

site: $(READY) ## builds the pages of docs/ as a site, in build/site
	$(BIN)/mkdocs build --strict -f docs/site/mkdocs.yml

dist: $(READY) ## sdist and wheel in dist/, checked; each is installed anew, and runs the demo
	rm -rf dist build/fresh
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*
	for file in dist/*.tar.gz dist/*.whl; do sh docs/install_anew.sh $(PYTHON) $$file || exit 1; done

reference: $(READY) ## writes docs/reference.md
	$(BIN)/python docs/make_reference.py

picture: $(READY) ## docs/report.png: the HTML report of a broken log of the fixtures
	mkdir -p build
	$(BIN)/skewcheck audit fixtures/params.json fixtures/paired_bug.parquet --quiet \
		--served '{feature}_norm' --fail-on never --report html=build/skew.html
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,1250 \
		--user-data-dir=build/browser --screenshot=docs/report.png build/skew.html

causes: $(READY) ## writes benchmarks/CAUSES.md; DATA=folder adds the public sets and faults of servers
	$(BIN)/python benchmarks/causes.py $(if $(DATA),--data $(DATA))
	$(if $(DATA),$(BIN)/python benchmarks/server_causes.py --data $(DATA))

calibration: $(READY) ## writes benchmarks/CALIBRATION.md and NIGHTS.md; overnight
	$(BIN)/python benchmarks/calibration.py $(if $(DATA),--data $(DATA))
	$(BIN)/python benchmarks/nights.py

truth: $(READY) ## writes benchmarks/TRUTH.md from the public sets in DATA=folder
	$(BIN)/python benchmarks/truth.py --data $(DATA)

layouts: $(READY) ## writes benchmarks/LAYOUTS.md: which layouts of logs are audited as they lie
	$(BIN)/python benchmarks/layouts.py

connected: $(READY) ## writes benchmarks/CONNECTED.md from the public sets in DATA=folder
	$(BIN)/python benchmarks/connected.py --data $(DATA)

parameters: $(READY) ## writes benchmarks/PARAMETERS.md from the public files in DATA=folder
	$(BIN)/python benchmarks/parameters.py --data $(DATA)

dependence: $(READY) ## writes benchmarks/DEPENDENCE.md, with the public sets in DATA=folder
	$(BIN)/python benchmarks/dependence.py --data $(DATA)

fuzz: $(READY) ## damaged parameter files, logs and states, kills, clean pipelines; docs/reliability.md
	$(BIN)/python tests/fuzz --seconds $(or $(SECONDS),60)
	$(BIN)/python tests/fuzz/logs.py --cases $(or $(LOGS),10000)
	$(BIN)/python tests/fuzz/kills.py --kills $(or $(KILLS),500)
	$(BIN)/python tests/fuzz/generated.py --cases $(or $(CASES),50000)

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
