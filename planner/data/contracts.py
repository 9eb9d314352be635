"""Contracts: what may be signed when, what it delivers, pays and costs, and what given contracts do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from planner.data.context import EPS, Context, Scenario, builds_of, mean_of, number, offers_of
from planner.data.delivery import (
    NO_CHIP,
    Delivery,
    contract_delivery,
    given_contracts,
    offer_terms,
    signing,
)
from planner.data.payments import Ledger, book, booked, given_ledger_of, present_value
from planner.data.rent import (
    Rent,
    chips_of,
    continuation_price,
    given_rent,
    line_of,
    rent_of_use,
    service_before,
    signing_price,
    unit_rent,
    use_price,
)
from planner.data.types import Contracts, Entry, Index, Var
from planner.errors import InstanceError
from planner.instance.schema.base import Window
from planner.instance.schema.contracts import Offer
from planner.timeline import Curve, Period, Piece
from planner.tree import Node

LARGEST_MW = 50_000.0
"""Most MW of a signing that states neither a maximum nor a total: the largest number the field takes."""


def prepare_contracts(context: Context) -> tuple[Contracts, Ledger]:
    """Offers, signings and given contracts with their payments and costs."""
    terms = {id_: offer_terms(context.first, id_) for id_, _, _ in offers_of(context.spec)}
    signed_chips = _signed_chips(context, terms)
    signings = tuple(signed_chips)
    given = {id_: given_contracts(context.first, id_) for id_ in terms}
    able = {id_ for id_, _ in signings} | {id_ for id_ in terms if given[id_]}
    offers = tuple(id_ for id_ in terms if id_ in able and terms[id_].kind != "on_demand")
    on_demand = tuple(id_ for id_ in terms if terms[id_].kind == "on_demand")
    chips = {id_: chips_of(terms[id_], given[id_]) for id_ in (*offers, *on_demand)}
    share, end_share = _shares(context, signings)
    kept = _kept(context, signed_chips, offers)
    places = _places(context, offers, on_demand)
    part = Contracts(
        offers=offers,
        on_demand=on_demand,
        chips_of=chips,
        signings=signings,
        signed_chips=signed_chips,
        binary={(id_, node): _per_period(terms[id_]) for id_, node in signings},
        min_mw={(id_, node): _mw(terms[id_], "min", 0.0) for id_, node in signings},
        max_mw={(id_, node): _largest_mw(terms[id_]) for id_, node in signings},
        block_mw={
            id_: _mw(terms[id_], "block", 0.0) for id_ in dict(signings) if _mw(terms[id_], "block", 0.0)
        },
        most_signings={id_: _most_signings(terms[id_]) for id_ in dict(signings)},
        most_total_mw={
            id_: total for id_ in dict(signings) if (total := _mw(terms[id_], "total", -1.0)) >= 0.0
        },
        share=share,
        end_share=end_share,
        given_mw=_given_mw(context, offers, chips, "mean"),
        given_end_mw=_given_mw(context, offers, chips, "end"),
        given_secured_mw=_given_mw(context, offers, chips, "secured"),
        kept=tuple(kept),
        kept_before={key: column.before for key, column in kept.items()},
        kept_share={key: column.share for key, column in kept.items()},
        kept_given_mw={key: column.given_mw for key, column in kept.items() if column.given_mw is not None},
        take_or_pay={id_: top for id_ in offers if (top := number(terms[id_].take_or_pay_share, 1.0)) < 1.0},
        on_demand_most_mw=_on_demand_most_mw(context, on_demand),
        availability={id_: number(terms[id_].availability_share, 1.0) for id_ in (*offers, *on_demand)},
        vendor=places.vendor,
        kind=places.kind,
        site=places.site,
        region=places.region,
        facility_per_it=places.facility_per_it,
    )
    return part, _ledger(context, part)


# What may be signed


def _signed_chips(context: Context, terms: Mapping[str, Offer]) -> dict[tuple[str, Node], tuple[str, ...]]:
    """Chips by (offer, node) where a signing delivers before the end."""
    out = {}
    for id_, offer in terms.items():
        if offer.sign is None or offer.kind == "on_demand" or _per_period(offer) == 0:
            continue

        def window(scenario: Scenario, id_: str = id_) -> Window:
            sign = offer_terms(scenario, id_).sign
            assert sign is not None
            return sign

        for node in context.nodes_in(window):
            start = context.period(node).start
            first = {s.id: signing(s, id_, start).first for s in context.below(node)}
            if min(first.values()) >= context.end - EPS:
                continue
            chips = tuple(
                chip
                for chip in chips_of(offer)
                if chip == NO_CHIP or all(first[s.id] >= _from(s, chip) - EPS for s in context.below(node))
            )
            if chips:
                out[id_, node] = chips
    return out


def _from(scenario: Scenario, chip: str) -> float:
    return scenario.timeline.first(scenario.spec.chips[chip].from_)


def _most_signings(terms: Offer) -> int:
    return 0 if terms.sign is None else int(terms.sign.at_most.constant)


def _per_period(terms: Offer) -> int:
    if terms.sign is None:
        return 0
    return min(int(number(terms.sign.per_period, 1.0)), _most_signings(terms))


def _mw(terms: Offer, name: str, default: float) -> float:
    return default if terms.mw is None else number(getattr(terms.mw, name), default)


def _largest_mw(terms: Offer) -> float:
    """Most MW of one signing: stated, else all that may be signed."""
    total = _mw(terms, "total", LARGEST_MW)
    return min(_mw(terms, "max", total), total)


# What is delivered

Shares = dict[tuple[str, Node, Node], float]


def _shares(context: Context, signings: tuple[tuple[str, Node], ...]) -> tuple[Shares, Shares]:
    mean: Shares = {}
    end: Shares = {}
    for id_, decided in signings:
        start = context.period(decided).start
        deliveries = {s.id: signing(s, id_, start) for s in context.below(decided)}
        for shares, share in ((mean, Delivery.mean_share), (end, Delivery.end_share)):
            values = {
                name: [share(d, period) for period in context.periods] for name, d in deliveries.items()
            }
            for node, value in context.stitch(decided, values, f"delivery of {id_}").items():
                shares[id_, decided, node] = value
    return mean, end


def _given_mw(
    context: Context, offers: tuple[str, ...], chips: Mapping[str, tuple[str, ...]], state: str
) -> dict[tuple[str, str, Node], float]:
    """MW of given contracts in their term by (offer, chip, node): mean, end, or secured on the last day."""
    out = {}
    for id_ in offers:
        for chip in chips[id_]:

            def mw(scenario: Scenario, position: int, id_: str = id_, chip: str = chip) -> float:
                period = context.periods[position]
                held = (c for c in given_contracts(scenario, id_) if c.chip == chip)
                return sum(c.mw * _given_share(c.delivery, period, state) for c in held)

            for node, value in context.by_node(mw, f"given contracts of {id_}").items():
                out[id_, chip, node] = value
    return out


def _given_share(delivery: Delivery, period: Period, state: str) -> float:
    if state == "mean":
        return delivery.mean_share(period)
    if state == "end":
        return delivery.end_share(period)
    return 1.0 if delivery.secured_at(period.last_day) else 0.0


@dataclass(frozen=True)
class Column:
    """A kept-MW column."""

    start: float
    """From this date in its period."""
    share: float
    before: Node | None
    given_mw: float | None
    """Most MW of the first column of a given contract."""


KeptKey = tuple[str, str, str, Node]


def _kept(
    context: Context, signed_chips: Mapping[tuple[str, Node], tuple[str, ...]], offers: tuple[str, ...]
) -> dict[KeptKey, Column]:
    """Columns of MW kept after the term, by (offer, chip, signing, node), parents first."""
    kept: dict[KeptKey, Column] = {}
    for id_ in offers:
        if offer_terms(context.first, id_).at_end != "continues":
            continue
        for (offer, decided), chips in signed_chips.items():
            if offer == id_:
                for node in context.tree.descendants[decided]:
                    for chip in chips:
                        _add_column(context, kept, (id_, chip, decided, node), None)
        for contract in given_contracts(context.first, id_):
            for node in context.tree.nodes:
                _add_column(context, kept, (id_, contract.chip, contract.id, node), contract.mw)
    return kept


def _add_column(context: Context, kept: dict[KeptKey, Column], key: KeptKey, given_mw: float | None) -> None:
    offer, chip, signed, node = key
    end = context.agreed(
        node, lambda s: _end_by(context, s, offer, signed, node), f"end of the term of {offer}"
    )
    period = context.period(node)
    # A given contract that ended before the first day was not kept then.
    if not -EPS <= end < period.end - EPS:
        return
    parent = context.tree.parent[node]
    before = parent if parent is not None and (offer, chip, signed, parent) in kept else None
    start = max(period.start, end)
    kept[key] = Column(
        start, (period.end - start) / period.months, before, given_mw if before is None else None
    )


def _end_by(context: Context, scenario: Scenario, offer: str, signed: str, node: Node) -> float:
    """End of the term, or the end of the node's period where it ends later."""
    return min(contract_delivery(context, scenario, offer, signed).end, context.period(node).end)


