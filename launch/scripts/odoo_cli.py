"""Odoo's own command line, as a script: `python -m odoo` cannot start its workers."""

import odoo.cli

odoo.cli.main()
