#!/bin/bash
# Creates the database with the suite, or upgrades the one that is there; then ends.
set -euo pipefail

addons=crm_extended,crm_analytics,crm_contact_center
PGPASSWORD=$(<"$PASSWORD_FILE")
export PGPASSWORD PGHOST="$HOST" PGUSER="$USER"

installed=$(psql --dbname crm --tuples-only --no-align --command \
    "SELECT count(*) FROM ir_module_module WHERE state = 'installed' AND name LIKE 'crm\_%'
        AND name = ANY(string_to_array('$addons', ','))" 2>/dev/null || echo 0)

if [ "$installed" = 3 ]; then
    /entrypoint.sh odoo --update "$addons" --stop-after-init --no-http
else
    /entrypoint.sh odoo --init "$addons" --stop-after-init --no-http
fi
# A new database has the password `admin`, and nobody may ever reach it over the network
# so. Asked at every start: a first start may have died between the two steps.
/entrypoint.sh odoo shell --no-http <<'PYTHON'
from odoo.exceptions import AccessDenied

admin = env.ref("base.user_admin")
try:
    credential = {"login": admin.login, "password": "admin", "type": "password"}
    admin.with_user(admin)._check_credentials(credential, {"interactive": True})
except AccessDenied:
    pass  # somebody chose a password already
else:
    with open("/run/secrets/admin_password") as secret:
        admin.password = secret.read().strip()
    env.cr.commit()
PYTHON