def _on_demand_most_mw(context: Context, on_demand: tuple[str, ...]) -> dict[tuple[str, Node], float]:
    out = {}
    for id_ in on_demand:

        def most(scenario: Scenario, position: int, id_: str = id_) -> float:
            path = offer_terms(scenario, id_).max_mw
            if path is None:
                raise InstanceError(f"{id_} is on_demand and has no max_mw", rule="max_mw")
            period = context.periods[position]
            return mean_of(scenario, path, period, f"max_mw of {id_}")

        for node, value in context.by_node(most, f"max_mw of {id_}").items():
            out[id_, node] = value
    return out


# Where it stands


@dataclass(frozen=True)
class Places:
    """Vendor, kind and place by build or offer."""

    vendor: dict[str, str]
    kind: dict[str, str]
    site: dict[str, str | None]
    region: dict[str, str]
    facility_per_it: dict[str, float]


def _places(context: Context, offers: tuple[str, ...], on_demand: tuple[str, ...]) -> Places:
    places = Places({}, {}, {}, {}, {})
    for id_, site, _ in builds_of(context.spec):
        _place(context, places, id_, "own", "own", site, None)
    for id_ in (*offers, *on_demand):
        terms = offer_terms(context.first, id_)
        _place(context, places, id_, id_.split(".")[0], terms.kind, terms.site, terms.region)
    return places


