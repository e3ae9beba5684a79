"""One run of an import: the file is read once, staged, then stored in sets."""

from ..intake.layout import Limits
from ..intake.mapping import KeyMaker, Mapper
from ..intake.problems import Problem
from ..intake.reading import Table
from ..intake.targets import CUSTOMER, PURCHASE
from .customers import Customers
from .lookups import load_line_lookup
from .purchases import Purchases
from .report import Problems

_REPORT_EVERY = 500


def open_table(mapping, stream) -> Table:
    """The file behind a mapping, ready to be read once.

    :raises FileProblem: the file is not what the mapping says
    """
    limit = mapping.env["ir.config_parameter"].sudo()
    limit = limit.get_param("crm_extended.import_max_megabytes", "100")
    try:
        megabytes = max(int(limit), 1)
    except ValueError:
        megabytes = 100
    limits = Limits(file_bytes=megabytes * 2**20)
    return Table(stream, mapping._get_layout(), limits)


def make_mapper(mapping, header) -> Mapper:
    """The mapping with its lists of codes, for one file.

    :param header: the file's header or None
    :raises FileProblem: a mapped column is not in the file
    """
    needed = mapping._get_needed_targets()
    columns = []
    place = 0
    for line in mapping._get_used_lines():
        at = line.column or ""
        if mapping.kind == "fixed" and at:
            place += 1
            at = str(place)
        lookup = {}
        if line._get_reading().kind in ("lookup", "lookups"):
            lookup = load_line_lookup(line, mapping.company_id)
        columns.append(line._get_column(at, lookup, line.target in needed))
    return Mapper(columns, mapping._get_forms(), header)


class Run:
    """Reads a file through a mapping into customers and purchases.

    :param mapping: crm.import.mapping in the environment of the user who imports
    """

    def __init__(self, mapping):
        self._mapping = mapping
        self.problems = Problems(mapping.env)
        entities = mapping._get_entities()
        self.customers = (
            Customers(mapping, self.problems) if CUSTOMER in entities else None
        )
        self.purchases = (
            Purchases(mapping, self.problems) if PURCHASE in entities else None
        )
        self.rows = 0
        self._customer_targets = [
            line.target
            for line in mapping._get_used_lines()
            if line._get_entity() == CUSTOMER
        ]
        marked = mapping.line_ids.filtered("in_key") or mapping._get_used_lines()
        self._keys = KeyMaker(marked.mapped("target"))
        self._first_row = {}  # of each key that must be unique in the file

    def stage(self, stream, report) -> None:
        """Stage every good row.

        :param report: called with the share of the file read, 0 to 1
        """
        table = open_table(self._mapping, stream)
        mapper = make_mapper(self._mapping, table.header)
        for row in table:
            self.rows += 1
            self._take(mapper.map(row))
            if self.rows % _REPORT_EVERY == 0:
                report(table.share())

    def _take(self, row):
        if row.problems:
            self.problems.add(row.problems)
            return
        key = self._get_key(row)
        if not key:
            return
        if self.customers:
            values = {t: row.values[t] for t in self._customer_targets}
            received = {
                t: row.received[t] for t in self._customer_targets if t in row.received
            }
            self.customers.add(row.number, values, received)
        if self.purchases:
            self.purchases.add(row.number, key, row.values)

    def _get_key(self, row):
        """The row's own key; a key that came before in the file is a problem."""
        if self.purchases and self._mapping.key_kind == "composed":
            return self._keys.make(row.values)
        target = "purchase_key" if self.purchases else "customer_key"
        key = row.values[target]
        first = self._first_row.setdefault(key, row.number)
        if first == row.number:
            return key
        self.problems.add(
            [Problem(row.number, target, key, "key_twice", {"first": first})]
        )
        return None

    def store(self, report) -> None:
        """Store what was staged.

        :param report: called with the share stored, 0 to 1
        """
        parts = [part for part in (self.customers, self.purchases) if part]
        for number, part in enumerate(parts):
            base = number * 0.9  # customers take most of the time
            weight = 1.0 - base if number or len(parts) == 1 else 0.9

            def tell(done, total, base=base, weight=weight):
                report(base + weight * (done / total if total else 1.0))

            part.store(tell)

    def get_counts(self) -> dict[str, int]:
        """Field of crm.import -> number."""
        counts = {"row_count": self.rows, "error_count": len(self.problems)}
        for name, part in (("customer", self.customers), ("purchase", self.purchases)):
            for outcome in ("created", "updated", "unchanged"):
                counts[f"{name}_{outcome}"] = getattr(part, outcome) if part else 0
        return counts
