"""What makes a document an interaction, in a few declared SQL expressions."""

from dataclasses import dataclass, field

# Columns of an interaction that an adapter fills, in the order they are written
COLUMNS = (
    "date",
    "direction",
    "channel",
    "user_id",
    "subject",
    "summary",
    "outcome",
    "amount",
    "currency_id",
    "company_id",
    "res_model",
    "res_id",
)


@dataclass(frozen=True)
class Watch:
    """A table whose rows decide about an interaction.

    `origin` and `relevant` are SQL with `{row}` for the row that changes. Only rows
    relevant before or after a change are noted, so that a draft costs nothing.
    """

    table: str
    columns: tuple[str, ...] = ()
    origin: str = "{row}.id"
    relevant: str = "TRUE"
    keyed: bool = True  # has an id; a table of pairs has none
    events: tuple[str, ...] = ("insert", "update", "delete")


@dataclass(frozen=True)
class Adapter:
    """How one kind of document becomes an interaction of each of its customers.

    All expressions are SQL of the statement's author, never a user's: `d` is the
    document, `p` its customer, other aliases come from `joins`. A document that no
    longer meets `where` loses its interaction.
    """

    kind: str  # unique; what the interaction is, for icons and words
    model: str
    table: str
    channel: str  # SQL, such as "'order'"
    partner: str
    date: str
    watches: tuple[Watch, ...]
    where: str = "TRUE"
    joins: str = ""
    direction: str = "'in'"
    user: str = "NULL"
    subject: str = "NULL"
    summary: str = "NULL"
    outcome: str = "NULL"
    amount: str = "NULL"
    currency: str = "NULL"
    company: str = "p.company_id"
    res_model: str = ""  # SQL; the document to open and to ask for access
    res_id: str = "d.id"
    # The system clears the document away by itself: what happened stays on record
    outlives: bool = False
    documents: tuple[str, ...] = field(default=())  # models `res_model` may name

    def expressions(self) -> dict[str, str]:
        """SQL of each of `COLUMNS`, cast to the type of the column.

        >>> order = Adapter("k", "m", "t", "'order'", "d.x", "d.y", ())
        >>> order.expressions()["res_model"]
        "('m')::varchar"
        """
        found = {
            # whole seconds: pages of a timeline begin at a second
            "date": (f"date_trunc('second', {self.date})", "timestamp"),
            "direction": (self.direction, "varchar"),
            "channel": (self.channel, "varchar"),
            "user_id": (self.user, "int4"),
            "subject": (self.subject, "varchar"),
            "summary": (self.summary, "text"),
            "outcome": (self.outcome, "varchar"),
            "amount": (self.amount, "numeric"),
            "currency_id": (self.currency, "int4"),
            "company_id": (self.company, "int4"),
            "res_model": (self.res_model or f"'{self.model}'", "varchar"),
            "res_id": (self.res_id, "int4"),
        }
        return {name: f"({sql})::{kind}" for name, (sql, kind) in found.items()}

    def document_models(self) -> tuple[str, ...]:
        return self.documents or (self.model,)
