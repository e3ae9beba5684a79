"""What can be wrong with the warehouse, one class per thing a person can mend."""


class WarehouseError(Exception):
    """The warehouse cannot answer; `detail` is for the log, never for a client."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class WarehouseMissing(WarehouseError):
    """There is no snapshot: never refreshed, or its folder was deleted."""


class WarehouseOutdated(WarehouseError):
    """The snapshot was written by another version of this software."""


class WarehouseLocked(WarehouseError):
    """Another program holds the snapshot open for writing."""


class WarehouseFull(WarehouseError):
    """The disk of the warehouse has no space left."""


class WarehouseTooSmall(WarehouseError):
    """The question needs more memory than the process may take."""


class WarehouseDamaged(WarehouseError):
    """The snapshot is truncated or is not what its manifest says."""


class QueryRefused(WarehouseError):
    """The question is not a plain SELECT that the engine can be trusted with."""
