"""Money with dates: sums on a day and streams between two days, what of them falls where and what it is worth."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from planner.audit.paths import EPS, NumberPath, quadrature
from planner.instance.schema.calendar import Discount
from planner.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Flow:
    """USD m in one line: a sum on a day (`end == start`) or a stream over [start, end) at a rate a month.

    The rate runs from `first` to `last`, along a straight line or, `bent`, at constant growth.
    """

    line: str
    vendor: str
    start: float
    end: float
    first: float
    last: float = 0.0
    bent: bool = False

    def rate(self, x: float) -> float:
        """USD m a month at a moment of the stream."""
        if self.first == self.last:
            return self.first
        share = (x - self.start) / (self.end - self.start)
        if self.bent:
            return self.first * math.exp(math.log(self.last / self.first) * share)
        return self.first + (self.last - self.first) * share

    def within(self, a: float = -math.inf, b: float = math.inf) -> float:
        """USD m that fall in [a, b)."""
        return self.worth(a, b, None)

    def worth(self, a: float, b: float, weight: Callable[[float], float] | None) -> float:
        """USD m that fall in [a, b), each date weighted; a sum on a boundary belongs to the later side."""
        if self.end <= self.start:
            inside = a - EPS <= self.start < b - EPS
            return (self.first if weight is None else self.first * weight(self.start)) if inside else 0.0
        low, high = max(a, self.start), min(b, self.end)
        if high <= low:
            return 0.0
        if weight is None:
            if self.first == self.last:
                return self.first * (high - low)
            return quadrature(self.rate, low, high)
        return quadrature(lambda x: self.rate(x) * weight(x), low, high)

    def after(self, x: float) -> float:
        """USD m that fall after a date, that day's own sums left out."""
        if self.end <= self.start:
            return self.first if self.start > x + EPS else 0.0
        return self.worth(x, math.inf, None)

    def times(self, factor: float) -> Flow:
        """The same dates, another amount."""
        return replace(self, first=self.first * factor, last=self.last * factor)

    def later(self, months: float) -> Flow:
        """The same amount, later."""
        return replace(self, start=self.start + months, end=self.end + months)

    def since(self, start: float) -> Flow | None:
        """What of it falls at or after a moment."""
        if self.end <= self.start:
            return self if self.start >= start - EPS else None
        if self.end <= start + EPS:
            return None
        return replace(self, start=start, first=self.rate(start)) if self.start < start else self


def on_day(line: str, vendor: str, x: float, usd_m: float) -> Flow:
    """A sum on one day."""
    return Flow(line, vendor, x, x, usd_m, usd_m)


def evenly(line: str, vendor: str, a: float, b: float, usd_m: float) -> Flow:
    """A sum spread evenly over [a, b)."""
    return Flow(line, vendor, a, b, usd_m / (b - a), usd_m / (b - a))


def along(line: str, vendor: str, path: NumberPath, a: float, b: float, factor: float) -> list[Flow]:
    """A stream at `factor` x the path a month, in stretches between the path's corners."""
    corners = [a, *path.breaks(a, b), b]
    flows = []
    for low, high in itertools.pairwise(corners):
        if high <= low:
            continue
        bent = path.interpolate == "geometric"
        inside = (low + high) / 2.0
        # Read the ends from inside the stretch: on its corner a step path already has the next value.
        shift = min(EPS, (high - low) / 4.0)
        first, last = path.at(low + shift), path.at(high - shift)
        if path.interpolate == "step" or first == last:
            first = last = path.at(inside)
        else:
            first, last = _ends(path, low, high)
        flows.append(Flow(line, vendor, low, high, first * factor, last * factor, bent and first != last))
    return flows


def _ends(path: NumberPath, low: float, high: float) -> tuple[float, float]:
    """Values at both ends of a smooth stretch, exact: from two points inside, by the path's own law."""
    third = (high - low) / 3.0
    near, far = path.at(low + third), path.at(high - third)
    if path.interpolate == "geometric":
        return near * near / far, far * far / near
    return 2.0 * near - far, 2.0 * far - near


@dataclass(frozen=True, slots=True)
class Rates:
    """What a dollar at a date is worth on the first day, by line."""

    timeline: Timeline
    company: float
    by_line: dict[str, float]
    factors: tuple[float, ...] | None

    def yearly(self, line: str) -> float:
        """The line's rate a year; the company rate where it has none of its own."""
        return self.by_line.get(line, self.company)

    def lowest(self, lines: Iterable[str]) -> float:
        """The lowest rate among lines; among all there are where none is named."""
        named = [self.yearly(line) for line in lines]
        return min(named) if named else min([self.company, *self.by_line.values()])

    def factor(self, line: str, x: float) -> float:
        """What one dollar of a line at a moment is worth."""
        return self.factor_at(self.yearly(line), x)

    def factor_at(self, rate: float, x: float) -> float:
        """What one dollar at a moment is worth at a rate a year, or by the given factors."""
        if self.factors is None:
            return math.exp(-math.log1p(rate) * x / 12.0)
        starts = [period.start for period in self.timeline.periods]
        place = bisect_right(starts, x + EPS) - 1
        return self.factors[min(max(place, 0), len(self.factors) - 1)]

    def present(self, flow: Flow, a: float = -math.inf, b: float = math.inf) -> float:
        """Present value of what of a flow falls in [a, b)."""
        rate = self.yearly(flow.line)
        if self.factors is None or flow.end <= flow.start:
            slope = -math.log1p(rate) / 12.0
            if self.factors is None:
                return flow.worth(a, b, lambda x: math.exp(slope * x))
            return flow.worth(a, b, lambda x: self.factor_at(rate, x))
        corners = [period.end for period in self.timeline.periods[:-1]]
        edges = [-math.inf, *corners, math.inf]
        return sum(
            flow.worth(max(a, low), min(b, high), None) * factor
            for low, high, factor in zip(edges[:-1], edges[1:], self.factors, strict=True)
        )


def read_rates(discount: Discount, timeline: Timeline) -> Rates:
    """The rates of an instance."""
    by_line = {str(line): rate.constant for line, rate in discount.by_line.items()}
    return Rates(timeline, discount.rate.constant, by_line, discount.factors)
