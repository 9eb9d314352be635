"""Use beyond what is paid anyway, pools of capacity, and the balance of work."""

from __future__ import annotations

from collections import defaultdict

from planner.audit.contracts import Contracts, main_line, price_of
from planner.audit.flows import along, evenly, on_day
from planner.audit.paths import EPS, NumberPath, number, quadrature
from planner.audit.scene import Scene
from planner.instance.schema.demand import Workload
from planner.timeline import Period
from planner.tree import Node

ANY = "any"
"""Region or control of a pool that is not told apart."""


def check_use(scene: Scene, contracts: Contracts) -> None:
    """Use of take-or-pay and on-demand capacity stays within what there is, and is paid by use."""
    for offer_id, place in scene.places.items():
        offer = scene.offer(offer_id)
        if offer is None:
            continue
        least = number(offer.take_or_pay_share, 1.0)
        chips = {chip for (each, chip, _), _ in scene.rows("used_mw") if each == offer_id}
        if least < 1.0 and place.kind != "on_demand":
            for chip in sorted(chips | {each.chip for each in contracts.contracts if each.offer == offer_id}):
                _check_take_or_pay(scene, contracts, offer_id, chip, least)
        elif chips:
            scene.findings.refuse(
                "extra_use", offer_id, "", 1.0, "count", "has no use below what is delivered"
            )
        if place.kind == "on_demand" and offer.max_mw is not None:
            for node, period in scene.steps():
                used = sum(mw for (each, _, _), mw in scene.rows_at("on_demand_mw", node) if each == offer_id)
                most = scene.mean(offer.max_mw, period)
                scene.findings.at_most("most_on_demand", offer_id, node, used, most, "MW")
    for variable in ("extra_mw", "on_demand_mw"):
        for (offer_id, chip, node), mw in scene.rows(variable):
            _pay_by_use(scene, variable, offer_id, chip, node, mw)


def _check_take_or_pay(scene: Scene, contracts: Contracts, offer_id: str, chip: str, least: float) -> None:
    mine = [each for each in contracts.contracts if (each.offer, each.chip) == (offer_id, chip)]
    for node, period in scene.steps():
        fixed = sum(part.mean(period) for each in mine for part in each.presences)
        kept = sum(
            each.presence.mean(period)
            for each in contracts.kept
            if each.node == node and (each.contract.offer, each.contract.chip) == (offer_id, chip)
        )
        used = scene.amount("used_mw", offer_id, chip, node)
        extra = scene.amount("extra_mw", offer_id, chip, node)
        there = fixed + kept
        scene.findings.at_most("used_of_delivered", offer_id, node, used, there, "MW")
        scene.findings.at_least("extra_use", offer_id, node, extra, used - least * there, "MW", there)


def _pay_by_use(scene: Scene, variable: str, offer_id: str, chip: str, node: Node, mw: float) -> None:
    offer, period = scene.offer(offer_id), scene.period(node)
    on_demand = variable == "on_demand_mw"
    if offer is None or (offer.kind == "on_demand") != on_demand or (on_demand and chip not in offer.chips):
        scene.findings.refuse("chip_on_offer", offer_id, node, mw, "MW", f"{chip} is not on offer")
        return
    price = price_of(offer, chip)
    if price is None:
        return
    vendor = offer_id.partition(".")[0]
    line = main_line(offer.kind)
    if on_demand:
        used = along(line, vendor, scene.series(price), period.start, period.end, mw / 1000.0)
    else:
        usd_m = scene.mean(price, period) * period.months * mw / 1000.0
        used = [evenly(line, vendor, period.start, period.end, usd_m)]
    paid = [flow.later(number(offer.payment_delay_months, 0.0)) for flow in used]
    scene.account.buy((variable, f"{offer_id}|{chip}|{node}"), paid, used)


# Pools


