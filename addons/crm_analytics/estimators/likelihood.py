"""Maximum likelihood in positive parameters, searched on the log scale."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from .arrays import Floats
from .errors import NoConvergence

# exp(9) = 8,103: beyond it the likelihood is flat, the limit is reached
BOUND = 9.0
FLAT = 1e-5  # a gradient of the mean log-likelihood below this is zero for our purpose
Z_95 = 1.959963984540054

LogLikelihood = Callable[[Floats], tuple[float, Floats]]


@dataclass(frozen=True)
class Parameter:
    """An estimate with the standard error and 95% interval of its log, or None.

    There is none for a parameter at its bound, nor where the likelihood has no
    curvature.
    """

    name: str
    value: float
    standard_error: float | None
    lower: float | None
    upper: float | None
    at_bound: bool

    def in_unit(self, unit: float) -> "Parameter":
        """The parameter in the data's unit of time or money instead of the search's."""
        numbers = ("value", "standard_error", "lower", "upper")
        known = {name: getattr(self, name) for name in numbers}
        return replace(
            self, **{k: None if v is None else v * unit for k, v in known.items()}
        )


@dataclass(frozen=True)
class Maximum:
    """Where the log-likelihood is highest: `values` are parameters, not their logs."""

    values: Floats
    log_likelihood: float
    parameters: tuple[Parameter, ...]


def maximise(
    log_likelihood: LogLikelihood, starts: list[Floats], names: str, weight: float
) -> Maximum:
    """The maximum found from the first starting point, if it lies inside the bounds.

    If it does not, the best of those found from all points.

    :param log_likelihood: of positive parameters; returns the sum and its gradient
    :param starts: vectors of positive parameters to search from
    :param names: of the parameters, separated by spaces
    :param weight: the sum of weights, so that tolerances do not depend on the data's
        size
    :raises NoConvergence: when no search ends where the gradient vanishes
    """

    def loss(logs: Floats) -> tuple[float, Floats]:
        values = np.exp(logs)
        total, gradient = log_likelihood(values)
        return -total / weight, -gradient * values / weight

    best = None
    for start in starts:
        found = minimize(
            loss,
            np.log(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * start.size,
            options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-8},
        )
        slope = np.abs(_free_gradient(found.x, found.jac)).max()
        if np.isfinite(found.fun) and slope < FLAT:
            if best is None or found.fun < best.fun:
                best = found
            if np.abs(best.x).max() < BOUND:
                break
    if best is None:
        raise NoConvergence(
            "The likelihood has no maximum that the search could find. More customers "
            "or a longer history are needed; the naive rate can be used until then."
        )
    values = np.exp(best.x)
    parameters = _parameters(loss, best.x, names.split(), weight)
    return Maximum(values, -float(best.fun) * weight, parameters)


def _free_gradient(logs: Floats, gradient: Floats) -> Floats:
    """The gradient without what pushes against a bound."""
    outward = ((logs <= -BOUND) & (gradient > 0)) | ((logs >= BOUND) & (gradient < 0))
    return np.where(outward, 0.0, gradient)


def _parameters(
    loss: LogLikelihood, logs: Floats, names: list[str], weight: float
) -> tuple[Parameter, ...]:
    """Standard errors from the curvature: central differences of the exact gradient."""
    free = np.flatnonzero(np.abs(logs) < BOUND - 1e-6)
    errors = np.full(logs.size, np.nan)
    if free.size:
        step = 1e-4
        moves = np.eye(logs.size)[free] * step
        rows = [(loss(logs + m)[1] - loss(logs - m)[1]) / (2 * step) for m in moves]
        hessian = np.array(rows)[:, free] * weight
        try:
            variances = np.diag(np.linalg.inv((hessian + hessian.T) / 2))
        except np.linalg.LinAlgError:
            variances = np.full(free.size, np.nan)
        errors[free] = np.sqrt(np.where(variances > 0, variances, np.nan))
    return tuple(
        _parameter(name, log, error, index not in free)
        for index, (name, log, error) in enumerate(
            zip(names, logs, errors, strict=True)
        )
    )


def _parameter(name: str, log: float, error: float, at_bound: bool) -> Parameter:
    value = float(np.exp(log))
    if not np.isfinite(error):
        return Parameter(name, value, None, None, None, at_bound)
    low, high = np.exp(np.clip(log + np.array([-Z_95, Z_95]) * error, -700, 700))
    return Parameter(
        name, value, value * float(error), float(low), float(high), at_bound
    )
