"""Capacity by place and chip on last days: secured, powered, installed, operating, for the ladder and for limits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from planner.audit.chips import Chips
from planner.audit.construction import Construction
from planner.audit.consumption import Spending
from planner.audit.contracts import Contracts
from planner.audit.paths import EPS, number
from planner.audit.pricing import Security
from planner.audit.scene import CHIPLESS, NO_CHIP, Place, Presence, Scene
from planner.audit.serving import ANY, pool_place, told_apart
from planner.audit.utility import curtailed
from planner.timeline import Period
from planner.tree import Node


@dataclass(frozen=True, slots=True)
class Standing:
    """MW of one kind at one place on a last day."""

    place: str
    chip: str
    given: bool
    secured: float = 0.0
    powered: float = 0.0
    installed: float = 0.0
    serving: float = 0.0
    mean: float = 0.0
    """Delivered or used, mean of the period."""


@dataclass(frozen=True)
class World:
    """All physical things of a scenario."""

    construction: Construction
    contracts: Contracts
    chips: Chips
    spending: tuple[Spending, ...] = ()
    security: tuple[Security, ...] = ()

    @property
    def hosts(self) -> list[Presence]:
        """Blocks and contracted MW, delivered."""
        return [*self.construction.blocks, *self.contracts.presences]


def standings(scene: Scene, world: World, node: Node, period: Period) -> list[Standing]:
    """What stands on the last day of a period; serving MW are means of the period, split pro rata in each pool."""
    x = period.last_day
    found: list[Standing] = []
    for block in world.construction.started:
        found.append(Standing(block.place, NO_CHIP, block.given, secured=_secured_block(block, x)))
    for block in world.construction.blocks:
        mean = block.mean(period)
        found.append(Standing(block.place, NO_CHIP, block.given, powered=block.at(x), mean=mean))
    for contract in world.contracts.contracts:
        cloud = scene.places[contract.offer].kind not in CHIPLESS
        held = contract.mw if contract.signed - EPS <= x < contract.until - EPS else 0.0
        there = sum(each.at(x) for each in contract.presences)
        mean = sum(each.mean(period) for each in contract.presences)
        found.append(
            Standing(
                contract.offer, contract.chip, contract.given, held, there, there if cloud else 0.0, mean=mean
            )
        )
    for kept in world.contracts.kept:
        if kept.node == node:
            mw, offer = kept.presence.at(x), kept.contract.offer
            cloud = scene.places[offer].kind != "shell"
            mean = kept.presence.mean(period)
            found.append(Standing(offer, kept.contract.chip, False, mw, mw, mw if cloud else 0.0, mean=mean))
    for (offer_id, chip, _), mw in scene.rows_at("on_demand_mw", node):
        found.append(Standing(offer_id, chip, False, mean=mw))
    for drawn in (each for spending in world.spending for each in spending.drawn if each.node == node):
        # Which chips stand behind what is not drawn is the vendor's matter.
        found.append(Standing(drawn.offer, drawn.chip, drawn.given, installed=drawn.mw))
    for (chip, host, _), mw in scene.rows_at("installed_end_mw", node):
        if host in scene.places:
            found.append(Standing(host, chip, False, installed=mw))
    for (place, chip), mw in _serving(scene, world, node, period).items():
        found.append(Standing(place, chip, False, serving=mw))
    return [
        each for each in found if each.secured or each.powered or each.installed or each.serving or each.mean
    ]


def _secured_block(block: Presence, x: float) -> float:
    """A block is secured from its start; one of the opening position from the first day."""
    if block.given:
        return block.mw if x < block.end - EPS else 0.0
    return block.at(x)


def _serving(scene: Scene, world: World, node: Node, period: Period) -> dict[tuple[str, str], float]:
    """Mean MW that serve by place and chip: what a pool serves, split by what each place has in it."""
    able: dict[tuple[str, str], float] = defaultdict(float)
    for (chip, host, _), mw in scene.rows_at("installed_mw", node):
        able[host, chip] += mw - curtailed(scene, chip, host, node)
    for presence in world.contracts.presences:
        offer = scene.offer(presence.place)
        if offer is not None and offer.kind == "cloud" and number(offer.take_or_pay_share, 1.0) >= 1.0:
            able[presence.place, presence.chip] += presence.mean(period) * number(
                offer.availability_share, 1.0
            )
    for variable in ("used_mw", "on_demand_mw", "drawn_mw"):
        for (offer_id, chip, *_), mw in scene.rows_at(variable, node):
            offer = scene.offer(offer_id)
            if offer is not None:
                able[offer_id, chip] += mw * number(offer.availability_share, 1.0)
    for (chip, offer_id, _), mw in scene.rows_at("curtailed_mw", node):
        offer = scene.offer(offer_id)
        if offer is not None and offer.kind == "cloud":
            able[offer_id, chip] -= mw * number(offer.availability_share, 1.0)
    for (offer_id, chip, _), mw in scene.rows_at("sublet_mw", node):
        offer = scene.offer(offer_id)
        if offer is not None and offer.kind == "cloud":
            able[offer_id, chip] -= mw * number(offer.availability_share, 1.0)
    served: dict[tuple[str, str, str], float] = defaultdict(float)
    for (_, chip, region, control, _), mw in scene.rows_at("served_mw", node):
        served[chip, region, control] += mw
    out: dict[tuple[str, str], float] = defaultdict(float)
    apart = told_apart(scene.spec)
    for (chip, region, control), mw in served.items():
        members = {
            (place, kind): part
            for (place, kind), part in able.items()
            if kind == chip
            and place in scene.places
            and _in_pool(scene.places[place], apart, region, control)
        }
        total = sum(members.values())
        for member, part in members.items():
            out[member] += mw * part / total if total > 0.0 else 0.0
    return out


def _in_pool(place: Place, apart: set[str], where: str, control: str) -> bool:
    own = "own" if place.kind in ("own", "shell") else "vendor"
    return where in (ANY, pool_place(place, apart)) and control in (ANY, own)
