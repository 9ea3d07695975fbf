# Only relative paths: make splits names at spaces, and a checkout may lie in a path that has some.
.DEFAULT_GOAL := help
PYTHON ?= python3
# Processes that run tests, each with its own servers.
PROCESSES ?= 2

.PHONY: help env build test test-long lint format docs corruption sabotage torture linkage bench clean lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

env:
	@PYTHON="$(PYTHON)" .ci/environment

build: env ## environment, database, packages, dbt build, docs, report; ends with counts and where to look
	@.venv/bin/personas build $(ARGS)

test: lint ## lint and every test: all that must pass
	@.venv/bin/pytest -n $(PROCESSES) --dist worksteal $(ARGS)

test-long: env ## what takes too long for each change; all of it, or parts: ARGS="torture versions" (tests/README.md)
	@PROCESSES=$(PROCESSES) .ci/long $(ARGS)

lint: env ## the checks of pre-commit, on all files
	@.ci/lint

format: env ## let ruff put the Python code in order
	@.venv/bin/ruff check --fix --quiet src tests/python benchmarks
	@.venv/bin/ruff format --quiet src tests/python benchmarks

docs: env ## the docs page anew, without building
	@test -f profiles.yml || { echo "Error: nothing is built yet; run make build first" >&2; exit 1; }
	@test -n "$$PGHOST" || .venv/bin/personas db start
	@.venv/bin/dbt docs generate --static

corruption: env ## every kind of damage, done to a built demo: caught N/N by the right check
	@PYTHONPATH=tests/python .venv/bin/python -m corruption $(ARGS)

sabotage: env ## every fault in the forward SQL, each built whole: caught N/N by the right check
	@PYTHONPATH=tests/python .venv/bin/python -m sabotage $(ARGS)

torture: env ## dual-write: both sides written at once while everything breaks; what was lost (nothing)
	@PYTHONPATH=tests/python .venv/bin/python -m torture $(ARGS)

linkage: env ## how well linking finds who is whom, beside other tools
	@.venv/bin/python benchmarks/linkage.py $(ARGS)

bench: env ## the figures of the benchmark
	@PYTHONPATH=tests/python .venv/bin/python benchmarks/bench.py $(ARGS)

clean: ## stop the embedded server; remove its data, the environment and all that was built
	@test ! -x .venv/bin/personas || .venv/bin/personas db stop
	@rm -rf .postgres .venv .bench dbt_packages package-lock.yml profiles.yml target logs

lock: env ## pin the newest versions that requirements.in allows
	@.ci/lock
