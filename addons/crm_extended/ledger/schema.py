"""Tables of the ledger. What must never happen is refused by the database itself.

Amounts are integers in the programme's smallest unit. Entries, uses and keys are only
ever added. An account's row is updated by each posting: under REPEATABLE READ a lock
alone lets a waiter go on with an old snapshot and overspend; an updated row makes its
transaction fail (40001) and be done again.
"""

TABLES = """
CREATE TABLE IF NOT EXISTS crm_loyalty_account (
    card_id integer PRIMARY KEY REFERENCES loyalty_card ON DELETE RESTRICT,
    seq bigint NOT NULL DEFAULT 0,
    balance bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    owed bigint NOT NULL DEFAULT 0
        CONSTRAINT crm_loyalty_account_owed CHECK (owed >= 0),
    digits smallint NOT NULL DEFAULT 0,
    CONSTRAINT crm_loyalty_account_covered CHECK (held >= 0 AND held <= balance)
);
CREATE TABLE IF NOT EXISTS crm_loyalty_entry (
    id bigserial PRIMARY KEY,
    card_id integer NOT NULL REFERENCES crm_loyalty_account ON DELETE RESTRICT,
    seq bigint NOT NULL,
    kind varchar NOT NULL CONSTRAINT crm_loyalty_entry_kind CHECK (
        kind IN ('earn', 'spend', 'expire', 'reverse', 'return')),
    amount bigint NOT NULL,
    points double precision,
    short bigint NOT NULL DEFAULT 0,
    balance_after bigint NOT NULL,
    reverses_id bigint REFERENCES crm_loyalty_entry,
    returns_id bigint REFERENCES crm_loyalty_entry,
    reservation_id bigint,
    client varchar NOT NULL,
    key varchar NOT NULL,
    flow varchar,
    event varchar,
    reason varchar,
    document varchar,
    user_id integer,
    at timestamp NOT NULL,
    CONSTRAINT crm_loyalty_entry_something CHECK (amount <> 0 OR short <> 0),
    CONSTRAINT crm_loyalty_entry_seq UNIQUE (card_id, seq),
    CONSTRAINT crm_loyalty_entry_reverses UNIQUE (reverses_id),
    CONSTRAINT crm_loyalty_entry_key UNIQUE (client, key),
    CONSTRAINT crm_loyalty_entry_not_below_zero CHECK (balance_after >= 0),
    CONSTRAINT crm_loyalty_entry_sign CHECK (
        kind IN ('reverse', 'return') OR (kind = 'earn') = (amount > 0)),
    CONSTRAINT crm_loyalty_entry_reversal CHECK (
        (kind = 'reverse') = (reverses_id IS NOT NULL)),
    CONSTRAINT crm_loyalty_entry_return CHECK (
        (kind = 'return') = (returns_id IS NOT NULL))
);
CREATE TABLE IF NOT EXISTS crm_loyalty_lot (
    id bigserial PRIMARY KEY,
    card_id integer NOT NULL REFERENCES crm_loyalty_account ON DELETE RESTRICT,
    entry_id bigint NOT NULL UNIQUE REFERENCES crm_loyalty_entry,
    amount bigint NOT NULL CHECK (amount > 0),
    remaining bigint NOT NULL,
    held bigint NOT NULL DEFAULT 0,
    available_at timestamp,
    expires_at timestamp,
    noticed_at timestamp,
    CONSTRAINT crm_loyalty_lot_bounds CHECK (
        0 <= held AND held <= remaining AND remaining <= amount)
);
CREATE INDEX IF NOT EXISTS crm_loyalty_lot_open
    ON crm_loyalty_lot (card_id, expires_at) WHERE remaining > 0;
CREATE INDEX IF NOT EXISTS crm_loyalty_lot_expiry
    ON crm_loyalty_lot (expires_at) WHERE remaining > 0;
CREATE TABLE IF NOT EXISTS crm_loyalty_use (
    entry_id bigint NOT NULL REFERENCES crm_loyalty_entry,
    lot_id bigint NOT NULL REFERENCES crm_loyalty_lot,
    amount bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry_id, lot_id)
);
CREATE INDEX IF NOT EXISTS crm_loyalty_use_lot ON crm_loyalty_use (lot_id);
CREATE TABLE IF NOT EXISTS crm_loyalty_reservation (
    id bigserial PRIMARY KEY,
    card_id integer NOT NULL REFERENCES crm_loyalty_account ON DELETE RESTRICT,
    amount bigint NOT NULL CHECK (amount > 0),
    state varchar NOT NULL DEFAULT 'held'
        CHECK (state IN ('held', 'captured', 'released', 'lapsed')),
    expires_at timestamp NOT NULL,
    entry_id bigint REFERENCES crm_loyalty_entry,
    reason varchar,
    document varchar,
    at timestamp NOT NULL,
    CONSTRAINT crm_loyalty_reservation_entry CHECK (
        (state = 'captured') = (entry_id IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS crm_loyalty_reservation_open
    ON crm_loyalty_reservation (card_id, expires_at) WHERE state = 'held';
CREATE TABLE IF NOT EXISTS crm_loyalty_hold (
    reservation_id bigint NOT NULL REFERENCES crm_loyalty_reservation,
    lot_id bigint NOT NULL REFERENCES crm_loyalty_lot,
    amount bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (reservation_id, lot_id)
);
CREATE TABLE IF NOT EXISTS crm_loyalty_key (
    client varchar NOT NULL,
    key varchar NOT NULL,
    fingerprint varchar NOT NULL,
    result jsonb NOT NULL,
    at timestamp NOT NULL,
    PRIMARY KEY (client, key)
);
CREATE TABLE IF NOT EXISTS crm_loyalty_member (
    program_id integer NOT NULL,
    partner_id integer NOT NULL,
    PRIMARY KEY (program_id, partner_id)
);
"""

