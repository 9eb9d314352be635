"""Capacity pooled by chip, region and control serves workloads."""

from __future__ import annotations

from typing import Any

from planner.model.expressions import total
from planner.model.given import Given
from planner.model.registry import family


@family(over="pool_nodes", unit="MW")
def pool(m: Any, d: Given, chip: str, region: str, control: str, n: str) -> Any:
    r"""What serves from a pool stays within what is installed or operated in it.

    $$ \sum_w served_{w,g,n} \le \sum_{(c,h) \in g} installed_{c,h,n} + \sum_{(o,k) \in g} a_o\, operated_{o,k,n} $$

    where operated is delivered, used (take-or-pay below 1) or taken on demand, less what is let to others;
    less what is curtailed.
    """
    at = chip, region, control
    own = sum(m.installed_mw[key] for key in d.installed_in[*at, n])
    others = sum(
        d.contracts.availability[offer] * m.pooled_mw[offer, k, n] for offer, k in d.service.pool_offers[at]
    )
    off = total(m, d.curtailed_in[*at, n])
    return sum(m.served_mw[w, *at, n] for w in d.workloads_of[at]) <= own + others - off


@family(over="workload_nodes", unit="MW of work")
def demand(m: Any, d: Given, workload: str, n: str) -> Any:
    r"""Work served and the shortfall together are the demand of a workload.

    $$ \sum_g work_{w,g,n}\, served_{w,g,n} + ref_{w,n}\, short_{w,n} + ref_{w,n} \sum_b borrowed_{b,w,n}
       = demand_{w,n} + pulse_{w,n} + ref_{w,n} \sum_b returned_{b,w,n} $$

    with the work of a pulse only where it may shift, and what is borrowed and returned only where a pulse $b$ may
    borrow; a demand is a workload, or one of its demand regions.
    """
    served = sum(
        d.service.work[workload, at, n] * m.served_mw[workload, *at, n] for at in d.pools_of[workload]
    )
    short = m.shortfall_mw[workload, n] + sum(m.borrowed_mw[key] for key in d.loans_at[workload, n])
    later = sum(m.returned_mw[key] for key in d.returns_at[workload, n])
    pulse = sum(m.pulse_work_mw[key] for key in d.pulse_at[workload, n])
    reference = d.service.reference_work[workload, n]
    return served + reference * (short - later) - pulse == d.service.demand_work[workload, n]
