"""MW let to others, re-read: what they bring, that they are paid for, and that nobody here is short meanwhile."""

from __future__ import annotations

from planner.audit.contracts import Contracts
from planner.audit.demand import Demand, all_demands
from planner.audit.flows import Flow, along
from planner.audit.paths import EPS, number
from planner.audit.scene import Presence, Scene
from planner.instance.schema.contracts import Offer
from planner.tree import Node

LINE = "resale"
TRACE = 1e-5
"""Of the MW paid for: less is the solver's rounding of a whole number."""


def let(scene: Scene, offer_id: str, chip: str, node: Node) -> float:
    """MW of an offer let in a period."""
    return scene.amount("sublet_mw", offer_id, chip, node)


def check_sublets(scene: Scene, contracts: Contracts) -> None:
    """Income of what is let, discounted like the rent it sets off; its rules."""
    for (offer_id, chip, node), mw in scene.rows("sublet_mw"):
        offer = scene.offer(offer_id)
        if offer is None or offer.sublet is None:
            scene.findings.refuse("sublet_of_paid", offer_id, node, mw, "MW", "may not be let")
            continue
        _receive(scene, offer, offer_id, chip, node, mw)
        if node in scene.owned:
            _check(scene, contracts, offer, offer_id, chip, node, mw)


def _receive(scene: Scene, offer: Offer, offer_id: str, chip: str, node: Node, mw: float) -> None:
    assert offer.sublet is not None
    period, path = scene.period(node), scene.series(offer.sublet.price_usd_per_kw_month)
    income = along(LINE, "own", path, period.start, period.end, -mw / 1000.0)
    paid = [flow.later(number(offer.payment_delay_months, 0.0)) for flow in income]
    key = ("sublet_mw", f"{offer_id}|{chip}|{node}")
    scene.account.post(key, paid, income)
    rent_line = "shell_rent" if offer.kind == "shell" else "cloud_rent"
    for flow in paid:
        # At the rate of the rent.
        like = Flow(rent_line, "", flow.start, flow.end, flow.first, flow.last, flow.bent)
        before, after = (
            scene.rates.present(like, b=scene.end),
            scene.rates.present(like, a=scene.end),
        )
        scene.account.charge(key, LINE, before, after)


def _check(
    scene: Scene, contracts: Contracts, offer: Offer, offer_id: str, chip: str, node: Node, mw: float
) -> None:
    terms, period = offer.sublet, scene.period(node)
    assert terms is not None
    if terms.from_ is not None and period.start < scene.timeline.first(terms.from_) - EPS:
        scene.findings.refuse("sublet_of_paid", offer_id, node, mw, "MW", "before it may be let")
    mine = [each for each in contracts.presences if (each.place, each.chip) == (offer_id, chip)]
    paid = sum(each.mean(period) for each in mine)
    if number(offer.take_or_pay_share, 1.0) < 1.0:
        paid = scene.amount("used_mw", offer_id, chip, node)
    share = number(terms.most_share, 1.0)
    scene.findings.at_most("sublet_of_paid", offer_id, node, mw, share * paid, "MW")
    lead = number(terms.lead_months, 0.0)
    if lead:
        scene.findings.at_most(
            "sublet_after_lead", offer_id, node, mw, share * _stood(scene, mine, node, lead), "MW"
        )
    if mw <= TRACE * paid:
        return
    if scene.amount("lets", offer_id, chip, node) < 0.5:
        scene.findings.refuse("sublet_when_let", offer_id, node, mw, "MW", "let without the decision to let")
    for demand in all_demands(scene.spec):
        if _could_serve(scene, offer, offer_id, chip, demand):
            short = scene.amount("shortfall_mw", demand.id, node)
            scene.findings.at_most("own_demand_first", f"{offer_id} {demand.id}", node, short, 0.0, "MW", mw)


def _stood(scene: Scene, mine: list[Presence], node: Node, lead: float) -> float:
    """MW that stood a lead before: on the last day of the last period that ends by then, or before the first day."""
    x = scene.period(node).start - lead
    ended = [each for each in scene.timeline.periods if each.end <= x + EPS]
    if ended:
        return float(sum(each.at(ended[-1].last_day) for each in mine))
    return float(sum(each.at(x) for each in mine if each.given))


def _could_serve(scene: Scene, offer: Offer, offer_id: str, chip: str, demand: Demand) -> bool:
    """Whether a demand could be served by these MW: its work, place and control."""
    terms, place = demand.terms, scene.places[offer_id]
    chips = {chip} if offer.kind != "shell" else _chips_for(scene, offer_id)
    if not any(demand.workload_id in scene.spec.chips[each].work for each in chips):
        return False
    if terms.control == "own" and offer.kind != "shell":
        return False
    own = terms.regions[demand.region].served_from if demand.region else ()
    allowed = own or terms.served_from
    if allowed and place.site not in allowed and place.region not in allowed:
        return False
    return terms.region is None or terms.region == place.region


def _chips_for(scene: Scene, host: str) -> set[str]:
    """Chips that can be had for a shell."""
    return {
        id_
        for id_, each in scene.spec.chips.items()
        if each.terms and (each.hosts == "any" or host in each.hosts)
    }
