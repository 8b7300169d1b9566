"""Hyper-parameters that change while a run goes on: schedules on any number, a search for the learning rate."""

from typing import Any, NamedTuple

from ..base.errors import ArgumentError
from ..methods.line_search import search as line_search
from ..methods.line_search.fitting import fits
from ..methods.line_search.search import as_line_search
from ..methods.rule import label
from ..methods.schedules.schedule import as_schedule, spelled, unspelled

__all__ = ["Varying", "spelled_fields", "unspelled_fields", "varying"]


class Varying(NamedTuple):
    """The schedules of a rule by field, resolved for the length of the run, and the line search, if any."""

    schedules: dict[str, Any]
    search: Any

    def numbers(self, rule: Any) -> Any:
        """The rule with numbers only: those of the first update, and 1 for a learning rate that is searched for."""
        if not self.schedules and self.search is None:
            return rule
        first = {name: schedule(0.0) for name, schedule in self.schedules.items()}
        return rule._replace(**first, **({} if self.search is None else {"learning_rate": 1.0}))


def varying(rule: Any, rows: int, updates_a_row: int, batch: int | None, box: Any) -> Varying:
    """What of a checked rule varies in a run of ``rows`` rows; combinations that make no sense are refused."""
    schedules, search = {}, None
    for name, value in rule._asdict().items():
        if value is None or isinstance(value, (float, int)):
            continue
        if as_line_search(value) is not None:
            search = value
            continue
        schedule = as_schedule(value)
        if schedule is not None:
            schedules[name] = schedule.resolved(float(max(rows, 1) * (1 if schedule.per_epoch else updates_a_row)))
    if box is not None and getattr(rule, "averages_free_points", False):
        raise ArgumentError(
            f"method {label(rule)!r} reports an average of points before they are projected; leave bounds out, or use "
            f"average_after=0 with another method"
        )
    if search is not None:
        refuse_search(rule, search, batch, box, schedules)
    return Varying(schedules, search)


def refuse_search(rule: Any, search: Any, batch: int | None, box: Any, schedules: dict[str, Any]) -> None:
    name = type(search).__name__
    if hasattr(rule, "renews_each"):
        raise ArgumentError(
            f"learning_rate={name}() searches along the whole objective, and method {label(rule)!r} steps by examples; "
            f"give a number"
        )
    if batch is not None:
        raise ArgumentError(f"learning_rate={name}() searches along the whole objective; leave batch_size out")
    if box is not None:
        raise ArgumentError(f"learning_rate={name}() does not search along a projected path; leave bounds out")
    if schedules:
        field = next(iter(schedules))
        raise ArgumentError(f"learning_rate={name}() needs constant fields beside it; give {field} as a number")
    why = fits(rule._replace(learning_rate=1.0))
    if why is not None:
        raise ArgumentError(f"learning_rate={name}() does not fit method {label(rule)!r}: {why}")


def spelled_fields(rule: Any) -> dict[str, Any]:
    """The rule's fields as a recipe holds them, JSON-ready."""

    def told(value: Any) -> Any:
        if value is None or isinstance(value, (float, int)):
            return value
        return spelled(value) if as_line_search(value) is None else line_search.spelled(value)

    return {name: told(value) for name, value in zip(rule._fields, rule, strict=True)}


def unspelled_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that ``spelled_fields`` wrote, as objects."""

    def built(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return line_search.unspelled(value) if "line_search" in value else unspelled(value)

    return {name: built(value) for name, value in fields.items()}
