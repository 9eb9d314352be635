"""Site power on last days and the energy of a period."""

from __future__ import annotations

import math

from planner.audit.claimed.table import Row, Table
from planner.audit.claimed.times import Nodes
from planner.audit.ladder import World
from planner.audit.power import grid_upgrade
from planner.audit.scene import Scene
from planner.audit.stake import whole_mw
from planner.audit.utility import contracted_power, extra_power, running_power
from planner.timeline import Period
from planner.tree import Node


def power(nodes: Nodes) -> Table:
    """A row for each site where something stands or could stand."""
    table = Table()
    for site_id in nodes.walks[0].scene.spec.sites:
        for node, walk, time in nodes.steps():
            row = _row(walk.scene, walk.world, site_id, node, nodes.period(node))
            table.add(time | row, _used(walk.scene, site_id))
    return table


def _used(scene: Scene, site_id: str) -> bool:
    """Whether a site has a build or an offer that is or can be signed."""
    if scene.spec.sites[site_id].build:
        return True
    return any(
        offer.site == site_id and offer.kind != "on_demand" and bool(offer.signed or offer.sign)
        for vendor in scene.spec.vendors.values()
        for offer in vendor.offers.values()
    )


def _row(scene: Scene, world: World, site_id: str, node: Node, period: Period) -> Row:
    site, x = scene.spec.sites[site_id], period.last_day
    load = [each for each in world.hosts if scene.places[each.place].site == site_id]
    used = site.facility_per_it.constant * sum(whole_mw(scene, each, x) for each in load)
    finished = [each for each in world.construction.projects if each.place.partition(".")[0] == site_id]
    projects = sum(each.at(x) for each in finished)
    grid, extra = scene.series(site.facility_power_mw).at(x), extra_power(scene, site_id, site, x)
    contracted, left = math.nan, math.inf
    if site.supply_contract is not None:
        contracted = running_power(scene, site_id, x)
        contracted += sum(each.at(x) for each in contracted_power(scene, site_id))
        left = contracted - used
        left += sum(each.at(x) for each in finished if not grid_upgrade(scene, each.place))
    grid_mwh = scene.amount("grid_mwh", site_id, node)
    made = sum(scene.amount("project_mwh", f"{site_id}.{name}", node) for name in site.power_projects)
    return {
        "site": site_id,
        "grid_mw": grid,
        "projects_mw": projects,
        "curtailable_mw": extra,
        "contracted_mw": contracted,
        "used_mw": used,
        "headroom_mw": min(grid + projects + extra - used, left),
        "energy_mwh": grid_mwh + made,
        "grid_mwh": grid_mwh,
        "project_mwh": made,
    }
