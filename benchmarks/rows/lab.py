"""The lab under the hand: six paths of 300 steps after each move of the start, a map of 3,600 runs, the first paint.
The peers are the times that they have to keep."""

import shutil
import statistics
from collections.abc import Iterator
from typing import Any

from ..harness import SHARE, Row, installed, not_installed
from ..lab_page import STATE, Lab, browser_page, lab

MOVES, SIDE = 60, 60
SERVER, PAINT, MAP, FIRST = 0.008, 0.05, 0.25, 1.0
"""Seconds."""
WHAT = "six paths of 300 steps on Rosenbrock after a move"
NOTE = "a lab in a process of its own; over its WebSocket, the answer's text received and not read"


def rows(quick: bool) -> Iterator[Row]:
    if not installed("websockets") or not installed("starlette"):
        yield not_installed(WHAT, "the limit", "the extra lab")
        return
    rounds, moves = (2, 10) if quick else (7, MOVES)
    with lab() as found:
        yield from server_rows(found, rounds, moves, quick)
        yield map_row(found, 3 if quick else 9, quick)
        if installed("playwright") and (shutil.which("chromium") or shutil.which("chromium-browser")):
            yield from page_rows(found, rounds, moves, quick)
        else:
            yield not_installed(f"{WHAT}: to the frame that draws them", "the limit", "Chromium with Playwright")


def at(k: int) -> list[float]:
    """Where the start is after k moves."""
    return [-1.2 + 0.004 * (k % 300), 1.0 - 0.002 * (k % 300)]


def part(values: list[float], share: float) -> float:
    """A quantile: of ``share`` of the values it is the largest."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def kept(what: str, values: list[float], limit: float, required: bool, note: str = "") -> Row:
    return Row(what, "the limit", [(value, limit) for value in values], SHARE, 1.0 if required else None, note)


def server_rows(found: Lab, rounds: int, moves: int, quick: bool) -> Iterator[Row]:
    given = {name: STATE[name] for name in ("problem", "iterations", "runs")}
    timed = [
        [found.ask("paths", start=at(moves * turn + k), slot="paths", **given)[1] for k in range(moves)]
        for turn in range(rounds + 1)
    ][1:]
    yield kept(f"{WHAT}: the server's median", [statistics.median(one) for one in timed], SERVER, False, NOTE)
    yield kept(f"{WHAT}: of 20 answers 19 within", [part(one, 0.95) for one in timed], SERVER, not quick, NOTE)


def map_row(found: Lab, times: int, quick: bool) -> Row:
    side = 10 if quick else SIDE
    axes = {
        "x": {"name": "learning_rate", "low": 1e-5, "high": 1e-1, "count": side, "log": True},
        "y": {"name": "momentum", "low": 0.0, "high": 0.99, "count": side, "log": False},
    }  # fmt: skip
    run = {"method": "momentum", "fields": {"learning_rate": 1e-3}}
    given = {"problem": STATE["problem"], "iterations": 300, "run": run, **axes}
    spent = [found.ask("map", start=at(k), slot="map", **given)[1] for k in range(times + 2)][2:]
    note = "300 iterations each; programs compiled before"
    return kept(f"a map of {side} x {side} runs on Rosenbrock", spent, MAP, not quick, note)


def page_rows(found: Lab, rounds: int, moves: int, quick: bool) -> Iterator[Row]:
    first: list[float] = []
    with browser_page(found) as opened:
        for _ in range(2 if quick else 5):
            page = opened(STATE)
            paint = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
            first.append(page.evaluate(paint))
            page.context.close()
        page = opened(STATE)
        timed = [dragged(page, moves, turn) for turn in range(rounds + 1)][1:]
    note = "Chromium without a graphics card, each move after the last was drawn"
    what = f"{WHAT}: from the pointer's event to the end of the frame that draws them"
    yield kept(f"{what}, median", [statistics.median(one) for one in timed], PAINT, False, note)
    yield kept(f"{what}, of 20 moves 19 within", [part(one, 0.95) for one in timed], PAINT, not quick, note)
    yield kept("the page's first paint", first, FIRST, not quick)


def dragged(page: Any, moves: int, turn: int) -> list[float]:
    """The start dragged along an arc, move by move."""
    box = page.locator("#stage").bounding_box()
    x, y = box["x"] + 0.3 * box["width"], box["y"] + (0.35 + 0.02 * (turn % 5)) * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_selector("body[data-busy=false]")
    spent = []
    for k in range(1, moves + 1):
        page.evaluate("() => { window.next = window.painted(); }")
        page.mouse.move(x + 3 * k, y + 30 * (k / moves) ** 2)
        spent.append(page.evaluate("() => window.next"))
    page.mouse.up()
    page.wait_for_selector("body[data-busy=false]")
    return spent
