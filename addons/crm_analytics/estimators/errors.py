class EstimationError(ValueError):
    """An estimate cannot be given; the caller falls back to its naive baseline."""


class NotEnoughData(EstimationError):
    """Too few customers repeat for the model to say anything."""


class NoConvergence(EstimationError):
    """The search for the parameters did not end in a maximum of the likelihood."""
