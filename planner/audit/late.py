"""Deliveries that come later than contracted: when they come, and what is credited for it."""

from __future__ import annotations

import itertools
from dataclasses import replace

from planner.audit.flows import Flow
from planner.audit.paths import EPS


def credited(
    rent: list[list[Flow]],
    prepaid_share: float,
    late_months: float,
    until: float,
    in_time: list[list[Flow]] | None = None,
) -> tuple[tuple[Flow, ...], tuple[Flow, ...]]:
    """(rent as it accrues, invoices by date of service), pair by pair, of rent by arrival, each in order.

    Each arrival from the first day on is credited `late_months` of its rent on its date; the next invoices are not
    written until that is used up. Rent of what came `in_time` is invoiced with it and credited nothing.
    """
    flows = [flow for arrival in (*(in_time or []), *rent) for flow in arrival]
    spans: list[tuple[float, float]] = []
    if late_months:
        credits = sorted((arrival[0].start, arrival[0].first * late_months) for arrival in rent if arrival)
        for x, usd_m in credits:
            if x >= -EPS and usd_m > 0.0:
                start = max([x, *(end for _, end in spans)])
                spans.append((start, _used_up(flows, 1.0 - prepaid_share, start, usd_m, until)))
    pairs = [
        (piece.times(prepaid_share), piece.times(0.0)) if free else (piece, piece.times(1.0 - prepaid_share))
        for flow in flows
        for piece, free in _pieces(flow, spans)
    ]
    return tuple(rent_ for rent_, _ in pairs), tuple(invoice for _, invoice in pairs)


def _used_up(flows: list[Flow], share: float, start: float, usd_m: float, until: float) -> float:
    """When so much would have been invoiced."""

    def invoiced(x: float) -> float:
        return share * sum(flow.within(start, x) for flow in flows)

    if invoiced(until) <= usd_m:
        return until
    low, high = start, until
    for _ in range(200):
        middle = (low + high) / 2.0
        low, high = (low, middle) if invoiced(middle) >= usd_m else (middle, high)
    return high


def _pieces(flow: Flow, spans: list[tuple[float, float]]) -> list[tuple[Flow, bool]]:
    """A stream cut at the ends of the spans, each piece with whether it lies in one."""
    edges = sorted({flow.start, flow.end, *(x for span in spans for x in span if flow.start < x < flow.end)})
    return [
        (cut(flow, a, b), any(low - EPS <= a and b <= high + EPS for low, high in spans))
        for a, b in itertools.pairwise(edges)
    ]


def cut(flow: Flow, a: float, b: float) -> Flow:
    """A stream inside [a, b), both within it."""
    if a <= flow.start and b >= flow.end:
        return flow
    return replace(flow, start=a, end=b, first=flow.rate(a), last=flow.rate(b))
