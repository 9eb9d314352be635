"""Volume tiers: a signing of enough MW, or that brings all so far to enough, pays a lower price for all its MW."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from planner.data.context import Context
from planner.data.delivery import Delivery, offer_terms, signing
from planner.data.rent import level_cost, line_of, signing_price, unit_rent
from planner.data.types import MwColumn, Term, Tiers
from planner.tree import Node

SignedChips = Mapping[tuple[str, Node], tuple[str, ...]]


def tier_columns(context: Context, signed_chips: SignedChips) -> tuple[tuple[MwColumn, ...], Tiers]:
    """What each tier takes off the rent of a MW signed in it, and when it is reached."""
    columns: list[MwColumn] = []
    reached: dict[tuple[str, str, Node], tuple[tuple[Term, ...], float]] = {}
    for (offer, u), chips in signed_chips.items():
        terms = offer_terms(context.first, offer)
        for number, tier in enumerate(terms.tiers, 1):
            mine = [_column(context, offer, chip, str(number), u, tier.price_factor) for chip in chips]
            columns += mine
            counted: tuple[Term, ...] = tuple((c.var, c.index, 1.0) for c in mine)
            if terms.tiers_of == "total":
                counted = _signed_to(context, signed_chips, offer, u)
            reached[offer, str(number), u] = (counted, tier.from_mw.constant)
    return tuple(columns), Tiers(
        reached=reached, at={(offer, u): _tiers(reached, offer, u) for offer, _, u in reached}
    )


def _tiers(reached: Mapping[tuple[str, str, Node], object], offer: str, u: Node) -> tuple[str, ...]:
    return tuple(tier for other, tier, v in reached if (other, v) == (offer, u))


def _signed_to(context: Context, signed_chips: SignedChips, offer: str, u: Node) -> tuple[Term, ...]:
    """MW of all signings of an offer up to a node."""
    return tuple(
        ("signed_mw", (offer, chip, v), 1.0)
        for v in context.tree.path[u]
        if (offer, v) in signed_chips
        for chip in signed_chips[offer, v]
    )


def _column(context: Context, offer: str, chip: str, tier: str, u: Node, price_factor: float) -> MwColumn:
    """No MW of its own: only the difference of the price."""
    date, below = context.period(u).start, context.below(u)
    line = line_of(offer_terms(context.first, offer))
    price = context.agreed(u, partial(signing_price, offer=offer, chip=chip, date=date), f"price of {offer}")
    less = price * (price_factor - 1.0)
    cost = {s.id: level_cost(s, line, unit_rent(s, offer, date), signing(s, offer, date)) for s in below}
    nothing = Delivery(date, date, date, ((date, 0.0),))
    return MwColumn(
        var="tier_mw",
        index=(offer, chip, tier, u),
        share={},
        end_share={},
        secured={},
        delivery={s.id: nothing for s in below},
        rent={s.id: unit_rent(s, offer, date).scaled(less) for s in below},
        cost={id_: (before * less, after * less) for id_, (before, after) in cost.items()},
    )
