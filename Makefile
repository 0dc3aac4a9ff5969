# `make run` on a machine with Python 3.11+ gives a running platform. PYTHON=… names another interpreter to build
# .venv with; ARGS="…" is handed to the command: make run ARGS="--port 9000", make test ARGS="tests/pipeline -x".

PYTHON ?= python3
ARGS ?=
IN_VENV := .venv/bin/python
IN_BENCH := .venv-bench/bin/python

.PHONY: run test check bench lock clean

run: .venv/ready
	@$(IN_VENV) manage.py up $(ARGS)

test: .venv/ready-dev
	@$(IN_VENV) -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/ready-dev
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m mypy
	$(IN_VENV) -m pytest -q tests/test_architecture.py

bench: .venv/ready-dev .venv-bench/ready
	@BENCH_PYTHON=$(IN_BENCH) $(IN_VENV) -m bench $(ARGS)

# One lock for every supported Python: a pin that only an older one needs carries its marker.
lock: .venv/ready-dev
	@sed '/^-[cr] /d' requirements.txt requirements-dev.txt \
		| .venv/bin/uv pip compile - --universal --python-version 3.11 --upgrade --quiet --no-header --no-annotate \
			--no-emit-index-url --no-emit-find-links --output-file constraints.new
	@{ echo "# Everything beneath the requirements, for every supported Python. Written by \`make lock\`."; cat constraints.new; } \
		> constraints.txt
	@rm constraints.new

clean:
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: requirements.txt constraints.txt | .venv/bin/pip
	@echo "Installing what requirements.txt lists ..."
	@$(IN_VENV) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/ready-dev: requirements-dev.txt .venv/ready
	@echo "Installing what requirements-dev.txt lists ..."
	@$(IN_VENV) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv-bench/ready: requirements-bench.txt | .venv-bench/bin/pip
	@$(IN_BENCH) -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

# pip is what `venv` makes last, so its absence also tells of an attempt that was broken off.
.venv/bin/pip .venv-bench/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(firstword $(subst /, ,$@)) \
		|| { rm -rf $(firstword $(subst /, ,$@)); \
			echo "Python cannot make an environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
