"""What leasing chips saves against buying them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.data import chip_money
from planner.data.scenarios import make_context
from planner.data.types import Data
from planner.plan.values import Values

if TYPE_CHECKING:
    from planner.instance.instance import Instance


def lease_saving_usd_m(instance: Instance, d: Data, v: Values) -> float | None:
    """Expected PV of the price of leased chips at delivery less that of their whole rent; None where none is leased.

    Terms without a price count nothing.
    """
    context = make_context(instance)
    leased = [
        order for order in d.chips.orders if chip_money.chip_terms(context.first, order[0])[1].kind == "lease"
    ]
    if not leased:
        return None
    return sum(
        v("ordered_mw", *order)
        * context.expected(
            order[2],
            lambda s, order=order: chip_money.lease_saving_usd_m(  # type: ignore[misc]
                s, order[0], context.period(order[2]).start
            ),
        )
        for order in leased
    )
