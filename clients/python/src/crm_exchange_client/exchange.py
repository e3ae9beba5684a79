"""The service's methods as Python calls: repeated while that can help, else raised."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import ContractBroken, Refused, Unreachable
from .face import Face
from .patience import Patience

_logger = logging.getLogger(__name__)
VERSIONS = ("1.0",)
PROGRAM = "crm-exchange-client 1.0"
SANDBOX = (
    "The CRM only rehearses what you send: nothing was stored. Use --dry-run, or ask "
    "its operator to take you out of the sandbox."
)


class Exchange:
    """All that a partner's system can ask. Each method returns the answer's `data`.

    :ivar epoch: life of the server's database, from the last answer
    :ivar repeated: how many calls had to be repeated so far

    Every method raises `Refused`, `Unauthorized`, and `Unreachable` when patience ends.
    """

    def __init__(self, face: Face, patience: Patience | None = None) -> None:
        self._face = face
        self._patience = patience or Patience()
        self.epoch = ""
        self.repeated = 0

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Any method by name, with `retry_after_s` honoured.

        Only for calls that may be repeated, which all methods of the contract are.
        """
        patience, attempt = self._patience, 0
        since = patience.clock()
        while True:
            asked = 0.0
            try:
                return self._once(method, arguments)
            except Unreachable as error:
                problem: Exception = error
            except Refused as error:
                if not error.retryable:
                    raise
                problem, asked = error, error.retry_after
            if not patience.wait(attempt, since, asked):
                raise problem
            _logger.info("%s again after: %s", method, problem)
            attempt += 1
            self.repeated += 1

    def _once(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._face.call(method, arguments)
        self.epoch = str(answer.get("epoch") or self.epoch)
        if answer["ok"]:
            data = answer.get("data")
            if not isinstance(data, dict):
                raise ContractBroken(f"{method}: the answer has no data")
            return data
        errors = answer.get("errors") or [{}]
        raise Refused(errors[0], str(answer.get("request_id", "")))

    # ------------------------------------------------------------------ reading

    def hello(self, program: str = PROGRAM) -> dict[str, Any]:
        return self.call("hello", client=program, versions=list(VERSIONS))

    def schema(self, entity: str) -> dict[str, Any]:
        return self.call("schema", entity=entity)

    def get(
        self, entity: str, keys: Sequence[Mapping[str, Any]], fields: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Records by key, in the order asked; at most 500."""
        data = self.call(
            "get", entity=entity, keys=[dict(k) for k in keys], fields=list(fields)
        )
        return list(data["records"])

    def pull(
        self, cursor: str, entities: Sequence[str], limit: int = 1000
    ) -> dict[str, Any]:
        """The next page; its items are read from the packed form."""
        data = self.call(
            "pull", cursor=cursor, entities=list(entities), limit=limit, packed=True
        )
        data["items"] = [
            json.loads(item) if isinstance(item, str) else item
            for item in data["items"]
        ]
        return data

    def ack(self, cursor: str) -> dict[str, Any]:
        return self.call("ack", cursor=cursor)

    # ------------------------------------------------------------------ writing

    def push(
        self,
        batch_id: str,
        rows: Sequence[Mapping[str, Any]],
        mode: str = "each",
        on_conflict: str = "",
        dry_run: bool = False,
    ) -> list[dict[str, Any]]:
        """Results row by row; the same id with the same rows is never done twice.

        :raises Refused: also `sandbox`, when the server only pretended
        """
        arguments: dict[str, Any] = {"batch_id": batch_id, "rows": list(rows)}
        arguments |= {"mode": mode, "dry_run": dry_run}
        if on_conflict:
            arguments["on_conflict"] = on_conflict
        data = self.call("push", **arguments)
        if data.get("dry_run") and not dry_run:
            raise Refused({"code": "sandbox", "message": SANDBOX})
        return list(data["rows"])

    def digest(self, entity: str, **arguments: Any) -> dict[str, Any]:
        return self.call("digest", entity=entity, **arguments)

    def close(self) -> None:
        self._face.close()

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
