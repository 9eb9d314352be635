"""MW let to others: only what is paid for, and only while nobody whom it could serve is short."""

from __future__ import annotations

from typing import Any

from planner.model.given import Given
from planner.model.registry import family


@family(over="sublets.most_mw", unit="MW")
def sublet_of_paid(m: Any, d: Given, offer: str, chip: str, n: str) -> Any:
    r"""Only MW that are paid for are let: delivered, or used where less than all must be paid.

    $$ sublet_{o,k,n} \le \sigma_o\, operated_{o,k,n} $$
    """
    return m.sublet_mw[offer, chip, n] <= d.sublets.most_share[offer] * m.operated_mw[offer, chip, n]


@family(over="sublets.before", unit="MW")
def sublet_after_lead(m: Any, d: Given, offer: str, chip: str, n: str) -> Any:
    r"""Only MW that stood long enough before are let.

    $$ sublet_{o,k,n} \le \sigma_o\, deliveredend_{o,k,v} $$

    with $v$ the last node on the path that ends a lead before $n$; before the first day, what was given then.
    """
    earlier, given = d.sublets.before[offer, chip, n]
    stood = given if earlier is None else m.delivered_end_mw[offer, chip, earlier]
    return m.sublet_mw[offer, chip, n] <= d.sublets.most_share[offer] * stood


@family(over="sublets.most_mw", unit="MW")
def sublet_when_let(m: Any, d: Given, offer: str, chip: str, n: str) -> Any:
    r"""MW are let only in periods in which they may be.

    $$ sublet_{o,k,n} \le M_{o,k,n}\, lets_{o,k,n} $$
    """
    return m.sublet_mw[offer, chip, n] <= d.sublets.most_mw[offer, chip, n] * m.lets[offer, chip, n]


@family(over="sublets.own_first", unit="MW of the reference fleet")
def own_demand_first(m: Any, d: Given, offer: str, chip: str, n: str, workload: str) -> Any:
    r"""While MW are let, nobody whom they could serve is short.

    $$ short_{w,n} \le D_{w,n}\, (1 - lets_{o,k,n}) $$
    """
    most = d.service.most_work[workload, n] / d.service.reference_work[workload, n]
    return m.shortfall_mw[workload, n] <= most * (1 - m.lets[offer, chip, n])
