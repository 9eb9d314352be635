"""Prices and rent of contracts under the terms of one scenario.

Rent is a stream over dates of service: price x escalator x share delivered x take-or-pay share. Money in USD m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.data.context import EPS, Scenario, number, value_at
from planner.data.delivery import CHIPLESS, NO_CHIP, Delivery, GivenContract, offer_terms, signing
from planner.data.payments import Payments
from planner.errors import InstanceError
from planner.instance.quantity import Quantity
from planner.instance.schema.contracts import Offer
from planner.timeline import Curve, Piece


def line_of(terms: Offer) -> str:
    """Line in which an offer's rent is paid."""
    return "shell_rent" if terms.kind == "shell" else "cloud_rent"


def chips_of(terms: Offer, given: tuple[GivenContract, ...] = ()) -> tuple[str, ...]:
    """Chips of what an offer delivers, those of its given contracts included; `none` for a shell and a consumption."""
    if terms.kind in CHIPLESS:
        return (NO_CHIP,)
    return tuple(dict.fromkeys((*terms.chips, *(contract.chip for contract in given))))


# Prices


def price_path(terms: Offer, offer: str, chip: str) -> Quantity:
    """The chip's price path, else the offer's."""
    by_chip = terms.price_by_chip_usd_per_kw_month
    quantity = by_chip.get(chip, terms.price_usd_per_kw_month)
    if quantity is None:
        raise InstanceError(f"{offer} has no price for {chip}", rule="price_usd_per_kw_month")
    return quantity


def signing_price(scenario: Scenario, offer: str, chip: str, date: float) -> float:
    """USD m per MW-month of a signing on a date; a consumption pays only for what is drawn."""
    if offer_terms(scenario, offer).kind == "consumption":
        return 0.0
    path = price_path(offer_terms(scenario, offer), offer, chip)
    return value_at(scenario, path, date, f"price of {offer} for {chip}") / 1000.0


def use_price(scenario: Scenario, offer: str, chip: str) -> Curve:
    """USD per kW-month by date of use; before the first point of the path its first value."""
    return held_back(scenario.curve(price_path(offer_terms(scenario, offer), offer, chip)))


def continuation_price(scenario: Scenario, offer: str, chip: str) -> Curve:
    """USD per kW-month by date of use after the term."""
    path = offer_terms(scenario, offer).continuation_usd_per_kw_month
    return use_price(scenario, offer, chip) if path is None else held_back(scenario.curve(path))


def held_back(path: Curve) -> Curve:
    """The path with its first value before its first point."""
    first = path.pieces[0]
    return (
        path if math.isinf(first.start) else Curve((Piece(-math.inf, first.start, first.level), *path.pieces))
    )


# Rent


def rent_stream(delivery: Delivery, escalator: float, share: float) -> tuple[Piece, ...]:
    """Rent at a price of 1 at signing, by date of service, for 1 MW."""
    pieces = []
    for a, b, delivered in delivery.stretches:
        step = math.floor((a - delivery.first) / 12.0 + EPS)
        x = a
        while x < b - EPS:
            until = min(b, delivery.first + 12.0 * (step + 1)) if escalator else b
            pieces.append(Piece(x, until, share * delivered * (1.0 + escalator) ** step))
            x, step = until, step + 1
    return tuple(pieces)


@dataclass(frozen=True)
class Rent:
    """Rent of a contract: as it accrues and as it is paid, USD m."""

    accrued: Payments
    invoices: Payments
    """What is still invoiced after a prepayment, by date of service."""
    paid: Payments
    delay: float

    def unpaid_at(self, x: float) -> float:
        """Invoices accrued by a date and not paid by it."""
        return self.invoices.until(x) - self.invoices.until(x - self.delay)

    def still_to_pay(self, x: float) -> float:
        """Nominal payments after a date."""
        return self.paid.nominal - self.paid.until(x, included=True)

    def scaled(self, by: float) -> Rent:
        """The same dates, other amounts."""
        if by == 1.0:
            return self
        return Rent(self.accrued.scaled(by), self.invoices.scaled(by), self.paid.scaled(by), self.delay)


