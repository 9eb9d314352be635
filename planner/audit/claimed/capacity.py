"""What stands where, by place and chip, and the ladder over it."""

from __future__ import annotations

from collections import defaultdict

from planner.audit.claimed.table import Row, Table
from planner.audit.claimed.times import Nodes
from planner.audit.demand import all_demands, asked, shifted_mw
from planner.audit.ladder import Standing
from planner.audit.scene import CHIPLESS, NO_CHIP, Scene
from planner.tree import Node

SEEN_MW = 1e-4
"""Less is rounding: the row may be left out."""


def capacity(nodes: Nodes) -> Table:
    """A row for each place and chip that has anything."""
    table = Table()
    for node, walk, time in nodes.steps():
        scene = walk.scene
        sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * 4)
        for each in nodes.standings[node]:
            for column, mw in enumerate((each.powered, each.mean, each.installed, each.serving)):
                sums[each.place, each.chip][column] += mw
        for key in _possible(scene):
            sums[key][0] += 0.0
        for (place, chip), amounts in sums.items():
            table.add(time | _row(scene, place, chip, amounts), max(map(abs, amounts)) > SEEN_MW)
    return table


def _row(scene: Scene, place_id: str, chip: str, amounts: list[float]) -> Row:
    place = scene.places[place_id]
    powered, mean, installed, serving = amounts
    return {
        "id": place_id,
        "site": place.site,
        "region": place.region,
        "vendor": place.vendor,
        "group": place.group,
        "kind": place.kind,
        "tenure": place.tenure,
        "chip": chip,
        "maker": scene.spec.chips[chip].maker if chip in scene.spec.chips else "",
        "powered_mw": powered,
        "mean_mw": mean,
        "installed_mw": installed,
        "serving_mw": serving,
        "facility_mw": powered * place.facility_per_it,
    }


def _possible(scene: Scene) -> set[tuple[str, str]]:
    """(place, chip) that could have something."""
    found = set()
    for place_id, place in scene.places.items():
        offer = scene.offer(place_id)
        if offer is not None and place.kind != "shell":
            found |= {(place_id, chip) for chip in offer.chips}
            found |= {(place_id, each.chip) for each in offer.signed.values() if each.chip}
        else:
            found |= {(place_id, chip) for chip in scene.spec.chips}
        if offer is None or place.kind in CHIPLESS:
            found.add((place_id, NO_CHIP))
    return found


def demand_mw(scene: Scene, node: Node) -> float:
    """MW of the reference fleet to be served in a period, after what is shifted."""
    period = scene.period(node)
    return sum(
        asked(scene, each, period, pulse=True, work=False) + shifted_mw(scene, each, node)
        for each in all_demands(scene.spec)
    )


def ladder(nodes: Nodes) -> Table:
    """GW by rung, in MW of IT load and at the meter."""
    table = Table()
    for node, walk, time in nodes.steps():
        by_place: dict[str, list[Standing]] = defaultdict(list)
        for each in nodes.standings[node]:
            by_place[each.place].append(each)
        demand = demand_mw(walk.scene, node) / 1000.0
        for basis in ("it", "facility"):
            table.add(time | {"basis": basis, "demand_gw": demand} | _rungs(walk.scene, by_place, basis))
    return table


def _rungs(scene: Scene, by_place: dict[str, list[Standing]], basis: str) -> dict[str, float]:
    """GW secured, powered, installed, operating and on demand; what is secured and not powered is being built."""
    sums = dict.fromkeys(("secured_gw", "powered_gw", "installed_gw", "operating_gw", "on_demand_gw"), 0.0)
    for place_id, parts in by_place.items():
        place = scene.places[place_id]
        scale = (place.facility_per_it if basis == "facility" else 1.0) / 1000.0
        serving = sum(each.serving for each in parts)
        if place.kind == "on_demand":
            sums["on_demand_gw"] += serving * scale
            continue
        installed = sum(each.installed for each in parts)
        sums["secured_gw"] += sum(each.secured for each in parts) * scale
        sums["powered_gw"] += sum(each.powered for each in parts) * scale
        sums["installed_gw"] += installed * scale
        sums["operating_gw"] += min(serving, installed) * scale
    return {**sums, "under_construction_gw": sums["secured_gw"] - sums["powered_gw"]}
