# The one entry point for people, CI and the README.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
CARGO ?= cargo
SIZE ?= 1GiB
ROUNDS ?= 10
SECONDS_EACH ?= 60

.PHONY: run test check bench bench-scaling judge wheels docs setup test-random test-emulated test-numa test-memory faults fuzz clean

# Builds everything and does the main job on real input: write, measure, verify.
run: setup
	$(CARGO) build --release --locked --package dgen-cli
	scripts/main_job.sh target/release/dgen $(SIZE)

# Sets up everything and runs all tests; a skipped test says why.
test: setup
	scripts/test.sh
	scripts/test_python.sh
	scripts/test_install.sh
	scripts/skips.sh

# Formatting, lints, documentation, Python types and stubs.
check: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked
	python3 scripts/check_house.py --self-test
	python3 scripts/check_house.py
	scripts/check_python.sh

# Runs the benchmarks beside the store limit, the peer dgen-py and fio (where they install), writes records and tables.
bench: setup
	$(CARGO) build --release --locked --package dgen-cli
	python3 bench/run.py target/release/dgen
	scripts/bench_python.sh target/release/dgen
	python3 bench/storage.py target/release/dgen

# Measures how generation grows with threads and nodes, writes a record and docs/SCALING.md; takes a minute or two.
bench-scaling: setup
	$(CARGO) build --release --locked --package dgen-cli
	python3 bench/scaling.py target/release/dgen

# Shows data of known ratios to real file systems, archivers and backup tools, writes a record and docs/JUDGES.md; wants root.
judge: setup
	$(CARGO) build --release --locked --package dgen-cli
	python3 bench/judge.py target/release/dgen

# Builds the Python package's wheels and source distribution in dist/, and installs them once.
wheels: setup
	scripts/wheels.sh

docs:
	$(CARGO) doc --workspace --no-deps --locked

# Rank of long rows and statistical batteries on views of the stream; takes hours.
test-random: setup
	scripts/test_random.sh

# The NEON kernel and a big-endian build under user-mode emulation.
test-emulated: setup
	scripts/test_emulated.sh

# Placement in an emulated machine with several memory nodes; boots it twice, which takes less than a minute.
test-numa: setup
	scripts/test_numa.sh

# What handles memory by hand, under valgrind and the address sanitizer.
test-memory: setup
	scripts/test_memory.sh

# Fails every I/O and every system call of small runs in turn; `make test` does a part of it. Some minutes.
faults: setup
	scripts/faults.sh $(ROUNDS)

# Lets libFuzzer look for texts and data that something cannot take, so many seconds for each target.
fuzz: setup
	scripts/fuzz.sh $(SECONDS_EACH)

setup:
	scripts/setup.sh $(MAKECMDGOALS)

clean:
	$(CARGO) clean
	rm -rf .venv*
