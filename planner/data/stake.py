"""A stake in a block: the build option of our part, which is the whole one with its costs and MW scaled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from planner.instance.quantity import Quantity
from planner.instance.schema.sites import BuildOption

COSTS_PER_BLOCK = ("site_cost_usd_m", "fixed_cost_per_start_usd_m")
COSTS_PER_MW = ("capex_usd_m_per_mw", "operating_usd_m_per_mw_year")
SIZES_MW = ("block_mw", "min_start_mw", "max_start_mw")


def our_mw_share(option: BuildOption) -> float:
    """Share of a block's MW that is ours."""
    if option.stake is None:
        return 1.0
    share = option.stake.capacity_share
    return (option.stake.share if share is None else share).constant


def our_part(option: BuildOption) -> BuildOption:
    """The option in MW and money of ours; costs per MW are per MW of ours."""
    assert option.stake is not None
    mw, cost = our_mw_share(option), option.stake.share.constant
    factors = dict.fromkeys(SIZES_MW, mw) | dict.fromkeys(COSTS_PER_BLOCK, cost)
    factors |= dict.fromkeys(COSTS_PER_MW, cost / mw)
    scaled: dict[str, Any] = {
        name: quantity_times(quantity, factor)
        for name, factor in factors.items()
        if (quantity := getattr(option, name)) is not None
    }
    if option.option is not None:
        fee = quantity_times(option.option.fee_usd_m_per_mw, cost / mw)
        scaled["option"] = option.option.model_copy(update={"fee_usd_m_per_mw": fee})
    return option.model_copy(update=scaled)


def quantity_times(quantity: Quantity, factor: float) -> Quantity:
    """The quantity, all its values multiplied."""
    return replace(
        quantity,
        value=None if quantity.value is None else quantity.value * factor,
        points=tuple((day, value * factor) for day, value in quantity.points),
    )
