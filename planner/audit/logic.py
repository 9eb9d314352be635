"""Logical limits re-read: when each thing was first chosen, and what the choices ask for."""

from __future__ import annotations

import math

from planner.audit.paths import EPS, number
from planner.audit.scene import Scene
from planner.instance.schema.logic import Choice

DECISIONS = ("signed", "blocks", "units")


def check_logic(scene: Scene) -> None:
    """Counts, exclusions and prerequisites in one scenario, by date."""
    choices = {id_: choice for id_, choice in scene.spec.logic.items() if choice.active}
    if not choices:
        return
    chosen = _chosen(scene)
    for id_, choice in choices.items():
        count = float(sum(thing in chosen for thing in choice.of))
        if choice.at_most is not None:
            scene.findings.at_most(
                "at_most_chosen", id_, scene.path[-1], count, choice.at_most.constant, "count"
            )
        if choice.at_least is not None:
            scene.findings.at_least(
                "at_least_chosen", id_, scene.path[-1], count, choice.at_least.constant, "count"
            )
        _needs(scene, id_, choice, chosen)


def _needs(scene: Scene, id_: str, choice: Choice, chosen: dict[str, float]) -> None:
    if choice.choosing not in chosen:
        return
    latest = chosen[choice.choosing] - number(choice.months_before, 0.0)
    for needed in choice.needs:
        if chosen.get(needed, math.inf) > latest + EPS and not math.isinf(chosen[choice.choosing]):
            scene.findings.refuse(
                "needed_before",
                id_,
                "",
                1.0,
                "count",
                f"{choice.choosing} is chosen without {needed} before it",
            )


def _chosen(scene: Scene) -> dict[str, float]:
    """Thing: the date on which it is first chosen; -inf for what runs or stands on the first day."""
    found: dict[str, float] = {}
    for variable in DECISIONS:
        for (thing, node), count in scene.rows(variable):
            if count > 1e-6:
                start = scene.period(node).start
                found[thing] = min(start, found.get(thing, math.inf))
    for (round_id, _), taken in scene.rows("took"):
        if taken > 0.5:
            found[round_id] = 0.0
    for given in scene.spec.money.opening.construction:
        found[given.build] = -math.inf
    for vendor_id, vendor in scene.spec.vendors.items():
        for offer_id, offer in vendor.offers.items():
            if offer.signed:
                found[f"{vendor_id}.{offer_id}"] = -math.inf
    return found
