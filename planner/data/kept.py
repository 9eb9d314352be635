"""MW kept after the fixed term, where an offer continues: one column by period, never more than before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.data.context import EPS, Context, Scenario, number
from planner.data.delivery import Delivery, contract_delivery, given_contracts, offer_terms
from planner.data.payments import present_value
from planner.data.rent import Rent, continuation_price, line_of, rent_of_use
from planner.data.types import MwColumn
from planner.tree import Node

KeptKey = tuple[str, str, str, Node]
"""Offer, chip, signing, node."""


@dataclass(frozen=True)
class Kept:
    """A column with its place in the chain of periods."""

    column: MwColumn
    before: Node | None
    """Node of the column it must not exceed; None: the signing itself."""
    given_mw: float | None
    """Most MW of the first column of a given contract."""


def kept_columns(
    context: Context, signed_chips: Mapping[tuple[str, Node], tuple[str, ...]], offers: tuple[str, ...]
) -> dict[KeptKey, Kept]:
    """Columns of MW kept after the term, parents first."""
    kept: dict[KeptKey, Kept] = {}
    for id_ in offers:
        terms = offer_terms(context.first, id_)
        if terms.at_end != "continues" or terms.kind == "consumption":
            continue
        for (offer, decided), chips in signed_chips.items():
            if offer == id_:
                for node in context.tree.descendants[decided]:
                    for chip in chips:
                        _add(context, kept, (id_, chip, decided, node), None)
        for contract in given_contracts(context.first, id_):
            for node in context.tree.nodes:
                _add(context, kept, (id_, contract.chip, contract.id, node), contract.mw)
    return kept


def _add(context: Context, kept: dict[KeptKey, Kept], key: KeptKey, given_mw: float | None) -> None:
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
    kept[key] = Kept(_column(context, key, start), before, given_mw if before is None else None)


def _column(context: Context, key: KeptKey, start: float) -> MwColumn:
    """Its MW stand from the start to the end of the period, and on the last day."""
    offer, chip, _, node = key
    period, below = context.period(node), context.below(node)
    delivery = Delivery(start, start, period.end, ((start, 1.0),))
    rents = {s.id: _rent(s, offer, chip, start, period.end) for s in below}
    line = line_of(offer_terms(context.first, offer))
    return MwColumn(
        var="kept_mw",
        index=key,
        share={node: (period.end - start) / period.months},
        end_share={node: 1.0},
        secured={node: 1.0},
        delivery={s.id: delivery for s in below},
        rent=rents,
        cost={s.id: present_value(rents[s.id].paid, s, line) for s in below},
        committed=False,
    )


def _rent(scenario: Scenario, offer: str, chip: str, start: float, end: float) -> Rent:
    """The continuation price by date of use, for the share that is paid anyway."""
    rent = rent_of_use(scenario, continuation_price(scenario, offer, chip), offer, start, end)
    return rent.scaled(number(offer_terms(scenario, offer).take_or_pay_share, 1.0))


def _end_by(context: Context, scenario: Scenario, offer: str, signed: str, node: Node) -> float:
    """End of the term, or the end of the node's period where it ends later."""
    return min(contract_delivery(context, scenario, offer, signed).end, context.period(node).end)
