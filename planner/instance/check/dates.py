"""Dates of a spec on its calendar: windows as period starts, date keys as months, values of paths, power of sites."""

from __future__ import annotations

import math

from planner.instance.parse import ParseError, parse_when
from planner.instance.quantity import Quantity
from planner.instance.schema import Spec
from planner.instance.schema.base import Window
from planner.instance.schema.sites import PowerProject, Site
from planner.timeline import DAY_MONTHS, Timeline, curve, month_between

EPS = 1e-6


class Dates:
    """A spec on its calendar: windows, date keys and the values of paths."""

    def __init__(self, spec: Spec, timeline: Timeline) -> None:
        self.spec = spec
        self.timeline = timeline
        self.end = timeline.end

    # Dates and paths

    def month(self, key: str) -> float:
        """First month of a date key; NaN where it is no date."""
        try:
            return self.timeline.month(parse_when(key).first)
        except ParseError:
            return math.nan

    def dated(self, window: Window | None) -> tuple[float, float] | None:
        """First and last period start inside a window; None where no period of the calendar starts in it."""
        first, after = -math.inf, math.inf
        if window is not None and window.from_ is not None:
            first = month_between(self.timeline.origin, window.from_.first)
        if window is not None and window.to is not None:
            after = month_between(self.timeline.origin, window.to.after)
        inside = [p.start for p in self.timeline.periods if first - EPS <= p.start < after - EPS]
        return (inside[0], inside[-1]) if inside else None

    def values(self, quantity: Quantity | None, first: float = 0.0, after: float = math.inf) -> list[float]:
        """Values that a quantity takes in `[first, after)`, at its corners; empty where there is none."""
        if quantity is None:
            return []
        if quantity.value is not None:
            return [quantity.value]
        path = curve(quantity, self.timeline)
        after = min(after, self.end)
        lo = max(first, path.start)
        if lo >= after:
            return [path.at(path.start if path.start > -math.inf else lo)]
        corners = [lo, *(p.start for p in path.pieces if lo < p.start < after), max(lo, after - DAY_MONTHS)]
        ends = [p.end - 1e-6 for p in path.pieces if lo < p.end < after]
        return [path.at(x) for x in (*corners, *ends)]

    def most(self, quantity: Quantity | None, first: float = 0.0, after: float = math.inf) -> float:
        """Largest value of a quantity in `[first, after)`; 0 where there is none."""
        return max(self.values(quantity, first, after), default=0.0)

    # Power

    def power_mw(self, site: Site, first: float = 0.0) -> float:
        """Most facility MW at a site from a date on: grid, power units that can be finished, load that may be cut."""
        extra = 0.0
        if site.curtailable is not None and self.dated(site.curtailable.take) is not None:
            extra = self.most(site.curtailable.extra_facility_mw, first)
        units = (
            project.unit_mw.constant * project.max_units.constant
            for project in site.power_projects.values()
            if self.project_window(project) is not None
        )
        return self.most(site.facility_power_mw, first) + extra + sum(units)

    def project_window(self, project: PowerProject) -> tuple[float, float] | None:
        """First and last start of a power unit that is finished inside the calendar."""
        return self._ready_by_end(self.dated(project.start), project.lead_months.constant)

    def _ready_by_end(self, dated: tuple[float, float] | None, lead: float) -> tuple[float, float] | None:
        if dated is None or dated[0] + lead >= self.end - EPS:
            return None
        return dated
