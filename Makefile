# Two commands: `make run` brings the suite up, `make test` tests it. `make help` lists all.
PYTHON ?= python3
COMMANDS = run test stop clean shell lint bench screenshots translations load-history help

.PHONY: $(COMMANDS)
$(COMMANDS):
	@$(PYTHON) -m launch $@