def rent_of_use(scenario: Scenario, price: Curve, offer: str, a: float, b: float) -> Rent:
    """Rent of 1 MW used over [a, b) at a price by date of use, paid after the delay."""
    delay = number(offer_terms(scenario, offer).payment_delay_months, 0.0)
    accrued = Payments(streams=tuple(price.cut(a, b))).scaled(1.0 / 1000.0)
    return Rent(accrued, accrued, accrued.shifted(delay), delay)


def unit_rent(scenario: Scenario, offer: str, date: float) -> Rent:
    """Rent of 1 MW signed on a date at a price of 1 USD m per MW-month."""
    return scenario.once(("rent", offer, date), lambda: _unit_rent(scenario, offer, date))


def _unit_rent(scenario: Scenario, offer: str, date: float) -> Rent:
    terms = offer_terms(scenario, offer)
    delay, prepaid = number(terms.payment_delay_months, 0.0), number(terms.prepayment_share, 0.0)
    stream = rent_stream(
        signing(scenario, offer, date),
        number(terms.escalator_rate, 0.0),
        number(terms.take_or_pay_share, 1.0),
    )
    accrued = Payments(streams=stream)
    invoices = accrued.scaled(1.0 - prepaid)
    paid = invoices.shifted(delay)
    if prepaid:
        paid = paid.plus(Payments(points=((date, prepaid * accrued.nominal),)))
    return Rent(accrued, invoices, paid, delay)


def given_rent(scenario: Scenario, contract: GivenContract) -> Rent:
    """Rent of a given contract, USD m: service from the first day on (older invoices are opening payables)."""
    return scenario.once(("given rent", contract.offer, contract.id), lambda: _given_rent(scenario, contract))


def _given_rent(scenario: Scenario, contract: GivenContract) -> Rent:
    terms = offer_terms(scenario, contract.offer)
    given = terms.signed[contract.id]
    if terms.kind == "consumption":
        return Rent(Payments(), Payments(), Payments(), 0.0)
    delay, prepaid = number(terms.payment_delay_months, 0.0), number(given.prepaid_share, 0.0)
    top = number(terms.take_or_pay_share, 1.0)
    delivery = contract.delivery
    # Read as facility MW, a contract has fewer IT MW at a price that is higher by the ratio: the same dollars.
    scale = contract.mw * scenario.gw_ratio / 1000.0
    if given.price_usd_per_kw_month is not None:
        price = held_back(scenario.curve(given.price_usd_per_kw_month))
        stream = tuple(
            piece
            for a, b, share in delivery.stretches
            for piece in Payments(streams=tuple(price.cut(a, b))).scaled(share * top).streams
        )
    else:
        scale *= use_price(scenario, contract.offer, contract.chip).at(delivery.decided)
        stream = rent_stream(delivery, number(terms.escalator_rate, 0.0), top)
    whole = Payments(streams=stream).scaled(scale)
    accrued = whole.since(0.0)
    invoices = accrued.scaled(1.0 - prepaid)
    paid = invoices.shifted(delay)
    if prepaid and delivery.decided >= -EPS:
        paid = paid.plus(Payments(points=((delivery.decided, prepaid * whole.nominal),)))
    return Rent(accrued, invoices, paid, delay)


def service_before(scenario: Scenario, line: str, delivery: Delivery) -> float:
    """Share of all discounted delivered MW-months that lies before the end of the calendar."""
    end = scenario.timeline.end
    before = whole = 0.0
    for a, b, share in delivery.stretches:
        stream = Curve((Piece(a, b, share),))
        early = scenario.pv(line, stream, a, min(b, end))
        before += early
        whole += early + scenario.pv(line, stream, max(a, end), b)
    return before / whole
