"""Prices and rent of contracts under the terms of one scenario.

Rent is a stream over dates of service: price x escalator x share delivered x take-or-pay share. Money in USD m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from planner.data.context import EPS, Scenario, number, value_at
from planner.data.delivery import CHIPLESS, NO_CHIP, Delivery, GivenContract, offer_terms, signing
from planner.data.payments import Payments, present_value
from planner.errors import InstanceError
from planner.instance.quantity import Quantity
from planner.instance.schema.contracts import Offer
from planner.timeline import Curve, Piece, piece_integral


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

    def and_paid(self, x: float, usd_m: float) -> Rent:
        """With a sum that is paid on a date."""
        return replace(self, paid=self.paid.plus(Payments(points=((x, usd_m),))))

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
    prepaid = number(terms.prepayment_share, 0.0)
    delivery = signing(scenario, offer, date)
    fixed = Payments(
        streams=rent_stream(delivery, number(terms.escalator_rate, 0.0), number(terms.take_or_pay_share, 1.0))
    )
    rent = _invoiced(terms, fixed, prepaid, delivery, number(terms.slip_months, 0.0))
    if prepaid:
        return rent.and_paid(date, prepaid * fixed.nominal)
    return rent


def fixed_rent(scenario: Scenario, offer: str, delivery: Delivery, price: float) -> Rent:
    """Rent of 1 MW of a further fixed term at a price, USD m per MW-month: no prepayment, an escalator of its own."""
    terms = offer_terms(scenario, offer)
    stream = rent_stream(delivery, number(terms.escalator_rate, 0.0), number(terms.take_or_pay_share, 1.0))
    return _invoiced(terms, Payments(streams=stream).scaled(price), 0.0, delivery, 0.0)


def _invoiced(terms: Offer, fixed: Payments, prepaid: float, delivery: Delivery, slip: float) -> Rent:
    """Rent less what is prepaid; credits for late delivery are set off against the first invoices."""
    delay, invoices = number(terms.payment_delay_months, 0.0), fixed.scaled(1.0 - prepaid)
    accrued, late = fixed, number(terms.late_credit_share, 0.0) * slip
    if late:
        for a, b in _set_off(fixed, invoices, delivery, late):
            # What was prepaid is used up as before.
            accrued = accrued.before(a).plus(accrued.within(a, b).scaled(prepaid)).plus(accrued.since(b))
            invoices = invoices.before(a).plus(invoices.since(b))
    return Rent(accrued, invoices, invoices.shifted(delay), delay)


def _set_off(
    fixed: Payments, invoices: Payments, delivery: Delivery, late_months: float
) -> list[tuple[float, float]]:
    """Spans without invoices: each late arrival is credited so many months of the rent of its MW on its date."""
    spans: list[tuple[float, float]] = []
    for x, share in delivery.arrivals:
        if x < -EPS:
            continue
        rate = sum(piece.at(x) for piece in fixed.streams if piece.start <= x + EPS < piece.end)
        left = late_months * rate * share / delivery.share_at(x)
        start = max(x, spans[-1][1]) if spans else x
        if left > 0.0 and start < delivery.end:
            spans.append((start, _date_of(invoices.since(start), left, delivery.end)))
    return spans


def _date_of(invoices: Payments, usd_m: float, last: float) -> float:
    """Date by which so much is invoiced; the last one where less is."""
    for piece in sorted(invoices.streams, key=lambda piece: piece.start):
        whole = piece_integral(piece)
        if whole >= usd_m:
            return _inside(piece, usd_m)
        usd_m -= whole
    return last


def _inside(piece: Piece, usd_m: float) -> float:
    """Moment of a piece at which its integral reaches an amount."""
    if piece.slope == 0.0 and piece.ratio == 1.0:
        return piece.start + usd_m / piece.level
    low, high = piece.start, piece.end
    for _ in range(100):
        middle = (low + high) / 2.0
        if piece_integral(replace(piece, end=middle)) < usd_m:
            low = middle
        else:
            high = middle
    return high


def given_rent(scenario: Scenario, contract: GivenContract) -> Rent:
    """Rent of a given contract, USD m: service from the first day on (older invoices are opening payables)."""
    return scenario.once(("given rent", contract.offer, contract.id), lambda: _given_rent(scenario, contract))


def _given_rent(scenario: Scenario, contract: GivenContract) -> Rent:
    terms = offer_terms(scenario, contract.offer)
    given = terms.signed[contract.id]
    if terms.kind == "consumption":
        return Rent(Payments(), Payments(), Payments(), 0.0)
    prepaid = number(given.prepaid_share, 0.0)
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
    rent = _invoiced(terms, whole.since(0.0), prepaid, delivery, number(given.slip_months, 0.0))
    if prepaid and delivery.decided >= -EPS:
        return rent.and_paid(delivery.decided, prepaid * whole.nominal)
    return rent


def level_cost(scenario: Scenario, line: str, rent: Rent, delivery: Delivery) -> tuple[float, float]:
    """Cost of 1 MW: what is paid before the end of the calendar, and the balance owed or owned there.

    All payments ever, times the share of discounted MW-months before the end: a level charge for each of them.
    """
    return level_cost_of(scenario, line, rent.paid, line, delivery)


def level_cost_of(
    scenario: Scenario, line: str, paid: Payments, rent_line: str, delivery: Delivery
) -> tuple[float, float]:
    """The same for other payments of a contract, discounted in their own line."""
    before, after = present_value(paid, scenario, line)
    cost = (before + after) * service_before(scenario, rent_line, delivery)
    return before, cost - before


def service_before(scenario: Scenario, line: str, delivery: Delivery) -> float:
    """Share of all discounted MW-months from the first day on that lies before the end of the calendar."""
    end = scenario.timeline.end
    before = whole = 0.0
    for start, b, share in delivery.stretches:
        a = max(start, 0.0)
        stream = Curve((Piece(a, b, share),))
        early = scenario.pv(line, stream, a, min(b, end))
        before += early
        whole += early + scenario.pv(line, stream, max(a, end), b)
    return before / whole
