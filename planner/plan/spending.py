"""What of commitments to spend is signed, paid and still open."""

from __future__ import annotations

from dataclasses import replace

from planner.data.types import Data, Index
from planner.plan.values import Values


def total_usd_m(d: Data, v: Values, offer: str, signing: str) -> float:
    """What a commitment obliges to spend from the first day on; 0 where it is not signed."""
    term, usd_m = d.contracts.consumption.spend[offer, signing]
    return usd_m if term is None else v.sum((term,)) + usd_m


def counted_usd_m(d: Data, v: Values) -> dict[tuple[str, str, str], float]:
    """What is paid of each commitment by the end of a node's period, no more than its total."""
    out: dict[tuple[str, str, str], float] = {}
    for (offer, signing, node), terms in d.contracts.consumption.paid.items():
        parent = d.tree.parent[node]
        # Nothing is paid before it is signed.
        before = out.get((offer, signing, parent or ""), 0.0)
        out[offer, signing, node] = min(total_usd_m(d, v, offer, signing), before + v.sum(terms))
    return out


def with_counted(d: Data, v: Values) -> Values:
    """The values with all that counts as paid: the solver may leave some of it uncounted where no limit binds."""
    if not d.contracts.consumption.counted:
        return v
    paid: dict[Index, float] = dict(counted_usd_m(d, v).items())
    return replace(v, by_variable={**v.by_variable, "counted_usd_m": paid})
