# Everything installs what it needs on a bare Debian 12 with python3, make and git; run as root or with sudo.
.PHONY: setup setup-test run test test-year test-browser test-security lint types bench load requirements faults golden fuzz format clean

HOST ?= 127.0.0.1
PORT ?= 8000
PYTHON := .venv/bin/python

setup:
	@app/ops/setup

setup-test:
	@app/ops/setup test

run: setup
	@HOST=$(HOST) PORT=$(PORT) app/ops/run

lint:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check -q .

types:
	@.venv/bin/mypy

YEAR := diagnostics documents hosts mentoring municipal programmes reorganisation roadmap teachers uploads year

PYTEST := $(PYTHON) -m pytest -q -n 2 --dist loadscope
SHORT := --ignore=tests/e2e --ignore=tests/security $(YEAR:%=--ignore=tests/%)

test: setup-test lint types
	@$(PYTEST) $(SHORT) -m "not year"

# The rooms of the school's year, walked in both regions on both databases, then what is marked so: too long to stand
# beside the rest.
test-year: setup-test
	@$(PYTEST) $(YEAR:%=tests/%)
	@$(PYTEST) $(SHORT) -m year

# Whole campaigns in Chromium, and attacks on a served site: too long for every change on two cores.
test-browser: setup-test
	@$(PYTHON) -m pytest -q tests/e2e

test-security: setup-test
	@$(PYTHON) -m pytest -q tests/security

# A process killed at every write, commit and delivery of eight deeds, on both databases; prints the table of points.
faults: setup-test
	@$(PYTHON) -m tests.faults

# The cases that the version being released leaves to those after it: VERSION=0.1.0, once, and committed with the release.
golden: setup-test
	@$(PYTHON) -m tests.golden $(VERSION)

fuzz: setup-test
	@OPORA_FUZZ=5000 $(PYTHON) -m pytest -q tests/engine -k fuzz

bench: setup-test
	@$(PYTHON) -m bench

# 64 people at once for half an hour; LOAD="--minutes 1 --cases 200 --records 20000" for a look.
load: setup-test
	@$(PYTHON) -m bench.load $(LOAD)

requirements:
	@$(PYTHON) -m tests.requirements

format:
	@.venv/bin/ruff check --fix -q . ; .venv/bin/ruff format -q .
