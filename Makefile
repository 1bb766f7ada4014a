# Everything from nothing: each target installs what it needs (scripts/packages.txt), configures and builds by itself.
#   make train [ARGS="--steps 1000"]   trains on MNIST; pictures in runs/<name>/samples
#   make test [PRESET=asan]            all tests; under the sanitizers
#   make sanitized PRESET=asan         the quarter of them that .ci/run has under the sanitizers
#   make fuzz [FUZZ_SECONDS=600]       looks for inputs that break laws, with clang; what it finds lies in build/fuzz/fuzz
#   make bench                         the training step beside other frameworks; bench.json, bench.svg and bench.png
#   make experiments                   what the report discusses, each tried; docs/EXPERIMENTS.md (an hour)
#   make format                        clang-format over all sources

PRESET ?= release
JOBS ?= $(shell nproc)
ARGS ?=
FUZZ_SECONDS ?= 60
build := build/$(PRESET)
rooms := bench cli codegen examples frontend io ir models os passes runtime tests training

.PHONY: all setup build train test sanitized fuzz bench experiments format clean
all: build

setup:
	@scripts/setup.sh

$(build)/build.ninja: | setup
	cmake --preset $(PRESET)

build: setup $(build)/build.ninja
	cmake --build $(build) --parallel $(JOBS)

train: setup $(build)/build.ninja
	cmake --build $(build) --parallel $(JOBS) --target cgan_jit
	$(build)/cgan_jit train $(ARGS)
	@echo "Pictures: samples/ in the run's folder (runs/<name>, unless --out said otherwise)."

run_tests = LSAN_OPTIONS=suppressions=$(CURDIR)/tests/leaks.txt:print_suppressions=0 ctest --test-dir $(build) --parallel $(JOBS) --output-on-failure

test: build
	$(run_tests)

sanitized: setup $(build)/build.ninja
	cmake --build $(build) --parallel $(JOBS) --target sanitized
	$(run_tests) -L sanitized

fuzz: setup
	@scripts/setup.sh clang-19 libclang-rt-19-dev
	cmake --preset fuzz -DCGAN_JIT_FUZZ_SECONDS=$(FUZZ_SECONDS)
	cmake --build --preset fuzz --parallel $(JOBS)
	ctest --preset fuzz --parallel $(JOBS)
	@grep -E '(Testing|Test): fuzz|number_of_executed_units|average_exec_per_sec' build/fuzz/Testing/Temporary/LastTest.log

bench: setup $(build)/build.ninja
	cmake --build $(build) --parallel $(JOBS) --target cgan_jit
	scripts/jittor.sh || true
	python=$$(scripts/peers.sh) && "$$python" bench/compare.py --cgan-jit $(build)/cgan_jit $(ARGS)

experiments: setup $(build)/build.ninja
	cmake --build $(build) --parallel $(JOBS) --target cgan_jit
	scripts/experiments.py --cgan-jit $(build)/cgan_jit $(ARGS)

format: setup
	find $(rooms) -name '*.h' -o -name '*.cpp' | xargs clang-format -i

clean:
	rm -rf $(build)
