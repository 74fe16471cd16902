# Everything a person or CI does here. A bare `make` lists the targets; each one sets up what it needs.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
PYTEST := $(BIN)/pytest
# jsii, under the CDK, boxes a warning about Node 20 on every run; the value is Node's major version.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
# Set in some containers: without byte code, every cold start compiles everything.
unexport PYTHONDONTWRITEBYTECODE

PY_READY := .venv/.ready
JS_READY := node_modules/.ready
READY := $(PY_READY) $(JS_READY)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(READY) ## Start everything on this machine: page and Socket.IO on http://localhost:3000
	@exec $(BIN)/python -m local

.PHONY: format
format: $(PY_READY) ## Format the Python code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --select I .

.PHONY: lint
lint: $(PY_READY) ## Check style, and that imports point one way
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

.PHONY: type
type: $(PY_READY) ## Check types, strictly
	$(BIN)/mypy app.py infra local layers/serverless_socketio/python layers/chat/python admin/chat_admin functions tools tests

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
e2e: $(READY) ## Test the deployed stack on the local cloud with stock clients (E2E_OUTPUTS=file: against that deployment)
	$(PYTEST) tests/local tests/e2e

.PHONY: test-storm
test-storm: $(READY) ## Fifty users for a minute, connections cut at random: nothing lost, doubled, or shown to others
	$(PYTEST) -rP tests/storm

.PHONY: web
web: $(JS_READY) ## Check the web client: types, and tests against a real Socket.IO server
	@npm run --silent --workspace web check

.PHONY: coverage
coverage: $(READY) ## Unit and functional tests with branch coverage: 90 % at least
	$(PYTEST) -n auto tests/unit tests/contract tests/functional --cov --cov-report=term:skip-covered --cov-fail-under=90

.PHONY: test
test: lint type coverage infra e2e test-storm ## Everything that CI runs

.PHONY: events
events: $(PY_READY) ## Rewrite docs/events.md and web/src/events.gen.ts from the event models
	$(BIN)/python -m tools.events

.PHONY: synth
synth: $(READY) ## Write the CloudFormation template to cdk.out/: no credentials, no Docker
	npx cdk synth --quiet
	@echo "cdk.out/ is written"

.PHONY: invoke
invoke: $(READY) ## Call a function of the running local cloud: make invoke FN=message EVENT=tests/events/open.json
	@$(BIN)/python -m local.invoke "$(FN)" "$(EVENT)"

.PHONY: deploy
deploy: $(READY) ## Deploy to the AWS account of your credentials
	npx cdk deploy --outputs-file outputs.json

.PHONY: clean
clean: ## Remove what running left behind: .local/, cdk.out/, caches; the installed tools stay
	@$(PYTHON) -m local.clean
	rm -rf cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

.PHONY: pr
pr: format events test ## Format, rewrite what is generated, test; fails if that changed a file that is committed
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
