"""Offers and contracts: terms that can never matter."""

from __future__ import annotations

import math
from collections.abc import Iterator

from planner.instance.check.dates import EPS
from planner.instance.check.facts import Facts, Reason
from planner.instance.check.silent import Silent
from planner.instance.schema.contracts import GivenSigning, Offer, Vendor

SWITCHES = ("at_most", "per_period", "max", "total")
SIGNING_ONLY = ("prepayment_share", "tiers", "deposit_months", "deposit_share", "collateral", "expansion")
"""Terms that only a new signing has: given contracts settled theirs before."""


def contract_silence(facts: Facts) -> Iterator[Silent]:
    """Everything about vendors and their offers that no plan can feel."""
    for vendor_id, vendor in facts.spec.vendors.items():
        yield from _vendor(facts, vendor_id, vendor)
        for offer_id, offer in vendor.offers.items():
            path = f"vendors.{vendor_id}.offers.{offer_id}"
            dead = facts.offer_dead(vendor_id, offer_id)
            yield from _offer(facts, path, offer, dead)
            for given_id, given in offer.signed.items():
                yield from _given(facts, f"{path}.signed.{given_id}", offer, given)
            if dead is not None and not offer.signed:
                continue
            yield from _terms(facts, path, offer, dead is None)
            yield from _clauses(facts, path, offer, dead is None)


def _vendor(facts: Facts, vendor_id: str, vendor: Vendor) -> Iterator[Silent]:
    spec, path = facts.spec, f"vendors.{vendor_id}"
    opening = spec.money.opening
    named = {each.vendor for each in opening.payables} | {each.vendor for each in opening.past_spend}
    if not vendor.offers and vendor_id not in named:
        yield Silent("unused", path, "the vendor offers nothing", "add offers, or take it out")
    if vendor.payables_cap_usd_bn is not None:
        owed = vendor_id in {each.vendor for each in opening.payables} or any(
            offer.payment_delay_months is not None and offer.payment_delay_months.constant > 0
            for offer in vendor.offers.values()
        )
        if not owed:
            yield Silent(
                "never",
                f"{path}.payables_cap_usd_bn",
                "nothing is ever owed to the vendor: every invoice is paid at once",
                "add payment_delay_months to its offers, or take the cap out",
            )


def _offer(facts: Facts, path: str, offer: Offer, dead: Reason | None) -> Iterator[Silent]:
    """The offer as a whole."""
    if dead is None:
        missing = [chip for chip in offer.chips if chip not in facts.offer_chips(offer)]
        for chip in missing:
            if chip not in {given.chip for given in offer.signed.values()}:
                yield Silent(
                    "never",
                    f"{path}.chips",
                    f"{chip} can never be delivered under this offer: it exists from "
                    f"{facts.spec.chips[chip].from_.text}, after the last delivery",
                    f"sign or deliver later, or take {chip} out",
                )
        yield from _serves_nothing(facts, path, offer)
        return
    field, why, repair = dead
    if offer.signed:
        if offer.sign is None:
            yield from _signing_terms(path, offer)
        else:
            yield Silent("never", f"{path}.sign", f"nothing new is ever signed: {why}", repair, field)
        return
    if offer.sign is None and offer.kind != "on_demand":
        yield Silent("unused", path, f"it will never be used: {why}, and no contract runs", repair, field)
        return
    code = "unused" if field.endswith(SWITCHES) or field.endswith("max_mw") else "never"
    yield Silent(code, path if field == path else field, f"it will never be used: {why}", repair, field)


def _signing_terms(path: str, offer: Offer) -> Iterator[Silent]:
    for name in SIGNING_ONLY:
        if getattr(offer, name):
            yield Silent(
                "never",
                f"{path}.{name}",
                f"{name} is a term of new signings, and without `sign` there are none",
                "add sign: {from, to, at_most}, or take it out",
            )


def _serves_nothing(facts: Facts, path: str, offer: Offer) -> Iterator[Silent]:
    if offer.availability_share is not None and offer.availability_share.constant == 0:
        yield Silent(
            "never", f"{path}.availability_share", "its MW never serve: availability is 0", "write e.g. 98%"
        )
    host = f"{path.split('.')[1]}.{path.split('.')[3]}"
    if host in facts.live_hosts and not any(
        facts.owned(id_) and facts.takes(chip, host) for id_, chip in facts.spec.chips.items()
    ):
        yield Silent(
            "never",
            path,
            "no chip can ever stand in this shell: it would serve nothing",
            "add terms to a chip that may stand here (its `hosts`)",
        )


