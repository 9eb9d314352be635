"""Demand: how much each workload asks for, where and when, in MW of its reference fleet and as work.

A workload with demand regions is several demands, `workload.region`; without, one of its own name. Pulses, efficiency
and rebound are factors by date: every number here is the integral of a product (docs/conventions.md, Service).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from planner.data.context import EPS, Context, Scenario
from planner.errors import InstanceError
from planner.instance.quantity import Quantity
from planner.instance.schema import Spec
from planner.instance.schema.demand import Workload
from planner.timeline import Curve, Period, Piece, product_integral
from planner.tree import Node

NOWHERE = ""
"""Demand region of a workload that has none."""


@dataclass(frozen=True, slots=True)
class DemandId:
    """One demand: a workload, or one demand region of it."""

    id: str
    workload: str
    region: str


def demands_of(spec: Spec) -> tuple[DemandId, ...]:
    """All demands, in the order of the file."""
    return tuple(each for workload in spec.workloads for each in demands_of_workload(spec, workload))


def demands_of_workload(spec: Spec, workload: str) -> tuple[DemandId, ...]:
    """The demands of one workload."""
    regions = spec.workloads[workload].regions
    if not regions:
        return (DemandId(workload, workload, NOWHERE),)
    return tuple(DemandId(f"{workload}.{region}", workload, region) for region in regions)


@dataclass(frozen=True)
class Demand:
    """A demand by node: MW of the reference fleet, their work, and USD m per mean MW of the period.

    A pulse that may shift is not in it: its work is a decision (planner.data.shift).
    """

    mw: dict[Node, float]
    work: dict[Node, float]
    reference: dict[Node, float]
    margin: dict[Node, float]
    shortfall: dict[Node, float]

    @staticmethod
    def of(context: Context, demand: DemandId) -> Demand:
        """Numbers of a demand."""

        def mw(scenario: Scenario, position: int) -> float:
            return mean_demand_mw(scenario, demand, position)

        def work(scenario: Scenario, position: int) -> float:
            return mean_demand_work(scenario, demand, scenario.timeline.periods[position])

        def reference(scenario: Scenario, position: int) -> float:
            return reference_work(scenario, demand, position)

        def margin(scenario: Scenario, position: int) -> float:
            return margin_usd_m_per_mw(scenario, demand.workload, position)

        def shortfall(scenario: Scenario, position: int) -> float:
            period = scenario.timeline.periods[position]
            unserved = scenario.curve(scenario.spec.workloads[demand.workload].unserved_usd_bn_per_gw_year)
            value = unserved.mean(period.start, period.end) * scenario.gw_ratio * period.years
            return margin_usd_m_per_mw(scenario, demand.workload, position) + value

        return Demand(
            context.by_node(mw, f"demand of {demand.id}"),
            context.by_node(work, f"demand of {demand.id}"),
            context.by_node(reference, f"reference work of {demand.id}"),
            context.by_node(margin, f"margin of {demand.id}"),
            context.by_node(shortfall, f"value of unserved {demand.id}"),
        )


def mean_demand_mw(scenario: Scenario, demand: DemandId, position: int, with_pulse: bool = True) -> float:
    """Mean MW of the reference fleet that is asked for in a period."""
    period = scenario.timeline.periods[position]
    pulse = [counted_pulse(scenario, demand.workload)] if with_pulse else []
    return asked(scenario, demand, pulse, period.start, period.end) / period.months


def mean_demand_work(scenario: Scenario, demand: DemandId, period: Period) -> float:
    """Mean work that is asked for in a period, MW of the reference chip."""
    factors = [counted_pulse(scenario, demand.workload), reference_curve(scenario, demand.workload)]
    return asked(scenario, demand, factors, period.start, period.end) / period.months


def reference_work(scenario: Scenario, demand: DemandId, position: int) -> float:
    """Work of a mean MW of the reference fleet in a period; of its path's mean where nothing is asked for."""
    period = scenario.timeline.periods[position]
    mw = mean_demand_mw(scenario, demand, position)
    if mw > EPS:
        return mean_demand_work(scenario, demand, period) / mw
    return reference_curve(scenario, demand.workload).mean(period.start, period.end)


def margin_usd_m_per_mw(scenario: Scenario, workload: str, position: int) -> float:
    """Cash earned by one mean MW served over a period (USD bn per GW-year is USD m per MW-year)."""
    margin = scenario.spec.workloads[workload].margin_usd_bn_per_gw_year
    return 0.0 if margin is None else per_mw(scenario, margin, position)


