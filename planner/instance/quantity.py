"""Quantities, dates, payment profiles and ramps as they stand in an instance, in the unit of their field.

Nothing here knows the calendar: dates stay dates. `planner.timeline` turns them into months and integrals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Interpolation = Literal["step", "linear", "geometric"]


@dataclass(frozen=True, slots=True)
class When:
    """A date as people write it: `2027Q3`, `2027-09`, `2027-09-15` or `2027`; `2027H1` too."""

    text: str
    first: date
    """First day of what is named."""
    after: date
    """First day after what is named: `2027Q3` ends where 2027-10-01 begins."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a number comes from and how sure it is.

    `low` and `high` are in the unit of the number; beside a path in time they are factors on the whole path.
    """

    low: float | None = None
    high: float | None = None
    source: str | None = None
    as_of: str | None = None
    confidence: Literal["firm", "reported", "estimate"] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, constant or over time, in the unit of its field.

    Constant: `points` is empty and `value` is the number. Path: `points` are (date, value) in order of date, where the
    date is the first day of the key, or its LAST day (`after` minus one day) when the path says `at: end`, so that a
    step counts on that day; `value` is None.
    `per_year`: growth a year (share) from the only point on, compounding, geometric. Before the first point a path has
    no value (error); after the last it holds.
    """

    unit: str
    value: float | None
    points: tuple[tuple[date, float], ...] = ()
    interpolate: Interpolation = "step"
    per_year: float | None = None
    provenance: Provenance = Provenance()

    @property
    def is_path(self) -> bool:
        """Whether the number changes over time."""
        return self.value is None

    @property
    def constant(self) -> float:
        """The number of a constant quantity; a path has none (ValueError)."""
        if self.value is None:
            raise ValueError("a path in time has no single value")
        return self.value


@dataclass(frozen=True, slots=True)
class Payment:
    """A share of a sum paid at an offset (`until_month == from_month`) or evenly over [from, until)."""

    from_month: float
    until_month: float
    share: float


@dataclass(frozen=True, slots=True)
class PaymentProfile:
    """When a price is paid, in months from the decision or from delivery; the shares add up to 1."""

    payments: tuple[Payment, ...]
    counted_from: Literal["decision", "delivery"] = "decision"


@dataclass(frozen=True, slots=True)
class Ramp:
    """Cumulative share delivered: steps in months after delivery, or on calendar dates."""

    by_month: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    by_date: tuple[tuple[date, float], ...] = ()
