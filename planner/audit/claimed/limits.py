"""Every row of every limit."""

from __future__ import annotations

from planner.audit.claimed.table import Table
from planner.audit.claimed.times import Nodes
from planner.audit.limits import price_of_breach, unit_of_limit


def limits(nodes: Nodes) -> Table:
    """What each limit measures and asks for; rows in which nothing decided counts may be left out."""
    table = Table()
    for walk in nodes.walks:
        for (limit_id, member, node, sense), reading in walk.scene.account.readings.items():
            if node not in walk.scene.owned:
                continue
            limit = walk.scene.spec.limits[limit_id]
            value, bound, unit = reading.value, reading.bound, unit_of_limit(limit)
            table.add(
                nodes.time[node]
                | {
                    "limit": limit_id,
                    "member": member,
                    "sense": sense,
                    "value": value,
                    "bound": bound,
                    "headroom": bound - value if sense == "max" else value - bound,
                    "unit": unit,
                    "_unit": "count" if unit == "signings" else unit,
                    "soft": price_of_breach(limit) is not None,
                    "broken": walk.scene.amount("broken", limit_id, member, node),
                },
                reading.decided,
            )
    return table
