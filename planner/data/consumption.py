"""Commitments to spend: a total over a term, drawn as MW by chip up to a ramp, topped up where too little is drawn.

A contract is known by its offer and its signing: the node at which it is signed, or the id of a given one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from planner.data.context import EPS, Context, Scenario, number, offers_of
from planner.data.contract_ledger import rent_by_node
from planner.data.delivery import Delivery, contract_delivery, given_contracts, offer_terms
from planner.data.payments import Ledger, Payments, present_value
from planner.data.rent import Rent, continuation_price, held_back, line_of, use_price
from planner.data.supply import counts
from planner.data.types import Consumption, SpendRow, Term
from planner.timeline import DAY_MONTHS, Curve
from planner.tree import Node

Key = tuple[str, str, str, Node]
"""Offer, chip, signing, node."""
Year = tuple[str, str, str, Node]
"""Offer, signing, number of the contract year, node in which it ends."""


@dataclass(frozen=True)
class Commitment:
    """A contract to spend under the terms of one scenario."""

    offer: str
    signing: str
    given: bool
    mw: float
    """Most that may be drawn, before the ramp."""
    delivery: Delivery
    """Of what may be drawn."""
    until: float
    """End of the term."""
    spend_usd_m: float
    drawn_usd_m: float
    """Before the first day."""
    least_usd_m: float
    """In a contract year."""

    def years(self, end: float) -> tuple[tuple[int, float, float, float], ...]:
        """(number, start, end, least spend) of contract years in the calendar; the last one may be cut."""
        stop, out = min(self.until, end), []
        edges = [self.delivery.first]
        while edges[-1] < stop - EPS:
            edges.append(min(edges[-1] + 12.0, stop))
        for number_, (a, b) in enumerate(pairwise(edges), 1):
            if b > EPS:
                out.append((number_, a, b, self.least_usd_m * (b - max(a, 0.0)) / 12.0))
        return tuple(out)

    def due_usd_m(self, end: float) -> float:
        """What has to be spent from the first day on by the end of the term or of the calendar."""
        elapsed = self._mw_months(min(self.until, end)) / self._mw_months(self.until)
        return self.spend_usd_m * elapsed - self.drawn_usd_m

    def _mw_months(self, x: float) -> float:
        """Share-months that may be drawn before a date."""
        return sum(share * max(0.0, min(b, x) - a) for a, b, share in self.delivery.stretches)


def commitment(context: Context, scenario: Scenario, offer: str, signing: str) -> Commitment:
    """The contract of an offer by its signing."""
    return scenario.once(
        ("commitment", offer, signing), lambda: _commitment(context, scenario, offer, signing)
    )


def _commitment(context: Context, scenario: Scenario, offer: str, signing: str) -> Commitment:
    terms = offer_terms(scenario, offer)
    given = signing not in context.tree.period
    signed = terms.signed[signing] if given else None
    term = signed.term_months if signed is not None and signed.term_months is not None else terms.term_months
    assert term is not None and terms.spend_usd_bn is not None, "the reader asks for both"
    delivery = contract_delivery(context, scenario, offer, signing)
    spend = terms.spend_usd_bn.constant * 1000.0
    least = number(terms.yearly_minimum_usd_bn, 0.0) * 1000.0
    least += number(terms.yearly_minimum_share, 0.0) * spend
    if signed is not None:
        mw = next(each.mw for each in given_contracts(scenario, offer) if each.id == signing)
    else:
        assert terms.mw is not None and terms.mw.max is not None, "the reader asks for it"
        mw = terms.mw.max.constant
    drawn = 0.0 if signed is None else number(signed.drawn_usd_bn, 0.0) * 1000.0
    until = delivery.first + term.constant
    return Commitment(offer, signing, given, mw, delivery, until, spend, drawn, least)


def prepare_consumption(
    context: Context, signings: tuple[tuple[str, Node], ...], vendor: Mapping[str, str]
) -> tuple[Consumption, Ledger]:
    """What may be drawn and must be spent of every commitment, with payments and costs."""
    contracts = tuple(_contracts(context, signings))
    if not contracts:
        return Consumption(), Ledger()
    chips = {offer: offer_terms(context.first, offer).chips for offer, _ in contracts}
    draw = {contract: _Draw(context, chips[contract[0]], *contract) for contract in contracts}
    drawn = tuple(key for each in draw.values() for key in each.keys)
    topped_up = tuple(key for each in draw.values() for key in each.topped_up)
    ledger = _ledger(context, vendor, drawn, topped_up)
    measured = any(
        limit.active and limit.measure == "open_commitments" for limit in context.spec.limits.values()
    )
    part = Consumption(
        chips=chips,
        drawn=drawn,
        most_mw={key: each.drawable[key[3]] for each in draw.values() for key in each.keys},
        ramp={(*c, n): each.ramp_row(n) for c, each in draw.items() for n in each.drawable},
        least={key: row for each in draw.values() for key, row in each.yearly_rows()},
        total={key: row for each in draw.values() for key, row in each.total_rows()},
        topped_up=topped_up,
        spend={c: each.spend_term() for c, each in draw.items()},
        peaks=_peaks(context, drawn, vendor),
        paid=_paid(ledger, draw),
        counted=tuple((*c, n) for c, each in draw.items() for n in each.nodes) if measured else (),
    )
    return part, ledger


def _contracts(context: Context, signings: tuple[tuple[str, Node], ...]) -> Iterator[tuple[str, str]]:
    """(offer, signing) of every commitment, given ones first."""
    for offer, _, _ in offers_of(context.spec):
        if offer_terms(context.first, offer).kind == "consumption":
            yield from ((offer, contract.id) for contract in given_contracts(context.first, offer))
            yield from ((offer, u) for other, u in signings if other == offer)


class _Draw:
    """One commitment on the tree: where it may be drawn and topped up, and what that adds to its spend."""

    def __init__(self, context: Context, chips: tuple[str, ...], offer: str, signing: str) -> None:
        self._context, self.offer, self.signing = context, offer, signing
        self.given = signing not in context.tree.period
        self.nodes = context.tree.nodes if self.given else context.tree.descendants[signing]
        self.drawable = {n: mw for n in self.nodes if (mw := self._drawable_mw(n)) > EPS}
        """Mean MW that may be drawn, by node."""
        self.keys: tuple[Key, ...] = tuple(
            (offer, chip, signing, n) for n in self.drawable for chip in chips if self._exists(chip, n)
        )
        self._at: dict[Node, list[Key]] = {n: [] for n in self.nodes}
        for key in self.keys:
            self._at[key[3]].append(key)
        self._years = {n: self._years_ending(n) for n in self.nodes}
        last = {n: years[-1][0] for n, years in self._years.items() if years and years[-1][4]}
        self.topped_up: tuple[Year, ...] = tuple(
            (offer, signing, str(year), n)
            for n, years in self._years.items()
            for year, _, _, least, _ in years
            if least > 0.0 or last.get(n) == year
        )

    def _terms(self, scenario: Scenario) -> Commitment:
        return commitment(self._context, scenario, self.offer, self.signing)

    def _drawable_mw(self, n: Node) -> float:
        period = self._context.period(n)

        def mean(scenario: Scenario) -> float:
            terms = self._terms(scenario)
            return terms.mw * terms.delivery.mean_share(period)

        return self._context.agreed(n, mean, f"delivery of {self.offer}")

    def _exists(self, chip: str, n: Node) -> bool:
        scenario = self._context.at(n)
        exists = scenario.timeline.first(scenario.spec.chips[chip].from_)
        return self._context.period(n).start >= exists - EPS

    def _years_ending(self, n: Node) -> tuple[tuple[int, float, float, float, bool], ...]:
        """(number, start, end, least spend, whether it is the last) of contract years that end in a node's period."""
        period, end = self._context.period(n), self._context.end

        def ending(scenario: Scenario) -> tuple[tuple[int, float, float, float, bool], ...]:
            years = self._terms(scenario).years(end)
            return tuple(
                (*year, place == len(years) - 1)
                for place, year in enumerate(years)
                if period.start <= last_day(year[2]) + EPS < period.end
            )

        return self._context.agreed(n, ending, f"contract years of {self.offer}")

    # Rows

    def spend_term(self) -> tuple[Term | None, float]:
        """The total: a term of the signing, or a number."""
        usd_m = self._terms(self._context.first).spend_usd_m
        if self.given:
            return None, usd_m - self._terms(self._context.first).drawn_usd_m
        return ("signed", (self.offer, self.signing), usd_m), 0.0

    def ramp_row(self, n: Node) -> SpendRow:
        """What may be drawn less what is drawn is not negative."""
        drawn: list[Term] = [("drawn_mw", key, -1.0) for key in self._at[n]]
        return self._row(drawn, -self.drawable[n])

    def yearly_rows(self) -> Iterator[tuple[Year, SpendRow]]:
        """Use and top-ups of a contract year reach its minimum; with carry-over those of all years so far."""
        carry = offer_terms(self._context.first, self.offer).carry_over
        for key in self.topped_up:
            n = key[3]
            years = self._terms(self._context.at(n)).years(self._context.end)
            held = [year for year in years if (year[0] <= int(key[2]) if carry else str(year[0]) == key[2])]
            least = sum(year[3] for year in held)
            if self._year(key)[3] > 0.0:
                spent = self._used(n, held[0][1], held[-1][2])
                spent += self._topped(n, {str(year[0]) for year in held})
                yield key, self._row(spent, least)

    def total_rows(self) -> Iterator[tuple[tuple[str, str, Node], SpendRow]]:
        """All use in the term and all top-ups reach the elapsed part of the total."""
        for key in self.topped_up:
            n = key[3]
            if self._year(key)[4]:
                terms = self._terms(self._context.at(n))
                spent = self._used(n, terms.delivery.first, terms.until) + self._topped(n, None)
                yield (self.offer, self.signing, n), self._row(spent, terms.due_usd_m(self._context.end))

    def _year(self, key: Year) -> tuple[int, float, float, float, bool]:
        return next(year for year in self._years[key[3]] if str(year[0]) == key[2])

    def _row(self, terms: list[Term], least: float) -> SpendRow:
        """terms >= least, for a signing times whether it is signed."""
        if self.given:
            return SpendRow(tuple(terms), least)
        return SpendRow((*terms, ("signed", (self.offer, self.signing), -least)), 0.0)

    def _used(self, n: Node, a: float, b: float) -> list[Term]:
        """Terms of use on the path to a node that accrues in [a, b)."""
        context = self._context
        out: list[Term] = []
        for v in context.tree.path[n]:
            for key in self._at.get(v, ()):
                accrued = _draw_rent(context, context.at(n), key).accrued
                usd_m = accrued.until(b) - accrued.until(a)
                if usd_m:
                    out.append(("drawn_mw", key, usd_m))
        return out

    def _topped(self, n: Node, years: set[str] | None) -> list[Term]:
        path = self._context.tree.path[n]
        return [
            ("topped_up_usd_m", key, 1.0)
            for key in self.topped_up
            if key[3] in path and (years is None or key[2] in years)
        ]