def _place(
    context: Context, places: Places, id_: str, vendor: str, kind: str, site: str | None, region: str | None
) -> None:
    if site is not None:
        place = context.spec.sites[site]
        region, ratio = place.region, place.facility_per_it.constant
    elif region is not None:
        ratio = context.spec.regions[region].facility_per_it.constant
    else:
        raise InstanceError(f"{id_} has neither site nor region", rule="region")
    places.vendor[id_], places.kind[id_], places.site[id_] = vendor, kind, site
    places.region[id_], places.facility_per_it[id_] = region, ratio


# Money


@dataclass(frozen=True)
class RentByNode:
    """What a rent pays and accrues by node, owes on last days, and costs."""

    flows: tuple[tuple[Node, float, float], ...]
    """(node, paid, accrued)."""
    owed: tuple[tuple[Node, float], ...]
    cost: tuple[float, float]

    def ledger(self, var: Var, index: Index, line: str, vendor: str, price: float = 1.0) -> Ledger:
        """The ledger of a variable at a price."""
        return Ledger(
            entries=tuple(
                Entry(var, index, line, vendor, node, paid * price, accrued * price)
                for node, paid, accrued in self.flows
            ),
            cost={(var, index): {line: (self.cost[0] * price, self.cost[1] * price)}},
            owed={(vendor, node): ((var, index, usd_m * price),) for node, usd_m in self.owed},
        )


