"""Use beyond what is paid anyway, pools of capacity, and the balance of work."""

from __future__ import annotations

from collections import defaultdict

from planner.audit.contract import main_line, price_of
from planner.audit.contracts import Contracts
from planner.audit.demand import all_demands, asked, reference_work, shifted_mw
from planner.audit.flows import along, evenly, on_day
from planner.audit.paths import EPS, number
from planner.audit.scene import Scene
from planner.audit.serving import ANY, pool_place, told_apart, work_per_mw
from planner.audit.utility import curtailed
from planner.tree import Node


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
    if on_demand and period.start < scene.timeline.first(scene.spec.chips[chip].from_) - EPS:
        scene.findings.refuse("chip_from", offer_id, node, mw, "MW", f"{chip} does not exist yet")
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
    """What is served from a chip at a place under a control is there."""
    served: dict[tuple[str, Node], dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for (_, chip, place, control, node), mw in scene.rows("served_mw"):
        served[chip, node][place, control] += mw
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


def _capacity(scene: Scene, contracts: Contracts) -> dict[tuple[str, Node], dict[tuple[str, str], float]]:
    """Mean MW that can serve, by (chip, node) and (place, control)."""
    there: dict[tuple[str, Node], dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    apart = told_apart(scene.spec)
    for (chip, host, node), mw in scene.rows("installed_mw"):
        if host in scene.places:
            on = mw - curtailed(scene, chip, host, node)
            there[chip, node][pool_place(scene.places[host], apart), "own"] += on
    for node, period in scene.steps():
        for presence in contracts.presences:
            place, offer = scene.places[presence.place], scene.offer(presence.place)
            if offer is not None and place.kind == "cloud" and number(offer.take_or_pay_share, 1.0) >= 1.0:
                mw = presence.mean(period) * number(offer.availability_share, 1.0)
                there[presence.chip, node][pool_place(place, apart), "vendor"] += mw
    for (chip, offer_id, node), mw in scene.rows("curtailed_mw"):
        offer = scene.offer(offer_id)
        if offer is not None and offer.kind == "cloud" and offer_id in scene.places:
            off = mw * number(offer.availability_share, 1.0)
            there[chip, node][pool_place(scene.places[offer_id], apart), "vendor"] -= off
    for (offer_id, chip, node), mw in scene.rows("sublet_mw"):
        offer = scene.offer(offer_id)
        if offer is not None and offer.kind == "cloud":
            off = mw * number(offer.availability_share, 1.0)
            there[chip, node][pool_place(scene.places[offer_id], apart), "vendor"] -= off
    for variable in ("used_mw", "on_demand_mw", "drawn_mw"):
        for (offer_id, chip, *_, node), mw in scene.rows(variable):
            offer = scene.offer(offer_id)
            if offer is not None:
                share = number(offer.availability_share, 1.0)
                there[chip, node][pool_place(scene.places[offer_id], apart), "vendor"] += mw * share
    return there


# Work


def check_work(scene: Scene) -> None:
    """Work served and short is the work asked for; shortfall costs its margin and its value."""
    done: dict[tuple[str, Node], float] = defaultdict(float)
    demands = all_demands(scene.spec)
    workload_of = {demand.id: demand.workload_id for demand in demands}
    for (demand_id, chip, _, _, node), mw in scene.rows("served_mw"):
        held = scene.spec.chips.get(chip)
        if held is not None and workload_of[demand_id] in held.work:
            done[demand_id, node] += mw * work_per_mw(scene, chip, workload_of[demand_id], scene.period(node))
    for demand in demands:
        for node, period in zip(scene.path, scene.timeline.periods, strict=True):
            short = scene.amount("shortfall_mw", demand.id, node)
            if node in scene.owned:
                wanted = asked(scene, demand, period, pulse=True, work=True)
                reference = reference_work(scene, demand, period)
                moved = reference * shifted_mw(scene, demand, node)
                met = done[demand.id, node] + reference * short
                scene.findings.equal("demand", demand.id, node, met, wanted + moved, "MW")
            value = scene.mean(demand.terms.unserved_usd_bn_per_gw_year, period)
            value += scene.mean(demand.terms.margin_usd_bn_per_gw_year, period)
            usd_m = value * scene.gw_ratio * period.years * short
            middle = (period.start + period.end) / 2.0
            if usd_m:
                scene.account.charge(
                    ("shortfall_mw", f"{demand.id}|{node}"),
                    "shortfall",
                    scene.rates.present(on_day("shortfall", "own", middle, usd_m)),
                )
