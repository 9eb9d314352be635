"""Dates as months from the first day of a calendar, periods, and paths over them.

The axis `x` is months since the first day of the calendar: 12 months a year, 30 days a month (docs/conventions.md).
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from planner.instance.quantity import Quantity, When

DAY_MONTHS = 1.0 / 30.0
HOURS_PER_YEAR = 8760.0
MONTHS_PER_STEP = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A period of the calendar, `[start, end)` in months."""

    label: str
    start: float
    end: float
    reported: bool

    @property
    def months(self) -> float:
        """Length in months."""
        return self.end - self.start

    @property
    def years(self) -> float:
        """Length in years."""
        return (self.end - self.start) / 12.0

    @property
    def last_day(self) -> float:
        """The date at which states "on the last day" are read."""
        return self.end - DAY_MONTHS


@dataclass(frozen=True, slots=True)
class Timeline:
    """The calendar of an instance: its origin and periods."""

    origin: date
    periods: tuple[Period, ...]

    @property
    def end(self) -> float:
        """First moment after the last period, in months."""
        return self.periods[-1].end

    def month(self, day: date) -> float:
        """Months from the first day of the calendar to a date."""
        return month_between(self.origin, day)

    def first(self, when: When) -> float:
        """First moment of what a date names."""
        return self.month(when.first)

    def after(self, when: When) -> float:
        """First moment after what a date names."""
        return self.month(when.after)

    def position(self, x: float) -> int | None:
        """The period that contains a moment; None before the start or after the end."""
        if x < self.periods[0].start or x >= self.end:
            return None
        return bisect_right([period.start for period in self.periods], x + 1e-9) - 1


def month_between(origin: date, day: date) -> float:
    """Months from one date to another, days counted as thirtieths."""
    whole = (day.year - origin.year) * 12 + (day.month - origin.month)
    return whole + (min(day.day, 30) - min(origin.day, 30)) / 30.0


def label_of(origin: date, start: float, months: float) -> str:
    """Name of a period: 2026-07, 2026Q3, 2026H2 or 2026."""
    index = origin.year * 12 + origin.month - 1 + round(start)
    year, month = divmod(index, 12)
    if months == 12 and month == 0:
        return f"{year}"
    if months == 6 and month % 6 == 0:
        return f"{year}H{month // 6 + 1}"
    if months == 3 and month % 3 == 0:
        return f"{year}Q{month // 3 + 1}"
    return f"{year}-{month + 1:02d}"