def rent_by_node(
    context: Context, decided: Node, rents: Mapping[str, Rent], cost: tuple[float, float], capped: bool
) -> RentByNode:
    """A rent spread over the nodes below a decision; `rents` by scenario."""
    scenarios = context.scenarios
    paid = context.stitch(
        decided, {id_: booked(rent.paid, scenarios[id_]) for id_, rent in rents.items()}, "rent"
    )
    accrued = context.stitch(
        decided, {id_: booked(rent.accrued, scenarios[id_]) for id_, rent in rents.items()}, "rent"
    )
    nodes = [node for node in context.tree.descendants[decided] if node in paid or node in accrued]
    owed: dict[Node, float] = {}
    if capped and any(rent.delay for rent in rents.values()):
        unpaid = {id_: [rent.unpaid_at(p.last_day) for p in context.periods] for id_, rent in rents.items()}
        owed = context.stitch(decided, unpaid, "what is owed")
    return RentByNode(
        tuple((node, paid.get(node, 0.0), accrued.get(node, 0.0)) for node in nodes),
        tuple(owed.items()),
        cost,
    )


def signing_cost(scenario: Scenario, offer: str, date: float) -> tuple[float, float]:
    """Cost of 1 MW signed at a price of 1: what is paid before the end, and the balance owed or owned there."""
    line = line_of(offer_terms(scenario, offer))
    before, after = present_value(unit_rent(scenario, offer, date).paid, scenario, line)
    cost = (before + after) * service_before(scenario, line, signing(scenario, offer, date))
    return before, cost - before


def _ledger(context: Context, part: Contracts) -> Ledger:
    capped = frozenset(
        id_ for id_, vendor in context.spec.vendors.items() if vendor.payables_cap_usd_bn is not None
    )
    ledgers = [Ledger(owed={(vendor, node): () for vendor in capped for node in context.tree.nodes})]
    for offer, node in part.signings:
        ledgers += _signing_ledgers(context, part, offer, node, capped)
    for offer, chip, signed, node in part.kept:
        rents = {s.id: _kept_rent(context, s, offer, chip, signed, node) for s in context.below(node)}
        ledgers.append(_use_ledger(context, part, "kept_mw", (offer, chip, signed, node), rents, capped))
    for (offer, node), most in part.on_demand_most_mw.items():
        for chip in part.chips_of[offer] if most else ():
            rents = {s.id: _use_rent(context, s, offer, chip, node) for s in context.below(node)}
            ledgers.append(_use_ledger(context, part, "on_demand_mw", (offer, chip, node), rents, capped))
    for offer, chip, node in _below_take_or_pay(context, part):
        rents = {s.id: _extra_rent(context, s, offer, chip, node) for s in context.below(node)}
        ledgers.append(_use_ledger(context, part, "extra_mw", (offer, chip, node), rents, capped))
    for offer in part.offers:
        for position in range(len(given_contracts(context.first, offer))):
            ledgers.append(_given_ledger(context, part, offer, position, capped))
    return Ledger.joined(ledgers)


def _signing_ledgers(
    context: Context, part: Contracts, offer: str, node: Node, capped: frozenset[str]
) -> list[Ledger]:
    """One ledger for each chip that a signing may choose, from the rent at a price of 1."""
    date, below, vendor = context.period(node).start, context.below(node), part.vendor[offer]
    rents = {s.id: unit_rent(s, offer, date) for s in below}
    costs = {s.id: signing_cost(s, offer, date) for s in below}
    cost = (
        context.expected(node, lambda s: costs[s.id][0]),
        context.expected(node, lambda s: costs[s.id][1]),
    )
    unit = rent_by_node(context, node, rents, cost, vendor in capped)
    line = line_of(offer_terms(context.first, offer))
    out = []
    for chip in part.signed_chips[offer, node]:
        price = context.agreed(
            node, partial(signing_price, offer=offer, chip=chip, date=date), f"price of {offer}"
        )
        out.append(unit.ledger("signed_mw", (offer, chip, node), line, vendor, price))
    return out


