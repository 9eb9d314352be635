"""Numbers over months as the audit reads them, and integrals by quadrature: no closed form is shared with prepare."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from planner.instance.quantity import Quantity
from planner.timeline import Timeline

EPS = 1e-6
"""Moments closer than this are one moment, in months; the smallest step of the calendar is a day, 1/30."""

# Ten-point Gauss-Legendre rule on [-1, 1]: (place, weight), each for both signs.
_RULE = (
    (0.14887433898163122, 0.29552422471475287),
    (0.4333953941292472, 0.26926671930999635),
    (0.6794095682990244, 0.21908636251598204),
    (0.8650633666889845, 0.1494513491505806),
    (0.9739065285171717, 0.06667134430868814),
)


def quadrature(value: Callable[[float], float], a: float, b: float, breaks: Iterable[float] = ()) -> float:
    """Integral of a function over [a, b) that is smooth between the breaks, to rounding."""
    if b <= a:
        return 0.0
    corners = [a, *sorted(x for x in set(breaks) if a + EPS < x < b - EPS), b]
    total = 0.0
    for low, high in itertools.pairwise(corners):
        middle, half = (low + high) / 2.0, (high - low) / 2.0
        total += half * sum(
            weight * (value(middle - half * place) + value(middle + half * place)) for place, weight in _RULE
        )
    return total


@dataclass(frozen=True, slots=True)
class NumberPath:
    """A quantity over months from the start of the calendar.

    Before its first point it holds the first value: prepare refuses an instance in which that would matter, so the
    audit meets it only for given signings (docs/conventions.md) and for decisions that it rejects by their date.
    """

    months: tuple[float, ...]
    values: tuple[float, ...]
    interpolate: str
    growth: float = 0.0
    """Growth a year from the only point on."""

    def at(self, x: float) -> float:
        """The value at a moment."""
        if len(self.months) <= 1:
            if self.growth and x > self.months[0]:
                return self.values[0] * math.exp(math.log1p(self.growth) * (x - self.months[0]) / 12.0)
            return self.values[0]
        place = bisect_right(self.months, x + EPS / 10.0) - 1
        if place < 0:
            return self.values[0]
        if place == len(self.months) - 1 or self.interpolate == "step":
            return self.values[place]
        before, after = self.values[place], self.values[place + 1]
        share = (x - self.months[place]) / (self.months[place + 1] - self.months[place])
        if self.interpolate == "linear":
            return before + (after - before) * share
        if before <= 0.0 or after <= 0.0:
            return before
        return before * math.exp(math.log(after / before) * share)

    def breaks(self, a: float, b: float) -> list[float]:
        """Moments inside (a, b) where the path jumps or bends."""
        return [x for x in self.months if a + EPS < x < b - EPS]

    def total(self, a: float, b: float) -> float:
        """Integral over [a, b) in value x months."""
        return quadrature(self.at, a, b, self.breaks(a, b))

    def mean(self, a: float, b: float) -> float:
        """Mean over [a, b)."""
        if not self.breaks(a, b) and not self.growth and self.interpolate == "step":
            return self.at((a + b) / 2.0)
        return self.total(a, b) / (b - a)


def read_path(quantity: Quantity, timeline: Timeline) -> NumberPath:
    """A quantity as a path over months."""
    if quantity.value is not None:
        return NumberPath((0.0,), (quantity.value,), "step")
    months = tuple(timeline.month(day) for day, _ in quantity.points)
    values = tuple(value for _, value in quantity.points)
    if quantity.per_year is not None:
        return NumberPath(months[:1], values[:1], "geometric", quantity.per_year)
    return NumberPath(months, values, quantity.interpolate)


def number(quantity: Quantity | None, default: float) -> float:
    """The number of a constant field, or what docs/conventions.md says a missing one means."""
    return default if quantity is None else quantity.constant


def shared(a: float, b: float, start: float, end: float) -> float:
    """Months that [a, b) and [start, end) have in common."""
    return max(0.0, min(b, end) - max(a, start))


def month_of(text: str, timeline: Timeline) -> float:
    """First moment of a date key such as `2027Q3`, `2027H1`, `2027-09`, `2027-09-15` or `2027`."""
    year, month, day = int(text[:4]), 1, 1
    rest = text[4:]
    if rest[:1] == "Q":
        month = 3 * int(rest[1]) - 2
    elif rest[:1] == "H":
        month = 6 * int(rest[1]) - 5
    elif rest:
        parts = rest.strip("-").split("-")
        month, day = int(parts[0]), int(parts[1]) if len(parts) > 1 else 1
    origin = timeline.origin
    return 12.0 * (year - origin.year) + (month - origin.month) + (min(day, 30) - min(origin.day, 30)) / 30.0
