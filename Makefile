# Every target does its own set-up and may be run again at any time. `make` alone prints this list.
CONFIG ?= Configs/bipedal/quick.yaml
BENCH  ?= crest-bench
PEERS  ?= .deps/peers.json

# One flag set per build folder: -enable-testing changes every object, so tests sharing .build with `run` would rebuild all at each switch.
BUILD  := swift build -c release
TESTS  := swift test --disable-xctest -c release -Xswiftc -enable-testing --scratch-path .build/testing

.DEFAULT_GOAL := help
.PHONY: help run build test check bench bench-peers docs deps clean

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: build ## train a policy and show it: CONFIG=Configs/….yaml to choose which
	Scripts/demonstrate .build/release/crest $(CONFIG)

build: deps ## build .build/release/crest
	$(BUILD) --product crest

test: deps check ## run every test, in release (numeric code is up to 190 times slower in debug)
	$(TESTS)

check: ## check that imports follow the architecture (seconds)
	@Scripts/check-imports

bench: deps ## measure Crest beside the machine's own limit
	$(BUILD) --product $(BENCH)
	.build/release/$(BENCH)

bench-peers: bench ## the same sitting with Stable-Baselines3, Gymnasium, EnvPool and raw MuJoCo
	Benchmarks/peers/run --out $(PEERS)

docs: build ## write Documentation/Commands.md from the commands' help, check every link
	Scripts/docs .build/release/crest

deps: ## install what is missing: Debian packages, MuJoCo, the models
	@Scripts/setup

clean: ## remove what was built; .deps and runs stay
	rm -rf .build
