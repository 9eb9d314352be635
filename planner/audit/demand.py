"""What is asked for on a date, read anew: GW path, efficiency, rebound, pulses; and what is shifted to another date."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from planner.audit.flows import on_day
from planner.audit.paths import EPS, NumberPath, quadrature
from planner.audit.scene import Scene
from planner.instance.schema import Spec
from planner.instance.schema.demand import Workload
from planner.timeline import Period
from planner.tree import Node

ONE = NumberPath((0.0,), (1.0,), "step")
Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class Demand:
    """A workload, or one demand region of it."""

    id: str
    workload_id: str
    terms: Workload
    region: str = ""


def demands_of(spec: Spec, workload_id: str) -> list[Demand]:
    """The demands of a workload."""
    terms = spec.workloads[workload_id]
    if not terms.regions:
        return [Demand(workload_id, workload_id, terms)]
    return [Demand(f"{workload_id}.{region}", workload_id, terms, region) for region in terms.regions]


def all_demands(spec: Spec) -> list[Demand]:
    """The demands of all workloads."""
    return [each for workload_id in spec.workloads for each in demands_of(spec, workload_id)]


def asked(scene: Scene, demand: Demand, period: Period, *, pulse: bool, work: bool) -> float:
    """Mean MW of the reference fleet asked for in a period, or their work; a pulse that may shift is not in it."""
    spans = pulse_spans(scene, demand.terms) if pulse and not shifts(demand.terms) else []
    raised = demand.terms.pulse.add_share.constant if demand.terms.pulse is not None else 0.0
    total = _total(scene, demand, period.start, period.end, work=work)
    for a, b in spans:
        low, high = max(a, period.start), min(b, period.end)
        total += raised * _total(scene, demand, low, high, work=work)
    return total / period.months


def reference_work(scene: Scene, demand: Demand, period: Period) -> float:
    """Work of a MW of the reference fleet asked for in a period."""
    fleet = asked(scene, demand, period, pulse=True, work=False)
    if fleet > EPS:
        return asked(scene, demand, period, pulse=True, work=True) / fleet
    return scene.mean(demand.terms.reference_work_per_mw, period, 1.0)


def _total(scene: Scene, demand: Demand, a: float, b: float, *, work: bool) -> float:
    """MW-months asked for in [a, b) without pulses, as work of the reference chip where asked."""
    if b <= a:
        return 0.0
    terms, own = demand.terms, demand.terms.regions[demand.region] if demand.region else None
    gw, share = terms.demand_gw, 1.0
    if own is not None:
        share = 1.0 if own.share is None else own.share.constant
        gw = own.demand_gw or gw
    if gw is None:
        raise ValueError(f"{demand.id} has no demand_gw")
    path = scene.series(gw)
    reference = terms.reference_work_per_mw if work else None
    per_mw = ONE if reference is None else scene.series(reference)
    left = _after_efficiency(scene, terms)
    breaks = [*path.breaks(a, b), *per_mw.breaks(a, b)]
    for quantity in (terms.efficiency_per_year, terms.rebound_share):
        if quantity is not None:
            breaks += scene.series(quantity).breaks(a, b)
    mw_months = quadrature(lambda x: path.at(x) * per_mw.at(x) * left(x), a, b, breaks)
    return mw_months * share * 1000.0 / scene.gw_ratio


def _after_efficiency(scene: Scene, terms: Workload) -> Callable[[float], float]:
    """Share of the GW path that is asked for on a date, after efficiency and what new demand takes up of it."""
    if terms.efficiency_per_year is None:
        return lambda x: 1.0
    gain = scene.series(terms.efficiency_per_year)
    rebound = None if terms.rebound_share is None else scene.series(terms.rebound_share)

    def left(x: float) -> float:
        grown, at = 0.0, 0.0
        for corner in [*gain.breaks(0.0, x), x]:
            grown += math.log1p(gain.at((at + corner) / 2.0)) * (corner - at)
            at = corner
        saved = 1.0 - math.exp(-grown / 12.0)
        return 1.0 - saved * (1.0 - (0.0 if rebound is None else rebound.at(x)))

    return left


def pulse_spans(scene: Scene, terms: Workload) -> Spans:
    """Stretches that a pulse names, each day once."""
    if terms.pulse is None:
        return []
    edges = sorted(
        {edge for w in terms.pulse.periods for edge in (scene.timeline.first(w), scene.timeline.after(w))}
    )
    named = [(scene.timeline.first(w), scene.timeline.after(w)) for w in terms.pulse.periods]
    return [
        (a, b)
        for a, b in pairwise(edges)
        if any(first <= a + EPS and b <= after + EPS for first, after in named)
    ]


def shifts(terms: Workload) -> bool:
    """Whether the work of its pulse may be done at another date."""
    return terms.pulse is not None and bool(terms.pulse.within)


# What is shifted


def shifted_mw(scene: Scene, demand: Demand, node: Node) -> float:
    """MW of the reference fleet moved to a demand at a node, less what is moved away."""
    pulse = scene.amount("pulse_work_mw", demand.id, node)
    moved = sum(mw for (_, lender, _), mw in scene.rows_at("returned_mw", node) if lender == demand.id)
    moved -= sum(mw for (_, lender, _), mw in scene.rows_at("borrowed_mw", node) if lender == demand.id)
    return moved + (pulse / reference_work(scene, demand, scene.period(node)) if pulse else 0.0)


def lost_loans(scene: Scene, demand: Demand, node: Node) -> float:
    """MW of a demand lent to pulses and never served."""
    total = 0.0
    for (borrower, lender, _), mw in scene.rows_at("borrowed_mw", node):
        pulse = scene.spec.workloads[borrower].pulse
        if lender == demand.id and pulse is not None and pulse.borrow and pulse.borrow.repaid_by is None:
            total += mw
    return total


def check_shift(scene: Scene) -> None:
    """Pulses are done in their window, loans stay within their bounds, cost their price and are served in time."""
    for workload_id, terms in scene.spec.workloads.items():
        for demand in demands_of(scene.spec, workload_id):
            _check_pulse(scene, demand)
        if terms.pulse is not None and terms.pulse.borrow is not None:
            _check_loans(scene, workload_id, terms)
    for variable in ("borrowed_mw", "returned_mw"):
        for (borrower, lender, node), mw in scene.rows(variable):
            pulse = scene.spec.workloads[borrower].pulse
            borrow = None if pulse is None else pulse.borrow
            if borrow is None or lender not in {d.id for d in demands_of(scene.spec, borrow.workload)}:
                scene.findings.refuse(
                    variable, f"{borrower} of {lender}", node, mw, "MW", "may not borrow of it"
                )


def _windows(scene: Scene, terms: Workload) -> list[list[tuple[Node, Period]]]:
    """Nodes and periods that start in each window of a pulse."""
    assert terms.pulse is not None
    found = []
    for window in terms.pulse.within:
        first = -math.inf if window.from_ is None else scene.timeline.first(window.from_)
        after = math.inf if window.to is None else scene.timeline.after(window.to)
        inside = [(node, p) for node, p in _steps(scene) if first - EPS <= p.start < after - EPS]
        found += [inside] if inside else []
    return found


def _check_pulse(scene: Scene, demand: Demand) -> None:
    windows = _windows(scene, demand.terms) if demand.terms.pulse is not None else []
    known = {node for window in windows for node, _ in window}
    for (demand_id, node), mw in scene.rows("pulse_work_mw"):
        if demand_id == demand.id and node not in known:
            scene.findings.refuse("pulse_done", demand.id, node, mw, "MW", "outside the windows of the pulse")
    for window in windows:
        last, period = window[-1]
        if last not in scene.owned or demand.terms.pulse is None:
            continue
        done = sum(scene.amount("pulse_work_mw", demand.id, node) * each.months for node, each in window)
        wanted = sum(
            _total(scene, demand, max(a, window[0][1].start), min(b, period.end), work=True)
            for a, b in pulse_spans(scene, demand.terms)
        )
        raised = demand.terms.pulse.add_share.constant
        scene.findings.equal("pulse_done", demand.id, last, done, raised * wanted, "MW")


def _check_loans(scene: Scene, borrower: str, terms: Workload) -> None:
    """Loans to one pulse: how much, at what price, served when."""
    assert terms.pulse is not None and terms.pulse.borrow is not None
    borrow = terms.pulse.borrow
    windows = _windows(scene, terms)
    open_to = {node for window in windows for node, _ in window} if windows else set(scene.path)
    lenders = {demand.id: demand for demand in demands_of(scene.spec, borrow.workload)}
    by_node: dict[Node, float] = defaultdict(float)
    for (who, lender, node), mw in scene.rows("borrowed_mw"):
        if who != borrower or lender not in lenders:
            continue
        by_node[node] += mw
        period = scene.period(node)
        if node in scene.owned:
            most = _lendable(scene, terms, lenders[lender], period) if node in open_to else 0.0
            scene.findings.at_most("borrowed", f"{borrower} of {lender}", node, mw, most, "MW")
        price = scene.mean(borrow.price_usd_bn_per_gw_year, period)
        if borrow.repaid_by is None:
            price += scene.mean(lenders[lender].terms.margin_usd_bn_per_gw_year, period)
        usd_m = price * scene.gw_ratio * period.years * mw
        middle = (period.start + period.end) / 2.0
        key = ("borrowed_mw", f"{who}|{lender}|{node}")
        scene.account.charge(key, "shortfall", scene.rates.present(on_day("shortfall", "own", middle, usd_m)))
    for node, mw in by_node.items():
        if node in scene.owned:
            size = _pulse_size(scene, borrower, node)
            scene.findings.at_most("borrowed_of_pulse", borrower, node, mw, size, "MW")
    for lender_demand in lenders.values():
        _check_returned(scene, borrower, terms, lender_demand)


def _lendable(scene: Scene, terms: Workload, lender: Demand, period: Period) -> float:
    assert terms.pulse is not None and terms.pulse.borrow is not None
    spans = [(period.start, period.end)] if shifts(terms) else pulse_spans(scene, terms)
    total = sum(_total(scene, lender, max(a, period.start), min(b, period.end), work=False) for a, b in spans)
    return terms.pulse.borrow.max_share.constant * total / period.months


def _pulse_size(scene: Scene, borrower: str, node: Node) -> float:
    """MW of the reference fleet that a pulse itself asks for at a node."""
    period, size = scene.period(node), 0.0
    for demand in demands_of(scene.spec, borrower):
        if shifts(demand.terms):
            size += scene.amount("pulse_work_mw", demand.id, node) / reference_work(scene, demand, period)
        else:
            size += asked(scene, demand, period, pulse=True, work=False)
            size -= asked(scene, demand, period, pulse=False, work=False)
    return size


def _check_returned(scene: Scene, borrower: str, terms: Workload, lender: Demand) -> None:
    """Work served later: never more than lent, and all of it by its date."""
    assert terms.pulse is not None and terms.pulse.borrow is not None
    by, id_ = terms.pulse.borrow.repaid_by, f"{borrower} of {lender.id}"
    lent = returned = 0.0
    last = (
        None if by is None else [n for n, p in _steps(scene) if p.start < scene.timeline.after(by) - EPS][-1:]
    )
    for node, period in _steps(scene):
        back = scene.amount("returned_mw", borrower, lender.id, node)
        work = reference_work(scene, lender, period) * period.months
        lent += scene.amount("borrowed_mw", borrower, lender.id, node) * work
        returned += back * work
        if node not in scene.owned:
            continue
        if by is None:
            if back:
                scene.findings.refuse("returned", id_, node, back, "MW", "nothing is to be served later")
        elif node in (last or ()):
            scene.findings.equal("returned_all", id_, node, returned, lent, "MW")
        else:
            scene.findings.at_most("returned", id_, node, returned, lent, "MW")


def _steps(scene: Scene) -> Iterator[tuple[Node, Period]]:
    yield from zip(scene.path, scene.timeline.periods, strict=True)
