"""What cannot be used is one clear sentence."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_iris

from steepest import DescentClassifier, DescentRegressor

X, Y = load_iris(return_X_y=True)


def marred(value, row, column):
    data = X.copy()
    data[row, column] = value
    return data


@pytest.mark.parametrize(
    ("fit", "sentence"),
    [
        (lambda: DescentClassifier().fit(marred(np.nan, 7, 3), Y), "contains NaN: at row 7, column 3"),
        (lambda: DescentClassifier().fit(sp.csr_array(marred(np.nan, 7, 3)), Y), "contains NaN: at row 7, column 3"),
        (lambda: DescentRegressor().fit(marred(-np.inf, 2, 1), Y), "contains inf .* at row 2, column 1"),
        (lambda: DescentClassifier().fit(X, Y).predict(marred(np.nan, 1, 0)), "NaN: at row 1, column 0"),
        (lambda: DescentClassifier().fit(X, np.zeros(150)), r"one class only \(0.0\)"),
        (lambda: DescentClassifier().fit(X, Y, sample_weight=(Y == 1) * 1.0), r"one class only \(1\) in rows whose"),
        (lambda: DescentClassifier().fit(X, X[:, 0]), "Unknown label type: continuous"),
        (lambda: DescentClassifier().fit(X, Y[:-1]), r"inconsistent numbers of samples: \[150, 149\]"),
        (lambda: DescentClassifier().fit([["a"], ["b"]], [0, 1]), "could not convert string to float: 'a'"),
        (lambda: DescentClassifier().partial_fit(X, Y), "classes must be passed on the first call"),
        (lambda: DescentClassifier().partial_fit(X, Y, classes=[0, 1]), "label 2, which is not in classes"),
        (lambda: DescentClassifier().partial_fit(X, Y, classes=[1]), "one class only"),
        (lambda: DescentClassifier(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2]), "give a dict"),
        (lambda: DescentClassifier(early_stopping=True).partial_fit(X, Y, classes=[0, 1, 2]), "early_stopping must"),
        (lambda: DescentClassifier(class_weight={"rose": 1}).fit(X, Y), "names 'rose', which is no class"),
        (lambda: DescentClassifier(class_weight={0: -1}).fit(X, Y), "class_weight must not be negative"),
        (lambda: DescentClassifier(early_stopping=True).fit(X[::50], Y[::50]), "which cannot be done"),
        (lambda: DescentRegressor("poisson").fit(X, Y - 1.0), "must not be negative with loss 'poisson'.* row 0"),
        (lambda: DescentRegressor("huber", epsilon=0.0).fit(X, Y), "epsilon of huber must be .* above 0"),
        (lambda: DescentRegressor().fit(X, Y, sample_weight=-np.ones(150)), "[Nn]egative values.*sample_weight"),
        (lambda: DescentRegressor().fit(X, Y, sample_weight=np.zeros(150)), "non-zero|is 0 for every row"),
        (lambda: DescentRegressor(alpha=-1.0).fit(X, Y), r"'alpha' parameter .* \[0.0, inf\). Got -1.0"),
        (lambda: DescentRegressor(tol=-1.0).fit(X, Y), r"'tol' parameter .* Got -1.0"),
        (lambda: DescentRegressor(quantile=1.0).fit(X, Y), "'quantile' parameter"),
        (lambda: DescentRegressor(learning_rate=0.0).fit(X, Y), "'learning_rate' parameter"),
        (lambda: DescentClassifier("multinomial_log_loss").fit(X, Y), "'loss' parameter"),
        (lambda: DescentClassifier(method="adamz").fit(X, Y), "'method' parameter"),
    ],
)
def test_bad_input_is_a_sentence(fit, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit()


@pytest.mark.parametrize("name", ["constant", "optimal", "invscaling", "adaptive"])
def test_the_names_of_schedules_are_refused_with_the_fix(name):
    with pytest.raises(ValueError, match=f"learning_rate='{name}' is a schedule's name in scikit-learn.*: write"):
        DescentClassifier(learning_rate=name).fit(X, Y)