def make_timeline(
    start: When, end: When, step: str, report_to: When | None, coarsen: tuple[When, str] | None
) -> Timeline:
    """Periods of `step` from start to the end, longer ones after `coarsen`; ValueError where they do not fit."""
    origin = start.first
    stop = month_between(origin, end.after)
    reported = stop if report_to is None else month_between(origin, report_to.after)
    periods: list[Period] = []
    x = 0.0
    while x < stop - 1e-9:
        months = float(MONTHS_PER_STEP[step])
        if coarsen is not None and x >= month_between(origin, coarsen[0].after) - 1e-9:
            months = float(MONTHS_PER_STEP[coarsen[1]])
        until = x + months
        if until > stop + 1e-9:
            raise ValueError(f"a period of {months:g} months from month {x:g} passes the end of the calendar")
        if x < reported - 1e-9 < until - 1e-6 and until > reported + 1e-9:
            raise ValueError("report_to falls inside a period")
        periods.append(Period(label_of(origin, x, months), x, until, until <= reported + 1e-9))
        x = until
    if not periods:
        raise ValueError("the calendar ends before it starts")
    return Timeline(origin, tuple(periods))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch `[start, end)` of a curve: `(level + slope*(x - start)) * ratio**(x - start)`."""

    start: float
    end: float
    level: float
    slope: float = 0.0
    ratio: float = 1.0

    def at(self, x: float) -> float:
        """The value at a moment of the stretch."""
        if math.isinf(self.start):
            return self.level
        growth: float = self.ratio ** (x - self.start)
        return (self.level + self.slope * (x - self.start)) * growth


@dataclass(frozen=True, slots=True)
class Curve:
    """A number over time as pieces in order; undefined before the first one."""

    pieces: tuple[Piece, ...]

    @property
    def start(self) -> float:
        """First moment at which it has a value (may be -inf)."""
        return self.pieces[0].start

    def at(self, x: float) -> float:
        """The value at a moment; ValueError before the first point."""
        if x < self.start - 1e-9:
            raise ValueError(f"no value at month {x:g}: the path starts at month {self.start:g}")
        index = max(bisect_right([piece.start for piece in self.pieces], x + 1e-9) - 1, 0)
        return self.pieces[index].at(x)

    def cut(self, a: float, b: float) -> list[Piece]:
        """The pieces inside [a, b), re-based to their own starts."""
        if b <= a:
            return []
        if a < self.start - 1e-9:
            raise ValueError(f"no value at month {a:g}: the path starts at month {self.start:g}")
        out = []
        for piece in self.pieces:
            lo, hi = max(a, piece.start), min(b, piece.end)
            if hi > lo:
                level = piece.level if math.isinf(piece.start) else piece.at(lo)
                slope = 0.0 if math.isinf(piece.start) else piece.slope * piece.ratio ** (lo - piece.start)
                out.append(Piece(lo, hi, level, slope, piece.ratio))
        return out

    def integral(self, a: float, b: float, rate: float = 0.0) -> float:
        """Integral over [a, b) in value x months, discounted continuously to x = 0 at `rate` a year."""
        return sum(piece_integral(piece, rate) for piece in self.cut(a, b))

    def mean(self, a: float, b: float) -> float:
        """Mean over [a, b)."""
        return self.integral(a, b) / (b - a)


def piece_integral(piece: Piece, rate: float = 0.0) -> float:
    """Integral of a piece times (1+rate)^(-x/12) over its stretch, exact."""
    length = piece.end - piece.start
    growth = math.log(piece.ratio) - math.log1p(rate) / 12.0
    scale = math.exp(-math.log1p(rate) / 12.0 * piece.start) if rate else 1.0
    z = growth * length
    flat = length * (math.expm1(z) / z if z else 1.0)
    if abs(z) < 1e-3:
        # The closed form loses digits here; what the series leaves out is below 1e-17.
        ramp = length * length * (1 / 2 + z * (1 / 3 + z * (1 / 8 + z * (1 / 30 + z / 144))))
    else:
        ramp = (length * math.exp(z) - flat) / growth
    return scale * (piece.level * flat + piece.slope * ramp)


def curve(quantity: Quantity, timeline: Timeline) -> Curve:
    """A quantity as a curve over months."""
    if quantity.value is not None:
        return Curve((Piece(-math.inf, math.inf, quantity.value),))
    points = [(timeline.month(day), value) for day, value in quantity.points]
    if quantity.per_year is not None:
        x, value = points[0]
        return Curve((Piece(x, math.inf, value, ratio=(1.0 + quantity.per_year) ** (1.0 / 12.0)),))
    pieces = []
    for (x, value), (until, target) in itertools.pairwise(points):
        if quantity.interpolate == "linear":
            pieces.append(Piece(x, until, value, slope=(target - value) / (until - x)))
        elif quantity.interpolate == "geometric" and value > 0 and target > 0:
            pieces.append(Piece(x, until, value, ratio=(target / value) ** (1.0 / (until - x))))
        else:
            pieces.append(Piece(x, until, value))
    pieces.append(Piece(points[-1][0], math.inf, points[-1][1]))
    return Curve(tuple(pieces))


def steps(points: Iterable[tuple[float, float]]) -> Curve:
    """A curve that is 0 before the first point and holds each value until the next."""
    ordered = sorted(points)
    pieces = [Piece(-math.inf, ordered[0][0], 0.0)] if ordered else [Piece(-math.inf, math.inf, 0.0)]
    for index, (x, value) in enumerate(ordered):
        until = ordered[index + 1][0] if index + 1 < len(ordered) else math.inf
        if until > x:
            pieces.append(Piece(x, until, value))
    return Curve(tuple(pieces))


# Gauss-Legendre nodes and weights on [-1, 1], 8 points: exact for polynomials up to degree 15.
_GAUSS = (
    (0.1834346424956498, 0.3626837833783620),
    (0.5255324099163290, 0.3137066458778873),
    (0.7966664774136267, 0.2223810344533745),
    (0.9602898564975363, 0.1012285362903763),
)


def product_integral(curves: Sequence[Curve], a: float, b: float, rate: float = 0.0) -> float:
    """Integral of a product of curves over [a, b) in value x months, discounted to x = 0 at `rate` a year.

    Between breakpoints every factor is smooth, where eight Gauss points leave no more than rounding.
    """
    breaks = sorted({a, b, *(p.start for c in curves for p in c.cut(a, b) if p.start > a)})
    total = 0.0
    for lo, hi in itertools.pairwise(breaks):
        pieces = [c.cut(lo, hi)[0] for c in curves]
        middle, half = (lo + hi) / 2.0, (hi - lo) / 2.0
        for node, weight in _GAUSS:
            for x in (middle - half * node, middle + half * node):
                value = weight * half * math.exp(-math.log1p(rate) / 12.0 * x)
                for piece in pieces:
                    value *= piece.at(x)
                total += value
    return total
