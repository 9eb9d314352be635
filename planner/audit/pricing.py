"""What a signing pays beside or instead of its plain rent, re-read: volume tiers, deposits, collateral."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from planner.audit.account import Key
from planner.audit.contract import Contract, main_line, price_of, stepped_rent
from planner.audit.flows import Flow, on_day
from planner.audit.paths import EPS, month_of, number
from planner.audit.scene import Scene
from planner.instance.schema.contracts import Offer
from planner.instance.schema.pricing import Collateral

FINANCING = "financing"


# Volume tiers


def tier_shares(
    scene: Scene, offer: Offer, offer_id: str, chip: str, node: str, mw: float
) -> tuple[tuple[Key, float], ...]:
    """(decision, share of the price of the signing date that it takes off, mean of the MW of a chip)."""
    found = []
    for place, tier in enumerate(offer.tiers, 1):
        priced = scene.amount("tier_mw", offer_id, chip, str(place), node)
        if priced:
            key = ("tier_mw", f"{offer_id}|{chip}|{place}|{node}")
            found.append((key, (1.0 - tier.price_factor) * priced / mw))
    return tuple(found)


def tier_factor(contract: Contract) -> float:
    """Price paid over the price of the signing date."""
    return 1.0 - sum(share for _, share in contract.tiers)


def check_tiers(scene: Scene) -> None:
    """A signing is priced in one tier at most, with no more MW than it has, and has the MW that the tier asks for."""
    at: dict[tuple[str, str], float] = defaultdict(float)
    by_tier: dict[tuple[str, str, str], float] = defaultdict(float)
    by_chip: dict[tuple[str, str, str], float] = defaultdict(float)
    for (offer_id, tier, node), count in scene.rows("tier"):
        at[offer_id, node] += count
        by_tier[offer_id, tier, node] += 0.0
    for (offer_id, chip, tier, node), mw in scene.rows("tier_mw"):
        by_tier[offer_id, tier, node] += mw
        by_chip[offer_id, chip, node] += mw
    for (offer_id, node), count in at.items():
        if node in scene.owned:
            scene.findings.at_most(
                "one_tier", offer_id, node, count, scene.amount("signed", offer_id, node), "count"
            )
    for (offer_id, chip, node), mw in by_chip.items():
        if node in scene.owned:
            signed = scene.amount("signed_mw", offer_id, chip, node)
            scene.findings.at_most("mw_in_tiers", offer_id, node, mw, signed, "MW")
    for (offer_id, tier, node), mw in by_tier.items():
        offer = scene.offer(offer_id)
        if offer is None or not tier.isdigit() or not 1 <= int(tier) <= len(offer.tiers):
            scene.findings.refuse("tier_reached", offer_id, node, mw, "MW", f"there is no tier {tier}")
            continue
        if node not in scene.owned:
            continue
        count = scene.amount("tier", offer_id, tier, node)
        if mw > 0.0 and count < 0.5:
            scene.findings.refuse(
                "mw_in_tier", offer_id, node, mw, "MW", "priced in a tier that is not taken"
            )
        counted = mw if offer.tiers_of == "signing" else _signed_to(scene, offer_id, node)
        least = count * offer.tiers[int(tier) - 1].from_mw.constant
        scene.findings.at_least("tier_reached", offer_id, node, counted, least, "MW")


def _signed_to(scene: Scene, offer_id: str, node: str) -> float:
    """MW of all signings of an offer up to a node."""
    last = scene.position[node]
    return sum(
        mw for (each, _, u), mw in scene.rows("signed_mw") if each == offer_id and scene.position[u] <= last
    )


# Deposits and collateral


@dataclass(frozen=True)
class Security:
    """What secures one signing."""

    contract: Contract
    deposit: tuple[Flow, ...]
    collateral: tuple[Flow, ...]


def post_security(scene: Scene, contracts: tuple[Contract, ...]) -> tuple[Security, ...]:
    """Deposits and collateral of every signing of the plan, posted; they cost the part up to the end."""
    found = []
    for contract in contracts:
        offer = scene.offer(contract.offer)
        if offer is None or contract.given:
            continue
        plain = contract.plain or contract
        each = Security(contract, _deposit(scene, plain, offer), _collateral(scene, plain, offer))
        share = _share_before_end(scene, contract)
        for key, times, _ in contract.causes():
            for plain_flows in (each.deposit, each.collateral):
                _pay(scene, key, [flow.times(times) for flow in plain_flows], share)
        factor = tier_factor(contract)
        at_price = [tuple(flow.times(factor) for flow in flows) for flows in (each.deposit, each.collateral)]
        found.append(Security(contract, at_price[0], at_price[1]))
    return tuple(found)


def _pay(scene: Scene, key: Key, flows: list[Flow], share: float) -> None:
    """Post what secures a signing; it costs a share of all that it ever pays."""
    if flows:
        scene.account.secure(key, flows)
        before = sum(scene.rates.present(flow, b=scene.end) for flow in flows)
        after = sum(scene.rates.present(flow, a=scene.end) for flow in flows)
        scene.account.charge(key, flows[0].line, before, (before + after) * share - before)


def _share_before_end(scene: Scene, contract: Contract) -> float:
    """Part of the discounted MW-months, at the rate of the rent, that lies before the end."""
    service = [Flow(contract.line, "", each.start, each.end, each.mw, each.mw) for each in contract.presences]
    before = sum(scene.rates.present(flow, 0.0, scene.end) for flow in service)
    whole = before + sum(scene.rates.present(flow, a=scene.end) for flow in service)
    return before / whole if whole else 0.0


def _plain_rent(scene: Scene, contract: Contract, offer: Offer) -> list[Flow]:
    """Fixed rent as contracted: nothing set off for late delivery."""
    price = price_of(offer, contract.chip)
    usd_m = 0.0 if price is None else scene.series(price).at(contract.signed) / 1000.0
    by_arrival = stepped_rent(offer, contract.offer, contract.arrivals, contract.first, contract.until, usd_m)
    return [flow for flows in by_arrival for flow in flows]


def _first_year(contract: Contract, rent: list[Flow]) -> float:
    """Mean monthly rent of the first year."""
    months = min(12.0, contract.until - contract.first)
    return sum(flow.within(b=contract.first + months) for flow in rent) / months


def _deposit(scene: Scene, contract: Contract, offer: Offer) -> tuple[Flow, ...]:
    if offer.deposit_months is None and offer.deposit_share is None:
        return ()
    rent = _plain_rent(scene, contract, offer)
    usd_m = number(offer.deposit_months, 0.0) * _first_year(contract, rent)
    usd_m += number(offer.deposit_share, 0.0) * sum(flow.within() for flow in rent)
    line, vendor = main_line(offer.kind), contract.offer.partition(".")[0]
    return (on_day(line, vendor, contract.signed, usd_m), on_day(line, vendor, contract.until, -usd_m))


def _collateral(scene: Scene, contract: Contract, offer: Offer) -> tuple[Flow, ...]:
    """Fees by date; with `cash`, what is put up and what comes back."""
    terms = offer.collateral
    if terms is None:
        return ()
    changes = [month_of(key, scene.timeline) for key in scene.spec.money.credit_rating_changes]
    corners = {x for flow in contract.invoices for x in (flow.start, flow.end)} | set(changes)
    inside = {x for x in corners if contract.signed + EPS < x < contract.until - EPS}
    monthly = _first_year(contract, _plain_rent(scene, contract, offer))
    held: list[Flow] = []
    for a, b in pairwise(sorted({contract.signed, contract.until, *inside})):
        first, last = (_amount(scene, contract, terms, a, x, monthly) for x in (a, b))
        held.append(Flow(FINANCING, "own", a, b, first, last))
    fee = number(terms.fee_rate, 0.0) / 12.0
    flows = [flow.times(fee) for flow in held] if fee else []
    if terms.cash:
        up = 0.0
        for flow in held:
            flows.append(on_day(FINANCING, "own", flow.start, flow.first - up))
            rate = (flow.last - flow.first) / (flow.end - flow.start)
            flows.append(replace(flow, first=rate, last=rate))
            up = flow.last
        flows.append(on_day(FINANCING, "own", contract.until, -up))
    return tuple(flows)


def _amount(
    scene: Scene, contract: Contract, terms: Collateral, since: float, x: float, monthly: float
) -> float:
    """What is asked for on date x by the rating that holds since a date."""
    rating = scene.spec.money.credit_rating
    for key in sorted(scene.spec.money.credit_rating_changes, key=lambda key: month_of(key, scene.timeline)):
        if month_of(key, scene.timeline) <= since + EPS:
            rating = scene.spec.money.credit_rating_changes[key]
    if terms.months_of_rent_by_rating:
        return _of(terms.months_of_rent_by_rating, rating) * monthly
    left = sum(flow.after(x) for flow in (*contract.prepayment, *contract.invoices))
    return _of(terms.share_of_open_by_rating, rating) * left


def _of(amounts: Mapping[str, float], rating: str | None) -> float:
    return amounts[rating] if rating is not None else 0.0


def without_deposits(
    scene: Scene, securities: tuple[Security, ...], paid: dict[str, list[float]]
) -> dict[str, list[float]]:
    """What lines pay by position of the period, deposits left out: nobody lends on them."""
    sums = {line: list(amounts) for line, amounts in paid.items()}
    for flow in (flow for each in securities for flow in each.deposit):
        for place, period in enumerate(scene.timeline.periods):
            sums[flow.line][place] -= flow.within(period.start, period.end)
    return sums
