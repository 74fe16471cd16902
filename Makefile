# Everything a person or CI does here. A bare `make` lists the targets; each one sets up what it needs.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
TWINE_VERSION := 7.0.0
BIN := .venv/bin
PYTEST := $(BIN)/pytest
# jsii, under the CDK, boxes a warning about Node 20 on every run; the value is Node's major version.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
# Set in some containers: without byte code, every cold start compiles everything.
unexport PYTHONDONTWRITEBYTECODE

PY_READY := .venv/.ready
JS_READY := node_modules/.ready
READY := $(PY_READY) $(JS_READY)
# A browser for the tests of the page: the system's own, found where it is or installed once.
BROWSER_READY := .venv/.browser
# End-to-end tests mostly wait, so five stacks run side by side. Users of a deployment are shared: one process, then.
STACKS := $(if $(E2E_OUTPUTS),0,5)

# GNU make 4 shows what runs side by side one after the other; the 3.81 of macOS does not know how.
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# The page as `make run` serves it, built anew when something that it is made of has changed.
PAGE := web/dist/index.html
PAGE_SOURCES := $(shell find web/index.html web/vite.page.config.ts web/vite.slim.ts web/package.json web/public web/src -type f)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(READY) $(PAGE) ## Start everything on this machine: page and Socket.IO on http://localhost:3000
	@exec $(BIN)/python -m local

.PHONY: page
page: $(PAGE) ## Build the page into web/dist/, if it has changed

.PHONY: format
format: $(READY) ## Format the code: Python by ruff, JavaScript, TypeScript and CSS by prettier
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --select I .
	npx prettier --write --log-level warn .

.PHONY: lint
lint: $(READY) ## Check style, and that imports point one way
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	npx prettier --check --log-level warn .
	npx eslint --max-warnings 0 .

.PHONY: hooks
hooks: $(READY) ## Look at what is staged before each commit: format, linters, secrets; a second or two
	git config core.hooksPath .githooks

.PHONY: type
type: $(PY_READY) ## Check types, strictly
	$(BIN)/mypy app.py infra local layers/serverless_socketio/python layers/chat/python admin/chat_admin examples/companion functions tools tests

.PHONY: unit
unit: $(READY) ## Test the codec, the rules and the contracts between parts: no AWS, no network
	$(PYTEST) tests/unit tests/contract

.PHONY: functional
functional: $(READY) ## Test the functions' handlers with moto
	$(PYTEST) tests/functional

.PHONY: infra
infra: $(READY) ## Test the template: cfn-lint, cdk-nag, permissions
	$(PYTEST) tests/infra

.PHONY: e2e
e2e: $(READY) $(BROWSER_READY) $(PAGE) ## Test the deployed stack on the local cloud with stock clients (E2E_OUTPUTS=file: against that deployment)
	$(PYTEST) -n $(STACKS) --dist loadfile --no-loadscope-reorder -m "not alone and not slow" tests/local tests/e2e
	$(PYTEST) -m "alone and not slow" tests/e2e

.PHONY: test-storm
test-storm: $(READY) ## Fifty users for a minute, connections cut at random: nothing lost, doubled, or shown to others
	$(PYTEST) -rP tests/storm

.PHONY: test-masses
test-masses: $(READY) ## Ten thousand notifications to a thousand users through the local cloud: none is lost (some minutes)
	MASS_USERS=1000 $(PYTEST) -rP tests/storm/test_push_masses.py

.PHONY: test-clients
test-clients: $(READY) $(BROWSER_READY) $(PAGE) ## What takes long: stock clients, example apps, a fresh clone, a storm …
	$(PYTEST) -n 2 --dist loadfile -m "slow and not alone" tests/local tests/e2e
	$(PYTEST) -m "slow and alone" tests/e2e
	@$(MAKE) test-storm
	$(PYTEST) -n 2 --dist loadfile tests/clients

.PHONY: web
web: $(JS_READY) ## Check the web client: types, and tests against a real Socket.IO server
	@npm run --silent --workspace web check

.PHONY: screenshots
screenshots: $(READY) $(BROWSER_READY) $(PAGE) ## Take the pictures of the page in docs/images/: look at each
	$(BIN)/python -m tests.e2e.screenshots

.PHONY: coverage
coverage: $(READY) ## Unit and functional tests with branch coverage: 90 % at least
	$(PYTEST) -n auto --dist worksteal tests/unit tests/contract tests/functional --cov --cov-report=term:skip-covered --cov-fail-under=90

.PHONY: test
test: $(READY) ## Everything that CI runs
	@echo "Side by side, each shown when it has ended: lint, type, infra, web; then coverage and the end-to-end tests …"
	@$(MAKE) -j 4 $(SYNC) lint type infra web
	@$(MAKE) coverage
	@$(MAKE) e2e

.PHONY: bench
bench: $(READY) ## Measure each figure beside a baseline of the same run, hold the budgets, rewrite docs/performance.md
	$(BIN)/python -m tests.bench

.PHONY: bench-memory
bench-memory: $(READY) ## Measure the functions with the CPU of 128 to 1,769 MB, for 1 to 200 devices (some minutes)
	$(BIN)/python -m tests.bench.memory

.PHONY: bench-growth
bench-growth: $(READY) ## Count what events take at 10, 1,000 and 100,000 stored connections and messages
	$(BIN)/python -m tests.bench.growth

.PHONY: cost
cost: $(PY_READY) ## Show what a deployment costs, and rewrite the tables and charts of docs/cost.md from the model
	@$(BIN)/python -m tools.cost

.PHONY: events
events: $(PY_READY) ## Rewrite docs/events.md and web/src/events.gen.ts from the event models
	$(BIN)/python -m tools.events

