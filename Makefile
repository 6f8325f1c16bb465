# The front door. Variables: STACK (dev), CONTEXT (a Minikube that is made for you), TTL (4h), AUTH (1), WINE_CSV.
PYTHON ?= python3
STACK ?= dev
export STACK CONTEXT TTL AUTH N FOLLOW SINCE ONCE FORMAT COMPARE DRY_RUN SIZE DRILL WAY TO FROM NAME WINE_CSV INGRESS_ADDRESS SHOW_SECRETS ROLE ROTATE
DOOR := @PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m front_door

.DEFAULT_GOAL := help
.PHONY: help up smoke down list models status logs reap seed backup backup-fetch backup-check restore cycle env ca user hosts render cluster cluster-down images toolchain doctor shell lint check test bench drill rehearse pictures scan sbom

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

up: ## everything: tools, cluster, images, stack, smoke tests
	$(DOOR) up
smoke: ## run the smoke tests against the stack
	$(DOOR) smoke
down: ## destroy the stack and its data; the cluster stays
	$(DOOR) down
list: ## the stacks of the cluster: age, expiry, health, size, address
	$(DOOR) list
models: ## what the stack serves: alias, version wanted, version serving, state, last failure
	$(DOOR) models
status: ## how the stack does, on one screen (ONCE=1; FORMAT=json for machines)
	$(DOOR) status
logs: ## what all parts have written, by time (SINCE=1h; FOLLOW=1 goes on)
	$(DOOR) logs
reap: ## destroy the stacks whose TTL is over (DRY_RUN=yes only names them)
	$(DOOR) reap
env: ## print the export lines that a client needs (SHOW_SECRETS=1: its secrets too)
	$(DOOR) env
user: ## a user of MLflow, NAME, with a ROLE: user, reader, editor, admin (ROTATE=1: a new password)
	$(DOOR) user
ca: ## print the certificate that clients have to trust, where the stack has an authority of its own
	$(DOOR) ca
hosts: ## print the line for /etc/hosts
	$(DOOR) hosts
render: ## print the objects of the stack as YAML, secrets masked; needs no cluster
	$(DOOR) render
cluster: ## make sure that there is a cluster
	$(DOOR) cluster
cluster-down: ## delete the cluster that `make cluster` made, put the machine back
	$(DOOR) cluster-down
images: ## build the images that changed, give them to the cluster
	$(DOOR) images
toolchain: ## build the programs that this machine lacks
	$(DOOR) toolchain
doctor: ## what is present, what is missing, what is wrong with the stack, what to do
	$(DOOR) doctor
shell: ## a shell in which plain `pulumi` works
	$(DOOR) shell
lint: ## style, types, shell scripts
	$(DOOR) python -m tests.lint
check: lint ## everything that needs no cluster
	$(DOOR) python -m pytest tests
test: check ## check, then two real stacks of its own from up to nothing left
	$(DOOR) test
seed: ## fill the stack with example data (SIZE=small, medium or large)
	$(DOOR) seed
backup: ## all that the stack holds, to TO: a directory or s3://bucket/prefix
	$(DOOR) backup
backup-fetch: ## a backup from the volume that the stack itself fills, to TO (NAME=time; the newest)
	$(DOOR) backup-fetch
backup-check: ## read the backup at FROM again: is it whole?
	$(DOOR) backup-check
restore: ## fill a stack that was just made with the backup at FROM
	$(DOOR) restore
cycle: ## up, smoke, down N times (10) on a stack of its own, with a row for each
	$(DOOR) cycle
bench: ## seconds per phase on N stacks of its own (3), where they go; memory, throughput (COMPARE=secured, monitored, serving, stock)
	$(DOOR) python -m bench
drill: ## what it survives: kills, outages, changes, restores, upgrades (DRILL=a,b for some)
	$(DOOR) python -m drills
rehearse: ## the ways that most people run it, each in a piece of this machine (WAY=docker for one)
	$(DOOR) python -m tests.rehearsals
pictures: ## takes the README's pictures anew, of STACK: needs and fills it
	$(DOOR) python -m drills.pictures
scan: ## what others hold against the objects and the packages of the images
	$(DOOR) python -m policy.checkov
	$(DOOR) python -m policy.pip_audit
sbom: ## what the images hold, as CycloneDX, to the directory TO (sbom)
	$(DOOR) python -m images.sbom