def per_mw(scenario: Scenario, usd_bn_per_gw_year: Quantity, position: int) -> float:
    """USD m per mean MW for a whole period."""
    period = scenario.timeline.periods[position]
    return (
        scenario.curve(usd_bn_per_gw_year).mean(period.start, period.end) * scenario.gw_ratio * period.years
    )


# What is asked for on a date


def asked(scenario: Scenario, demand: DemandId, factors: Iterable[Curve], a: float, b: float) -> float:
    """Integral over [a, b) of the GW path after efficiency and rebound, times factors, in MW-months."""
    terms = scenario.spec.workloads[demand.workload]
    path, share = _path(terms, demand)
    curves = [scenario.curve(path), *factors]
    total = product_integral(curves, a, b)
    if terms.efficiency_per_year is not None:
        saving = _compute_per_output(scenario, demand.workload)
        left = product_integral([*curves, saving], a, b)
        if terms.rebound_share is None:
            total = left
        else:
            # r + (1 - r) E, term by term: r is no single piece of a curve with 1 - r.
            rebound = scenario.curve(terms.rebound_share)
            kept = product_integral([*curves, rebound], a, b) - product_integral(
                [*curves, rebound, saving], a, b
            )
            total = left + kept
    return total * share * 1000.0 / scenario.gw_ratio


def _path(terms: Workload, demand: DemandId) -> tuple[Quantity, float]:
    """The GW path that a demand has a share of, and the share."""
    region = None if demand.region == NOWHERE else terms.regions[demand.region]
    if region is not None and region.demand_gw is not None:
        return region.demand_gw, 1.0
    if terms.demand_gw is None:
        raise InstanceError(f"{demand.id} has no demand_gw", rule="demand_gw")
    return terms.demand_gw, 1.0 if region is None or region.share is None else region.share.constant


def reference_curve(scenario: Scenario, workload: str) -> Curve:
    """Work of a MW of the reference fleet, by date."""
    reference = scenario.spec.workloads[workload].reference_work_per_mw
    return level(1.0) if reference is None else scenario.curve(reference)


def _compute_per_output(scenario: Scenario, workload: str) -> Curve:
    """Compute per unit of output, 1 on the first day: each stretch of the rate goes on from where the last ended."""
    return scenario.once(("compute per output", workload), lambda: _falling(scenario, workload))


def _falling(scenario: Scenario, workload: str) -> Curve:
    gain = scenario.spec.workloads[workload].efficiency_per_year
    assert gain is not None
    pieces, x, left = [], 0.0, 1.0
    for piece in scenario.curve(gain).cut(0.0, scenario.timeline.end):
        ratio = (1.0 + piece.level) ** (-1.0 / 12.0)
        pieces.append(Piece(piece.start, piece.end, left, ratio=ratio))
        x, left = piece.end, left * ratio ** (piece.end - piece.start)
    return Curve((*pieces, Piece(x, math.inf, left)))


# Pulses


def counted_pulse(scenario: Scenario, workload: str) -> Curve:
    """1, and 1 + add_share inside the named periods; 1 where the pulse may shift: its work is a decision."""
    terms = scenario.spec.workloads[workload]
    if terms.pulse is None or terms.pulse.within:
        return level(1.0)
    return _inside(pulse_spans(scenario, terms), 1.0, 1.0 + terms.pulse.add_share.constant)


def pulse_alone(scenario: Scenario, workload: str) -> Curve:
    """add_share inside the named periods, else 0."""
    terms = scenario.spec.workloads[workload]
    assert terms.pulse is not None
    return _inside(pulse_spans(scenario, terms), 0.0, terms.pulse.add_share.constant)


def pulse_spans(scenario: Scenario, terms: Workload) -> list[tuple[float, float]]:
    """Stretches of time that a pulse names, in order; those that overlap count once."""
    if terms.pulse is None:
        return []
    spans = sorted((scenario.timeline.first(w), scenario.timeline.after(w)) for w in terms.pulse.periods)
    merged: list[tuple[float, float]] = []
    until = -math.inf
    for first, after in spans:
        if after > until:
            merged.append((max(first, until), after))
            until = after
    return merged


def _inside(spans: list[tuple[float, float]], outside: float, inside: float) -> Curve:
    pieces, until = [], -math.inf
    for first, after in spans:
        if first > until:
            pieces.append(Piece(until, first, outside))
        pieces.append(Piece(first, after, inside))
        until = after
    return Curve((*pieces, Piece(until, math.inf, outside)))


def level(value: float) -> Curve:
    """A constant as a curve."""
    return Curve((Piece(-math.inf, math.inf, value),))
