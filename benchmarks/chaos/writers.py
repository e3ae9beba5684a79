"""All others who write customers: people through the ORM, scripts in SQL, merges."""

import http.client
import random
import threading
import time
import xmlrpc.client
from collections import Counter
from xml.parsers import expat

import psycopg2

from .server import Server

# a worker that is killed may leave half an answer, or none
FAILURES = (
    OSError,
    psycopg2.Error,
    xmlrpc.client.Error,
    http.client.HTTPException,
    expat.ExpatError,
)
MARK = "chaos-"  # of customers that these writers made, in `ref`


class Writer(threading.Thread):
    """Writes until told to stop; whatever fails is simply not done.

    :ivar done: number of transactions by what became of them
    """

    pause = 0.05  # seconds at most between two transactions

    def __init__(self, server: Server, seed: int):
        super().__init__(daemon=True)
        self.server, self.chance = server, random.Random(seed)
        self.done: Counter[str] = Counter()
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            try:
                self.done[self.write()] += 1
            except FAILURES as error:
                self.done[f"failed: {type(error).__name__}"] += 1
                self.failed(error)
            time.sleep(self.chance.uniform(0, self.pause))

    def end(self) -> None:
        self._over.set()
        self.join(60)

    def write(self) -> str:
        raise NotImplementedError

    def failed(self, error: Exception) -> None:
        """Come back to a state in which the next attempt may work."""
        time.sleep(0.3)


class OrmWriter(Writer):
    """People at their screens: create, change, archive, delete and merge customers."""

    def __init__(self, server: Server, seed: int):
        super().__init__(server, seed)
        self._steps: list[str] = []
        self._proxy = xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/object")
        common = xmlrpc.client.ServerProxy(f"{server.url}/xmlrpc/2/common")
        self._uid = common.login(server.database, "admin", "admin")

    def call(self, model: str, method: str, *arguments):
        place = (self.server.database, self._uid, "admin", model, method)
        return self._proxy.execute_kw(*place, list(arguments))

    def write(self) -> str:
        if not self._steps:
            self._steps = ["create"] * 2 + ["write"] * 3 + ["unlink", "merge"]
            self.chance.shuffle(self._steps)
            self._steps.append("create")  # the first: there must be something to merge
        return getattr(self, f"_{self._steps.pop()}")()

    def _create(self) -> str:
        values = [
            {"name": f"Person {self.chance.random()}", "ref": f"{MARK}{number}"}
            for number in range(self.chance.randint(1, 5))
        ]
        self.call("res.partner", "create", values)
        return "created"

    def _some(self, most: int, theirs: bool = False) -> list[int]:
        """Customers at random: ours, or a partner's as well."""
        mark = f"{MARK}%" if not theirs else "%-%"
        domain = [("ref", "=like", mark)]
        ids = self.call("res.partner", "search", domain)
        return self.chance.sample(ids, min(most, len(ids)))

    def _write(self) -> str:
        if ids := self._some(6, theirs=True):
            city = f"City {self.chance.randrange(1000)}"
            self.call("res.partner", "write", ids, {"city": city})
        return "changed"

    def _unlink(self) -> str:
        if ids := self._some(1):
            self.call("res.partner", "unlink", ids)
        return "deleted"

    def _merge(self) -> str:
        ids = self._some(2)
        if len(ids) == 2:
            model = "base.partner.merge.automatic.wizard"
            values = {"partner_ids": [(6, 0, ids)], "dst_partner_id": ids[0]}
            [wizard] = self.call(model, "create", [values])
            try:
                self.call(model, "action_merge", [wizard])
            except xmlrpc.client.Fault as fault:
                if "marshal" not in fault.faultString:
                    raise
                # it was done; only what the wizard says of it cannot be sent
        return "merged"


class SqlWriter(Writer):
    """A script that knows nothing of Odoo; it keeps to REPEATABLE READ as Odoo does."""

    _connection = None
    pause = 0.4  # people's writes must get through, too, between its collisions

    def write(self) -> str:
        if not self._connection:
            self._connection = psycopg2.connect(**self.server.place())
            self._connection.set_session(isolation_level="REPEATABLE READ")
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE res_partner SET street = %s WHERE id IN (SELECT id FROM"
                " res_partner WHERE ref LIKE '%%-%%' AND active"
                " ORDER BY random() LIMIT %s)",
                [f"Street {self.chance.random()}", self.chance.randint(1, 5)],
            )
            # a long writer: numbers must not be given before it is done
            time.sleep(self.chance.choice([0, 0, 0, 0.3]))
        if self.chance.random() < 0.1:
            self._connection.rollback()
            return "rolled back"
        self._connection.commit()
        return "changed in SQL"

    def failed(self, error: Exception) -> None:
        if isinstance(error, psycopg2.errors.SerializationFailure):
            self._connection.rollback()
            return
        if self._connection:
            self._connection.close()
        self._connection = None
        time.sleep(0.3)

    def end(self) -> None:
        super().end()
        if self._connection:
            self._connection.close()
