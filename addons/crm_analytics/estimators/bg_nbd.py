import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, digamma, expit, gammaln, hyp2f1

from .arrays import Floats, check_histories, group_rows, vectors, weighted_sum
from .errors import EstimationError, NotEnoughData
from .likelihood import Parameter, maximise

# beyond this the hypergeometric series loses digits and the integral is used instead
LARGE = 500.0
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(96)


class BgNbd:
    """How often a customer will come back, and whether he has left for good (BG/NBD).

    Assumes: an active customer buys at random with his own rate (rates vary as
    Gamma(r, alpha)); after each purchase he may leave for ever, with his own
    probability (which vary as Beta(a, b)); rate and probability are independent. A
    customer who never repeated is counted alive: the model lets people leave only at a
    purchase.

    Time is in one unit throughout, weeks in this suite; alpha has the unit of time.

    Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way: An Alternative
    to the Pareto/NBD Model, Marketing Science 24(2), 275-284.

    >>> model = BgNbd.of(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> float(model.expected_purchases(39, [2], [30.43], [38.86])[0].round(3))
    1.226
    """

    MINIMUM_REPEATERS = 5  # with fewer, four parameters fit noise

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    customers: int
    parameters: tuple[Parameter, ...] = ()

    @classmethod
    def of(cls, r: float, alpha: float, a: float, b: float) -> "BgNbd":
        """The model with given parameters, as stored from an earlier fit.

        :raises ValueError: a parameter is not positive and finite
        """
        if not all(np.isfinite(v) and v > 0 for v in (r, alpha, a, b)):
            raise ValueError("r, alpha, a and b must be positive numbers")
        model = cls()
        model.r, model.alpha, model.a, model.b = map(float, (r, alpha, a, b))
        return model

    def fit(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        weights: ArrayLike | None = None,
    ) -> "BgNbd":
        """Estimate r, alpha, a and b by maximum likelihood; returns the model itself.

        :param x: repeat purchases of each customer (n,), whole numbers
        :param t_x: time from first to last purchase (n,), 0 where x is 0
        :param T: time from first purchase to the end of observation (n,)
        :param weights: customers that each row stands for (n,), 1 by default
        :raises NotEnoughData: fewer than `MINIMUM_REPEATERS` customers came back
        :raises NoConvergence: the likelihood has no maximum to be found
        :raises ValueError: impossible histories, arrays of different length
        """
        ones = np.ones(np.shape(x)) if weights is None else weights
        x, t_x, T, weights = vectors(x=x, t_x=t_x, T=T, weights=ones)
        check_histories(x, t_x, T)
        if (weights < 0).any():
            raise ValueError("weights must not be negative")
        repeaters = weights[x > 0].sum()
        if repeaters < self.MINIMUM_REPEATERS:
            raise NotEnoughData(
                f"{repeaters:g} customers came back; at least {self.MINIMUM_REPEATERS} "
                "are needed to estimate how often customers buy and when they leave."
            )
        unit = float(
            np.average(T, weights=weights)
        )  # of order 1, so the search is round
        data = _Grouped(x, t_x / unit, T / unit, weights)
        rate = data.mean_rate
        starts = [np.array([r, r / rate, 1.0, b]) for r, b in ((0.5, 2.0), (2.0, 8.0))]
        found = maximise(data.log_likelihood, starts, "r alpha a b", data.total)
        self.r, self.alpha, self.a, self.b = map(float, found.values)
        self.alpha *= unit
        self.log_likelihood = found.log_likelihood - data.purchases * np.log(unit)
        self.customers = int(round(data.total))
        self.parameters = tuple(
            p.in_unit(unit) if p.name == "alpha" else p for p in found.parameters
        )
        return self

    def probability_alive(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Floats:
        """The probability that each customer has not left by T (n,), between 0 and 1.

        Fader & Hardie (2008), Computing P(alive) Using the BG/NBD Model.
        """
        x, t_x, T = self._checked(x, t_x, T)
        repeats = np.maximum(x, 1.0)  # a customer without repeats is set to 1 below
        log_odds_left = (
            np.log(self.a)
            - np.log(self.b + repeats - 1.0)
            + (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + t_x))
        )
        return np.where(x > 0, expit(-log_odds_left), 1.0)

    def expected_purchases(
        self, t: ArrayLike, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> Floats:
        """The purchases expected of each customer in the time t after T (n,), eq. (10).

        :param t: one horizon for all, or one for each customer (n,), same unit as T
        """
        x, t_x, T = self._checked(x, t_x, T)
        t = np.broadcast_to(np.asarray(t, dtype=np.float64), x.shape)
        return self.probability_alive(x, t_x, T) * self.purchases_if_alive(t, x, T)

    def purchases_if_alive(self, t: ArrayLike, x: ArrayLike, T: ArrayLike) -> Floats:
        """The purchases expected in the time t after T if the customer is active at T.

        It does not depend on t_x, so few distinct (t, x, T) cover a million customers:
        this is why it stands alone and is computed once for each.

        :param t: horizon, (n,) or a number
        :raises ValueError: a negative or infinite horizon
        """
        x, T = vectors(x=x, T=T)
        t = np.broadcast_to(np.asarray(t, dtype=np.float64), x.shape)
        if not (np.isfinite(t).all() and (t >= 0).all()):
            raise ValueError("t must be 0 or more")
        groups = group_rows(t, x, T)
        t, x, T = groups.columns
        if self.a + self.b > LARGE:
            return self._by_integral(t, x, T)[groups.inverse]
        a = _off(self.a, 1.0)
        last = _off(a + self.b + x - 1.0, 0.0)
        share = t / (self.alpha + T + t)
        # Euler's transformation of the 2F1 in eq. (10): written so, it cannot overflow
        series = hyp2f1(a + self.b - 1.0 - self.r, a - 1.0, last, share)
        left = 1.0 - np.exp((a - 1.0) * np.log1p(-share)) * series
        return (last / (a - 1.0) * left)[groups.inverse]

    def _by_integral(self, t: Floats, x: Floats, T: Floats) -> Floats:
        """The same expectation as an integral over the leaving probability.

        (1 - ((alpha + T) / (alpha + T + p t))^(r + x)) / p averaged over p, which for
        an active customer is Beta(a, b + x); Gauss-Legendre on its quantiles.
        """
        expected = np.zeros_like(t)
        for node, weight in zip((NODES + 1) / 2, NODE_WEIGHTS / 2, strict=True):
            p = np.maximum(betaincinv(self.a, self.b + x, node), 1e-12)
            power = -(self.r + x) * np.log1p(p * t / (self.alpha + T))
            expected += weight * -np.expm1(power) / p
        return expected

    def summary(self) -> list[dict[str, float | str | bool | None]]:
        """The parameters with standard errors and 95% intervals, as plain rows."""
        return [dict(vars(parameter)) for parameter in self.parameters]

    def _checked(
        self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike
    ) -> tuple[Floats, ...]:
        if not hasattr(self, "r"):
            raise EstimationError("Fit the model before asking it for predictions.")
        x, t_x, T = vectors(x=x, t_x=t_x, T=T)
        check_histories(x, t_x, T)
        return x, t_x, T


class _Grouped:
    """Distinct histories with weights, and their log-likelihood with its gradient."""

    def __init__(self, x: Floats, t_x: Floats, T: Floats, weights: Floats) -> None:
        groups = group_rows(x, t_x, T)
        self.x, self.t_x, self.T = groups.columns
        self.weights = np.bincount(groups.inverse, weights=weights)
        self.repeated = self.x > 0
        # the gamma functions depend on x alone, which has few distinct values
        self.counts, self.count_of = np.unique(self.x, return_inverse=True)
        self.count_weights = np.bincount(self.count_of, weights=self.weights)
        self.total = float(self.weights.sum())
        self.purchases = weighted_sum(self.weights, self.x)
        self.mean_rate = self.purchases / weighted_sum(self.weights, self.T)

    def log_likelihood(self, values: Floats) -> tuple[float, Floats]:
        """Eq. (6) summed over customers, and its gradient in (r, alpha, a, b)."""
        r, alpha, a, b = values
        n, m, w = self.counts, self.count_weights, self.weights
        by_count = (
            gammaln(r + n) - gammaln(r) + r * np.log(alpha)
            + gammaln(a + b) - gammaln(a + b + n) + gammaln(b + n) - gammaln(b)
        )  # fmt: skip
        power = r + self.x
        log_T, log_t = np.log(alpha + self.T), np.log(alpha + self.t_x)
        before = np.where(self.repeated, b + self.x - 1.0, 1.0)
        active = -power * log_T
        gone = np.where(
            self.repeated, np.log(a) - np.log(before) - power * log_t, -np.inf
        )
        either = np.logaddexp(active, gone)
        left = np.exp(gone - either)  # probability of having left, given the history
        stayed = 1.0 - left
        more, gone_on = digamma(r + n) - digamma(r), digamma(a + b) - digamma(a + b + n)
        stayed_on = digamma(b + n) - digamma(b)
        rate = stayed / (alpha + self.T) + left / (alpha + self.t_x)
        gradient = [
            weighted_sum(m, more + np.log(alpha))
            - weighted_sum(w, stayed * log_T + left * log_t),
            self.total * r / alpha - weighted_sum(w, power * rate),
            weighted_sum(m, gone_on) + weighted_sum(w, left) / a,
            weighted_sum(m, gone_on + stayed_on) - weighted_sum(w, left / before),
        ]
        total = weighted_sum(m, by_count) + weighted_sum(w, either)
        return total, np.array(gradient)


def _off(value: Floats | float, pole: float) -> Floats:
    """The value, moved off a pole that the formula has and its limit has not."""
    return np.where(np.abs(value - pole) < 1e-6, pole + 1e-6, value)
