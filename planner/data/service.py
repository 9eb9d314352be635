"""Pools of capacity and workloads: who may be served by what, work per MW, demand in work and the price of a gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from planner.data.chips import mean_since_from
from planner.data.context import EPS, Context, Scenario
from planner.data.payments import Cost, Ledger
from planner.data.types import Chips, Contracts, Pool, Service
from planner.instance.schema.demand import Workload
from planner.timeline import Curve, Piece, product_integral
from planner.tree import Node

ANY = "any"
"""Region or control of a pool where nobody asks for it."""


def prepare_service(context: Context, contracts: Contracts, chips: Chips) -> tuple[Service, Ledger]:
    """Pools, workloads and what a missing MW costs."""
    pools = _pools(context, contracts, chips)
    workloads = tuple(context.spec.workloads)
    demand = {workload: _Demand.of(context, workload) for workload in workloads}
    serves = _serves(context, pools)
    used = tuple(pool for pool in pools.order if any(pool == other for _, other in serves))
    service = Service(
        workloads=workloads,
        pools=used,
        pool_installed={pool: tuple(pools.installed[pool]) for pool in used},
        pool_offers={pool: tuple(pools.offers[pool]) for pool in used},
        serves=serves,
        work=_work(context, serves),
        demand_work={(w, n): demand[w].work[n] for w in workloads for n in context.tree.nodes},
        reference_work={(w, n): demand[w].reference[n] for w in workloads for n in context.tree.nodes},
        demand_mw={(w, n): demand[w].mw[n] for w in workloads for n in context.tree.nodes},
        margin_usd_m_per_mw={(w, n): demand[w].margin[n] for w in workloads for n in context.tree.nodes},
        shortfall_usd_m_per_mw={
            (w, n): demand[w].shortfall[n] for w in workloads for n in context.tree.nodes
        },
    )
    return service, Ledger(cost=_shortfall_cost(context, service))


def _shortfall_cost(context: Context, service: Service) -> Cost:
    cost: Cost = {}
    for (workload, node), usd_m_per_mw in service.shortfall_usd_m_per_mw.items():
        factor = context.at(node).mid_factor("shortfall", context.tree.period[node])
        expected = context.tree.probability[node] * factor * usd_m_per_mw
        cost["shortfall_mw", (workload, node)] = {"shortfall": (expected, 0.0)}
    return cost


# Pools


@dataclass(frozen=True)
class _Pools:
    order: tuple[Pool, ...]
    installed: dict[Pool, list[tuple[str, str]]]
    offers: dict[Pool, list[tuple[str, str]]]


def _pools(context: Context, contracts: Contracts, chips: Chips) -> _Pools:
    """Capacity by chip, and by region and control only as far as somebody asks for them."""
    by_region = regions_matter(context)
    own_regions = [w.region for w in _all_workloads(context) if w.control == "own"]

    def pool(chip: str, place: str, control: str) -> Pool:
        region = contracts.region[place]
        asked = any(wanted is None or wanted == region for wanted in own_regions)
        return chip, region if by_region else ANY, control if asked else ANY

    installed: dict[Pool, list[tuple[str, str]]] = defaultdict(list)
    offers: dict[Pool, list[tuple[str, str]]] = defaultdict(list)
    for chip, host in chips.pairs:
        installed[pool(chip, host, "own")].append((chip, host))
    for offer in (*contracts.offers, *contracts.on_demand):
        if contracts.kind[offer] in ("cloud", "on_demand"):
            for chip in contracts.chips_of[offer]:
                offers[pool(chip, offer, "vendor")].append((offer, chip))
    return _Pools(tuple(sorted({*installed, *offers})), installed, offers)


def regions_matter(context: Context) -> bool:
    """Whether some workload or some limit on operating MW tells regions apart."""
    return any(workload.region is not None for workload in _all_workloads(context)) or any(
        limit.measure == "operating_mw"
        and limit.active
        and (bool(limit.region) or limit.group_by == "region" or limit.basis == "facility")
        for scenario in context.scenarios.values()
        for limit in scenario.spec.limits.values()
    )


def _all_workloads(context: Context) -> Iterable[Workload]:
    for scenario in context.scenarios.values():
        yield from scenario.spec.workloads.values()


def _serves(context: Context, pools: _Pools) -> tuple[tuple[str, Pool], ...]:
    out = []
    for id_, workload in context.spec.workloads.items():
        for pool in pools.order:
            chip, region, control = pool
            if (
                id_ in context.spec.chips[chip].work
                and (workload.region is None or workload.region == region)
                and (workload.control == "any" or control == "own")
            ):
                out.append((id_, pool))
    return tuple(out)


def _work(context: Context, serves: Iterable[tuple[str, Pool]]) -> dict[tuple[str, Pool, Node], float]:
    """Work per MW, mean of the period; of the part since the chip exists where its path starts with the chip."""
    by_chip: dict[tuple[str, str], dict[Node, float]] = {}
    out = {}
    for workload, pool in serves:
        chip = pool[0]
        if (workload, chip) not in by_chip:

            def mean(scenario: Scenario, position: int, workload: str = workload, chip: str = chip) -> float:
                return _mean_work(scenario, position, workload, chip)

            by_chip[workload, chip] = context.by_node(mean, f"work of {chip} for {workload}")
        for node, value in by_chip[workload, chip].items():
            out[workload, pool, node] = value
    return out


def _mean_work(scenario: Scenario, position: int, workload: str, chip_id: str) -> float:
    chip = scenario.spec.chips[chip_id]
    return mean_since_from(scenario, chip, chip.work[workload], position)


# Demand


@dataclass(frozen=True)
class _Demand:
    """A workload by node: MW of the reference fleet, their work, and USD m per mean MW of the period."""

    mw: dict[Node, float]
    work: dict[Node, float]
    reference: dict[Node, float]
    margin: dict[Node, float]
    shortfall: dict[Node, float]

    @staticmethod
    def of(context: Context, workload: str) -> _Demand:
        """Demand of a workload."""

        def mw(scenario: Scenario, position: int) -> float:
            return mean_demand_mw(scenario, workload, position, with_pulse=True)

        def work(scenario: Scenario, position: int) -> float:
            return _demand_work(scenario, workload, position)

        def reference(scenario: Scenario, position: int) -> float:
            demand = mean_demand_mw(scenario, workload, position, with_pulse=True)
            if demand > EPS:
                return _demand_work(scenario, workload, position) / demand
            period = scenario.timeline.periods[position]
            return _reference(scenario, workload).mean(period.start, period.end)

        def margin(scenario: Scenario, position: int) -> float:
            return margin_usd_m_per_mw(scenario, workload, position)

        def shortfall(scenario: Scenario, position: int) -> float:
            period = scenario.timeline.periods[position]
            unserved = scenario.curve(scenario.spec.workloads[workload].unserved_usd_bn_per_gw_year)
            value = unserved.mean(period.start, period.end) * scenario.gw_ratio * period.years
            return margin_usd_m_per_mw(scenario, workload, position) + value

        return _Demand(
            context.by_node(mw, f"demand of {workload}"),
            context.by_node(work, f"demand of {workload}"),
            context.by_node(reference, f"reference work of {workload}"),
            context.by_node(margin, f"margin of {workload}"),
            context.by_node(shortfall, f"value of unserved {workload}"),
        )


def mean_demand_mw(scenario: Scenario, workload: str, position: int, with_pulse: bool) -> float:
    """Mean MW of the reference fleet that a workload asks for in a period."""
    period = scenario.timeline.periods[position]
    terms = scenario.spec.workloads[workload]
    curves = [scenario.curve(terms.demand_gw)]
    if with_pulse:
        curves.append(_pulse(scenario, terms))
    total = product_integral(curves, period.start, period.end)
    return total / period.months * 1000.0 / scenario.gw_ratio


def margin_usd_m_per_mw(scenario: Scenario, workload: str, position: int) -> float:
    """Cash earned by one mean MW served over a period (USD bn per GW-year is USD m per MW-year)."""
    margin = scenario.spec.workloads[workload].margin_usd_bn_per_gw_year
    if margin is None:
        return 0.0
    period = scenario.timeline.periods[position]
    return scenario.curve(margin).mean(period.start, period.end) * scenario.gw_ratio * period.years


def _demand_work(scenario: Scenario, workload: str, position: int) -> float:
    period = scenario.timeline.periods[position]
    terms = scenario.spec.workloads[workload]
    curves = [scenario.curve(terms.demand_gw), _pulse(scenario, terms), _reference(scenario, workload)]
    total = product_integral(curves, period.start, period.end)
    return total / period.months * 1000.0 / scenario.gw_ratio


def _reference(scenario: Scenario, workload: str) -> Curve:
    reference = scenario.spec.workloads[workload].reference_work_per_mw
    return _level(1.0) if reference is None else scenario.curve(reference)


def _pulse(scenario: Scenario, workload: Workload) -> Curve:
    """1, and 1 + add_share inside the named periods; periods that overlap count once."""
    if workload.pulse is None or not workload.pulse.periods:
        return _level(1.0)
    raised = 1.0 + workload.pulse.add_share.constant
    spans = sorted(
        (scenario.timeline.first(when), scenario.timeline.after(when)) for when in workload.pulse.periods
    )
    pieces = []
    until = -float("inf")
    for first, after in spans:
        if after <= until:
            continue
        if first > until:
            pieces.append(Piece(until, first, 1.0))
        pieces.append(Piece(max(first, until), after, raised))
        until = after
    return Curve((*pieces, Piece(until, float("inf"), 1.0)))


def _level(value: float) -> Curve:
    return Curve((Piece(-float("inf"), float("inf"), value),))
