# The commands of Polku. `make` alone explains them.
.DEFAULT_GOAL := help
.PHONY: help run run-distributed dev sign-in psql shell texts pictures kafka reset test test-system coverage mutants fuzz test-kafka keycloak test-peers check format story soak browser bench bench-pages lock ready-to-run ready-to-build

venv := .venv/bin/python

help: ## this list
	@echo "Polku: an organisation's agreed path, from the kickoff lecture to the ground rules of its teams."
	@echo
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Start with 'make run', open the address that it prints, and stop it with Ctrl-C. README.md tells more."

run: ready-to-run ## start everything on this machine and print the addresses
	@exec $(venv) -m infra.launch

run-distributed: ready-to-run ## start every service as its own processes behind a gateway (nginx must be installed)
	@exec $(venv) -m infra.distributed

dev: ready-to-build ## as run, but what you save is seen at the next request (DEBUG=voting: that service in the debugger, here)
	@POLKU_DEBUG=$(DEBUG) exec $(venv) -m infra.development

sign-in: ready-to-build ## your browser is somebody of the demonstration that runs (PERSON=kaisa)
	@exec $(venv) -m infra.development.sign_in $(PERSON)

psql: ready-to-build ## PostgreSQL's client on the demonstration that runs (AS=voting OF=avi: as that service sees that organisation)
	@exec $(venv) -m infra.development.psql $(if $(filter-out default,$(origin AS)),--as $(AS)) $(if $(OF),--of $(OF))

shell: ready-to-build ## Python beside the demonstration that runs, with the nouns of all services
	@exec $(venv) -m infra.development.shell

texts: ready-to-build ## a place in the Finnish and Swedish catalogues for each new sentence
	@exec $(venv) -m infra.development.texts

pictures: ready-to-build ## the four pictures of the documents anew, of the demonstration that runs; Chromium must be installed
	@exec $(venv) -m tests.pictures show

reset: ready-to-run ## forget all data and start anew (asks first; YES=1 does not ask)
	@exec $(venv) -m infra.reset $(if $(YES),--yes)

test: ready-to-build ## rules, operations, pages, contracts, architecture, in minutes (ONLY=tests/voting for a part)
	@exec $(venv) -m pytest -n 3 --dist worksteal -m fast $(or $(ONLY),tests)

test-system: ready-to-build ## processes, crashes, attacks, whole installations; slow (ONLY=tests/bus for a part)
	@exec $(venv) -m pytest -n 3 --dist loadscope --no-loadscope-reorder -m system $(or $(ONLY),tests)

coverage: ready-to-build ## which branches the quick tests take, the least covered first (ONLY=tests/voting for a part)
	@exec $(venv) -m pytest -n 2 --dist worksteal -m fast --cov --cov-report=term $(or $(ONLY),tests)

mutants: ready-to-build ## break ten rules in a copy, one at a time: does a test still see it?
	@exec $(venv) -m tests.mutants

fuzz: ready-to-build ## ask every operation and fill in every form as nobody would; the same each time, some minutes
	@exec $(venv) -m pytest -n 2 -m fuzz tests/attacks

kafka: ready-to-run ## Apache Kafka on this machine, until Ctrl-C (Maven and Java 17 or newer must be installed)
	@exec $(venv) -m infra.kafka

test-kafka: ready-to-build ## run the tests that need a real Kafka; without Maven and Java they fail
	@POLKU_TEST_KAFKA=yes exec $(venv) -m pytest -m kafka $(or $(ONLY),tests) --ignore=tests/benchmarks

keycloak: ready-to-build ## Keycloak with invented people, until Ctrl-C (OF=avi: for that client); Maven and Java 17 must be installed
	@exec $(venv) -m tests.peers.keycloak $(OF)

test-peers: ready-to-build ## people sign in at Keycloak and at Node's oidc-provider; needs Maven, Java 17 and Node
	@exec $(venv) -m pytest -m peers $(or $(ONLY),tests/peers)

check: ready-to-build ## lint, format, types and translations
	$(venv) -m ruff check
	$(venv) -m ruff format --check
	$(venv) -m mypy
	$(venv) -m infra.development.catalogues

format: ready-to-build ## put the code into the format that `make check` asks for
	$(venv) -m ruff check --fix-only --quiet
	$(venv) -m ruff format

story: ready-to-run ## drive one whole run from a pack of real words and votes (PACK=folder [OUT=folder] [DISTRIBUTED=yes])
	@test -n "$(PACK)" || { echo "Say which pack: make story PACK=folder [OUT=folder] [DISTRIBUTED=yes]"; exit 2; }
	@exec $(venv) -m tests.story "$(PACK)" $(if $(OUT),--out "$(OUT)") $(if $(or $(DISTRIBUTED),$(PIECES)),--distributed)

soak: ready-to-build ## the story on distributed services while things break at random (PACK=folder [MINUTES=10] [SEED=1])
	@exec $(venv) -m tests.soak "$(or $(PACK),tests/packs/hybrid-work)" --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

browser: ready-to-build ## walk the road in Chromium, which must be installed
	@exec $(venv) -m pytest tests/browser

bench: ready-to-build ## measure the hot paths beside their references
	@$(venv) -m pytest tests/benchmarks -s
	@$(venv) -m tests.benchmarks.pages
	@exec $(venv) -m tests.benchmarks.under_load

bench-pages: ready-to-build ## of these only commands and pages over HTTP (ONLY="vote home", HOME_OF=folder keeps the installation)
	@exec $(venv) -m tests.benchmarks.pages $(if $(ONLY),--only $(ONLY)) $(if $(HOME_OF),--home "$(HOME_OF)")

lock: ready-to-build ## make the hash-locked requirements anew
	$(lock) requirements.in -o requirements.txt
	$(lock) requirements-dev.in -o requirements-dev.txt
lock = .venv/bin/uv pip compile --quiet --upgrade --generate-hashes --no-header \
	--python-version 3.11 --universal --fork-strategy fewest

ready-to-run:
	@python=$$(sh infra/python) && $$python infra/environment.py run

ready-to-build:
	@python=$$(sh infra/python) && $$python infra/environment.py dev
