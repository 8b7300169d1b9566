"""Hypothesis runs without a deadline (a kernel may be compiled inside an example) and draws the same examples every
time; ``--hypothesis-profile=explore`` draws new ones, and more of them. Pages are tested in a real browser, Debian's
Chromium driven by Playwright, where there is one."""

import shutil

import pytest
from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("explore", deadline=None, max_examples=300)
settings.load_profile("steady")

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
