"""What is asked for, served and short; which chips serve it."""

from __future__ import annotations

from planner.audit.claimed.table import Table
from planner.audit.claimed.times import Nodes
from planner.audit.demand import all_demands, asked, shifted_mw
from planner.audit.serving import work_per_mw


def service(nodes: Nodes) -> Table:
    """A row for each demand, in MW of the reference fleet."""
    table = Table()
    for node, walk, time in nodes.steps():
        scene, period = walk.scene, nodes.period(node)
        for demand in all_demands(scene.spec):
            shifted = shifted_mw(scene, demand, node)
            wanted = asked(scene, demand, period, pulse=True, work=False) + shifted
            short = scene.amount("shortfall_mw", demand.id, node)
            table.add(
                time
                | {
                    "workload": demand.workload_id,
                    "demand_region": demand.region,
                    "demand_mw": wanted,
                    "served_mw": wanted - short,
                    "shortfall_mw": short,
                    "served_share": 1.0 - short / wanted if wanted else 1.0,
                    "shifted_mw": shifted,
                }
            )
    return table


def serving(nodes: Nodes) -> Table:
    """A row for each demand and pool that serves it: MW, and work of the reference chip."""
    table = Table()
    for node, walk, time in nodes.steps():
        scene, period = walk.scene, nodes.period(node)
        demands = {each.id: each for each in all_demands(scene.spec)}
        for (demand_id, chip, place, control, _), mw in scene.rows_at("served_mw", node):
            demand, held = demands[demand_id], scene.spec.chips.get(chip)
            known = held is not None and demand.workload_id in held.work
            per_mw = work_per_mw(scene, chip, demand.workload_id, period) if known else 0.0
            table.add(
                time
                | {
                    "workload": demand.workload_id,
                    "demand_region": demand.region,
                    "chip": chip,
                    "region": place,
                    "control": control,
                    "mw": mw,
                    "work_mw": mw * per_mw,
                }
            )
    return table