def _kept_rent(context: Context, scenario: Scenario, offer: str, chip: str, signed: str, node: Node) -> Rent:
    period = context.period(node)
    start = max(period.start, contract_delivery(context, scenario, offer, signed).end)
    return rent_of_use(scenario, continuation_price(scenario, offer, chip), offer, start, period.end)


def _use_rent(context: Context, scenario: Scenario, offer: str, chip: str, node: Node) -> Rent:
    period = context.period(node)
    return rent_of_use(scenario, use_price(scenario, offer, chip), offer, period.start, period.end)


def _extra_rent(context: Context, scenario: Scenario, offer: str, chip: str, node: Node) -> Rent:
    """Use beyond the paid share, at the mean price of its period."""
    period = context.period(node)
    mean = use_price(scenario, offer, chip).mean(period.start, period.end)
    price = Curve((Piece(period.start, period.end, mean),))
    return rent_of_use(scenario, price, offer, period.start, period.end)


def _below_take_or_pay(context: Context, part: Contracts) -> list[tuple[str, str, Node]]:
    """(offer, chip, node) where something of an offer with take-or-pay below 1 may be delivered."""
    delivered = {
        (offer, chip, node)
        for offer, signed, node in part.share
        if offer in part.take_or_pay
        for chip in part.signed_chips[offer, signed]
    }
    delivered |= {key for key, mw in part.given_mw.items() if mw and key[0] in part.take_or_pay}
    delivered |= {(offer, chip, node) for offer, chip, _, node in part.kept if offer in part.take_or_pay}
    return [
        (offer, chip, node)
        for offer in part.take_or_pay
        for chip in part.chips_of[offer]
        for node in context.tree.nodes
        if (offer, chip, node) in delivered
    ]


def _use_ledger(
    context: Context,
    part: Contracts,
    var: Var,
    index: tuple[str, ...],
    rents: Mapping[str, Rent],
    capped: frozenset[str],
) -> Ledger:
    """The ledger of MW used in the period of a node, which ends the index."""
    offer, node = index[0], index[-1]
    line, vendor = line_of(offer_terms(context.first, offer)), part.vendor[offer]
    costs = {s.id: present_value(rents[s.id].paid, s, line) for s in context.below(node)}
    cost = (
        context.expected(node, lambda s: costs[s.id][0]),
        context.expected(node, lambda s: costs[s.id][1]),
    )
    return rent_by_node(context, node, rents, cost, vendor in capped).ledger(var, index, line, vendor)


def _given_ledger(
    context: Context, part: Contracts, offer: str, position: int, capped: frozenset[str]
) -> Ledger:
    """Payments, debts and value of a given contract: no decision changes them."""
    vendor, line = part.vendor[offer], line_of(offer_terms(context.first, offer))
    contracts = {s.id: given_contracts(s, offer)[position] for s in context.scenarios.values()}
    rents = {s.id: given_rent(s, contracts[s.id]) for s in context.scenarios.values()}
    bookings = {
        s.id: book(s, line, rents[s.id].paid, rents[s.id].accrued) for s in context.scenarios.values()
    }
    ledger = given_ledger_of(context, (offer, contracts[context.first.id].id), line, vendor, bookings)
    if vendor not in capped:
        return ledger
    owed = context.by_node(
        lambda s, p: rents[s.id].unpaid_at(context.periods[p].last_day),
        f"what is owed on given contracts of {offer}",
    )
    return replace(ledger, owed_given_usd_m={(vendor, node): usd_m for node, usd_m in owed.items()})
