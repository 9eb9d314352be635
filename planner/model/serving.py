"""Who serves a demand region, from where, and on whose capacity."""

from __future__ import annotations

from typing import Any

from planner.model.given import Given
from planner.model.registry import family


@family(
    over="service.own_share", unit="MW of work", price=lambda d, w, n: d.unserved_usd_m_per_mw(n),
    sentence="the least share of {workload} in {n} is served by capacity that we operate",
)  # fmt: skip
def own_served(m: Any, d: Given, workload: str, n: str) -> Any:
    r"""At least a share of the work served of a workload is done by capacity that we operate.

    $$ \sum_{g \in own} work_{w,g,n}\, served_{w,g,n} \ge \sigma_{w,n} \sum_g work_{w,g,n}\, served_{w,g,n} $$

    over all demand regions of the workload.
    """
    return (
        sum(
            part * d.service.work[demand, at, n] * m.served_mw[demand, *at, n]
            for demand, at, part in d.served_by_own[workload, n]
        )
        >= 0.0
    )


@family(over="sourced", unit="places")
def one_source(m: Any, d: Given, workload: str, n: str) -> Any:
    r"""One place at most serves a demand region.

    $$ \sum_s source_{w,s,n} \le 1 $$
    """
    return sum(m.source[key] for key in d.sourced[workload, n]) <= 1


@family(over="service.sources", unit="MW of work")
def served_by_source(m: Any, d: Given, workload: str, place: str, n: str) -> Any:
    r"""A place serves a demand region only where it is its source.

    $$ \sum_{g \in s} work_{w,g,n}\, served_{w,g,n} \le demand_{w,n}\, source_{w,s,n} $$
    """
    return (
        _served(m, d, workload, place, n) <= d.service.most_work[workload, n] * m.source[workload, place, n]
    )


@family(over="opened_sources", unit="places")
def source_opened(m: Any, d: Given, workload: str, place: str, n: str) -> Any:
    r"""A place that has nothing without a decision is a source only after one.

    $$ source_{w,s,n} \le \sum_x x $$

    over the openings, blocks and signings that give the place capacity; implied, and closes the gap of the relaxation.
    """
    return m.source[workload, place, n] <= _decided(m, d, place, n)


@family(over="opened_served", unit="MW of work")
def served_opened(m: Any, d: Given, workload: str, place: str, n: str) -> Any:
    r"""A place that has nothing without a decision serves a demand region only after one.

    $$ \sum_{g \in s} work_{w,g,n}\, served_{w,g,n} \le demand_{w,n} \sum_x x $$

    over the openings, blocks and signings that give the place capacity; implied, and closes the gap of the relaxation.
    """
    return _served(m, d, workload, place, n) <= d.service.most_work[workload, n] * _decided(m, d, place, n)


def _served(m: Any, d: Given, workload: str, place: str, n: str) -> Any:
    """Work that a place does for a demand."""
    return sum(
        d.service.work[workload, at, n] * m.served_mw[workload, *at, n] for at in d.served_at[workload, place]
    )


def _decided(m: Any, d: Given, place: str, n: str) -> Any:
    return sum(m.variable[var, index] for var, index, _ in d.service.opens[place, n])