def _given(facts: Facts, path: str, offer: Offer, given: GivenSigning) -> Iterator[Silent]:
    """A contract that runs."""
    first, until = facts.given_span(offer, given)
    mw = given.mw.constant
    if mw == 0:
        yield Silent("never", f"{path}.mw", "the contract has no MW", "write its MW, or take it out")
    elif first >= facts.end:
        yield Silent(
            "never",
            f"{path}.delivered",
            f"its {mw:,.6g} MW are delivered after the calendar ends",
            "let the calendar end later, or take it out",
        )
    elif until <= 0.0:
        yield Silent(
            "never",
            path,
            f"its {mw:,.6g} MW count for nothing: the term ended {-until:g} months before the first day",
            "correct delivered or term_months, say at_end: continues with its price, or take it out",
        )
    elif (
        given.slip_months is not None
        and given.slip_months.constant > 0
        and all(facts.month(key) < 0.0 for key in given.delivered)
    ):
        why = "every delivery lies before the first day: nothing can slip"
        yield Silent("never", f"{path}.slip_months", why, "take it out")


def _terms(facts: Facts, path: str, offer: Offer, new: bool) -> Iterator[Silent]:
    """Prices, ramp and ends of an offer that lives."""
    dated = facts.dated(offer.sign) if offer.sign is not None else None
    each_has_one = offer.chips and all(chip in offer.price_by_chip_usd_per_kw_month for chip in offer.chips)
    if offer.price_usd_per_kw_month is not None and each_has_one:
        yield Silent(
            "never",
            f"{path}.price_usd_per_kw_month",
            "every chip on offer has a price of its own in price_by_chip_usd_per_kw_month",
            "remove one of the two",
        )
    if offer.continuation_usd_per_kw_month is not None and offer.at_end == "leaves":
        yield Silent(
            "never",
            f"{path}.continuation_usd_per_kw_month",
            "the contract leaves at the end of its term (at_end: leaves)",
            "write at_end: continues, or remove the price",
        )
    if offer.carry_over and offer.yearly_minimum_usd_bn is None and offer.yearly_minimum_share is None:
        yield Silent(
            "never",
            f"{path}.carry_over",
            "there is no yearly minimum to carry over",
            "add yearly_minimum_usd_bn, or remove it",
        )
    if new and dated is not None:
        yield from _ramp(facts, path, offer, dated[0])
    slips = offer.slip_months is not None and offer.slip_months.constant > 0
    given_slips = any(g.slip_months is not None and g.slip_months.constant > 0 for g in offer.signed.values())
    for name in ("late_credit_share", "cancel_after_months"):
        value = getattr(offer, name)
        if value is not None and not slips and not given_slips:
            yield Silent(
                "unused",
                f"{path}.{name}",
                "nothing is ever late: no slip_months in the offer, a contract, a branch or a case",
                "add slip_months in a scenario branch, or remove it",
            )
    yield from _sublet(facts, path, offer)
    yield from _tiers(path, offer)


def _ramp(facts: Facts, path: str, offer: Offer, first: float) -> Iterator[Silent]:
    """Steps that come after the term or the calendar."""
    delivery = facts.first_delivery(offer, first)
    base = delivery - (offer.ramp.by_month[0][0] if offer.ramp.by_month else 0.0)
    steps = [(base + after, f"{after:g}") for after, _ in offer.ramp.by_month]
    steps += [(facts.timeline.month(day), str(day)) for day, _ in offer.ramp.by_date]
    term = offer.term_months.constant if offer.term_months is not None else math.inf
    for x, key in steps:
        if x >= facts.end - EPS or x - delivery >= term - EPS:
            when = "the term" if x - delivery >= term - EPS else "the calendar"
            yield Silent(
                "never",
                f"{path}.ramp",
                f"the step at {key} comes after {when} ends, even of the first signing: it is never delivered",
                "shorten the ramp",
            )
            return


def _sublet(facts: Facts, path: str, offer: Offer) -> Iterator[Silent]:
    terms = offer.sublet
    if terms is None:
        return
    first = 0.0 if terms.from_ is None else facts.timeline.first(terms.from_)
    why = ""
    if first >= facts.end - EPS:
        why = f"it begins after the calendar ends ({facts.spec.calendar.end.text})"
    elif terms.most_share is not None and terms.most_share.constant == 0:
        why = "most_share is 0"
    elif facts.most(terms.price_usd_per_kw_month) == 0:
        why = "it brings nothing: the price is 0"
    if why:
        yield Silent(
            "never", f"{path}.sublet", f"nothing is ever sublet: {why}", "correct it, or take it out"
        )


