"""Where the checks write what they find."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from functools import cached_property

from planner.instance.finding import Finding, Severity, did_you_mean
from planner.instance.instance import Instance
from planner.instance.quantity import Quantity
from planner.instance.schema import Spec
from planner.instance.schema.base import Window
from planner.timeline import Timeline, make_timeline, month_between


class Report:
    """Collects findings about one instance, each with its place in the file."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.spec: Spec = instance.spec
        self._found: list[Finding] = []
        self._errors = False
        self.doubted: set[str] = set()
        """Paths of numbers that look like another unit, said so far."""

    @property
    def errors(self) -> bool:
        """Whether any error was found so far."""
        return self._errors

    @property
    def findings(self) -> list[Finding]:
        """All findings once, errors first, in the order of the file."""
        unique = list(dict.fromkeys(self._found))
        return sorted(unique, key=lambda finding: (finding.severity != "error", _line(finding.where)))

    def error(self, code: str, path: str, message: str, repair: str) -> None:
        """Note something that makes the instance unusable."""
        self._errors = True
        self._add("error", code, path, message, repair)

    def warn(self, code: str, path: str, message: str, repair: str) -> None:
        """Note something doubtful."""
        if code == "unit":
            self.doubted.add(path)
        self._add("warning", code, path, message, repair)

    def add(self, *findings: Finding) -> None:
        """Note findings that know their place."""
        self._found += findings

    def _add(self, severity: Severity, code: str, path: str, message: str, repair: str) -> None:
        self._found.append(Finding(code, severity, self.instance.position(path), path, message, repair))

    def known(self, path: str, what: str, names: Iterable[str], known: Collection[str]) -> None:
        """Every name must be one of the known ones."""
        for name in names:
            if name not in known:
                repair = did_you_mean(name, known) or f"add it under the {what}s, or take it out here"
                self.error("unknown_reference", path, f"there is no {what} {name!r}", repair)

    @cached_property
    def timeline(self) -> Timeline | None:
        """The calendar, where it can be made."""
        calendar = self.spec.calendar
        coarsen = None if calendar.coarsen is None else (calendar.coarsen.after, calendar.coarsen.step)
        try:
            return make_timeline(calendar.start, calendar.end, calendar.step, calendar.report_to, coarsen)
        except ValueError:
            return None

    def window(self, window: Window) -> tuple[float, float]:
        """[from, to) in months; open ends are infinite."""
        origin = self.spec.calendar.start.first
        first = -math.inf if window.from_ is None else month_between(origin, window.from_.first)
        after = math.inf if window.to is None else month_between(origin, window.to.after)
        return first, after

    def covers(self, path: str, quantity: Quantity | None, x: float, what: str) -> None:
        """A path in time must have a value from month x on."""
        if quantity is None or not quantity.points or self.timeline is None:
            return
        start = self.timeline.month(quantity.points[0][0])
        if start > x + 1e-9:
            self.error(
                "path_starts_late",
                path,
                f"the first date of the path is {quantity.points[0][0]}, after {what}",
                "add an earlier date with its value",
            )


def _line(where: str) -> tuple[str, int, int]:
    parts = where.rsplit(":", 2)
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return parts[0], int(parts[1]), int(parts[2])
    return where, 0, 0
