"""What every part of the preparation reads: the terms of each scenario, discounting, the tree, and its candidates.

Seam between the modules of this package. Each part is one function, called by `prepare` in this order; all return
their part of `Data` and a `Ledger` (planner.data.payments):

    prepare_construction(context) -> (Construction, Ledger)
    prepare_contracts(context) -> (Contracts, Ledger)
    prepare_chips(context, construction, contracts) -> (Chips, Ledger)
    prepare_power(context, construction, contracts) -> (Power, Ledger)
    prepare_service(context, construction, contracts, chips) -> (Service, Ledger)
    prepare_money(context, contracts, ledger so far) -> (Money, Ledger)
    prepare_limits(context, construction, contracts, chips, service, ledger so far) -> (limits, Ledger)

A `Scenario` is one leaf: its spec and everything that needs only that. The `Context` adds the tree. For a decision at
node u, what happens at a descendant n follows the terms of the leaf of n: compute one list over the periods for each
of `context.below(u)` and join them with `context.stitch`. What is delivered on which date: planner.data.delivery.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from planner.errors import InstanceError
from planner.instance.parse import parse_when
from planner.instance.quantity import Quantity
from planner.instance.schema import Spec
from planner.instance.schema.base import Window
from planner.timeline import Curve, Period, Timeline, curve, piece_integral
from planner.tree import Node, Tree

EPS = 1e-9
"""Dates closer than this (months) are the same."""

T = TypeVar("T", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, eq=False)
class Scenario:
    """The terms of one leaf on the shared calendar."""

    id: str
    probability: float
    spec: Spec
    timeline: Timeline
    _curves: dict[int, tuple[Quantity, Curve]] = field(default_factory=dict, repr=False)
    _found: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def once(self, key: Hashable, make: Callable[[], V]) -> V:
        """What `make` returns, computed the first time that the key is asked for."""
        if key not in self._found:
            self._found[key] = make()
        found: V = self._found[key]
        return found

    # Quantities

    def curve(self, quantity: Quantity) -> Curve:
        """A quantity over months; computed once."""
        found = self._curves.get(id(quantity))
        if found is None:
            # The quantity is kept beside its curve so that its id stays its own.
            found = self._curves[id(quantity)] = (quantity, curve(quantity, self.timeline))
        return found[1]

    def month_of(self, key: str) -> float:
        """First moment of a date written as a key, in months."""
        return self.timeline.first(parse_when(key))

    def window(self, window: Window) -> tuple[float, float]:
        """Decisions dated in `[from, to)` months are allowed."""
        first = -math.inf if window.from_ is None else self.timeline.first(window.from_)
        after = math.inf if window.to is None else self.timeline.after(window.to)
        return first, after

    @cached_property
    def gw_ratio(self) -> float:
        """Facility MW per IT MW by which quoted GW and given MW are divided; 1 with gw_basis it."""
        if self.spec.gw_basis == "it":
            return 1.0
        if self.spec.gw_basis_facility_per_it is None:
            raise InstanceError("gw_basis facility needs gw_basis_facility_per_it", rule="gw_basis")
        return self.spec.gw_basis_facility_per_it.constant

    # Discounting

    @cached_property
    def _rates(self) -> dict[str, float]:
        return {line: quantity.constant for line, quantity in self.spec.discount.by_line.items()}

    def rate(self, line: str) -> float:
        """Discount rate a year of a cost line."""
        return self._rates.get(line, self._company_rate)

    @cached_property
    def _company_rate(self) -> float:
        return self.spec.discount.rate.constant

    @property
    def given_factors(self) -> tuple[float, ...] | None:
        """Factors by period that replace the rates."""
        return self.spec.discount.factors

    def factor(self, line: str, x: float) -> float:
        """Discount factor of a payment on date x."""
        if self.given_factors is not None:
            return self.given_factors[self._factor_position(x)]
        return float((1.0 + self.rate(line)) ** (-x / 12.0))

    def mid_factor(self, line: str, position: int) -> float:
        """Discount factor of money that depends on a variable of the period."""
        period = self.timeline.periods[position]
        return self.factor(line, (period.start + period.end) / 2.0)

    def end_factor(self, line: str) -> float:
        """Discount factor at the end of the calendar."""
        return self.factor(line, self.timeline.end)

    def pv(self, line: str, stream: Curve, a: float, b: float) -> float:
        """Present value of the stream (USD m a month) over [a, b), exact."""
        if b <= a:
            return 0.0
        if self.given_factors is None:
            return stream.integral(a, b, self.rate(line))
        total = 0.0
        for piece in stream.cut(a, b):
            for lo, hi in self._split(piece.start, piece.end):
                part = Curve((piece,)).cut(lo, hi)[0]
                total += piece_integral(part) * self.factor(line, (lo + hi) / 2.0)
        return total

    def _factor_position(self, x: float) -> int:
        position = self.timeline.position(x)
        if position is not None:
            return position
        return 0 if x < self.timeline.periods[0].start else len(self.timeline.periods) - 1

    def _split(self, a: float, b: float) -> list[tuple[float, float]]:
        inner = [period.start for period in self.timeline.periods if a + EPS < period.start < b - EPS]
        edges = [a, *inner, b]
        return list(itertools.pairwise(edges))


class Unknown(NamedTuple):
    """Something on which two scenarios differ at a node that they share."""

    what: str
    node: Node
    one: str
    other: str
    """Ids of the two scenarios."""


@dataclass(frozen=True, eq=False)
class Context:
    """All scenarios of an instance on their tree."""

    timeline: Timeline
    tree: Tree
    scenarios: dict[str, Scenario]
    """By leaf id, in order."""
    refused: list[Unknown] | None = None
    """Where given: what changes before it is known is noted here and read from the first scenario, not raised."""

    @cached_property
    def first(self) -> Scenario:
        """The first scenario: for names, ids and whatever no branch may change."""
        return next(iter(self.scenarios.values()))

    @property
    def spec(self) -> Spec:
        """Spec of the first scenario."""
        return self.first.spec

    @property
    def periods(self) -> tuple[Period, ...]:
        """Periods of the calendar."""
        return self.timeline.periods

    @property
    def end(self) -> float:
        """End of the calendar, months."""
        return self.timeline.end

    def period(self, node: Node) -> Period:
        """Period of a node."""
        return self.timeline.periods[self.tree.period[node]]

    def at(self, node: Node) -> Scenario:
        """The scenario whose terms hold at a node."""
        return self.scenarios[self.tree.leaf[node]]

    def below(self, node: Node) -> tuple[Scenario, ...]:
        """Scenarios that pass through a node."""
        return self._below[node]

    def path(self, scenario: Scenario) -> tuple[Node, ...]:
        """Nodes of a scenario by position of their period."""
        return self._paths[scenario.id]

    @cached_property
    def _paths(self) -> dict[str, tuple[Node, ...]]:
        # Leaves and last nodes are one to one.
        return {self.tree.leaf[last]: self.tree.path[last] for last in self.tree.last}

    @cached_property
    def _below(self) -> dict[Node, tuple[Scenario, ...]]:
        below: dict[Node, list[Scenario]] = {node: [] for node in self.tree.nodes}
        for scenario in self.scenarios.values():
            for node in self._paths[scenario.id]:
                below[node].append(scenario)
        return {node: tuple(found) for node, found in below.items()}

    # Candidates and joins

    def nodes_in(self, window: Callable[[Scenario], Window]) -> tuple[Node, ...]:
        """Nodes whose start lies in a window of the terms; branches must agree before they split."""
        out = []
        for node in self.tree.nodes:
            start = self.period(node).start

            def allowed(scenario: Scenario, start: float = start) -> bool:
                first, after = scenario.window(window(scenario))
                return first - EPS <= start < after - EPS

            if self.agreed(node, allowed, "a window"):
                out.append(node)
        return tuple(out)

    def agreed(self, node: Node, value: Callable[[Scenario], T], what: str) -> T:
        """What all scenarios through a node say of it; an error where they differ before a branch is known."""
        below = self._below[node]
        found = value(below[0])
        for scenario in below[1:]:
            other = value(scenario)
            if not _same(found, other):
                self.refuse(what, node, below[0], scenario)
        return found

    def by_node(self, value: Callable[[Scenario, int], float], what: str) -> dict[Node, float]:
        """A number for every node, from the scenario and the position of the period."""
        return {
            node: self.agreed(node, lambda scenario, p=position: value(scenario, p), what)  # type: ignore[misc]
            for node, position in self.tree.period.items()
        }

    def stitch(
        self, decided: Node, by_scenario: Mapping[str, Sequence[float]], what: str
    ) -> dict[Node, float]:
        """Numbers by node for a decision, from a list over all positions for each scenario below; without zeros."""
        start = self.tree.period[decided]
        below = self._below[decided]
        if len(below) == 1:
            values = by_scenario[below[0].id]
            path = self._paths[below[0].id]
            return {path[p]: values[p] for p in range(start, len(path)) if values[p] != 0.0}
        out: dict[Node, float] = {}
        for node in self.tree.descendants[decided]:
            position = self.tree.period[node]
            value = self.agreed(node, lambda scenario, p=position: by_scenario[scenario.id][p], what)  # type: ignore[misc]
            if value != 0.0:
                out[node] = value
        return out

    def expected(self, decided: Node, value: Callable[[Scenario], float]) -> float:
        """Probability-weighted sum over the scenarios below a decision."""
        return sum(scenario.probability * value(scenario) for scenario in self._below[decided])

    def refuse(self, what: str, node: Node, one: Scenario, other: Scenario) -> None:
        """Note, or raise, that something changes before it is known."""
        if self.refused is not None:
            self.refused.append(Unknown(what, node, one.id, other.id))
            return
        raise InstanceError(
            f"{what} changes before it is known: at {node} scenarios {one.id} and {other.id} differ",
            rule="known",
            hint="let the factor be known earlier, or the override start later",
        )


def _same(one: Hashable, other: Hashable) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def number(quantity: Quantity | None, default: float) -> float:
    """The number of an optional constant with its documented default."""
    return default if quantity is None else quantity.constant


def value_at(scenario: Scenario, quantity: Quantity, x: float, what: str) -> float:
    """A quantity on a date; an error that names it where its path has no value yet."""
    try:
        return scenario.curve(quantity).at(x)
    except ValueError as error:
        raise InstanceError(f"{what}: {error}", rule="path", hint="let the path start earlier") from None


def mean_over(scenario: Scenario, quantity: Quantity, position: int, what: str) -> float:
    """Mean of a quantity over a period; an error that names it where its path has no value yet."""
    period = scenario.timeline.periods[position]
    try:
        return scenario.curve(quantity).mean(period.start, period.end)
    except ValueError as error:
        raise InstanceError(f"{what}: {error}", rule="path", hint="let the path start earlier") from None


def mean_of(scenario: Scenario, quantity: Quantity, period: Period, what: str) -> float:
    """Mean of a quantity over a period; an error that names it where its path has no value yet."""
    try:
        return scenario.curve(quantity).mean(period.start, period.end)
    except ValueError as error:
        raise InstanceError(f"{what}: {error}", rule="path", hint="let the path start earlier") from None


def overlap(a: float, b: float, period: Period) -> float:
    """Share of a period that lies in [a, b)."""
    return max(0.0, min(b, period.end) - max(a, period.start)) / period.months


def on_last_day(a: float, b: float, period: Period) -> bool:
    """Whether [a, b) holds on the last day of a period."""
    return a <= period.last_day + EPS < b


def builds_of(spec: Spec) -> Iterable[tuple[str, str, str]]:
    """(id, site, option) of own construction, in order."""
    for site_id, site in spec.sites.items():
        for option_id in site.build:
            yield f"{site_id}.{option_id}", site_id, option_id


def projects_of(spec: Spec) -> Iterable[str]:
    """Ids of power projects, in order."""
    for site_id, site in spec.sites.items():
        for project_id in site.power_projects:
            yield f"{site_id}.{project_id}"


def offers_of(spec: Spec) -> Iterable[tuple[str, str, str]]:
    """(id, vendor, offer) of all offers, in order."""
    for vendor_id, vendor in spec.vendors.items():
        for offer_id in vendor.offers:
            yield f"{vendor_id}.{offer_id}", vendor_id, offer_id
