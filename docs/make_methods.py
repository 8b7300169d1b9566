"""Writes methods.md beside this file from the rules themselves: ``python docs/make_methods.py``. A test holds the page
to what this gives."""

import re
from pathlib import Path
from typing import Any

from steepest import methods
from steepest.base.fields import fields_of
from steepest.cli.commands.methods import engines_of, paragraphs, update_equation
from steepest.cli.minimize_flags import default_of, range_of
from steepest.methods import line_search, modifiers

PAGE = Path(__file__).with_name("methods.md")

INTRODUCTION = """\
# Methods

<!-- written by docs/make_methods.py; edit the docstrings of the rules instead -->

Every update rule: its equation, its fields with their defaults, where it comes from, which engines run it, and how its
conventions stand beside those of torch.optim and optax. `steepest methods` shows the same in a terminal,
`steepest methods adam` one of them.

```python
import steepest

run = steepest.minimize(steepest.gallery.rosenbrock(), method="adam", learning_rate=0.02, beta2=0.99)
same = steepest.minimize(steepest.gallery.rosenbrock(), method=steepest.methods.Adam(learning_rate=0.02, beta2=0.99))
assert (run.w == same.w).all()
```

Where torch.optim has a rule, torch's convention is the default here (`momentum` apart, which has the rate inside the
velocity unless `rate_outside=True`), and the fields that turn it into optax's are named. `learning_rate=None` is
"auto": see [learning rates](learning-rates.md). Any number may be a [schedule](schedules.md). Rules that run in the
numba engine are compiled into its loops, one example at a time included. Any optax transformation is a method too:
`minimize(f, w0, optax.lamb(0.01))`.

A rule of your own is a NamedTuple with `init` and `update`; it needs no registration and runs in every engine:

```python
from typing import NamedTuple

class SignDescent(NamedTuple):
    learning_rate: float = 0.01

    def init(self, w, xp):
        return ()

    def update(self, w, g, slots, t, xp):
        return -self.learning_rate * xp.sign(g), ()

run = steepest.minimize("x^2 + 10*y^2", [1.0, 1.0], SignDescent(), max_iter=200)
assert run.f < 1e-3
```

"""

ADDED = """\
## Added to any method

Their fields are keywords beside the method's own, in this order from the outside: noise, clipping, weight decay, the
rule, averaging. `steepest.methods.modified("momentum", weight_decay=0.01)` makes such a rule as an object.

```python
run = steepest.minimize(
    "x^2 + 10*y^2", [1.0, 1.0], "momentum", learning_rate=0.05, clip_norm=1.0, average_after=100, max_iter=500
)
```

"""

SEARCHES = """\
## Line searches

In place of a number: `learning_rate=steepest.line_search.Armijo()`, for methods whose step is learning_rate times a
direction (see [learning rates](learning-rates.md)).

"""


def page() -> str:
    names = methods.names()
    parts = [INTRODUCTION, "## All of them\n\n", overview(names), "\n"]
    parts += [section(name, methods.find(name)) for name in names]
    parts += [ADDED, *(section(name, modifiers.find(name), False) for name in modifiers.names())]
    parts += [SEARCHES, *(section(name, line_search.find(name), False) for name in line_search.names())]
    return re.sub(r"\n{3,}", "\n\n", "".join(parts)).rstrip() + "\n"


def overview(names: tuple[str, ...]) -> str:
    lines = ["| method | engines | torch.optim | optax |", "| --- | --- | --- | --- |"]
    for name in names:
        cls: Any = methods.find(name)
        text = cls.__doc__ or ""
        torch, optax = peers(text, r"torch\.optim\.(\w+)"), peers(text, r"optax\.((?:contrib\.)?\w+)")
        lines.append(f"| [{name}](#{name}) | {', '.join(engines_of(cls))} | {torch} | {optax} |")
    return "\n".join(lines) + "\n"


def peers(text: str, pattern: str) -> str:
    """The peer's names in a docstring, in the order of their mention."""
    return ", ".join(dict.fromkeys(re.findall(pattern, text)))


def section(name: str, cls: Any, engines: bool = True) -> str:
    about, source = paragraphs(cls)
    rows = [
        f"| `{field}` | {default_of(info)} | {range_of(info.field, info.kind)} | {info.field.help} |"
        for field, info in fields_of(cls).items()
    ]
    lines = [f"### {name}\n", "```text", *update_equation(cls), "```\n"]
    lines += [f"{paragraph}\n" for paragraph in about]
    if rows:
        lines += ["| field | default | range | |", "| --- | --- | --- | --- |", *rows, ""]
    lines.append(f"Source: {source}\n")
    if engines:
        lines.append(f"Engines: {', '.join(engines_of(cls))}\n")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="ascii")
    print(f"{PAGE.name}: {len(methods.names())} methods")
