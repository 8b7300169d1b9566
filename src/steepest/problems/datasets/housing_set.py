"""Housing: districts made up after the manner of the California census, columns of very different scales."""

from typing import Any

import numpy as np

from ...base.errors import ArgumentError, ArgumentTypeError
from ..tables.splitting import checked_seed
from ..tables.table import Column, Table, numeric_columns

__all__ = ["housing"]

_NAMES = (
    "median_income", "house_age", "average_rooms", "average_bedrooms", "population", "average_occupancy", "latitude",
    "longitude",
)  # fmt: skip


def housing(rows: int = 20640, seed: int = 0) -> Table:
    """``rows`` districts: income in 10,000 dollars, age in years, people, degrees; the target is in dollars, skewed.

    Two thirds of the districts lie about two cities by the coast. The logarithm of the value is linear in those of
    income, rooms and occupancy, in age and in the distance to the nearer city, with noise of 0.2.
    """
    if isinstance(rows, bool) or not isinstance(rows, (int, np.integer)):
        raise ArgumentTypeError(f"rows must be a whole number; got {rows!r}")
    if not 2 <= rows <= 10_000_000:
        raise ArgumentError(f"rows must be from 2 to 10,000,000; got {rows!r}")
    draw, size = np.random.default_rng(checked_seed(seed)), int(rows)
    latitude, longitude, distance = _places(draw, size)
    income = np.clip(np.exp(draw.normal(1.3, 0.45, size) - 0.05 * distance), 0.5, 15.0)
    age = np.clip(draw.normal(28.0, 12.5, size).round(), 1.0, 52.0)
    rooms = np.clip(5.0 * (income / 3.7) ** 0.3 * np.exp(draw.normal(0.0, 0.25, size)), 1.0, 60.0)
    bedrooms = np.clip(rooms / 5.0 * np.exp(draw.normal(0.03, 0.12, size)), 0.4, 15.0)
    population = np.clip(np.exp(draw.normal(7.05, 0.73, size)).round(), 3.0, 36_000.0)
    occupancy = np.clip(np.exp(draw.normal(1.05, 0.22, size)), 0.7, 40.0)
    log_value = (
        11.55 + 0.7 * np.log(income) + 0.2 * np.log(rooms) - 0.5 * np.log(occupancy) + 0.004 * age - 0.11 * distance
        + draw.normal(0.0, 0.2, size)
    )  # fmt: skip
    X = np.column_stack((income, age, rooms, bedrooms, population, occupancy, latitude, longitude))
    value = Column("median_value", np.exp(log_value).round())
    return Table(tuple(numeric_columns(X, _NAMES)), value, "regression", "housing", np.arange(1, size + 1))


def _places(draw: Any, size: int) -> tuple[Any, Any, Any]:
    """Latitude, longitude and the distance to the nearer of two cities, in degrees."""
    cities = np.array([[34.05, -118.25], [37.77, -122.42]])
    place = draw.choice(3, size, p=[0.4, 0.27, 0.33])
    along = draw.uniform(-0.2, 1.2, size)  # the others lie along the line between the cities, inland of it
    inland = cities[0] + along[:, None] * (cities[1] - cities[0]) + draw.exponential(0.8, size)[:, None] * [0.5, 0.8]
    near = cities[np.minimum(place, 1)] + draw.normal(0.0, 0.35, (size, 2))
    where = np.where((place < 2)[:, None], near, inland)
    where = np.clip(where, [32.5, -124.4], [42.0, -114.3]).round(2)
    distance = np.sqrt(((where[:, None, :] - cities) ** 2).sum(axis=2)).min(axis=1)
    return where[:, 0], where[:, 1], distance
