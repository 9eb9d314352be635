"""Volume tiers: a lower price for all MW of a signing that is large enough."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


@family(over="contracts.tiers.at", unit="signings")
def one_tier(m: Any, d: Given, offer: str, u: str) -> Any:
    r"""A signing is priced in one tier at most; in none it pays the price itself.

    $$ \sum_i tier_{o,i,u} \le signed_{o,u} $$
    """
    return sum(m.tier[offer, i, u] for i in d.contracts.tiers.at[offer, u]) <= m.signed[offer, u]


@family(over="contracts.tiers.reached", unit="MW")
def tier_reached(m: Any, d: Given, offer: str, tier: str, u: str) -> Any:
    r"""A tier asks for its MW: of the signing, or of all signings so far.

    $$ \sum_k tiermw_{o,k,i,u} \ge from_{o,i}\, tier_{o,i,u} \quad\text{or}\quad
       \sum_{v \preceq u} \sum_k signedmw_{o,k,v} \ge from_{o,i}\, tier_{o,i,u} $$
    """
    counted, least = d.contracts.tiers.reached[offer, tier, u]
    return total(m, counted) >= least * m.tier[offer, tier, u]


@family(over="contracts.tiers.reached", unit="MW")
def mw_in_tier(m: Any, d: Given, offer: str, tier: str, u: str) -> Any:
    r"""MW are priced in a tier only where it is reached.

    $$ \sum_k tiermw_{o,k,i,u} \le U_{o,u}\, tier_{o,i,u} $$
    """
    mw = sum(m.tier_mw[offer, chip, tier, u] for chip in d.contracts.signed_chips[offer, u])
    return mw <= d.contracts.max_mw[offer, u] * m.tier[offer, tier, u]


@family(over="tiered_by_chip", unit="MW")
def mw_in_tiers(m: Any, d: Given, offer: str, chip: str, u: str) -> Any:
    r"""All MW priced in tiers are signed.

    $$ \sum_i tiermw_{o,k,i,u} \le signedmw_{o,k,u} $$
    """
    mw = sum(m.tier_mw[offer, chip, i, u] for i in d.contracts.tiers.at[offer, u])
    return mw <= m.signed_mw[offer, chip, u]
