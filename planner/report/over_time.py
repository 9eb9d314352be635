"""Periods of a plan and sums over them: on a scenario tree every sum is weighted by the probability of its node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from planner.numbers import Scale
from planner.plan.plan import Plan
from planner.report.content import Kind

GW = Scale("GW")


@dataclass(frozen=True, slots=True)
class Span:
    """A period on the axis, in decimal years."""

    label: str
    start: float
    end: float
    reported: bool
    first_day: str
    last_day: str

    @property
    def year(self) -> int:
        """Calendar year in which it starts."""
        return int(self.start + 1e-6)


@dataclass(frozen=True)
class Time:
    """The periods of a plan in order, and for each node its period and probability."""

    spans: tuple[Span, ...]
    position: Mapping[str, int]
    probability: Mapping[str, float]
    parent: Mapping[str, str]
    """The node before each node, empty for the first."""
    leaves: Mapping[str, tuple[str, ...]]
    """Nodes from the root to each leaf; one entry, with an empty name, where nothing is uncertain."""
    scale: Scale = GW
    """Unit of power by the size of the company."""

    @staticmethod
    def of(plan: Plan) -> Time:
        """The periods of a plan."""
        periods = plan.frames["periods"]
        spans: dict[str, Span] = {}
        position: dict[str, int] = {}
        parent: dict[str, str] = {}
        for row in rows_of(periods):
            if row.period not in spans:
                start = decimal_year(str(row.start))
                spans[str(row.period)] = Span(
                    str(row.period), start, start + float(row.years), bool(row.reported), str(row.start),
                    str(row.last_day),
                )  # fmt: skip
            position[str(row.node)] = list(spans).index(str(row.period))
            parent[str(row.node)] = str(row.parent)
        probability = {str(node): float(share) for node, share in zip(
            periods["node"], periods["probability"], strict=True
        )}  # fmt: skip
        return Time(
            tuple(spans.values()), position, probability, parent, _leaves(parent), Scale.of(size_mw(plan))
        )

    @property
    def power_kind(self) -> Kind:
        """How cells of power are written in the unit of the company."""
        return "gw" if self.scale.unit == "GW" else "mw"

    @property
    def branching(self) -> bool:
        """Whether there are scenarios."""
        return len(self.leaves) > 1

    @property
    def last_reported(self) -> int:
        """Position of the last reported period (of the last one, if none is)."""
        found = [place for place, span in enumerate(self.spans) if span.reported]
        return found[-1] if found else len(self.spans) - 1

    @property
    def labels(self) -> list[str]:
        """Names of the periods."""
        return [span.label for span in self.spans]

    def expected(self, frame: pd.DataFrame, column: str, by: str | None = None) -> dict[str, list[float]]:
        """{member: expected sum by period}; without `by` the one member is the column itself."""
        out: dict[str, list[float]] = {} if by else {column: [0.0] * len(self.spans)}
        if frame.empty:
            return out
        members: Sequence[object] = list(frame[by]) if by else [column] * len(frame)
        for member, node, value in zip(members, frame["node"], frame[column], strict=True):
            if value == value:  # not a NaN
                sums = out.setdefault(str(member), [0.0] * len(self.spans))
                sums[self.position[node]] += self.probability[node] * float(value)
        return out

    def along(self, frame: pd.DataFrame, column: str) -> dict[str, list[float]]:
        """{leaf: values on its path} of a frame with one row a node."""
        values = dict(zip(frame["node"], frame[column], strict=True))
        return {leaf: [float(values[node]) for node in path] for leaf, path in self.leaves.items()}

    def years(self) -> list[tuple[str, list[int]]]:
        """(name, positions) of calendar years; a part of a year names its first and last period."""
        by_year: dict[int, list[int]] = {}
        for place, span in enumerate(self.spans):
            by_year.setdefault(span.year, []).append(place)
        out = []
        for year, places in by_year.items():
            whole = abs(self.spans[places[-1]].end - self.spans[places[0]].start - 1.0) < 1e-6
            first, last = self.spans[places[0]].label, self.spans[places[-1]].label
            part = first if first == last else f"{first}–{last.removeprefix(str(year))}"
            out.append((str(year) if whole else part, places))
        return out

    def ending(self, after: date) -> int | None:
        """Position of the period that contains the last day before a date."""
        x = decimal_year(after.isoformat()) - 1e-6
        for place, span in enumerate(self.spans):
            if span.start <= x < span.end:
                return place
        return None


def size_mw(plan: Plan) -> float:
    """The most IT load that a company secures or asks for, MW: it decides whether its power is shown in MW or GW."""
    frame = plan.frames["ladder"]
    it = frame[frame["basis"] == "it"]
    return float(it[["secured_gw", "powered_gw", "demand_gw"]].max().max()) * 1000.0 if len(it) else 0.0


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame, with its columns as attributes."""
    return frame.itertuples(index=False)


def least(frame: pd.DataFrame, column: str) -> Any:
    """The row with the least value of a column; its columns as attributes."""
    return next(rows_of(frame.loc[[frame[column].idxmin()]]))


def decimal_year(iso: str) -> float:
    """A date as a decimal year of twelve equal months of thirty days."""
    year, month, day = (int(part) for part in iso.split("-"))
    return year + (month - 1) / 12.0 + (min(day, 30) - 1) / 360.0


def _leaves(parent: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    inner = set(parent.values())
    out: dict[str, tuple[str, ...]] = {}
    for node in parent:
        if node in inner:
            continue
        path = [node]
        while parent[path[0]]:
            path.insert(0, parent[path[0]])
        out[node.partition("/")[2]] = tuple(path)
    return out
