"""Further terms: renewals after the first term, and expansions under a right."""

from __future__ import annotations

from collections import defaultdict

from planner.audit.contract import Contract, dated_arrivals, main_line, price_of, stepped_rent
from planner.audit.flows import on_day
from planner.audit.leaving import LEAVING, last_before
from planner.audit.paths import EPS, number
from planner.audit.scene import NO_CHIP, Scene
from planner.instance.schema.clauses import Expansion, Renewals
from planner.instance.schema.contracts import Offer

Key = tuple[str, str, str]


def renew(scene: Scene, contracts: list[Contract]) -> list[Contract]:
    """Renewed terms, each at the price path of its first day."""
    by_key = {each.name: each for each in contracts}
    found = []
    for index, mw in scene.rows("renewed_mw"):
        contract, offer = by_key.get((index[0], index[1], index[2])), scene.offer(index[0])
        terms = None if offer is None else offer.renewals
        if (
            contract is None
            or offer is None
            or terms is None
            or not _renewable(scene, contract, terms, index)
        ):
            scene.findings.refuse(
                "renewed_mw", "|".join(index[:-1]), index[-1], mw, "MW", "may not be renewed"
            )
            continue
        start = contract.until + (int(index[3]) - 1) * terms.term_months.constant
        price = price_of(offer, contract.chip)
        usd_m = 0.0 if price is None else scene.series(price).at(start) / 1000.0
        usd_m *= number(terms.price_factor, 1.0)
        found.append(
            _further(
                scene, offer, contract, ("renewed_mw", "|".join(index)), start, ((start, mw),), start,
                start + terms.term_months.constant, usd_m,
            )
        )  # fmt: skip
    return found


def _renewable(scene: Scene, contract: Contract, terms: Renewals, index: tuple[str, ...]) -> bool:
    """Whether the number and the node of a renewal are those of the terms."""
    if not index[3].isdigit() or not 1 <= int(index[3]) <= terms.count.constant:
        return False
    start = contract.until + (int(index[3]) - 1) * terms.term_months.constant
    notice = number(terms.notice_months, 0.0)
    return -EPS < start < scene.end - EPS and last_before(scene, index[-1], start - notice, contract)


def expand(scene: Scene, contracts: list[Contract]) -> list[Contract]:
    """Expansions, each at the price of its signing; the fee of the right is paid at signing."""
    by_key = {each.name: each for each in contracts if not each.given}
    found = []
    for index, mw in scene.rows("expanded_mw"):
        contract, offer = by_key.get((index[0], index[1], index[2])), scene.offer(index[0])
        terms = None if offer is None else offer.expansion
        each = None
        if contract is not None and offer is not None and terms is not None:
            each = _expansion(scene, offer, terms, contract, index, mw)
        if each is None:
            scene.findings.refuse(
                "expanded_mw", "|".join(index[:-1]), index[-1], mw, "MW", "no right to it then"
            )
            continue
        found.append(each)
    _pay_rights(scene, by_key)
    _check_rights(scene, by_key)
    return found


def _expansion(
    scene: Scene, offer: Offer, terms: Expansion, contract: Contract, index: tuple[str, ...], mw: float
) -> Contract | None:
    decided = scene.period(index[-1]).start
    after = decided - contract.signed
    if not number(terms.from_months, 0.0) - EPS <= after <= terms.to_months.constant + EPS:
        return None
    lead = (
        number(offer.delivery_months, 0.0)
        if terms.delivery_months is None
        else terms.delivery_months.constant
    )
    first, arrivals = dated_arrivals(scene, terms.ramp, decided + lead, 0.0, mw)
    until = contract.until if terms.term_months is None else first + terms.term_months.constant
    exists = -1e9 if contract.chip == NO_CHIP else scene.timeline.first(scene.spec.chips[contract.chip].from_)
    if until <= first + EPS or first < exists - EPS:
        return None
    scene.delivers_in_time(f"{contract.offer} expansion", index[-1], first)
    price = price_of(offer, contract.chip)
    usd_m = 0.0 if price is None else scene.series(price).at(contract.signed) / 1000.0
    usd_m *= 1.0 + number(terms.premium_share, 0.0)
    key = ("expanded_mw", "|".join(index))
    return _further(scene, offer, contract, key, decided, arrivals, first, until, usd_m)


