"""What secures a contract beside its rent: deposits, and collateral by the buyer's credit rating.

Both are payments of the signing: their cost is all they ever pay, times the part of its MW-months before the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from planner.data.context import EPS, Context, Scenario, number
from planner.data.contract_ledger import rent_by_node
from planner.data.delivery import offer_terms, signing
from planner.data.payments import Ledger, Payments
from planner.data.rent import Rent, level_cost_of, line_of, rent_stream, signing_price, unit_rent
from planner.data.types import Contracts, Index, Term, Var
from planner.errors import InstanceError
from planner.instance.schema.contracts import Offer
from planner.instance.schema.pricing import Collateral
from planner.timeline import Piece
from planner.tree import Node

FINANCING = "financing"
_Make = Callable[[Scenario, str, float], Payments]
"""Payments of 1 MW of an offer signed on a date, at a price of 1."""


@dataclass(frozen=True)
class Secured:
    """A MW of a signing, or what a tier takes off it, with its price in USD m per MW-month."""

    var: Var
    index: Index
    offer: str
    decided: Node
    price: float


def security_ledger(
    context: Context, part: Contracts
) -> tuple[Ledger, dict[tuple[str, Node], tuple[Term, ...]]]:
    """Payments and costs of deposits and collateral; deposits by (rent line, node), on which nobody lends."""
    ledgers = []
    deposits: dict[tuple[str, Node], list[Term]] = defaultdict(list)
    for each in _secured(context, part):
        terms = offer_terms(context.first, each.offer)
        if terms.deposit_months is not None or terms.deposit_share is not None:
            ledger = _ledger(context, part, each, line_of(terms), deposit)
            ledgers.append(ledger)
            for entry in ledger.entries:
                deposits[entry.line, entry.node].append((entry.var, entry.index, entry.paid_usd_m))
        if terms.collateral is not None:
            ledgers.append(_ledger(context, part, each, FINANCING, collateral))
    return Ledger.joined(ledgers), {key: tuple(found) for key, found in deposits.items()}


def _secured(context: Context, part: Contracts) -> Iterator[Secured]:
    for offer, u in part.signings:
        terms = offer_terms(context.first, offer)
        if terms.deposit_months is None and terms.deposit_share is None and terms.collateral is None:
            continue
        date = context.period(u).start
        for chip in part.signed_chips[offer, u]:
            price = context.agreed(
                u, partial(signing_price, offer=offer, chip=chip, date=date), f"price of {offer}"
            )
            yield Secured("signed_mw", (offer, chip, u), offer, u, price)
            for number_, tier in enumerate(terms.tiers, 1):
                less = price * (tier.price_factor - 1.0)
                yield Secured("tier_mw", (offer, chip, str(number_), u), offer, u, less)


def _ledger(context: Context, part: Contracts, each: Secured, line: str, payments: _Make) -> Ledger:
    """The ledger of what secures one MW: it is paid and never accrues."""
    date, below = context.period(each.decided).start, context.below(each.decided)
    paid = {s.id: payments(s, each.offer, date) for s in below}
    nothing = Payments()
    rents = {id_: Rent(nothing, nothing, each_paid, 0.0) for id_, each_paid in paid.items()}
    rent_line = line_of(offer_terms(context.first, each.offer))
    costs = {s.id: level_cost_of(s, line, paid[s.id], rent_line, signing(s, each.offer, date)) for s in below}
    by_node = rent_by_node(context, each.decided, line, rents, costs, capped=False)
    owner = part.vendor[each.offer] if line == rent_line else "own"
    # Money that comes back without service is no supplier credit.
    return replace(by_node, supplier_credit=0.0).ledger(each.var, each.index, line, owner, each.price)


# Deposits


def deposit(scenario: Scenario, offer: str, date: float) -> Payments:
    """Deposit of 1 MW signed on a date at a price of 1 USD m per MW-month, and its return."""
    terms, delivery = offer_terms(scenario, offer), signing(scenario, offer, date)
    usd_m = number(terms.deposit_months, 0.0) * first_year_rent(scenario, offer, date)
    usd_m += number(terms.deposit_share, 0.0) * _fixed(terms, scenario, offer, date).nominal
    return Payments(points=((date, usd_m), (delivery.end, -usd_m)))


def first_year_rent(scenario: Scenario, offer: str, date: float) -> float:
    """Mean monthly fixed rent of 1 MW in the first year from first delivery, at a price of 1."""
    delivery = signing(scenario, offer, date)
    fixed = _fixed(offer_terms(scenario, offer), scenario, offer, date)
    months = min(12.0, delivery.end - delivery.first)
    return fixed.until(delivery.first + months) / months


def _fixed(terms: Offer, scenario: Scenario, offer: str, date: float) -> Payments:
    """Fixed rent as contracted, credits for late delivery left aside."""
    escalator, share = number(terms.escalator_rate, 0.0), number(terms.take_or_pay_share, 1.0)
    return Payments(streams=rent_stream(signing(scenario, offer, date), escalator, share))


# Collateral


def collateral(scenario: Scenario, offer: str, date: float) -> Payments:
    """Fees of 1 MW signed on a date at a price of 1, and with `cash` the amount itself until it comes back."""
    terms = offer_terms(scenario, offer).collateral
    assert terms is not None, "only asked for where there is one"
    held = _held(scenario, offer, date, terms)
    fee = number(terms.fee_rate, 0.0) / 12.0
    paid = Payments(streams=tuple(held)).scaled(fee) if fee else Payments()
    return paid.plus(_cash(held)) if terms.cash else paid


def _held(scenario: Scenario, offer: str, date: float, terms: Collateral) -> list[Piece]:
    """Collateral by date, from signing to the end of the term."""
    end, rent = signing(scenario, offer, date).end, unit_rent(scenario, offer, date)
    corners = {x for piece in rent.paid.streams for x in (piece.start, piece.end)}
    corners |= {scenario.month_of(key) for key in scenario.spec.money.credit_rating_changes}
    monthly = first_year_rent(scenario, offer, date)
    out = []
    for a, b in pairwise(sorted({date, end, *(x for x in corners if date + EPS < x < end - EPS)})):
        rating = _rating(scenario, a)
        if terms.months_of_rent_by_rating:
            out.append(Piece(a, b, _by_rating(offer, terms.months_of_rent_by_rating, rating) * monthly))
        else:
            share = _by_rating(offer, terms.share_of_open_by_rating, rating)
            first, last = share * rent.still_to_pay(a), share * rent.still_to_pay(b)
            out.append(Piece(a, b, first, slope=(last - first) / (b - a)))
    return out


def _rating(scenario: Scenario, x: float) -> str | None:
    """The buyer's rating on a date."""
    money = scenario.spec.money
    changes = sorted((scenario.month_of(key), rating) for key, rating in money.credit_rating_changes.items())
    return next((rating for at, rating in reversed(changes) if at <= x + EPS), money.credit_rating)


def _by_rating(offer: str, amounts: Mapping[str, float], rating: str | None) -> float:
    if rating is None or rating not in amounts:
        raise InstanceError(
            f"{offer} asks for collateral by rating and says nothing of {rating}",
            where="money.credit_rating",
            rule="credit_rating",
            hint="add the rating to the collateral of the offer",
        )
    return amounts[rating]


def _cash(held: list[Piece]) -> Payments:
    """The amount put up on the first day, what is added or falls free, and the rest on the last day."""
    points = [(held[0].start, held[0].level), (held[-1].end, -held[-1].at(held[-1].end))]
    points += [(after.start, after.level - before.at(before.end)) for before, after in pairwise(held)]
    return Payments(tuple(points), tuple(Piece(p.start, p.end, p.slope) for p in held if p.slope))
