"""Cost by line: paid up to the end, owed or owned then, and what of it comes of later decisions."""

from __future__ import annotations

from typing import get_args

from planner.audit.claimed.table import Table
from planner.audit.claimed.times import Nodes
from planner.instance.schema.calendar import Line


def costs(nodes: Nodes) -> Table:
    """Expected present value of what the decisions cause, by line."""
    table = Table()
    for line in get_args(Line):
        sums = [0.0, 0.0, 0.0]
        for walk in nodes.walks:
            if line in walk.scene.account.cost:
                for place, usd_m in enumerate(walk.scene.account.cost[line]):
                    sums[place] += walk.scene.probability * usd_m
        paid, at_end, later = sums
        table.add(
            {
                "line": line,
                "paid_usd_m": paid,
                "at_end_usd_m": at_end,
                "total_usd_m": paid + at_end,
                "later_usd_m": later,
            }
        )
    return table


def cost_usd_m(nodes: Nodes) -> float:
    """Expected cost of all lines."""
    return float(sum(row["total_usd_m"] for row in costs(nodes).rows))
