# Every target makes .venv and installs what it needs; on a fresh Debian machine as root, system packages too.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell bash .ci/pythons | tail -n 1)
JOBS ?= $(shell nproc)
C_FILES = $(shell find firmware tests/firmware -name 'build*' -prune -o -name '*.[ch]' -print -o -name '*.cc' -print)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export TF_ENABLE_ONEDNN_OPTS := 0

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-sound demo-sensors test test-fast lint format types check bench soak fuzz firmware dist clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.installed ## make .venv with everything in it

$(VENV)/.installed: pyproject.toml .ci/constraints.txt .ci/debian-packages
	bash .ci/debian-packages
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt --editable '.[all,dev]'
	touch $@

demo: setup ## train, export, evaluate and compare a small grid; the report is reports/demo/report.html
	$(BIN)/edgeval train-grid --grid demo
	$(BIN)/edgeval export --int8 --grid demo
	$(BIN)/edgeval compare --grid demo --target stm32f746 --device-samples 200

demo-sound: setup ## the same with words spoken by espeak-ng; the report is reports/words/report.html
	$(BIN)/edgeval train-grid --grid words
	$(BIN)/edgeval export --int8 --grid words
	$(BIN)/edgeval compare --grid words --target stm32l4r5 --device-samples 60

demo-sensors: setup ## the same with a smartwatch's motion sensors; the report is reports/watch/report.html
	$(BIN)/edgeval train-grid --grid watch
	$(BIN)/edgeval export --int8 --grid watch
	$(BIN)/edgeval compare --grid watch --target stm32f407 --device-samples 100

test: setup ## all tests
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

test-fast: setup ## the tests that are not slow
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow"

lint: setup
	$(BIN)/ruff check edgeval tests hatch_build.py
	$(BIN)/ruff format --check edgeval tests hatch_build.py
	$(BIN)/clang-format --dry-run --Werror $(C_FILES)

format: setup ## format Python and C
	$(BIN)/ruff format edgeval tests hatch_build.py
	$(BIN)/clang-format -i $(C_FILES)

types: setup
	$(BIN)/mypy

check: lint types test ## what has to pass before a change lands

bench: setup ## speed, as ratios against named peers measured in the same run
	$(BIN)/python -m tests.benchmarks

soak: setup ## an hour of kills, faults at every write and processes on one store; goes on where it was stopped
	$(BIN)/python -m tests.reliability.soak
	$(BIN)/python -m tests.reliability.faults
	$(BIN)/python -m tests.reliability.crowd
	$(BIN)/python -m tests.reliability.figures

fuzz: setup ## an hour of libFuzzer, flipped bits and bad lines; docs/RELIABILITY.md has the results
	$(BIN)/python -m tests.reliability.libfuzzer --minutes 12 model_reader session frame_decoder
	$(BIN)/python -m tests.reliability.flips
	$(BIN)/python -m tests.reliability.line fake
	$(BIN)/python -m tests.reliability.line pty --minutes 10
	$(BIN)/python -m tests.reliability.line qemu --minutes 10
	$(BIN)/python -m tests.reliability.figures

firmware: setup ## build one ELF per target; prints flash and RAM
	$(BIN)/edgeval firmware build

dist: setup ## build sdist and wheels in dist/, twice with the same bytes, and try a wheel in an empty environment
	bash .ci/dist $(BIN)/python

clean: ## delete what the targets made, except trained grids and reports
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis firmware/build*
