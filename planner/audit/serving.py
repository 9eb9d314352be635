"""Who may serve a demand from where, what that costs, and on whose capacity: re-read from the terms."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from planner.audit.demand import Demand, all_demands, reference_work
from planner.audit.flows import on_day
from planner.audit.paths import quadrature
from planner.audit.scene import Place, Scene
from planner.instance.schema import Spec
from planner.instance.schema.chips import Chip
from planner.timeline import Period
from planner.tree import Node

ANY = "any"
"""Place or control of a pool that is not told apart."""
LINE = "own_operating"


def told_apart(spec: Spec) -> set[str]:
    """Sites with pools of their own: named by a price or an eligibility, or all where one place is to serve."""
    if any(workload.single_source for workload in spec.workloads.values()):
        return set(spec.sites)
    named = set(spec.serving_usd_bn_per_gw_year)
    for workload in spec.workloads.values():
        named.update(workload.served_from)
        for region in workload.regions.values():
            named.update(region.served_from)
    return named & set(spec.sites)


def pool_place(place: Place, apart: set[str]) -> str:
    """Place of the pool that capacity belongs to, where places are told apart."""
    return place.site if place.site in apart else place.region


def region_of(spec: Spec, place: str) -> str:
    """Region of a pool's place."""
    return spec.sites[place].region if place in spec.sites and place not in spec.regions else place


def work_per_mw(scene: Scene, chip_id: str, workload_id: str, period: Period) -> float:
    """Mean work of a MW of a chip, of a new family less."""
    chip = scene.spec.chips[chip_id]
    quantity = chip.work[workload_id]
    if not chip.derate_by_months:
        return scene.chip_mean(chip_id, quantity, period)
    path, first = scene.series(quantity), scene.timeline.first(chip.from_)
    start = period.start
    if quantity.value is None and path.months[0] > start:
        start = max(start, first)
    if start >= period.end:
        return 0.0
    corners = [first + float(months) for months in chip.derate_by_months]
    breaks = [*path.breaks(start, period.end), *corners]
    total = quadrature(lambda x: path.at(x) * _derate(chip, x - first), start, period.end, breaks)
    return total / (period.end - start)


def _derate(chip: Chip, months: float) -> float:
    points = sorted((float(key), float(share)) for key, share in chip.derate_by_months.items())
    before = [point for point in points if point[0] <= months]
    later = [point for point in points if point[0] > months]
    if not before or not later:
        return (before or later)[-1 if before else 0][1]
    (a, low), (b, high) = before[-1], later[0]
    return low + (high - low) * (months - a) / (b - a)


def check_serving(scene: Scene) -> None:
    """Every served MW is eligible and pays for its way; one place where one is asked for; enough on our own."""
    demands = {demand.id: demand for demand in all_demands(scene.spec)}
    apart = told_apart(scene.spec)
    by_place: dict[tuple[str, Node], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    own: dict[tuple[str, Node], list[float]] = defaultdict(lambda: [0.0, 0.0])
    reference = cache(lambda demand_id, node: reference_work(scene, demands[demand_id], scene.period(node)))
    for index, mw in scene.rows("served_mw"):
        demand_id, chip, place, control, node = index
        demand, held = demands[demand_id], scene.spec.chips.get(chip)
        if held is None or demand.workload_id not in held.work:
            scene.findings.refuse("chip_serves", f"{demand_id} on {chip}", node, mw, "MW", "cannot run on it")
            continue
        if node in scene.owned:
            _check_eligible(scene, demand, place, control, node, mw, apart)
        work = work_per_mw(scene, chip, demand.workload_id, scene.period(node)) * mw
        by_place[demand_id, node][place] += work
        own[demand.workload_id, node][0] += work if control == "own" else 0.0
        own[demand.workload_id, node][1] += work
        _pay(scene, demand, place, node, work, reference, index)
    for (demand_id, node), places in by_place.items():
        if demands[demand_id].terms.single_source and node in scene.owned:
            rest = sum(places.values()) - max(places.values())
            scene.findings.at_most("one_source", demand_id, node, rest, 0.0, "MW", sum(places.values()))
            _check_named(scene, demand_id, node, places)
    for (workload_id, node), (mine, all_work) in own.items():
        share = scene.spec.workloads[workload_id].own_share
        if share is not None and node in scene.owned:
            least = scene.mean(share, scene.period(node)) * all_work
            scene.findings.at_least("own_served", workload_id, node, mine, least, "MW", all_work)


def _check_named(scene: Scene, demand_id: str, node: Node, places: dict[str, float]) -> None:
    """The place that serves is the one that the plan names, and it names one at most."""
    whole = sum(places.values())
    for place, work in places.items():
        named = scene.amount("source", demand_id, place, node)
        scene.findings.at_most("source", f"{demand_id} {place}", node, work, named * whole, "MW", whole)
    named = sum(count for (each, _, _), count in scene.rows_at("source", node) if each == demand_id)
    scene.findings.at_most("source", demand_id, node, named, 1.0, "count")


def _check_eligible(
    scene: Scene, demand: Demand, place: str, control: str, node: Node, mw: float, apart: set[str]
) -> None:
    """A workload runs where it may, under its control."""
    terms, spec = demand.terms, scene.spec
    refuse = scene.findings.refuse
    if place in spec.sites and place not in spec.regions and place not in apart:
        refuse("served_region", demand.id, node, mw, "MW", f"{place} has no pool of its own")
    region = region_of(spec, place)
    if terms.region is not None and region != terms.region:
        refuse("served_region", demand.id, node, mw, "MW", f"served from {place}")
    own = terms.regions[demand.region].served_from if demand.region else ()
    allowed = own or terms.served_from
    if allowed and place not in allowed and region not in allowed:
        refuse("served_region", demand.id, node, mw, "MW", f"served from {place}")
    if terms.control == "own" and control != "own":
        refuse("served_control", demand.id, node, mw, "MW", "served by others' capacity")


def _pay(
    scene: Scene,
    demand: Demand,
    place: str,
    node: Node,
    work: float,
    reference: object,
    index: tuple[str, ...],
) -> None:
    """Cost of serving a demand region from a place: its price a GW-year of the reference fleet."""
    table = scene.spec.serving_usd_bn_per_gw_year
    rows = [table[name] for name in (place, region_of(scene.spec, place)) if name in table]
    prices = [row[demand.region] for row in rows if demand.region in row]
    if not prices:
        if any(demand.region in row for row in table.values()):
            scene.findings.refuse("serving_price", demand.id, node, work, "MW", f"no price from {place}")
        return
    assert callable(reference)
    period = scene.period(node)
    price = scene.mean(prices[0], period) * scene.gw_ratio * period.years
    usd_m = price * work / reference(demand.id, node)
    if usd_m:
        middle = (period.start + period.end) / 2.0
        scene.account.buy(("served_mw", "|".join(index)), [on_day(LINE, "own", middle, usd_m)])
