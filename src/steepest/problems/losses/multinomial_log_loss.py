"""Multinomial logistic regression: the log-likelihood of several classes with an output each (softmax)."""

import math
from typing import Any, NamedTuple

__all__ = ["MultinomialLogLoss"]


class MultinomialLogLoss(NamedTuple):
    """``log(sum_k exp(o_k)) - o_true``; the probability of class k is ``exp(o_k) / sum_j exp(o_j)``.

    ``acc`` is (largest output so far, sum of exp(output - largest)): one pass, one exp an output, no overflow. The
    second derivative in o is diag(p) - p p', of largest eigenvalue 1/2 (two classes at 1/2); the derivative p - hit is
    at most sqrt(2) long.

    scikit-learn: LogisticRegression, HalfMultinomialLoss. Source: D. Boehning, "Multinomial logistic regression
    algorithm", Annals of the Institute of Statistical Mathematics 44, 1992; the running sum is M. Milakov,
    N. Gimelshein, "Online normalizer calculation for softmax", 2018, algorithm 3.
    """

    kind = "classification"  # type: ignore[misc]

    def start(self, o: Any, xp: Any) -> tuple[Any, Any]:
        return o, xp.where(o != o, o, 1.0)

    def fold(self, acc: tuple[Any, Any], o: Any, xp: Any) -> tuple[Any, Any]:
        largest, total = acc
        e = xp.exp(-xp.abs(o - largest))
        return xp.maximum(largest, o), xp.where(o > largest, total * e + 1.0, total + e)

    def value_of(self, o_true: Any, acc: tuple[Any, Any], xp: Any) -> Any:
        return xp.log(acc[1]) + (acc[0] - o_true)

    def derivative_of(self, o: Any, hit: Any, acc: tuple[Any, Any], xp: Any) -> Any:
        return xp.exp(o - acc[0]) / acc[1] - hit

    def probability_of(self, o: Any, acc: tuple[Any, Any], xp: Any) -> Any:
        return xp.exp(o - acc[0]) / acc[1]

    def curvature(self) -> float:
        return 0.5

    def slope(self) -> float:
        return math.sqrt(2.0)
