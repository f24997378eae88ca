# Sluice from a fresh checkout: every line here is thin, the work is in scripts/.
.PHONY: help setup demo test check accept trust bench lock

help: ## Show this list
	@echo 'make demo    set up, then run the main job with sample data on a fast clock'
	@echo 'make test    set up, then run the tests of behaviour; it needs nothing else'
	@echo 'make check   lint, types, and the tests of contracts, wheel and documentation'
	@echo 'make accept  the tests that want more: a browser, sample data, whole programs, time'
	@echo 'make setup   set up .venv with Sluice and the tools for its tests, and nothing more'
	@echo 'make trust   try to break the promises about mail, and print what came of it as a table'
	@echo 'make bench   measure the figures that the documentation claims'
	@echo 'make lock    write the hash-locked lists of packages anew (needs uv)'

# Tests wait more than they work, so three share two cores; a file's tests share what it sets up.
SPREAD = -n 3 --dist loadfile --durations=15 --durations-min=4
MORE = slow or sample or browser

demo:
	@sh scripts/bootstrap.sh local
	@.venv/bin/sluice demo

setup:
	@sh scripts/bootstrap.sh dev

test: setup
	@.venv/bin/python -m pytest $(SPREAD) -m "not ($(MORE) or gate or trust)"

accept: setup
	@.venv/bin/python -m pytest $(SPREAD) --no-loadscope-reorder -m "($(MORE)) and not (gate or trust)"

check: setup
	@sh scripts/check.sh

trust: setup
	@.venv/bin/python -m scripts.trust

bench: setup
	@.venv/bin/python -m benchmarks

lock:
	@sh scripts/lock.sh $(UPGRADE)