def _tiers(path: str, offer: Offer) -> Iterator[Silent]:
    mw, sign = offer.mw, offer.sign
    if not offer.tiers or mw is None or sign is None or mw.max is None:
        return
    most = min(mw.max.constant * sign.at_most.constant, mw.total.constant if mw.total else math.inf)
    if offer.tiers_of == "total":
        for number, tier in enumerate(offer.tiers):
            if tier.from_mw.constant > most + EPS:
                yield Silent(
                    "never",
                    f"{path}.tiers.{number}.from_mw",
                    f"{tier.from_mw.constant:g} MW are never reached: all signings are at most {most:g} MW",
                    "lower from_mw, or raise mw.max, mw.total or sign.at_most",
                )


def _clauses(facts: Facts, path: str, offer: Offer, new: bool) -> Iterator[Silent]:
    """Exits, assignments, renewals and expansions whose dates never come."""
    dated = facts.dated(offer.sign) if offer.sign is not None and new else None
    spans = [facts.given_span(offer, given)[0] for given in offer.signed.values()]
    first_of_new = facts.first_delivery(offer, dated[0]) if dated is not None else math.inf
    last_of_new = facts.first_delivery(offer, dated[1]) if dated is not None else -math.inf
    for kind in ("exits", "assignments"):
        for id_, date in getattr(offer, kind).items():
            after = date.at_months.constant
            given = any(0.0 <= x + after < facts.end - EPS for x in spans)
            signed = first_of_new + after < facts.end - EPS and last_of_new + after >= 0.0
            if not given and not signed:
                yield Silent(
                    "never",
                    f"{path}.{kind}.{id_}",
                    f"{after:g} months after first delivery lie outside the calendar for every contract",
                    "let it be earlier, or the calendar end later",
                )
    if offer.renewals is not None:
        terms = [g.term_months or offer.term_months for g in offer.signed.values()]
        ends = [x + t.constant for x, t in zip(spans, terms, strict=True) if t is not None]
        if offer.term_months is not None:
            ends.append(first_of_new + offer.term_months.constant)
        if offer.renewals.count.constant == 0:
            yield Silent("never", f"{path}.renewals", "count is 0: nothing is renewed", "raise count")
        elif not any(0.0 <= x < facts.end - EPS for x in ends):
            yield Silent(
                "never",
                f"{path}.renewals",
                "no term ends inside the calendar: nothing is ever renewed",
                "let the calendar end later, or take it out",
            )
    if offer.at_end == "continues":
        yield from _continues(facts, path, offer, spans, first_of_new)
    yield from _expansion(facts, path, offer, dated)


def _continues(
    facts: Facts, path: str, offer: Offer, spans: list[float], first_of_new: float
) -> Iterator[Silent]:
    if offer.continuation_usd_per_kw_month is None or offer.term_months is None:
        return
    terms = [g.term_months or offer.term_months for g in offer.signed.values()]
    ends = [x + t.constant for x, t in zip(spans, terms, strict=True)]
    if all(x >= facts.end - EPS for x in (*ends, first_of_new + offer.term_months.constant)):
        yield Silent(
            "never",
            f"{path}.continuation_usd_per_kw_month",
            "no term ends inside the calendar: nothing ever continues at this price",
            "let the calendar end later, or take it out",
        )


def _expansion(facts: Facts, path: str, offer: Offer, dated: tuple[float, float] | None) -> Iterator[Silent]:
    terms = offer.expansion
    if terms is None or dated is None:
        return
    lead = terms.delivery_months or offer.delivery_months
    first = dated[0] + (terms.from_months.constant if terms.from_months is not None else 0.0)
    arrives = first + (lead.constant if lead is not None else 0.0)
    if terms.most_share.constant == 0:
        yield Silent("never", f"{path}.expansion.most_share", "most_share is 0: no MW more", "raise it")
    elif arrives >= facts.end - EPS:
        yield Silent(
            "never",
            f"{path}.expansion",
            "even the first expansion of the first signing arrives after the calendar ends",
            "let from_months be earlier, or the calendar end later",
        )