def last_day(end: float) -> float:
    """Day on which what is missing in a contract year is topped up."""
    return end - DAY_MONTHS


# Payments


def _draw_rent(context: Context, scenario: Scenario, key: Key) -> Rent:
    """What a MW drawn in a period (mean) costs: on each date in proportion to what may be drawn."""
    return scenario.once(("draw", key), lambda: _make_draw_rent(context, scenario, key))


def _make_draw_rent(context: Context, scenario: Scenario, key: Key) -> Rent:
    offer, chip, signing, node = key
    terms, period = commitment(context, scenario, offer, signing), context.period(node)
    mean = terms.delivery.mean_share(period)
    priced = _prices(scenario, terms, chip)
    scale = (scenario.gw_ratio if terms.given else 1.0) / 1000.0
    accrued = Payments()
    for a, b, share in terms.delivery.stretches:
        for start, stop, price in priced:
            low, high = max(a, start, period.start), min(b, stop, period.end)
            if high > low:
                part = Payments(streams=tuple(price.cut(low, high)))
                accrued = accrued.plus(part.scaled(share / mean * scale))
    delay = number(offer_terms(scenario, offer).payment_delay_months, 0.0)
    return Rent(accrued, accrued, accrued.shifted(delay), delay)


def _prices(scenario: Scenario, terms: Commitment, chip: str) -> tuple[tuple[float, float, Curve], ...]:
    """(from, until, USD/kW-month by date of use): in the term, and after it."""
    given = offer_terms(scenario, terms.offer).signed
    own = given[terms.signing].price_usd_per_kw_month if terms.given else None
    inside = use_price(scenario, terms.offer, chip) if own is None else held_back(scenario.curve(own))
    return (
        (terms.delivery.first, terms.until, inside),
        (terms.until, float("inf"), continuation_price(scenario, terms.offer, chip)),
    )