.PHONY: settings
settings: $(PY_READY) ## Rewrite docs/settings.md from the declarations of the settings
	$(BIN)/python -m tools.settings

# The theme announces its successor on every run; mkdocs and the theme are pinned. No --quiet: it hides warnings from --strict.
docs docs-serve: export NO_MKDOCS_2_WARNING := 1

.PHONY: docs
docs: $(READY) ## Build the docs site into site/, strictly: guides, API reference, every link checked
	$(BIN)/python -m mkdocs build --strict

.PHONY: docs-serve
docs-serve: $(READY) ## Show the docs site on http://localhost:8000, and each change of a page
	$(BIN)/python -m mkdocs serve --strict

.PHONY: synth
synth: $(READY) ## Write the CloudFormation template to cdk.out/: no credentials, no Docker
	npx cdk synth --quiet
	@$(BIN)/python -m tools.layer_sizes
	@echo "cdk.out/ is written"

.PHONY: package
package: $(READY) ## Build what others install into dist/, and check it: wheels of library, chat and admin, the npm package
	@rm -rf dist
	@for each in serverless-socketio serverless-socketio-chat serverless-socketio-admin; do \
		$(BIN)/uv build --quiet --package $$each --out-dir dist; \
	done
	@$(BIN)/uv tool run --quiet --from twine==$(TWINE_VERSION) twine check --strict dist/*.whl dist/*.tar.gz
	@$(BIN)/uv venv --quiet --clear dist/trial
	@$(BIN)/uv pip install --quiet --python dist/trial/bin/python dist/*.whl
	@cd / && $(CURDIR)/dist/trial/bin/python -c 'import serverless_socketio.aws, serverless_socketio_chat.runtime'
	@dist/trial/bin/chat-admin --help >/dev/null
	@cd web && npm pack --silent --pack-destination ../dist >/dev/null
	@npx publint --strict dist/*.tgz
	@npx attw dist/*.tgz --profile esm-only --include-entrypoints hooks/useSocket components/chat/RealTimeChatInterface
	@rm -rf dist/trial && ls dist

.PHONY: invoke
invoke: $(READY) ## Call a function of the running local cloud: make invoke FN=message EVENT=tests/events/open.json
	@$(BIN)/python -m local.invoke "$(FN)" "$(EVENT)"

.PHONY: vapid-keys
vapid-keys: $(PY_READY) ## Make the keys that sign web pushes, in .env, unless there are some
	@$(BIN)/python -m tools.vapid_keys

.PHONY: bootstrap
bootstrap: $(READY) ## Prepare an AWS account and region for the CDK, once for each (ARGS="--profile name")
	@$(BIN)/python -m tools.bootstrap $(ARGS)

.PHONY: preflight
preflight: $(READY) ## Ask the AWS account what would stop or surprise a deployment; nothing is changed
	@$(BIN)/python -m tools.preflight $(ARGS)

.PHONY: deploy
deploy: $(READY) $(PAGE) ## Deploy to the AWS account of your credentials (ARGS="-c key=value"; PUSH=false: without web push)
	@$(BIN)/python -m tools.deploy $(ARGS)

.PHONY: doctor
doctor: $(PY_READY) ## Look at the running chat, and say what to mend (ARGS="--key … --origin …"; --outputs-file: a deployment)
	@$(BIN)/python -m tools.doctor $(ARGS)

.PHONY: verify-live
verify-live: $(READY) ## Ask a deployment what docs/live-checklist.md lists: make verify-live OUTPUTS=outputs.json (ARGS="--throttle")
	@$(BIN)/python -m tools.verify_live --outputs-file "$(or $(OUTPUTS),outputs.json)" $(ARGS)

.PHONY: publish
publish: $(READY) $(PAGE) ## Put the page into the bucket of what was deployed, again (ARGS="--profile name")
	@$(BIN)/python -m tools.publish $(ARGS)

.PHONY: destroy
destroy: $(READY) ## Take the deployment away; says before what stays (ARGS="-c stack_name=…")
	@$(BIN)/python -m tools.destroy $(ARGS)

.PHONY: clean
clean: ## Remove what running left behind: .local/, cdk.out/, what was built, caches; the installed tools stay
	@$(PYTHON) -m local.clean
	rm -rf cdk.out site web/dist web/lib .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

.PHONY: pr
pr: format events settings cost test ## Format, rewrite what is generated, test; fails if that changed a file that is committed
	git diff --exit-code

$(PY_READY): pyproject.toml uv.lock layers/serverless_socketio/pyproject.toml layers/chat/pyproject.toml admin/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=…")'
	@echo "Installing the Python packages into .venv …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip --quiet --disable-pip-version-check install uv==$(UV_VERSION)
	@UV_PROJECT_ENVIRONMENT=.venv $(BIN)/uv sync --frozen --quiet
	@touch $@

$(JS_READY): package.json package-lock.json web/package.json
	@echo "Installing the npm packages …"
	@npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(PAGE): $(JS_READY) $(PAGE_SOURCES)
	@echo "Building the page …"
	@cd web && npx vite build --config vite.page.config.ts --logLevel warn
	@touch $@

$(BROWSER_READY): $(PY_READY)
	@if ! $(BIN)/python -m tests.e2e.browser >/dev/null; then \
		echo "Installing Chromium by apt-get, for the tests of the page …"; \
		as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
		$$as_root apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq install -y --no-install-recommends chromium >/dev/null \
			|| { echo "There is no Chromium: install one, or set CHROMIUM to its path" >&2; exit 1; }; \
	fi
	@touch $@
