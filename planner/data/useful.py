"""Most MW of a signing that a plan can use: where the file says "no limit", what could serve all demand together.

The most of a signing is in the rule `signed MW <= most x signed`. Where it is far beyond use, a millionth of a signing,
which a solver takes for none, lets through MW that pay no least size and count as no signing.

Why no best plan is lost. Take a plan with more than M of a cloud offer and chip signed at a node, where M is such that
on every node on which the signing delivers, or is kept, M x (mean share delivered) x (availability) are the MW that do
all the work that all demands may ask this chip for. Sign M instead, and keep no more. All work is done as before: the
signing alone can do it. Every rule that holds MW of the offer from above still holds, and payments fall, on every date
in sum, so cash and debt do not suffer. So the new plan is possible and costs no more. It is only said where it is true:

- the offer is a cloud without take-or-pay, tiers or clauses that let a MW leave, grow or be let to others, and not at
  a site where load may be curtailed;
- no MW of it is paid for by the vendor: what is paid up to any date, and the whole cost, are not below zero;
- no limit asks for a least amount or for a share of anything, and there is no rule of the user's own.

M is never below the least MW and the block of a signing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from planner.data.context import Context
from planner.data.delivery import offer_terms
from planner.data.types import Data, Entry, Index, Pool
from planner.instance.instance import Instance
from planner.tree import Node

MARGIN = 1e-6
"""Relative room, so that rounding cuts nothing off."""


def with_useful_mw(instance: Instance, context: Context, data: Data) -> Data:
    """The data with the largest MW of signings lowered to what can be of use."""
    if instance.user_rules or any(row.sense == "min" or row.share is not None for row in data.limits):
        return data
    contracts = data.contracts
    plain = {offer for offer in contracts.offers if _is_plain(context, data, offer)}
    signings = [(offer, u) for offer, u in contracts.signings if offer in plain]
    if not signings:
        return data
    paid = _paid_by_index(data.ledger)
    lowered = dict(contracts.max_mw)
    for offer, u in signings:
        chips = contracts.signed_chips[offer, u]
        if all(_costs(data, paid, (offer, chip, u)) for chip in chips):
            mw = sum(_useful_mw(data, offer, chip, u) for chip in chips) * (1.0 + MARGIN)
            lowered[offer, u] = min(lowered[offer, u], _at_least(data, offer, u, mw))
    return replace(data, contracts=replace(contracts, max_mw=lowered))


def _is_plain(context: Context, data: Data, offer: str) -> bool:
    terms, contracts = offer_terms(context.first, offer), data.contracts
    site = contracts.site[offer]
    return (
        contracts.kind[offer] == "cloud"
        and not terms.tiers
        and terms.sublet is None
        and offer not in contracts.take_or_pay
        and offer not in contracts.clauses.most_expanded_share
        and (site is None or context.spec.sites[site].curtailable is None)
        and all(column.var == "kept_mw" for column in contracts.columns if column.offer == offer)
    )


def _at_least(data: Data, offer: str, u: Node, mw: float) -> float:
    """Not below the least MW of a signing, in whole blocks."""
    mw = max(mw, data.contracts.min_mw[offer, u])
    block = data.contracts.block_mw.get(offer)
    return mw if block is None else math.ceil(mw / block) * block * len(data.contracts.signed_chips[offer, u])


def _useful_mw(data: Data, offer: str, chip: str, u: Node) -> float:
    """MW of a signing that do all work there may be for its chip, on every node on which it delivers."""
    contracts, service = data.contracts, data.service
    pools = [pool for pool, parts in service.pool_offers.items() if (offer, chip) in parts]
    shares = {
        n: contracts.share[offer, u, n] for n in data.tree.descendants[u] if (offer, u, n) in contracts.share
    }
    for column in contracts.columns:
        if column.index[:3] == (offer, chip, u):
            for n, share in column.share.items():
                shares[n] = min(shares[n], share) if n in shares else share
    most = 0.0
    for n, share in shares.items():
        need = sum(_need_mw(data, pool, n) for pool in pools)
        most = max(most, need / (share * contracts.availability[offer])) if need else most
    return most


def _need_mw(data: Data, pool: Pool, n: Node) -> float:
    """MW of a pool that do all work that may be asked of it."""
    service = data.service
    return sum(
        service.most_work[w, n] / work
        for w, at in service.serves
        if at == pool and (work := service.work[w, pool, n]) > 0.0
    )


def _paid_by_index(ledger: tuple[Entry, ...]) -> Mapping[Index, Mapping[Node, float]]:
    """What a MW signed or kept pays, by index and node."""
    found: dict[Index, dict[Node, float]] = defaultdict(lambda: defaultdict(float))
    for entry in ledger:
        if entry.var in ("signed_mw", "kept_mw"):
            found[entry.index][entry.node] += entry.paid_usd_m
    return found


def _costs(data: Data, paid: Mapping[Index, Mapping[Node, float]], signing: Index) -> bool:
    """Whether a MW signed, and every period that it is kept, is never paid for by the vendor."""
    kept = [key for key in data.contracts.kept if key[:3] == signing]
    for var, index in (("signed_mw", signing), *(("kept_mw", key) for key in kept)):
        cost = sum(sum(parts) for parts in data.cost.get((var, index), {}).values())
        if cost < 0.0:
            return False
        by_node = paid.get(index, {})
        for last in data.tree.last:
            total = 0.0
            for n in data.tree.path[last]:
                total += by_node.get(n, 0.0)
                if total < -1e-9:
                    return False
    return True
