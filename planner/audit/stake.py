"""What of a build is ours: MW, and dollars of what the whole costs."""

from __future__ import annotations

from planner.audit.flows import Flow, along
from planner.audit.scene import Presence, Scene
from planner.instance.schema.sites import BuildOption


def mw_of_ours(build: BuildOption | None) -> float:
    """Share of the MW."""
    if build is None or build.stake is None:
        return 1.0
    stake = build.stake
    return stake.share.constant if stake.capacity_share is None else stake.capacity_share.constant


def usd_of_ours(build: BuildOption) -> float:
    """Share of the costs."""
    return 1.0 if build.stake is None else build.stake.share.constant


def whole_mw(scene: Scene, presence: Presence, x: float) -> float:
    """MW that draw power on a date where a presence stands: the whole block, the partner's part too."""
    mw = presence.at(x)
    return mw / mw_of_ours(scene.build(presence.place)) if mw else 0.0


def operating_flows(scene: Scene, build: BuildOption, block: Presence, a: float, b: float) -> list[Flow]:
    """Our share of the fixed operating cost of the whole block, and the fee on our MW, over [a, b)."""
    flows: list[Flow] = []
    if build.operating_usd_m_per_mw_year is not None:
        path = scene.series(build.operating_usd_m_per_mw_year)
        whole = block.mw / mw_of_ours(build)
        flows += along("own_operating", "own", path, a, b, whole * usd_of_ours(build) / 12.0)
    if build.stake is not None and build.stake.fee_usd_m_per_mw_year is not None:
        fee = scene.series(build.stake.fee_usd_m_per_mw_year)
        flows += along("own_operating", "own", fee, a, b, block.mw / 12.0)
    return flows
