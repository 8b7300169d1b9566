"""The scikit-learn face: linear models trained by ``steepest.minimize``, as a classifier and a regressor."""

from .classifier import DescentClassifier
from .regressor import DescentRegressor

__all__ = ["DescentClassifier", "DescentRegressor"]
