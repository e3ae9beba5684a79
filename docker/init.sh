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
    exec /entrypoint.sh odoo --update "$addons" --stop-after-init --no-http
fi
/entrypoint.sh odoo --init "$addons" --stop-after-init --no-http
# A new database has the password `admin`: nobody may ever reach it over the network so
/entrypoint.sh odoo shell --no-http <<'PYTHON'
with open("/run/secrets/admin_password") as secret:
    env.ref("base.user_admin").password = secret.read().strip()
env.cr.commit()
PYTHON