def check_pools(scene: Scene, contracts: Contracts) -> None:
    """What is served from a chip in a region under a control is there."""
    served: dict[tuple[str, Node], dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for (workload_id, chip, region, control, node), mw in scene.rows("served_mw"):
        served[chip, node][region, control] += mw
        if node in scene.owned:
            _check_eligible(scene, workload_id, chip, region, control, node, mw)
    there = _capacity(scene, contracts)
    for (chip, node), by_pool in served.items():
        if node not in scene.owned:
            continue
        for pool in {*by_pool, (ANY, ANY)}:
            used = sum(mw for other, mw in by_pool.items() if _inside(other, pool))
            room = sum(mw for other, mw in there[chip, node].items() if _inside(other, pool))
            name = " ".join(part for part in (chip, *pool) if part != ANY)
            scene.findings.at_most("pool", name, node, used, room, "MW")


def _inside(one: tuple[str, str], pool: tuple[str, str]) -> bool:
    return all(wanted in (ANY, part) for part, wanted in zip(one, pool, strict=True))


def _check_eligible(
    scene: Scene, workload_id: str, chip: str, region: str, control: str, node: Node, mw: float
) -> None:
    """A workload runs on chips that can run it, in its region, under its control."""
    workload = scene.spec.workloads.get(workload_id)
    held = scene.spec.chips.get(chip)
    if workload is None or held is None or workload_id not in held.work:
        scene.findings.refuse("chip_serves", f"{workload_id} on {chip}", node, mw, "MW", "cannot run on it")
        return
    if workload.region is not None and region != workload.region:
        scene.findings.refuse("served_region", workload_id, node, mw, "MW", f"served from {region}")
    if workload.control == "own" and control != "own":
        scene.findings.refuse("served_control", workload_id, node, mw, "MW", "served by others' capacity")


def _capacity(scene: Scene, contracts: Contracts) -> dict[tuple[str, Node], dict[tuple[str, str], float]]:
    """Mean MW that can serve, by (chip, node) and (region, control)."""
    there: dict[tuple[str, Node], dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for (chip, host, node), mw in scene.rows("installed_mw"):
        if host in scene.places:
            there[chip, node][scene.places[host].region, "own"] += mw
    for node, period in scene.steps():
        for presence in contracts.presences:
            place, offer = scene.places[presence.place], scene.offer(presence.place)
            if offer is not None and place.kind == "cloud" and number(offer.take_or_pay_share, 1.0) >= 1.0:
                mw = presence.mean(period) * number(offer.availability_share, 1.0)
                there[presence.chip, node][place.region, "vendor"] += mw
    for variable in ("used_mw", "on_demand_mw"):
        for (offer_id, chip, node), mw in scene.rows(variable):
            offer = scene.offer(offer_id)
            if offer is not None:
                share = number(offer.availability_share, 1.0)
                there[chip, node][scene.places[offer_id].region, "vendor"] += mw * share
    return there


# Work


def demand(scene: Scene, workload: Workload, period: Period, *, pulse: bool, work: bool) -> float:
    """Mean MW of the reference fleet that is asked for, with its pulse and as work where asked."""
    path = scene.series(workload.demand_gw)
    reference = workload.reference_work_per_mw
    per_mw = NumberPath((0.0,), (1.0,), "step") if reference is None or not work else scene.series(reference)
    spans: list[tuple[float, float]] = []
    raised = 0.0
    if pulse and workload.pulse is not None:
        raised = workload.pulse.add_share.constant
        spans = [(scene.timeline.first(when), scene.timeline.after(when)) for when in workload.pulse.periods]

    def asked(x: float) -> float:
        high = any(first <= x < after for first, after in spans)
        return path.at(x) * per_mw.at(x) * (1.0 + (raised if high else 0.0))

    a, b = period.start, period.end
    breaks = [*path.breaks(a, b), *per_mw.breaks(a, b), *(x for span in spans for x in span)]
    return quadrature(asked, a, b, breaks) / period.months * 1000.0 / scene.gw_ratio


def check_work(scene: Scene) -> None:
    """Work served and short is the work asked for; shortfall costs its margin and its value."""
    done: dict[tuple[str, Node], float] = defaultdict(float)
    for (workload_id, chip, _, _, node), mw in scene.rows("served_mw"):
        held = scene.spec.chips.get(chip)
        if held is not None and workload_id in held.work:
            done[workload_id, node] += mw * scene.chip_mean(chip, held.work[workload_id], scene.period(node))
    for workload_id, workload in scene.spec.workloads.items():
        for node, period in zip(scene.path, scene.timeline.periods, strict=True):
            short = scene.amount("shortfall_mw", workload_id, node)
            if node in scene.owned:
                wanted = demand(scene, workload, period, pulse=True, work=True)
                fleet = demand(scene, workload, period, pulse=True, work=False)
                reference = (
                    wanted / fleet if fleet > EPS else scene.mean(workload.reference_work_per_mw, period, 1.0)
                )
                met = done[workload_id, node] + reference * short
                scene.findings.equal("demand", workload_id, node, met, wanted, "MW")
            value = scene.mean(workload.unserved_usd_bn_per_gw_year, period)
            value += scene.mean(workload.margin_usd_bn_per_gw_year, period)
            usd_m = value * scene.gw_ratio * period.years * short
            middle = (period.start + period.end) / 2.0
            if usd_m:
                scene.account.charge(
                    "shortfall", scene.rates.present(on_day("shortfall", "own", middle, usd_m))
                )
