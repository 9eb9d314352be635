"""Contracts as signed: what each delivers on which date, what it bills, and the rules of signing and keeping."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

from planner.audit.contract import (
    Contract,
    Leaving,
    dated_arrivals,
    increments,
    main_line,
    price_of,
    stepped_rent,
)
from planner.audit.flows import Flow, along, on_day
from planner.audit.further import check_ways, expand, renew
from planner.audit.late import credited
from planner.audit.leaving import split
from planner.audit.paths import EPS, month_of, number
from planner.audit.pricing import check_tiers, tier_shares
from planner.audit.scene import CHIPLESS, NO_CHIP, Presence, Scene
from planner.instance.schema.contracts import GivenSigning, Offer
from planner.tree import Node


@dataclass(frozen=True)
class Kept:
    """MW kept in one period after the fixed term."""

    contract: Contract
    node: Node
    presence: Presence
    rent: tuple[Flow, ...]
    invoices: tuple[Flow, ...]


@dataclass(frozen=True)
class Contracts:
    """All that was signed or given, what is kept of it, and what is on demand."""

    signed: tuple[Contract, ...]
    """As signed or given."""
    contracts: tuple[Contract, ...]
    """As they run: parts that leave early stand apart; renewals and expansions too."""
    kept: tuple[Kept, ...]

    @cached_property
    def presences(self) -> list[Presence]:
        """All MW delivered."""
        fixed = [presence for contract in self.contracts for presence in contract.presences]
        return [*fixed, *(kept.presence for kept in self.kept)]


def sign_contracts(scene: Scene) -> Contracts:
    """Every contract of the plan and of the instance, billed; rules of signing and keeping checked."""
    contracts = [*_signed(scene), *_given(scene)]
    running = [*split(scene, contracts), *renew(scene, contracts), *expand(scene, contracts)]
    for contract in contracts:
        _bill(scene, contract)
    for contract in running:
        if contract.leaving is not None:
            _bill_leaving(scene, contract, contract.leaving)
        elif contract.decided is not None:
            _bill(scene, contract)
    by_key = {each.name: each for each in contracts}
    kept = [
        found
        for (offer, chip, signing, node), mw in scene.rows("kept_mw")
        if (found := _keep(scene, by_key, (offer, chip, signing), node, mw)) is not None
    ]
    for each in kept:
        index = (each.contract.offer, each.contract.chip, each.contract.signing, each.node)
        scene.account.buy(("kept_mw", "|".join(index)), each.invoices, each.rent)
    _check_signings(scene, contracts)
    _check_kept(scene, by_key)
    check_ways(scene, contracts)
    check_tiers(scene)
    return Contracts(tuple(contracts), tuple(running), tuple(kept))


def _signed(scene: Scene) -> list[Contract]:
    out = []
    for (offer_id, chip, node), mw in scene.rows("signed_mw"):
        offer = scene.offer(offer_id)
        if offer is None or offer.kind == "on_demand" or offer.term_months is None:
            scene.findings.refuse(
                "no_such_offer", offer_id, node, mw, "MW", "nothing of that name can be signed"
            )
            continue
        signed = scene.period(node).start
        slip = number(offer.slip_months, 0.0)
        ready = signed + number(offer.delivery_months, 0.0)
        first, arrivals = dated_arrivals(scene, offer.ramp, ready, slip, mw)
        until = _end(scene, offer, first + offer.term_months.constant)
        price = price_of(offer, chip)
        usd_m = (
            0.0 if price is None or offer.kind == "consumption" else scene.series(price).at(signed) / 1000.0
        )
        by_arrival = stepped_rent(offer, offer_id, arrivals, first, until, usd_m)
        share, delay = number(offer.prepayment_share, 0.0), number(offer.payment_delay_months, 0.0)
        line, vendor = main_line(offer.kind), offer_id.partition(".")[0]
        prepaid = share * sum(flow.within() for flows in by_arrival for flow in flows)
        rent, invoices = credited(by_arrival, share, number(offer.late_credit_share, 0.0) * slip, until)
        contract = Contract(
            offer_id, chip, node, ("signed_mw", f"{offer_id}|{chip}|{node}"), False, mw, signed, first,
            first - slip, until, arrivals, rent, (on_day(line, vendor, signed, prepaid),) if prepaid else (),
            tuple(flow.later(delay) for flow in invoices), line,
        )  # fmt: skip
        tiers = tier_shares(scene, offer, offer_id, chip, node, mw)
        if tiers:
            factor = 1.0 - sum(share for _, share in tiers)
            contract = replace(contract.at_price(factor), tiers=tiers, plain=contract)
        out.append(contract)
    return out


def _end(scene: Scene, offer: Offer, term_end: float) -> float:
    """When it leaves; what may be drawn of a commitment that continues stays to the end of the calendar."""
    continues = offer.kind == "consumption" and offer.at_end == "continues"
    return max(term_end, scene.end) if continues else term_end


def _given(scene: Scene) -> list[Contract]:
    out = []
    for vendor_id, vendor in scene.spec.vendors.items():
        for name, offer in vendor.offers.items():
            for id_, given in offer.signed.items():
                out.append(_given_contract(scene, f"{vendor_id}.{name}", offer, id_, given))
    return out


def _given_contract(scene: Scene, offer_id: str, offer: Offer, id_: str, given: GivenSigning) -> Contract:
    """A contract of the opening position; service before the first day is paid by opening payables, not here."""
    chip = NO_CHIP if offer.kind in CHIPLESS else given.chip or offer.chips[0]
    mw = given.mw.constant / scene.gw_ratio
    promised = [(month_of(key, scene.timeline), share) for key, share in given.delivered.items()]
    slip = number(given.slip_months, 0.0)
    # What stands on the first day is a fact; the rest may come later.
    arrivals = increments([(x if x < -EPS else x + slip, share) for x, share in promised], mw)
    first = arrivals[0][0]
    until = _end(scene, offer, first + number(given.term_months or offer.term_months, math.inf))
    signed = scene.timeline.first(given.date)
    line, vendor = main_line(offer.kind), offer_id.partition(".")[0]
    share = number(given.prepaid_share, 0.0)
    by_arrival: list[list[Flow]] = [[] for _ in arrivals]
    if offer.kind == "consumption":
        pass  # only what is drawn is paid
    elif given.price_usd_per_kw_month is not None:
        path, paid = scene.series(given.price_usd_per_kw_month), number(offer.take_or_pay_share, 1.0)
        by_arrival = [along(line, vendor, path, x, until, part * paid / 1000.0) for x, part in arrivals]
    else:
        price = price_of(offer, chip)
        usd_m = 0.0 if price is None else scene.series(price).at(signed) / 1000.0
        by_arrival = stepped_rent(offer, offer_id, arrivals, first, until, usd_m)
    # Quoted per GW of facility: the same dollars for fewer MW of IT load.
    by_arrival = [[flow.times(scene.gw_ratio) for flow in flows] for flows in by_arrival]
    whole = sum(flow.within() for flows in by_arrival for flow in flows)
    prepaid = share * whole if signed >= -EPS else 0.0
    by_arrival = [[late for flow in flows if (late := flow.since(0.0)) is not None] for flows in by_arrival]
    late_months = number(offer.late_credit_share, 0.0) * slip
    slipped = [flows if x >= -EPS else [] for (x, _), flows in zip(arrivals, by_arrival, strict=True)]
    stood = [flows if x < -EPS else [] for (x, _), flows in zip(arrivals, by_arrival, strict=True)]
    rent, invoices = credited(slipped, share, late_months, until, stood)
    delay = number(offer.payment_delay_months, 0.0)
    return Contract(
        offer_id, chip, id_, ("given", f"{offer_id}|{id_}"), True, mw, signed, first, increments(promised, mw)[0][0],
        until, arrivals, rent, (on_day(line, vendor, signed, prepaid),) if prepaid else (),
        tuple(flow.later(delay) for flow in invoices), line, supplied=False,
    )  # fmt: skip


def _bill(scene: Scene, contract: Contract) -> None:
    """Post what a contract pays; it costs its level charge, a given one nothing."""
    for key, times, each in contract.causes():
        paid, accrued = ([flow.times(times) for flow in flows] for flows in (each.paid, each.accrued))
        scene.account.post(key, paid, accrued)
        if not contract.given:
            before, _ = _present(scene, each)
            level = _level(scene, each)
            scene.account.charge(key, contract.line, times * before, times * (level - before))


def _bill_leaving(scene: Scene, part: Contract, leaving: Leaving) -> None:
    """Post the change that leaving makes; what leaves costs all it ever pays instead of its level charge."""
    whole, key = leaving.whole, leaving.key
    scene.account.post(
        key,
        [*part.paid, *(flow.times(-1.0) for flow in whole.paid)],
        [*part.accrued, *(flow.times(-1.0) for flow in whole.accrued)],
    )
    before, after = _present(scene, part)
    would, _ = _present(scene, whole)
    scene.account.charge(key, part.line, before - would, after - (_level(scene, whole) - would))


def _present(scene: Scene, contract: Contract) -> tuple[float, float]:
    """Present value of all payments, before the end of the calendar and after it."""
    rates = scene.rates
    return (
        sum(rates.present(flow, b=scene.end) for flow in contract.paid),
        sum(rates.present(flow, a=scene.end) for flow in contract.paid),
    )


def _level(scene: Scene, contract: Contract) -> float:
    """All payments x the part of the discounted MW-months, from the first day on, that lies before the end."""
    rates = scene.rates
    service = [Flow(contract.line, "", each.start, each.end, each.mw, each.mw) for each in contract.presences]
    served = sum(rates.present(flow, 0.0, scene.end) for flow in service)
    total = served + sum(rates.present(flow, a=scene.end) for flow in service)
    return sum(_present(scene, contract)) * served / total if total else 0.0


# Keeping after the term


def _keep(
    scene: Scene,
    contracts: dict[tuple[str, str, str], Contract],
    which: tuple[str, str, str],
    node: Node,
    mw: float,
) -> Kept | None:
    """MW kept in one period: from the end of the term, at the continuation price by date of use."""
    contract, offer = contracts.get(which), scene.offer(which[0])
    if contract is None or offer is None:
        scene.findings.refuse("kept_of_nothing", ".".join(which), node, mw, "MW", "no such contract to keep")
        return None
    period = scene.period(node)
    if offer.at_end != "continues" or period.end <= contract.until + EPS or contract.until < -EPS:
        scene.findings.refuse(
            "kept_too_early", which[0], node, mw, "MW", "the fixed term still runs, or it leaves"
        )
        return None
    start = max(period.start, contract.until)
    price = offer.continuation_usd_per_kw_month or price_of(offer, contract.chip)
    line, vendor = main_line(offer.kind), which[0].partition(".")[0]
    rent: list[Flow] = []
    if price is not None:
        paid = number(offer.take_or_pay_share, 1.0)
        rent = along(line, vendor, scene.series(price), start, period.end, mw * paid / 1000.0)
    invoices = tuple(flow.later(number(offer.payment_delay_months, 0.0)) for flow in rent)
    presence = Presence(which[0], contract.chip, start, period.end, mw)
    return Kept(contract, node, presence, tuple(rent), invoices)


def _check_kept(scene: Scene, contracts: dict[tuple[str, str, str], Contract]) -> None:
    """MW kept never rise, from the signed MW on."""
    for (offer_id, chip, signing, node), mw in scene.rows("kept_mw"):
        contract = contracts.get((offer_id, chip, signing))
        if contract is None or node not in scene.owned:
            continue
        before = scene.before(node)
        first = before is None or scene.period(before).end <= contract.until + EPS
        most = contract.mw if first else scene.amount("kept_mw", offer_id, chip, signing, str(before))
        rule = "kept_of_signed" if first else "kept_never_rises"
        scene.findings.at_most(rule, offer_id, node, mw, most, "MW", contract.mw)


# Rules of signing


def _check_signings(scene: Scene, contracts: list[Contract]) -> None:
    taken: dict[str, float] = defaultdict(float)
    counted: dict[str, float] = defaultdict(float)
    per_node: dict[tuple[str, Node], float] = defaultdict(float)
    for contract in contracts:
        if not contract.given:
            taken[contract.offer] += contract.mw
            per_node[contract.offer, contract.signing] += contract.mw
            scene.delivers_in_time(contract.offer, contract.signing, contract.first)
            if contract.signing in scene.owned:
                _check_contract(scene, contract)
    for (offer_id, node), count in scene.rows("signed"):
        counted[offer_id] += count
        per_node[offer_id, node] += 0.0
    for (offer_id, node), mw in per_node.items():
        if node in scene.owned:
            _check_range(scene, offer_id, node, mw)
    for offer_id in {*taken, *counted}:
        offer = scene.offer(offer_id)
        if offer is not None and offer.sign is not None:
            scene.findings.at_most("most_signings", offer_id, scene.path[-1], counted[offer_id],
                                   offer.sign.at_most.constant, "count")  # fmt: skip
        if offer is not None and offer.mw is not None and offer.mw.total is not None:
            scene.findings.at_most("most_signed_in_all", offer_id, scene.path[-1], taken[offer_id],
                                   offer.mw.total.constant, "MW")  # fmt: skip


def _check_contract(scene: Scene, contract: Contract) -> None:
    """A signing is dated in its window, delivers in time, and a chip that is on offer and exists."""
    offer, node = scene.offer(contract.offer), contract.signing
    assert offer is not None
    if offer.sign is None:
        scene.findings.refuse("signing_window", contract.offer, node, contract.mw, "MW", "cannot be signed")
    else:
        scene.in_window("signing_window", contract.offer, node, offer.sign)
    if (contract.chip == NO_CHIP) != (offer.kind in CHIPLESS) or (
        offer.kind not in CHIPLESS and contract.chip not in offer.chips
    ):
        scene.findings.refuse("chip_on_offer", contract.offer, node, contract.mw, "MW",
                              f"{contract.chip} is not on offer")  # fmt: skip
    elif contract.chip != NO_CHIP:
        exists = scene.timeline.first(scene.spec.chips[contract.chip].from_)
        if contract.first < exists - EPS:
            scene.findings.refuse("chip_from", contract.offer, node, contract.mw, "MW",
                                  f"{contract.chip} does not exist at first delivery")  # fmt: skip


def _check_range(scene: Scene, offer_id: str, node: Node, mw: float) -> None:
    """MW of the signings of a period lie in the range, come in whole blocks, and are as many as allowed."""
    offer, count = scene.offer(offer_id), scene.amount("signed", offer_id, node)
    if offer is None:
        scene.findings.refuse(
            "no_such_offer", offer_id, node, count, "count", "nothing of that name can be signed"
        )
        return
    most = 0.0 if offer.sign is None else number(offer.sign.per_period, 1.0)
    scene.findings.at_most("signings_per_period", offer_id, node, count, most, "count")
    if mw > 0.0 and count < 0.5:
        scene.findings.refuse("most_signed", offer_id, node, mw, "MW", "MW without a signing")
    sizes = offer.mw
    if sizes is None:
        return
    if sizes.min is not None:
        scene.findings.at_least("least_signed", offer_id, node, mw, count * sizes.min.constant, "MW")
    if sizes.max is not None:
        scene.findings.at_most("most_signed", offer_id, node, mw, count * sizes.max.constant, "MW")
        if offer.kind == "consumption":
            # It is signed whole.
            scene.findings.at_least("least_signed", offer_id, node, mw, count * sizes.max.constant, "MW")
    if sizes.block is not None:
        for (each, chip, _), part in scene.rows_at("signed_mw", node):
            if each == offer_id:
                blocks = scene.amount("signed_blocks", offer_id, chip, node)
                scene.findings.equal(
                    "signed_in_whole_blocks", offer_id, node, part, blocks * sizes.block.constant, "MW"
                )
