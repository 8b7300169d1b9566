"""Hypothesis runs without a deadline (a kernel may be compiled inside an example) and draws the same examples every
time; ``--hypothesis-profile=explore`` draws new ones, and more of them, some out of the numbers that stand in the
package's source. Pages are tested in a real browser, Debian's Chromium driven by Playwright, where there is one.

Python looks for cycles a hundred times less often than by itself: it would walk over all that compilers keep and all
tests that were collected again and again, a seventh of the time of a file that compiles, a third of collecting."""

import gc
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("explore", deadline=None, max_examples=300)
settings.load_profile("steady")

gc.set_threshold(70_000, 10, 10)

LONG = (
    "engines/jax/test_agreement.py", "test_quality.py", "tutorial/test_landscapes.py", "estimators/test_accuracy.py",
    "docs/test_docs.py", "engines/numba/test_models.py",
)  # fmt: skip
"""Files of a minute and more with few tests, the longest first."""


def pytest_configure(config: pytest.Config) -> None:
    """Files go to the workers in the order of collection, not by how many tests they hold: mypy and the studies would
    come last, one worker waiting for the other. The kernels that test_agreement.py compiles are then in the cache when
    tests/engines/numba comes."""
    config.option.loadscopereorder = False
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of jobs in the background; commands under test inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("--hypothesis-profile") != "explore":
        # Numbers from the source of what is loaded, which differs between workers and orders: an example, and with it a
        # failure, would come and go.
        providers._get_local_constants = lambda: providers._local_constants


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    first = {Path(__file__).parent / name: k for k, name in enumerate(LONG)}
    items.sort(key=lambda item: first.get(item.path, len(LONG)))


def pytest_collection_finish() -> None:
    """The tests and modules that are there now stay to the end: nobody needs to look whether they are garbage."""
    gc.freeze()


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium here: what pages do in a browser was not tested")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield found
        found.close()
