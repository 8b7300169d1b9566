"""What theory says of a run: the modes of its problem and the rule that moved along them."""

from typing import TYPE_CHECKING, Any

from ..analysis.modes import Modes, examined
from ..base.errors import ArgumentError
from .subject import ruled

if TYPE_CHECKING:
    from .run import Run

__all__ = ["modes_and_rule"]


def modes_and_rule(run: "Run") -> tuple[Modes, Any]:
    """The modes of a quadratic problem from the run's start, and the rule in numbers; None for the rule where its
    fields change on the way."""
    if run.problem is None:
        raise ArgumentError(
            "plot_modes needs the problem, which this loaded run does not hold; replay(problem=...) first"
        )
    found = examined(run.problem, run.w0)
    if not isinstance(found, Modes):
        raise ArgumentError(f"plot_modes needs a quadratic problem, and this is none: {found.reason}")
    fields = {name: value for name, value in run.recipe["method"].items() if name != "name"}
    steady = all(value is None or isinstance(value, (int, float)) for value in fields.values())
    return found, ruled(run.recipe["method"]["name"], fields, run.problem) if steady else None
