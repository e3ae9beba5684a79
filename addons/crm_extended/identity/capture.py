"""SQL that notes whose compared values changed, whoever changes them.

Per statement, on transition tables: a batch of a thousand rows costs one INSERT.
Columns are compared inside, as PostgreSQL does not combine column lists with
transition tables.
"""

STALE = "crm_match_stale"
_FUNCTION = "crm_match_capture"
COLUMNS = (
    "name", "is_company", "email", "phone", "vat", "ref", "street", "street2", "city",
    "zip", "country_id", "website", "company_id", "active", "type", "partner_share",
)  # fmt: skip


def install() -> list[str]:
    """Statements that make the list of changed records and what fills it."""
    new, old = (", ".join(f'{row}."{c}"' for c in COLUMNS) for row in "no")
    return [
        # no key: adding must never wait for who reads or adds the same
        f"CREATE TABLE IF NOT EXISTS {STALE} (partner_id integer NOT NULL)",
        f"""CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger
            LANGUAGE plpgsql AS $capture$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    INSERT INTO {STALE} SELECT n.id FROM new_rows n;
                ELSE
                    INSERT INTO {STALE}
                    SELECT n.id FROM new_rows n JOIN old_rows o ON o.id = n.id
                     WHERE ({new}) IS DISTINCT FROM ({old});
                END IF;
                RETURN NULL;
            END $capture$""",
        f"CREATE OR REPLACE TRIGGER {_FUNCTION}_insert AFTER INSERT ON res_partner "
        "REFERENCING NEW TABLE AS new_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()",
        f"CREATE OR REPLACE TRIGGER {_FUNCTION}_update AFTER UPDATE ON res_partner "
        "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()",
    ]


def remove() -> list[str]:
    return [
        f"DROP FUNCTION IF EXISTS {_FUNCTION}() CASCADE",
        f"DROP TABLE IF EXISTS {STALE}",
    ]
