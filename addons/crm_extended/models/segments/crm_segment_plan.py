"""Where the SQL test of a definition finds what it looks at."""

from hashlib import sha256

from odoo.tools import SQL

EVERYBODY = " IS NOT NULL"
CANDIDATES = " IN (SELECT partner_id FROM crm_segment_candidate)"
FAMILIES = (
    " IN (SELECT id FROM res_partner WHERE commercial_partner_id IN ("
    f"SELECT commercial_partner_id FROM res_partner WHERE id{CANDIDATES}))"
)
# Room for numbers of sets: an int4 array is what PostgreSQL searches fastest.
NUMBERS = 2**31 - 1


def signature(query: SQL) -> str:
    """Tells two pieces of SQL apart, parameters included.

    Whether they look at everybody or at some customers only is no difference.
    """
    code = query.code.replace(FAMILIES, EVERYBODY).replace(CANDIDATES, EVERYBODY)
    return sha256(repr((code, query.params)).encode()).hexdigest()


class Plan:
    """Collects what tests need: columns of scores, sets of customers.

    A condition asks for the value of a score (`score`) or for being in a set of
    customers (`contains`) and gets SQL that may stand anywhere in a test. What was
    asked for is then laid beside the customers once, however many tests read it.

    :param day: day for which is decided
    :param bool some: only the customers in `crm_segment_candidate` are looked at
    """

    def __init__(self, day, some=False):
        self.day = day
        self.some = some
        self.values = {}  # (score, company) -> SQL table of partner_id, value, company
        self.sets = {}  # number -> SQL query of partner_id, words
        self.reads = set()  # of the definition being read, see `start`
        self.trace = []  # signatures of its sets
        self.numbers = set()  # of its sets
        self.companies = []  # SQL companies of its scores

    def start(self):
        """Begin with the next definition."""
        self.reads, self.numbers = set(), set()
        self.trace, self.companies = [], []

    def among(self, column: SQL) -> SQL:
        """Test to put into the query of a set, so that only who matters is read."""
        return SQL("%s" + (CANDIDATES if self.some else EVERYBODY), column)

    def among_families(self, column: SQL) -> SQL:
        """As `among`, with the companies of who matters and the contacts there."""
        return SQL("%s" + (FAMILIES if self.some else EVERYBODY), column)

    def score(self, key, table: SQL) -> tuple[SQL, SQL]:
        """Value of a score and the company it is of, NULL without a value."""
        self.values[key] = table
        value, company = (SQL("base.%s", SQL.identifier(n)) for n in self.names(key))
        self.companies.append(company)
        return value, company

    @staticmethod
    def names(key) -> tuple[str, str]:
        """Names of the columns of a score, the same in each refresh."""
        score, company = key
        return f"value_{score}_{company}", f"company_{score}_{company}"

    def contains(self, query: SQL) -> SQL:
        """Test of being in a set, given as query of (partner_id, words), each once."""
        sign = signature(query)
        number = int(sign[:8], 16) % NUMBERS
        while signature(self.sets.get(number, query)) != sign:
            number = (number + 1) % NUMBERS
        self.sets[number] = query
        self.trace.append(sign)
        self.numbers.add(number)
        return SQL("%s = ANY(base.sets)", number)

    def words(self, test: SQL) -> SQL:
        """What the set told of the customer; only for those who were found."""
        return SQL(
            "(SELECT s.words FROM crm_segment_set s WHERE s.number = %s "
            "AND s.partner_id = res_partner.id AND s.words IS NOT NULL)",
            test.params[0],
        )


class InlinePlan(Plan):
    """For one definition while it is edited: all in one query, nothing is stored."""

    def __init__(self, day):
        super().__init__(day)
        self.joins = []  # (alias, SQL table)

    def score(self, key, table):
        alias = f"v_{key[0]}_{key[1]}"
        if alias not in [known for known, _table in self.joins]:
            self.joins.append((alias, table))
        value, company = (SQL.identifier(alias, n) for n in ("value", "company_id"))
        self.companies.append(company)
        return value, company

    def contains(self, query):
        alias = f"s_{len(self.joins)}"
        self.joins.append((alias, SQL("(%s)", query)))
        return SQL("%s IS NOT NULL", SQL.identifier(alias, "partner_id"))

    def words(self, test):
        return SQL("NULL")
