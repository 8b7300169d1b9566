"""Random valid formulas, for the tests that compare values and for those that break the texts."""

from collections.abc import Callable
from random import Random

import pytest

ONE = [
    "sqrt", "exp", "log", "ln", "log2", "log10", "log1p", "expm1", "sin", "cos", "tan", "asin", "arcsin", "acos",
    "arccos", "atan", "arctan", "sinh", "cosh", "tanh", "abs", "sign",
]  # fmt: skip
TWO = ["atan2", "arctan2", "hypot"]
NUMBERS = ["0", "1", "2", "3", "7", "0.5", "1.", ".25", "1e-3", "2.5E1", "10", "pi", "e", "tau"]
POWERS = ["2", "3", "4", "-1", "-2", "0.5", "2.0", "(1/2)", "(-3)", "1.7", "0", "1"]
VARIABLES = [["x"], ["x", "y", "z"], [f"w{i}" for i in range(1, 13)], [f"v[{i}]" for i in range(4)]]


def formula(random: Random, size: int, names: list[str]) -> str:
    """A formula of about ``size`` numbers and names, its shape, its signs and its spaces drawn at random."""
    if size <= 1:
        return random.choice(names if random.random() < 0.65 else NUMBERS)
    space = random.choice(["", "", " "])
    kind = random.random()
    if kind < 0.2:
        inner = formula(random, size - 1, names)
        return f"{random.choice(ONE)}({inner})"
    if kind < 0.28:
        return f"({random.choice('+-')}{formula(random, size - 1, names)})"
    if kind < 0.42:
        base = formula(random, size - 1, names)
        return f"({base}){space}{random.choice(['^', '**'])}{space}{random.choice(POWERS)}"
    left_size = random.randint(1, size - 1)
    left, right = formula(random, left_size, names), formula(random, size - left_size, names)
    if kind < 0.5:
        return f"{random.choice(TWO)}({left},{space}{right})"
    if kind < 0.56:
        return f"{random.choice(['min', 'max'])}({left},{space}{right},{formula(random, 1, names)})"
    if kind < 0.6:
        return f"({left})^({right})"
    sign = random.choice("+-*/")
    return f"{left}{space}{sign}{space}{right}" if random.random() < 0.5 else f"({left}{space}{sign}{space}{right})"


@pytest.fixture(scope="session")
def grow() -> Callable[[Random, int], str]:
    """``grow(random, size)``: a formula with at least one variable."""

    def grow(random: Random, size: int) -> str:
        names = random.choice(VARIABLES)
        return f"{formula(random, size, names)} {random.choice('+*')} {random.choice(names)}"

    return grow