# What tables made by an earlier version lack.
ADDED = """
DO $$ BEGIN
IF NOT EXISTS (SELECT FROM information_schema.columns
                WHERE table_name = 'crm_loyalty_entry'
                  AND column_name = 'returns_id') THEN
    ALTER TABLE crm_loyalty_account
        ADD owed bigint NOT NULL DEFAULT 0
            CONSTRAINT crm_loyalty_account_owed CHECK (owed >= 0),
        ADD digits smallint NOT NULL DEFAULT 0;
    ALTER TABLE crm_loyalty_entry
        DROP CONSTRAINT IF EXISTS crm_loyalty_entry_kind_check,
        DROP CONSTRAINT IF EXISTS crm_loyalty_entry_amount_check,
        DROP CONSTRAINT IF EXISTS crm_loyalty_entry_sign,
        ADD points double precision,
        ADD short bigint NOT NULL DEFAULT 0,
        ADD returns_id bigint REFERENCES crm_loyalty_entry,
        ADD flow varchar,
        ADD event varchar,
        ADD CONSTRAINT crm_loyalty_entry_kind CHECK (
            kind IN ('earn', 'spend', 'expire', 'reverse', 'return')),
        ADD CONSTRAINT crm_loyalty_entry_something CHECK (amount <> 0 OR short <> 0),
        ADD CONSTRAINT crm_loyalty_entry_sign CHECK (
            kind IN ('reverse', 'return') OR (kind = 'earn') = (amount > 0)),
        ADD CONSTRAINT crm_loyalty_entry_return CHECK (
            (kind = 'return') = (returns_id IS NOT NULL));
    ALTER TABLE crm_loyalty_lot ADD noticed_at timestamp;
END IF;
END $$;
CREATE INDEX IF NOT EXISTS crm_loyalty_entry_document
    ON crm_loyalty_entry (document) WHERE document IS NOT NULL;
CREATE INDEX IF NOT EXISTS crm_loyalty_reservation_document
    ON crm_loyalty_reservation (document) WHERE state = 'held';
CREATE INDEX IF NOT EXISTS crm_loyalty_entry_returned
    ON crm_loyalty_entry (returns_id) WHERE returns_id IS NOT NULL;
"""