def _further(
    scene: Scene,
    offer: Offer,
    contract: Contract,
    key: tuple[str, str],
    signed: float,
    arrivals: tuple[tuple[float, float], ...],
    first: float,
    until: float,
    usd_m: float,
) -> Contract:
    """A fixed term beside the first one, without prepayment."""
    rent = tuple(
        flow for part in stepped_rent(offer, contract.offer, arrivals, first, until, usd_m) for flow in part
    )
    delay = number(offer.payment_delay_months, 0.0)
    return Contract(
        offer=contract.offer,
        chip=contract.chip,
        signing=contract.signing,
        key=key,
        given=False,
        mw=sum(mw for _, mw in arrivals),
        signed=signed,
        first=first,
        promised=first,
        until=until,
        arrivals=arrivals,
        rent=rent,
        prepayment=(),
        invoices=tuple(flow.later(delay) for flow in rent),
        line=main_line(offer.kind),
        supplied=key[0] == "expanded_mw",
        decided=scene.period(key[1].rpartition("|")[2]).start,
    )


def _pay_rights(scene: Scene, contracts: dict[Key, Contract]) -> None:
    for index, mw in scene.rows("expansion_right_mw"):
        contract, offer = contracts.get((index[0], index[1], index[2])), scene.offer(index[0])
        terms = None if offer is None else offer.expansion
        if contract is None or terms is None or terms.fee_usd_m_per_mw is None:
            scene.findings.refuse(
                "expansion_right_mw", "|".join(index[:-1]), index[-1], mw, "MW", "no such right"
            )
            continue
        most = terms.most_share.constant * contract.mw
        scene.findings.at_most("right_of_signed", index[0], index[-1], mw, most, "MW")
        fee = scene.series(terms.fee_usd_m_per_mw).at(contract.signed) * mw
        flow = on_day(contract.line, contract.offer.partition(".")[0], contract.signed, fee)
        scene.account.buy(("expansion_right_mw", "|".join(index)), [flow])


def _check_rights(scene: Scene, contracts: dict[Key, Contract]) -> None:
    """Expansions of a contract stay within the share of what stays, and within the right where it has a price."""
    sums: dict[Key, float] = defaultdict(float)
    for index, mw in scene.rows("expanded_mw"):
        sums[index[0], index[1], index[2]] += mw
    for key, mw in sums.items():
        offer = scene.offer(key[0])
        if key not in contracts or offer is None or offer.expansion is None:
            continue
        contract, terms = contracts[key], offer.expansion
        gone = sum(part for name in LEAVING for index, part in scene.rows(name) if index[:3] == key)
        most = terms.most_share.constant * (contract.mw - gone)
        scene.findings.at_most("expanded_of_signed", key[0], key[2], mw, most, "MW", contract.mw)
        if terms.fee_usd_m_per_mw is not None:
            right = scene.amount("expansion_right_mw", *key)
            scene.findings.at_most("expanded_of_right", key[0], key[2], mw, right, "MW", contract.mw)


def check_ways(scene: Scene, contracts: list[Contract]) -> None:
    """Each MW of a contract leaves, is renewed, is kept or ends: one of these; a renewal is of what was renewed."""
    for contract in contracts:
        taken, first_kept = 0.0, 0.0
        renewed: dict[int, float] = defaultdict(float)
        for name in LEAVING:
            taken += sum(mw for index, mw in scene.rows(name) if index[:3] == contract.name)
        for index, mw in scene.rows("renewed_mw"):
            if index[:3] == contract.name and index[3].isdigit():
                renewed[int(index[3])] += mw
        for index, mw in scene.rows("kept_mw"):
            if index[:3] == contract.name:
                first_kept = max(first_kept, mw)
        node = scene.path[-1]
        if taken or renewed:
            ways = taken + renewed.get(1, 0.0) + first_kept
            scene.findings.at_most("each_mw_goes_one_way", contract.offer, node, ways, contract.mw, "MW")
        for place, mw in renewed.items():
            if place > 1:
                before = renewed.get(place - 1, 0.0)
                scene.findings.at_most(
                    "renewed_of_renewed", contract.offer, node, mw, before, "MW", contract.mw
                )
