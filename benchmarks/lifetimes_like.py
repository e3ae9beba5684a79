"""RFM and lifetime value the usual way: pandas, and every customer a row of numpy.

Stands for PyPI `lifetimes` 0.11.3, which is unmaintained since 2020 and no dependency
of ours. The same steps as its `summary_data_from_transaction_data`, `BetaGeoFitter`,
`GammaGammaFitter` and `customer_lifetime_value`: likelihoods over all customers
ungrouped, and twelve monthly expectations by `hyp2f1` for every customer. Where it
differs it is kinder to the peer: exact gradients instead of automatic ones.
"""

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import digamma, gammaln, hyp2f1


def rfm(purchases: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """Fifths by recency, frequency and money; ties by the order of customers."""
    grouped = purchases.groupby("customer").agg(
        last=("day", "max"), frequency=("day", "nunique"), monetary=("value", "sum")
    )
    grouped["recency"] = -(until - grouped["last"]).dt.days
    for name in ("recency", "frequency", "monetary"):
        rank = grouped[name].rank(method="first")
        grouped[f"{name}_mark"] = pd.qcut(rank, 5, labels=False) + 1
    return grouped


def summary(purchases: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """Frequency, recency, T in weeks and mean value of repeat days, by customer."""
    days = purchases.groupby(["customer", "day"], as_index=False)["value"].sum()
    days["first"] = days.groupby("customer")["day"].transform("min")
    days["repeat"] = days["day"] > days["first"]
    days["repeated"] = days["value"].where(days["repeat"])
    table = days.groupby("customer").agg(
        frequency=("repeat", "sum"),
        first=("first", "first"),
        last=("day", "max"),
        monetary=("repeated", "mean"),
    )
    table["recency"] = (table["last"] - table["first"]).dt.days / 7
    table["T"] = (until - table["first"]).dt.days / 7
    return table.fillna({"monetary": 0.0})


def fit_bg_nbd(x, t_x, T) -> np.ndarray:
    """Estimates r, alpha, a and b over all customers, one row each."""
    scale = 1 / T.max()  # as lifetimes does
    t_x, T = t_x * scale, T * scale

    def loss(logs):
        r, alpha, a, b = values = np.exp(logs)
        ever = x > 0
        before = np.where(ever, b + x - 1, 1)
        stay = -(r + x) * np.log(alpha + T)
        gone = np.where(
            ever, np.log(a) - np.log(before) - (r + x) * np.log(alpha + t_x), -np.inf
        )
        both = np.logaddexp(stay, gone)
        left = np.exp(gone - both)
        total = (
            gammaln(r + x) - gammaln(r) + r * np.log(alpha) + gammaln(a + b)
            + gammaln(b + x) - gammaln(b) - gammaln(a + b + x) + both
        )  # fmt: skip
        mixed = (1 - left) * np.log(alpha + T) + left * np.log(alpha + t_x)
        slope = (1 - left) / (alpha + T) + left / (alpha + t_x)
        shared = digamma(a + b) - digamma(a + b + x)
        gradient = np.array(
            [
                (digamma(r + x) - digamma(r) + np.log(alpha) - mixed).mean(),
                (r / alpha - (r + x) * slope).mean(),
                (shared + left / a).mean(),
                (shared + digamma(b + x) - digamma(b) - left / before).mean(),
            ]
        )
        return -total.mean(), -gradient * values

    start = np.full(4, 0.1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", tol=1e-7)
    r, alpha, a, b = np.exp(found.x)
    return np.array([r, alpha / scale, a, b])


def fit_gamma_gamma(x, mean) -> np.ndarray:
    """Estimates p, q and v over all customers who came back."""

    def loss(logs):
        p, q, v = values = np.exp(logs)
        spread = np.log(v + x * mean)
        total = (
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
            + (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * spread
        )  # fmt: skip
        both = digamma(p * x + q)
        gradient = np.array(
            [
                (x * (both - digamma(p * x) + np.log(x * mean) - spread)).mean(),
                (both - digamma(q) + np.log(v) - spread).mean(),
                (q / v - (p * x + q) / (v + x * mean)).mean(),
            ]
        )
        return -total.mean(), -gradient * values

    return np.exp(minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B").x)


def expected(model: np.ndarray, t: float, x, t_x, T) -> np.ndarray:
    """Eq. (10) of Fader, Hardie & Lee (2005) for every customer."""
    r, alpha, a, b = model
    series = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
    power = ((alpha + T) / (alpha + T + t)) ** (r + x)
    odds = np.where(
        x > 0,
        a / (b + np.maximum(x, 1) - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x),
        0,
    )
    return (a + b + x - 1) / (a - 1) * (1 - series * power) / (1 + odds)


def lifetime_value(model, spending, table: pd.DataFrame) -> pd.Series:
    """Twelve months discounted at 10% a year, month by month as lifetimes does."""
    p, q, v = spending
    x, t_x, T = (table[c].to_numpy(float) for c in ("frequency", "recency", "T"))
    weight = p * x / (p * x + q - 1)
    value = (1 - weight) * v * p / (q - 1) + weight * table["monetary"]
    total = np.zeros(x.size)
    week = 365.25 / 12 / 7
    for month in range(1, 13):
        later = expected(model, month * week, x, t_x, T)
        sooner = expected(model, (month - 1) * week, x, t_x, T)
        total += (later - sooner) / 1.1 ** (month / 12)
    return value * total


def all_scores(purchases: pd.DataFrame, until: str) -> dict[str, object]:
    """Marks, parameters and values of all customers.

    :param purchases: customer, day (datetime64) and value, a row per purchase line
    """
    end = pd.Timestamp(until)
    marks = rfm(purchases, end)
    table = summary(purchases, end)
    x, t_x, T = (table[c].to_numpy(float) for c in ("frequency", "recency", "T"))
    model = fit_bg_nbd(x, t_x, T)
    back = table[(table["frequency"] > 0) & (table["monetary"] > 0)]
    columns = (back[c].to_numpy(float) for c in ("frequency", "monetary"))
    spending = fit_gamma_gamma(*columns)
    value = lifetime_value(model, spending, table)
    return {"marks": marks, "model": model, "spending": spending, "value": value}