def _top_up_rent(context: Context, scenario: Scenario, key: Year) -> Rent:
    """1 USD m topped up on the last day of a contract year."""
    offer, signing, number_, _ = key
    years = commitment(context, scenario, offer, signing).years(context.end)
    x = last_day(next(end for year, _, end, _ in years if str(year) == number_))
    delay = number(offer_terms(scenario, offer).payment_delay_months, 0.0)
    accrued = Payments(points=((x, 1.0),))
    return Rent(accrued, accrued, accrued.shifted(delay), delay)


def _ledger(
    context: Context, vendor: Mapping[str, str], drawn: tuple[Key, ...], topped_up: tuple[Year, ...]
) -> Ledger:
    """Payments, costs and debts to vendors of what is drawn and topped up."""
    capped = {id_ for id_, terms in context.spec.vendors.items() if terms.payables_cap_usd_bn is not None}
    ledgers = []
    for var, keys, make in (("drawn_mw", drawn, _draw_rent), ("topped_up_usd_m", topped_up, _top_up_rent)):
        for key in keys:
            offer, node = key[0], key[3]
            line, owner = line_of(offer_terms(context.first, offer)), vendor[offer]
            rents = {s.id: make(context, s, key) for s in context.below(node)}
            costs = {s.id: present_value(rents[s.id].paid, s, line) for s in context.below(node)}
            by_node = rent_by_node(context, node, line, rents, costs, owner in capped)
            ledgers.append(by_node.ledger(var, key, line, owner))
    return Ledger.joined(ledgers)


