import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from .arrays import Floats, group_rows, vectors, weighted_sum
from .errors import EstimationError, NotEnoughData
from .likelihood import Parameter, maximise


class GammaGamma:
    """What a customer spends at a purchase, drawn towards the average of all.

    Assumes: what a customer spends varies around his own mean (shape p), the means vary
    among customers (q, v), and neither depends on how often he buys: check the
    correlation of x and mean value before use. Money is in one currency; v has its
    unit.

    Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value,
    brucehardie.com/notes/025.

    >>> model = GammaGamma.of(p=6.25, q=3.74, v=15.44)
    >>> float(model.expected_value([1, 0], [100.0, 0.0])[0].round(2))
    80.26
    """

    MINIMUM_CUSTOMERS = 5

    p: float
    q: float
    v: float
    log_likelihood: float
    customers: int
    average: float | None = None
    parameters: tuple[Parameter, ...] = ()

    @classmethod
    def of(cls, p: float, q: float, v: float) -> "GammaGamma":
        """The model with given parameters, as stored from an earlier fit.

        :raises ValueError: a parameter is not positive and finite
        """
        if not all(np.isfinite(value) and value > 0 for value in (p, q, v)):
            raise ValueError("p, q and v must be positive numbers")
        model = cls()
        model.p, model.q, model.v = float(p), float(q), float(v)
        return model

    def fit(
        self, x: ArrayLike, mean_value: ArrayLike, weights: ArrayLike | None = None
    ) -> "GammaGamma":
        """Estimate p, q and v by maximum likelihood; returns the model itself.

        Rows without a purchase or with a mean of 0 or less (returns, gifts) say nothing
        about spending and are left out; `customers` tells how many were used.

        :param x: purchases behind each mean (n,)
        :param mean_value: average value of a purchase of each customer (n,)
        :param weights: customers that each row stands for (n,), 1 by default
        :raises NotEnoughData: fewer than `MINIMUM_CUSTOMERS` usable customers
        :raises NoConvergence: the likelihood has no maximum to be found
        """
        ones = np.ones(np.shape(x)) if weights is None else weights
        x, mean, weights = vectors(x=x, mean_value=mean_value, weights=ones)
        if (weights < 0).any() or (x < 0).any():
            raise ValueError("x and weights must not be negative")
        used = (x > 0) & (mean > 0) & (weights > 0)
        x, mean, weights = x[used], mean[used], weights[used]
        if weights.sum() < self.MINIMUM_CUSTOMERS:
            raise NotEnoughData(
                f"{weights.sum():g} customers have a positive average purchase; "
                f"{self.MINIMUM_CUSTOMERS} or more are needed to estimate spending."
            )
        self.average = float(np.average(mean, weights=weights))
        groups = group_rows(x, mean / self.average)
        data = _Grouped(*groups.columns, np.bincount(groups.inverse, weights=weights))
        starts = [np.array([p, 3.0, 2.0 / p]) for p in (1.0, 5.0, 25.0)]
        found = maximise(data.log_likelihood, starts, "p q v", data.total)
        self.p, self.q, self.v = map(float, found.values)
        self.v *= self.average
        self.log_likelihood = found.log_likelihood - data.total * np.log(self.average)
        self.customers = int(round(data.total))
        self.parameters = tuple(
            p.in_unit(self.average) if p.name == "v" else p for p in found.parameters
        )
        return self

    @property
    def population_value(self) -> float:
        """The mean of all customers' means, p v / (q - 1).

        With q of 1 or less that mean is infinite; the average seen is the honest
        answer.
        """
        if not hasattr(self, "p"):
            raise EstimationError("Fit the model before asking it for predictions.")
        if self.q > 1.0:
            return self.p * self.v / (self.q - 1.0)
        return self.average if self.average is not None else float("nan")

    def expected_value(self, x: ArrayLike, mean_value: ArrayLike) -> Floats:
        """The expected value of a purchase of each customer (n,), same unit as v.

        It is the customer's own average drawn towards the population's, the less the
        more purchases stand behind it. Customers without a positive average get the
        population's.
        """
        x, mean = vectors(x=x, mean_value=mean_value)
        population = self.population_value
        known = (x > 0) & (mean > 0)
        shape = np.where(known, self.p * x + self.q - 1.0, 1.0)
        own = self.p * (self.v + x * mean) / np.where(shape > 0, shape, 1.0)
        return np.where(known & (shape > 0), own, population)

    def summary(self) -> list[dict[str, float | str | bool | None]]:
        """The parameters with standard errors and 95% intervals, as plain rows."""
        return [dict(vars(parameter)) for parameter in self.parameters]


class _Grouped:
    """Distinct (x, mean) with weights, and their log-likelihood with its gradient."""

    def __init__(self, x: Floats, mean: Floats, weights: Floats) -> None:
        self.x, self.mean, self.weights = x, mean, weights
        self.total = float(weights.sum())
        self.log_total = np.log(x * mean)
        self.log_mean = np.log(mean)
        # the gamma functions depend on x alone, which has few distinct values
        self.counts, self.count_of = np.unique(x, return_inverse=True)
        self.count_weights = np.bincount(self.count_of, weights=weights)

    def log_likelihood(self, values: Floats) -> tuple[float, Floats]:
        """Eq. (1a) of the note summed over customers; its gradient in (p, q, v)."""
        p, q, v = values
        w, x = self.weights, self.x
        n, m = self.counts, self.count_weights
        log_spread = np.log(v + x * self.mean)
        by_count = gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(v)
        in_rows = p * x * self.log_total - self.log_mean - (p * x + q) * log_spread
        both = digamma(p * n + q)
        own = x * (self.log_total - log_spread)
        gradient = [
            weighted_sum(m, n * (both - digamma(p * n))) + weighted_sum(w, own),
            weighted_sum(m, both - digamma(q) + np.log(v))
            - weighted_sum(w, log_spread),
            weighted_sum(w, q / v - (p * x + q) / (v + x * self.mean)),
        ]
        total = weighted_sum(m, by_count) + weighted_sum(w, in_rows)
        return total, np.array(gradient)
