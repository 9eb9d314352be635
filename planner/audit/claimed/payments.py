"""What each decision and each given thing pays and accrues, by line, vendor and node."""

from __future__ import annotations

from collections import defaultdict

from planner.audit.account import spread
from planner.audit.claimed.table import Table
from planner.audit.claimed.times import Nodes
from planner.audit.findings import ABSOLUTE
from planner.audit.walk import Walk
from planner.plan.columns import DECISIONS

Cause = tuple[str, str, str, str, int]
"""Variable, index, line, vendor, position of the period."""


def payments(nodes: Nodes) -> Table:
    """A row where something is paid or accrued; one below rounding may be left out."""
    table = Table()
    for walk in nodes.walks:
        scene = walk.scene
        for (variable, index, line, vendor, place), (paid, accrued) in _sums(walk).items():
            node = scene.path[place]
            if node not in scene.owned:
                continue
            unit = "count" if variable == "given" else DECISIONS[variable][1]
            time = nodes.time[node]
            row = {
                "variable": variable,
                "index": index,
                "line": line,
                "vendor": vendor,
                "node": node,
                "period": time["period"],
                "reported": time["reported"],
                "amount": 1.0 if variable == "given" else scene.book.amount(variable, *index.split("|")),
                "_unit": unit if unit in ABSOLUTE else "count",
                "paid_usd_m": paid,
                "accrued_usd_m": accrued,
            }
            table.add(row, max(abs(paid), abs(accrued)) > ABSOLUTE["USD m"])
    return table


def _sums(walk: Walk) -> dict[Cause, list[float]]:
    """(paid, accrued) of every cause, USD m."""
    sums: dict[Cause, list[float]] = defaultdict(lambda: [0.0, 0.0])
    account = walk.scene.account
    for posting in account.postings:
        flow = posting.flow
        for place, usd_m in spread(flow, account.rates):
            both = sums[(*posting.key, flow.line, flow.vendor, place)]
            both[0] += usd_m if posting.paid else 0.0
            both[1] += usd_m if posting.accrued else 0.0
    return dict(sums)