GUARDS = """
CREATE OR REPLACE FUNCTION crm_loyalty_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: post a reversal', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION crm_loyalty_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
    undone record;
BEGIN
    SELECT balance_after INTO before FROM crm_loyalty_entry
     WHERE card_id = NEW.card_id AND seq = NEW.seq - 1;
    IF (NEW.seq > 1 AND before IS NULL)
       OR coalesce(before, 0) + NEW.amount <> NEW.balance_after
       OR NOT EXISTS (SELECT FROM crm_loyalty_account a
                       WHERE a.card_id = NEW.card_id AND a.seq = NEW.seq
                         AND a.balance = NEW.balance_after) THEN
        RAISE EXCEPTION 'entry % of card % breaks the chain', NEW.seq, NEW.card_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF coalesce(NEW.returns_id, NEW.reverses_id) IS NOT NULL THEN
        SELECT e.card_id, e.kind, e.amount, e.amount + NEW.amount + coalesce((
                   SELECT sum(r.amount) FROM crm_loyalty_entry r
                    WHERE r.returns_id = e.id OR r.reverses_id = e.id), 0) AS rest
          INTO undone FROM crm_loyalty_entry e
         WHERE e.id = coalesce(NEW.returns_id, NEW.reverses_id);
        IF undone.card_id <> NEW.card_id OR undone.kind IN ('reverse', 'return')
           OR sign(NEW.amount) = sign(undone.amount)
           OR undone.rest * sign(undone.amount) < 0
           OR abs(undone.rest) > abs(undone.amount) THEN
            RAISE EXCEPTION 'entry % of card % undoes more than there was',
                NEW.seq, NEW.card_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crm_loyalty_once_over() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'held' THEN
        RAISE EXCEPTION 'reservation % is settled', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crm_loyalty_balanced() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    card integer := NEW.card_id;
    has crm_loyalty_account;
    lots record;
    last record;
BEGIN
    SELECT * INTO has FROM crm_loyalty_account WHERE card_id = card;
    SELECT coalesce(sum(remaining), 0) AS remaining, coalesce(sum(held), 0) AS held
      INTO lots FROM crm_loyalty_lot WHERE card_id = card AND remaining > 0;
    SELECT seq, balance_after INTO last FROM crm_loyalty_entry
     WHERE card_id = card ORDER BY seq DESC LIMIT 1;
    IF lots.remaining <> has.balance OR lots.held <> has.held
       OR coalesce(last.seq, 0) <> has.seq
       OR coalesce(last.balance_after, 0) <> has.balance THEN
        RAISE EXCEPTION 'card %: lots, entries and balance differ', card
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER crm_loyalty_entry_chain BEFORE INSERT ON crm_loyalty_entry
    FOR EACH ROW EXECUTE FUNCTION crm_loyalty_chain();
CREATE OR REPLACE TRIGGER crm_loyalty_reservation_settled
    BEFORE UPDATE ON crm_loyalty_reservation
    FOR EACH ROW EXECUTE FUNCTION crm_loyalty_once_over();
"""

# tables whose rows are only ever added; rows of the others are changed, not deleted
ADDED_ONLY = ("entry", "use", "hold", "key")
NEVER_DELETED = ("account", "lot", "reservation")
BALANCED = ("account", "lot")
FUNCTIONS = ("keep", "chain", "once_over", "balanced")


def statements() -> list[str]:
    """What makes the tables and their guards; doing it again changes nothing."""
    made = [TABLES, ADDED, GUARDS]
    for name in ADDED_ONLY:
        made += _keep(name, "UPDATE OR DELETE")
    for name in NEVER_DELETED:
        made += _keep(name, "DELETE")
    for name in BALANCED:
        table = f"crm_loyalty_{name}"
        made.append(f"DROP TRIGGER IF EXISTS {table}_balanced ON {table}")
        made.append(
            f"CREATE CONSTRAINT TRIGGER {table}_balanced"
            f" AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION crm_loyalty_balanced()"
        )
    return made


def removal() -> list[str]:
    """What takes the guards away, and the tables that no model is known for."""
    names = [
        f"crm_loyalty_{name}" for name in ("use", "hold", "key", "account", "member")
    ]
    return [
        *(f"DROP FUNCTION IF EXISTS crm_loyalty_{n}() CASCADE" for n in FUNCTIONS),
        f"DROP TABLE IF EXISTS {', '.join(names)} CASCADE",
    ]


def _keep(name, events):
    table = f"crm_loyalty_{name}"
    return [
        f"CREATE OR REPLACE TRIGGER {table}_keep BEFORE {events} ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION crm_loyalty_keep()",
        f"CREATE OR REPLACE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION crm_loyalty_keep()",
    ]
