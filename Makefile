# Every target does its own set-up; `make demo` and `make test` are all that a new user needs.
.PHONY: help setup build demo examples test test-levels lint imports docs fuzz interop interop-all interop-environment bench bench-quality bench-environment clean

SWIFT ?= swift
SPARSIFY = .build/release/sparsify
VENV = .venv
PYTHON ?= python3

help:
	@echo "make demo     set up, build, and prune a real trained model from fixtures/"
	@echo "make examples build the examples in Swift and C, and check what they say"
	@echo "make test     set up and run the whole test suite"
	@echo "make test-levels  run the tests of inference once for each set of vector instructions"
	@echo "make lint     check the formatting"
	@echo "make imports  check that no module imports one that its floor forbids"
	@echo "make fuzz     read files that a fuzzer changes, five minutes for each reader (with AddressSanitizer)"
	@echo "make interop  run the tests against Keras, h5py and SciPy (makes a Python environment)"
	@echo "make interop-all  the same with the slow ones: large models"
	@echo "make docs     make the documentation of the library SparseModels"
	@echo "make bench    measure against SciPy and gzip (makes a Python environment; needs 3 GB of disk)"
	@echo "make bench-quality  what accuracy each criterion leaves (QUALITY='--data d.npz --models a.h5' for your own)"

setup:
	@Scripts/setup.sh

build: setup
	$(SWIFT) build -c release --product sparsify

demo: build
	@Scripts/demo.sh $(SPARSIFY)

examples: build
	$(SWIFT) build -c release --product SparsifyC
	$(SWIFT) build -c release --package-path Examples
	@SWIFT="$(SWIFT)" Scripts/examples.sh $(SPARSIFY)

test: setup
	$(SWIFT) test --disable-xctest

# Each with the loops for the plainest processor, for AVX2, and for AVX-512 where the processor has it.
test-levels: setup
	for level in 0 1 2; do SPARSIFY_CPU_LEVEL=$$level \
		$(SWIFT) test --disable-xctest --filter '^(InferenceTests|SparseModelsTests)\.' || exit 1; done

# FUZZ='300 spm onnx': seconds for each reader, and which; all of them where none is named.
fuzz: build
	@SWIFT="$(SWIFT)" Scripts/fuzz.sh $(abspath $(SPARSIFY)) $(FUZZ)

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks Examples Fuzz

imports: setup
	$(SWIFT) build --explicit-target-dependency-import-check error

docs: setup
	SPARSIFY_DOCS=1 $(SWIFT) package --allow-writing-to-directory .build/docs generate-documentation \
		--target SparseModels --warnings-as-errors --output-path .build/docs

interop: INTEROP = -m "not slow"
interop interop-all: interop-environment
	SPARSIFY=$(abspath $(SPARSIFY)) $(VENV)/interop/bin/python -m pytest -q Interop $(INTEROP)

interop-environment: build
	@Scripts/setup.sh hdf5-tools python3-venv
	test -x $(VENV)/interop/bin/python || $(PYTHON) -m venv $(VENV)/interop
	$(VENV)/interop/bin/pip install --quiet --requirement Interop/requirements.txt
	$(VENV)/interop/bin/pip install --quiet --no-deps --requirement Interop/requirements-alone.txt

bench: bench-environment
	$(SWIFT) build -c release --package-path Benchmarks
	SPARSIFY=$(abspath $(SPARSIFY)) $(VENV)/bench/bin/python Benchmarks/bench.py

# What it measures on the fixtures asks Python for nothing but its standard library.
bench-quality: $(if $(findstring --data,$(QUALITY)),bench-environment,build)
	SPARSIFY=$(abspath $(SPARSIFY)) $(if $(findstring --data,$(QUALITY)),$(VENV)/bench/bin/python,$(PYTHON)) Benchmarks/quality.py $(QUALITY)

bench-environment: build
	@Scripts/setup.sh python3-venv
	test -x $(VENV)/bench/bin/python || $(PYTHON) -m venv $(VENV)/bench
	$(VENV)/bench/bin/pip install --quiet --requirement Benchmarks/requirements.txt

clean:
	rm -rf .build Benchmarks/.build Examples/.build Fuzz/.build Fuzz/.build-fuzz Benchmarks/work $(VENV)
