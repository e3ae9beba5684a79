"""What is to be reached; a planning system sets it, the others follow."""

from ..entity import Entity, Field

TARGET = Entity(
    name="target",
    version="1.0",
    model="crm.target",
    help="What a company, branch, team or person should reach in a period",
    verbs=("read", "create", "update"),
    watched=("level",),
    fields=(
        Field(
            "measure",
            values=(
                "revenue",
                "margin",
                "new_customers",
                "visits",
                "calls",
                "retention",
                "debts_collected",
            ),
            writable=True,
            required=True,
        ),
        Field(
            "value",
            "decimal",
            writable=True,
            required=True,
            help="money without tax in our currency; percent; else a number",
        ),
        Field("currency", "code", column="currency_id", code="name"),
        Field("from", "date", column="date_from", writable=True, required=True),
        Field("to", "date", column="date_to", writable=True, required=True),
        Field("level", values=("company", "branch", "team", "person")),
        Field("branch", "code", column="branch_id", code="code", writable=True),
        Field("team", "code", column="team_id", code="name", writable=True),
        Field(
            "person",
            "code",
            column="user_id",
            code="login",
            personal=True,
            writable=True,
            help="login of one of our sales people",
        ),
        Field("segment", "code", column="segment_id", code="code", writable=True),
        Field(
            "category",
            "code",
            column="category_id",
            code="complete_name",
            writable=True,
            help="of products, with those above it",
        ),
        Field(
            "status",
            column="state",
            values=("draft", "agreed", "replaced", "cancelled"),
            writable=True,
            help="Writing agreed makes it hold, cancelled ends it; what was agreed is "
            "changed by a new one that replaces it",
        ),
        Field("version", "integer"),
        Field(
            "replaces",
            "reference",
            column="previous_id",
            entity="target",
            writable=True,
        ),
        Field(
            "part_of",
            "reference",
            column="parent_id",
            entity="target",
            writable=True,
            help="the whole that it is a part of",
        ),
        Field("note", writable=True, maximum=4000),
    ),
)
