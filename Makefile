# Everything stands on .venv, which holds exactly what requirements.lock names.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test soak lint fixtures goldens scores dictionary screenshots bench dev lock clean

demo: $(STAMP)
	@$(BIN)/nianbao add fixtures/reports --source fixtures
	@$(BIN)/python fixtures/sites -- $(BIN)/nianbao crawl
	@$(BIN)/nianbao run
	@$(BIN)/nianbao release
	@printf '\nTry next:\n'
	@printf '  %s\n' "$(BIN)/nianbao parse fixtures/reports/2019-html.html" \
	  "$(BIN)/nianbao query \"SELECT agency, year, state, days_late_stated FROM out_ledger ORDER BY agency, year\"" \
	  "$(BIN)/nianbao query \"SELECT agency, year, app_new_tot, app_granted_tot FROM out_panel ORDER BY year\"" \
	  "$(BIN)/nianbao search 政务公开" \
	  "make dev"
	@printf '\nSee it in a browser:\n  %s\n' "$(BIN)/nianbao serve"

test: $(STAMP) lint
	$(BIN)/pytest

# Fifty kills where `make test` tries five; prints what became of each. Up to half an hour.
soak: $(STAMP)
	NIANBAO_SOAK=1 $(BIN)/pytest -s tests/pipeline/test_kill.py

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

dev: $(STAMP)
	$(BIN)/nianbao dev

bench: $(STAMP)
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/loads.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/explorer.py

# The files below are made by these targets and committed; a test says when they are stale.
fixtures: $(STAMP)
	$(BIN)/python fixtures/make_fixtures.py

dictionary: $(STAMP)
	$(BIN)/python -m pipeline.dictionary > docs/data-dictionary.md

goldens: $(STAMP)
	$(BIN)/pytest tests/test_goldens.py --snapshot-update

scores: $(STAMP)
	$(BIN)/python tests/scores.py

# The pictures of README.md, of the release that `make demo` makes; wants Debian's chromium and fonts-noto-cjk.
screenshots: $(STAMP)
	$(BIN)/python tests/explorer/screenshots.py

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q parsers pipeline assets
	@touch $(STAMP)

lock:
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock

clean:
	rm -rf .venv data