def _paid(
    ledger: Ledger, draw: Mapping[tuple[str, str], _Draw]
) -> dict[tuple[str, str, Node], tuple[Term, ...]]:
    """What is paid of each commitment in the period of a node."""
    out: dict[tuple[str, str, Node], list[Term]] = {
        (*c, n): [] for c, each in draw.items() for n in each.nodes
    }
    for entry in ledger.entries:
        signing = entry.index[2] if entry.var == "drawn_mw" else entry.index[1]
        if entry.paid_usd_m:
            out[entry.index[0], signing, entry.node].append((entry.var, entry.index, entry.paid_usd_m))
    return {key: tuple(terms) for key, terms in out.items()}


def _peaks(
    context: Context, drawn: tuple[Key, ...], vendor: Mapping[str, str]
) -> dict[Key, tuple[Key | None, float]]:
    """Most MW drawn so far of chips that a supply counts: (the peak before, date of the increase)."""
    out: dict[Key, tuple[Key | None, float]] = {}
    for key in drawn:
        offer, chip, signing, n = key
        given = signing not in context.tree.period
        if given or not any(counts(context, s, chip, vendor[offer]) for s in context.spec.supply.values()):
            continue
        parent = context.tree.parent[n]
        earlier = None if parent is None else (offer, chip, signing, parent)
        first = commitment(context, context.at(n), offer, signing).delivery.first
        out[key] = (earlier if earlier in out else None, max(context.period(n).start, first))
    return out
