.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## list every target
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make install PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: install
install: $(VENV)/.installed ## make .venv with the locked dependencies and the etl command

CONFIG ?= etl.toml
OUT ?= out
FROM ?=
TO ?=
FILE ?=
TESTS ?=
WORKERS ?= 4
RUNS ?= 5
PYTHONS ?= 3.11 3.14

.PHONY: demo
demo: install ## export the built-in simulator's data to out/, without any account
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash samples/demo.sh $(OUT)

.PHONY: export
export: install ## export every account of CONFIG (etl.toml) to OUT (out)
	@$(BIN)/etl export --config $(CONFIG) --out $(OUT)

.PHONY: push
push: install ## send the rows of FILE to TO (account.stream) of CONFIG; results go to OUT
	@test -n "$(FILE)" -a -n "$(TO)" || { echo "Say which rows go where: make push FILE=rows.csv TO=account.stream" >&2; exit 64; }
	@$(BIN)/etl push $(FILE) --to $(TO) --config $(CONFIG) --out $(OUT) --yes

.PHONY: migrate
migrate: install ## bring the rows of FROM (account or account.stream) over to TO of CONFIG; results go to OUT
	@test -n "$(FROM)" -a -n "$(TO)" || { echo "Say from where to where: make migrate FROM=account TO=account.stream" >&2; exit 64; }
	@$(BIN)/etl migrate $(FROM) --to $(TO) --config $(CONFIG) --out $(OUT) --yes

.PHONY: test
test: install ## run the whole test suite, or only TESTS, in WORKERS processes (4: most of them wait for another one)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

.PHONY: test-busy
test-busy: install ## run the whole test suite, or only TESTS, RUNS times in a row (5) while two busy loops run beside it
	@for loop in 1 2; do while :; do :; done & done; trap 'kill $$(jobs -p)' EXIT; \
	for run in $$(seq $(RUNS)); do echo "run $$run of $(RUNS)"; $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS) || exit 1; done

.PHONY: test-pythons
test-pythons: ## run the suite, or only TESTS, on the oldest and the newest Python that is claimed (PYTHONS)
	@$(PYTHON) tests/packaging/pythons.py $(PYTHONS)

.PHONY: test-crash
test-crash: install ## kill the exporter at every kind of write, fsync and rename, and compare with an undisturbed run
	@$(BIN)/python -m tests.crash

.PHONY: test-push-crash
test-push-crash: install ## kill the pusher at every step, and tell 200 stories of people at work
	@PUSH_KILLS=200 $(BIN)/python -m pytest tests/crash_push
	@STATE_MACHINE_RANDOM=1 STATE_MACHINE_EXAMPLES=200 $(BIN)/python -m pytest tests/state_machine

.PHONY: test-faults
test-faults: install ## try every fault of docs/faults.md: how many cases were tried, and how many held
	@$(BIN)/python -m tests.faults

SEEDS ?= 1 2 3 4 5 6 7 8 9 10

.PHONY: test-twice
test-twice: install ## normalise odd rows twice, in each format, for each of SEEDS (1 to 10): nothing changes, nothing is lost
	@TWICE_SEEDS="$(SEEDS)" $(BIN)/python -m pytest tests/normalise/test_twice.py -k odd_rows

.PHONY: test-safeguards
test-safeguards: install ## take out one safeguard after another, in a copy: tests must fail without each
	@$(BIN)/python -m tests.safeguards

AIRFLOW := .venv-airflow

$(AIRFLOW)/.installed: pyproject.toml
	@test -x $(AIRFLOW)/bin/python || $(PYTHON) -m venv $(AIRFLOW)
	@$(AIRFLOW)/bin/python -m pip install -q --disable-pip-version-check -e '.[airflow]' 'apache-airflow==3.3.*'
	@touch $@

.PHONY: test-airflow
test-airflow: install $(AIRFLOW)/.installed ## run the DAGs in a real Airflow, in an environment of its own; takes minutes
	@AIRFLOW_BIN=$(CURDIR)/$(AIRFLOW)/bin $(BIN)/python -m pytest tests/airflow

