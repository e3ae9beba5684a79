"""One run: partners, other writers and faults; then quiet, and a verdict."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from . import verdict
from .proxy import Proxy
from .server import Server
from .writers import OrmWriter, SqlWriter

ROOT = Path(__file__).resolve().parents[2]
FACES = ("json2", "xmlrpc")
_CLIENTS = """
import json
keys = {{}}
for code in {codes}:
    client = env["crm.exchange.client"].create({{
        "name": code, "code": code, "conflict_policy": "merge3",
        "scope_ids": [(0, 0, {{
            "entity": "customer", "field_mode": "all", "write_mode": "all",
            "can_read": True, "can_create": True, "can_update": True}})],
    }})
    if "rate" in client._fields:
        client.write({{"rate": 0, "daily_rows": 0}})
    keys[code] = (client.user_id.login, client._make_key())
env.cr.commit()
print("KEYS" + json.dumps(keys))
"""


@dataclass
class Chaos:
    """:param seconds: how long faults go on
    :param partners: number of partners' systems; they take turns in the two faces
    :param pause: mean seconds between kills
    :param calm: seconds before the first, in which all writers come to work
    :param share: share of requests that the network spoils
    """

    server: Server
    folder: Path
    seed: int = 1997
    seconds: float = 15.0
    partners: int = 3
    pause: float = 1.2
    calm: float = 5.0
    share: float = 0.15
    faults: Counter = field(default_factory=Counter)
    written: Counter = field(default_factory=Counter)
    repeated: int = 0
    problems: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    times: dict = field(default_factory=dict)

    def run(self) -> "Chaos":
        self._begun = time.monotonic()
        self._chance = random.Random(self.seed)
        self._logins = self._make_clients()
        self._say("clients made")
        self.server.start()
        self._say("server up")
        self._proxy = Proxy(self.server.port, self.seed, self.share)
        self._running: dict[str, subprocess.Popen] = {}
        self._over = threading.Event()
        writers = [OrmWriter(self.server, self.seed), SqlWriter(self.server, self.seed)]
        minders = [
            threading.Thread(target=self._mind, args=[code], daemon=True)
            for code in self._logins
        ]
        for thread in writers + minders:
            thread.start()
        time.sleep(self.calm)
        self._break_things()
        self._say("faults over")
        self._over.set()
        for writer in writers:
            writer.end()
            self.written += writer.done
        for minder in minders:
            minder.join(180)
        self._say("writers ended")
        self._proxy.share = 0.0
        self.faults += self._proxy.faults
        self._level()
        self._say("level")
        verdict.judge(self)
        self._say("judged")
        self.facts["restarts of Odoo"] = self.server.restarts
        self._proxy.close()
        return self

    def _say(self, what: str) -> None:
        self.times[what] = round(time.monotonic() - self._begun)

    # ------------------------------------------------------------------ partners

    def _make_clients(self) -> dict[str, tuple[str, str]]:
        codes = [f"CHAOS{number}" for number in range(self.partners)]
        said = self.server.shell(_CLIENTS.format(codes=codes))
        [line] = [line for line in said.splitlines() if line.startswith("KEYS")]
        return json.loads(line[4:])

    def store(self, code: str) -> Path:
        return self.folder / f"{code}.db"

    def environment(self, code: str, url: str) -> dict[str, str]:
        login, key = self._logins[code]
        number = list(self._logins).index(code)
        return {
            **os.environ,
            "CRM_EXCHANGE_URL": url,
            "CRM_EXCHANGE_DATABASE": self.server.database,
            "CRM_EXCHANGE_LOGIN": login,
            "CRM_EXCHANGE_KEY": key,
            "CRM_EXCHANGE_FACE": FACES[number % len(FACES)],
        }

    def _start(self, code: str, seed: int, rounds: int) -> subprocess.Popen:
        command = [sys.executable, "-m", "benchmarks.chaos.partner"]
        url = f"http://127.0.0.1:{self._proxy.port}"
        return subprocess.Popen(
            [*command, str(self.store(code)), code, str(seed), str(rounds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment(code, url),
            cwd=ROOT,
        )

    def _mind(self, code: str) -> None:
        """Start a partner's program again and again; it ends, or is killed."""
        turn = 0
        while not self._over.is_set():
            turn += 1
            child = self._start(code, self.seed * 1000 + turn, rounds=3)
            self._running[code] = child
            self._finish(code, child)

    def _finish(self, code: str, child: subprocess.Popen) -> None:
        said, _ = child.communicate()
        if child.returncode == 0:
            self.repeated += int(said.split()[-1])
        elif child.returncode != -9:
            self.problems.append(
                f"{code} ended with {child.returncode}: {said[-1500:]}"
            )

    def _level(self) -> None:
        """All is quiet: both sides come level."""
        self.server.wait()
        for code in self._logins:
            self._finish(code, self._start(code, self.seed, rounds=0))

    # ------------------------------------------------------------------ faults

    def _break_things(self) -> None:
        """Kill something every now and then; each kind has its turn in every round.

        After a process of PostgreSQL the next kill waits until the server answers:
        what is down already cannot be hurt.
        """
        end = time.monotonic() + self.seconds
        kinds = self._round()
        while kinds or time.monotonic() < end:
            time.sleep(self._chance.expovariate(1 / self.pause))
            kinds = kinds or self._round()
            kind = kinds.pop()
            if self._kill(kind):
                self.faults[f"kill -9 of a {kind}"] += 1
            if kind == "backend":
                self.server.wait()

    def _round(self) -> list[str]:
        """Whom to kill, from last to first; PostgreSQL in the end, as it takes long."""
        others = ["worker"] * 4 + ["partner"] * 3
        self._chance.shuffle(others)
        return ["backend", *others]

    def _kill(self, kind: str) -> bool:
        """Whether one was there to be killed; waits a little for one."""
        for _ in range(20):
            if getattr(self, f"_kill_{kind}")():
                return True
            time.sleep(0.1)
        return False

    def _kill_worker(self) -> bool:
        return self.server.kill_worker(self._chance)

    def _kill_backend(self) -> bool:
        return self.server.kill_backend(self._chance)

    def _kill_partner(self) -> bool:
        child = self._running.get(self._chance.choice(list(self._logins)))
        if child is None or child.poll() is not None:
            return False
        child.kill()
        return True

    def __str__(self) -> str:
        def told(counts):
            return ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))

        return (
            f"{sum(self.faults.values())} faults: {told(self.faults)}\n"
            f"partners repeated {self.repeated} calls\n"
            f"others: {told(self.written)}\n"
            f"in the end: {told(self.facts)}\n"
            f"seconds until: {self.times}\n"
            + "\n".join(f"PROBLEM {problem}" for problem in self.problems)
        )
