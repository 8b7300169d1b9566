"""What the tests of the JAX engine share: a count of what XLA compiles, and a comparison of two runs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

_compiled: list[str] = []


def _listen(event: str, seconds: float, **_: Any) -> None:
    if event == "/jax/core/compile/backend_compile_duration":
        _compiled.append(event)


jax.monitoring.register_event_duration_secs_listener(_listen)


@pytest.fixture
def compilations() -> Callable[[], int]:
    """``compilations()``: programs that XLA has compiled since the test began."""
    before = len(_compiled)
    return lambda: len(_compiled) - before


@pytest.fixture(scope="session")
def same_path() -> Callable[..., None]:
    """``same_path(run, reference, close=1e-13)``: the rows agree to that part of the largest weight, the ends are the
    same, and so are the gradients counted. Compiled loops do not use the value that checked a callable at its start."""

    def compare(run: Any, reference: Any, close: float = 1e-13) -> None:
        found, wanted = run.history, reference.history
        assert np.array_equal(found.iteration, wanted.iteration)
        np.testing.assert_allclose(found.w, wanted.w, rtol=0, atol=close * np.abs(wanted.w).max())
        for name in ("f", "grad_norm", "running_f"):
            column, known = getattr(found, name), getattr(wanted, name)
            assert (column is None) == (known is None), name
            if column is not None and not np.isnan(known).all():
                np.testing.assert_allclose(
                    column, known, rtol=0, atol=10 * close * np.nanmax(np.abs(known)), err_msg=name
                )
        if wanted.learning_rate is None:
            assert found.learning_rate is None
        elif getattr(run._call.rule, "rates_of_its_own", False):  # read off the path
            np.testing.assert_allclose(found.learning_rate, wanted.learning_rate, rtol=1e-6)
        else:
            assert np.array_equal(found.learning_rate, wanted.learning_rate, equal_nan=True)
        assert (run.outcome, run.nit) == (reference.outcome, reference.nit)
        assert 0 <= run.nfev - reference.nfev <= 1
        assert run.njev == reference.njev

    return compare
