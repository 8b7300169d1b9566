"""How tests speak to the lab's page in a browser, and read it."""

import re

LONG = 120_000


def settled(page):
    """Waits until what was asked for last is shown."""
    page.wait_for_selector("body[data-busy=false]")


def choose(page, name):
    page.locator("#problem").select_option(f"{name} 2")
    settled(page)


def numbers(text):
    found = re.findall(r"-?[\d.]+(?:e-?\d+)?", text.replace("\N{MINUS SIGN}", "-").replace(",", ""))
    return [float(part) for part in found]


def shown_f(page):
    return numbers(page.locator("#where").inner_text())[1]


def state_of(page):
    return page.evaluate(
        """() => { const part = location.hash.slice(7).replaceAll('-', '+').replaceAll('_', '/');
        return JSON.parse(atob(part)); }"""
    )


def axe_faults(page, axe):
    """What axe-core, its script ``axe``, finds wrong with the page."""
    page.evaluate(axe)
    return page.evaluate("async () => (await axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.html)])")