MUTATION := .venv-mutation
MODULE ?=

$(MUTATION)/.installed: requirements.lock pyproject.toml
	@test -x $(MUTATION)/bin/python || $(PYTHON) -m venv $(MUTATION)
	@$(MUTATION)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(MUTATION)/bin/python -m pip install -q --disable-pip-version-check 'mutmut==3.8.*'
	@touch $@

.PHONY: mutation
mutation: $(MUTATION)/.installed ## change one thing at a time in MODULE (a module or folder; else the central ones) and name what no test notices
	@$(MUTATION)/bin/python -m tests.mutation $(MODULE)

.PHONY: lint
lint: install ## check style, imports and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy

.PHONY: format
format: install ## put the code into its style
	@$(BIN)/ruff check --fix -q .
	@$(BIN)/ruff format -q .

AUDIT := .venv-audit

$(AUDIT)/.installed: requirements-audit.lock
	@test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-audit.lock
	@touch $@

.PHONY: audit
audit: install $(AUDIT)/.installed ## look for known vulnerabilities, licences that are not on the list, and unsafe code
	@$(AUDIT)/bin/bandit -q -c pyproject.toml -r etl
	@$(AUDIT)/bin/pip-licenses --python=$(BIN)/python --summary --order=count
	@$(BIN)/python -m tests.packaging.advisories $(AUDIT)/bin/pip-audit requirements.lock

.PHONY: sbom
sbom: install $(AUDIT)/.installed ## write sbom.cdx.json: what an installation brings along, as CycloneDX
	@$(BIN)/python -m tests.packaging.sbom $(AUDIT)/bin/cyclonedx-py sbom.cdx.json

.PHONY: dist
dist: sbom ## make the sdist, which carries sbom.cdx.json, and the wheel in dist/
	@$(BIN)/python -m hatchling build -d dist

.PHONY: accuracy
accuracy: install ## score the normalisers against tests/truth, by kind and country
	@$(BIN)/python benchmarks/accuracy.py

STREETS := .streets

$(STREETS)/.installed: requirements-streets.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps --upgrade --target $(STREETS) -r requirements-streets.lock
	@touch $@

.PHONY: accuracy-streets
accuracy-streets: install $(STREETS)/.installed ## score the address splitter on every street name of two countries, by notation and kind of name
	@$(BIN)/python benchmarks/accuracy_streets.py $(STREETS)

.PHONY: bench
bench: bench-normalise bench-budget bench-export bench-accounts bench-push ## run every benchmark

.PHONY: bench-normalise
bench-normalise: install ## time the normalisers on a million rows, beside a per-row baseline
	@POLARS_MAX_THREADS=1 $(BIN)/python benchmarks/normalise.py

.PHONY: bench-budget
bench-budget: install ## time the call budget against a server that enforces its limit, beside other limiters
	@$(BIN)/python benchmarks/budget.py

.PHONY: bench-export
bench-export: install ## time whole exports beside a bare copy, dlt, Airbyte's CDK and the Singer SDK
	@$(BIN)/python -m benchmarks.export

.PHONY: bench-parts
bench-parts: install ## time each part of an export by itself
	@$(BIN)/python -m benchmarks.export.parts

.PHONY: bench-accounts
bench-accounts: install ## export 500 accounts in one command: memory, file handles, and one failure among them
	@$(BIN)/python benchmarks/accounts.py

.PHONY: bench-push
bench-push: install ## CPU a pushed row beside a bare aiohttp loop, rows a second, the ledger, and memory as rows grow
	@$(BIN)/python -m benchmarks.push

.PHONY: schemas
schemas: install ## generate schemas/tables from the models
	@$(BIN)/python -m etl.records.schemas

.PHONY: lock
lock: ## renew the three requirements files (needs uv)
	uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock
	uv pip compile -q --group audit --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-audit.lock
	uv pip compile -q --group streets --no-deps --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-streets.lock

.PHONY: clean
clean: ## remove what was built; landed pages and state stay
	@rm -rf build dist sbom.cdx.json .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
