"""Contracts: what may be signed when, what it delivers, pays and costs, and what given contracts do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.data.clauses import contract_clauses
from planner.data.consumption import prepare_consumption
from planner.data.context import EPS, Context, Scenario, builds_of, mean_of, number, offers_of
from planner.data.contract_ledger import contracts_ledger
from planner.data.delivery import (
    NO_CHIP,
    Delivery,
    given_contracts,
    offer_terms,
    signing,
)
from planner.data.kept import kept_columns
from planner.data.payments import Ledger
from planner.data.rent import chips_of
from planner.data.security import security_ledger
from planner.data.tiers import tier_columns
from planner.data.types import Contracts
from planner.errors import InstanceError
from planner.instance.schema.base import Window
from planner.instance.schema.contracts import Offer
from planner.timeline import Period
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
    kept = kept_columns(context, signed_chips, offers)
    columns, clauses = contract_clauses(context, signed_chips, offers, kept)
    places = _places(context, offers, on_demand)
    discounts, tiers = tier_columns(context, signed_chips)
    consumption, spent = prepare_consumption(context, signings, places.vendor)
    part = Contracts(
        offers=offers,
        on_demand=on_demand,
        chips_of=chips,
        signings=signings,
        signed_chips=signed_chips,
        binary={(id_, node): _per_period(terms[id_]) for id_, node in signings},
        min_mw={(id_, node): _smallest_mw(terms[id_]) for id_, node in signings},
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
        secured=frozenset(
            (id_, decided, node)
            for id_, decided in signings
            for node in context.tree.descendants[decided]
            if signing(context.at(node), id_, context.period(decided).start).secured_at(
                context.period(node).last_day
            )
        ),
        kept=tuple(kept),
        kept_before={key: each.before for key, each in kept.items()},
        kept_given_mw={key: each.given_mw for key, each in kept.items() if each.given_mw is not None},
        take_or_pay={id_: top for id_ in offers if (top := number(terms[id_].take_or_pay_share, 1.0)) < 1.0},
        on_demand_most_mw=_on_demand_most_mw(context, on_demand),
        availability={id_: number(terms[id_].availability_share, 1.0) for id_ in (*offers, *on_demand)},
        vendor=places.vendor,
        kind=places.kind,
        site=places.site,
        region=places.region,
        facility_per_it=places.facility_per_it,
        columns=(*(each.column for each in kept.values()), *columns, *discounts),
        consumption=consumption,
        tiers=tiers,
        clauses=clauses,
        not_yet=_not_yet(context, on_demand, chips),
    )
    secured, deposits = security_ledger(context, part)
    ledger = Ledger.joined((contracts_ledger(context, part), spent, secured))
    return replace(part, deposits=deposits), ledger


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


def _smallest_mw(terms: Offer) -> float:
    """Least MW of one signing; a consumption is signed whole."""
    return _largest_mw(terms) if terms.kind == "consumption" else _mw(terms, "min", 0.0)


def _largest_mw(terms: Offer) -> float:
    """Most MW of one signing: stated, else all that may be signed."""
    most = min(_mw(terms, "max", math.inf), _mw(terms, "total", math.inf))
    return most if most < math.inf else LARGEST_MW


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


def _not_yet(
    context: Context, on_demand: tuple[str, ...], chips: Mapping[str, tuple[str, ...]]
) -> frozenset[tuple[str, str, Node]]:
    """(offer, chip, node) on demand whose period begins before the chip exists."""
    return frozenset(
        (id_, chip, node)
        for id_ in on_demand
        for chip in chips[id_]
        for node in context.tree.nodes
        if context.period(node).start < _from(context.at(node), chip) - EPS
    )


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
