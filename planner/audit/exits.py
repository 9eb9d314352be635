"""Blocks that leave: what stands until when, what is still paid, what a sale brings, and when it may be."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from planner.audit.account import Key
from planner.audit.flows import Flow, on_day
from planner.audit.paths import EPS, number
from planner.audit.scene import Scene
from planner.instance.schema.sites import BuildOption
from planner.instance.schema.stages import BlockExit
from planner.tree import Node


@dataclass(frozen=True)
class Leaving:
    """Blocks of one start that leave on a date."""

    node: Node
    x: float
    count: float


def leaving(scene: Scene, build_id: str, start: Node) -> list[Leaving]:
    """What leaves of the blocks started at a node, in order."""
    found = [
        Leaving(node, scene.period(node).start, count)
        for (build, decided, node), count in scene.rows("sold_blocks")
        if (build, decided) == (build_id, start)
    ]
    return sorted(found, key=lambda each: each.x)


def let_go(
    scene: Scene,
    build_id: str,
    build: BuildOption,
    start: Node,
    left: Leaving,
    delivered: float,
    flows: list[Flow],
) -> None:
    """Change the payments of blocks that leave; `flows` are those of as many blocks that stay."""
    key = ("sold_blocks", f"{build_id}|{start}|{left.node}")
    terms = build.exit
    if terms is None or not _allowed(scene, build_id, build, terms, start, left, delivered):
        scene.findings.refuse("exit", build_id, left.node, left.count, "count", "may not leave then")
        return
    price = sum(flow.within() for flow in flows)
    later = [part for flow in flows if (part := flow.since(left.x)) is not None]
    due = sum(flow.within() for flow in later)
    cancelled = left.x < delivered - EPS
    now = price * number(terms.cancel_share, 0.0) if cancelled else due
    changes = [on_day("construction", "own", left.x, now), *(flow.times(-1.0) for flow in later)]
    if delivered < scene.end - EPS:
        scene.account.buy(key, changes)
    else:
        # What is not delivered before the end is not owed after it, so nothing is saved there either.
        scene.account.post(key, changes)
        for flow in changes:
            scene.account.charge(key, flow.line, scene.rates.present(flow, b=scene.end))
    if not cancelled:
        _sell(scene, key, terms, left.x, delivered, flows, due)


def _sell(
    scene: Scene, key: Key, terms: BlockExit, x: float, delivered: float, flows: list[Flow], due: float
) -> None:
    """A share of the price, or of the payments with interest; worth what the line of its payments says."""
    base = sum(flow.within() for flow in flows)
    if terms.price == "paid_with_interest":
        worth = sum(scene.rates.present(flow, b=x) for flow in flows)
        base = worth / scene.rates.factor("construction", x) + due
    received = base * _share(scene, terms, x, delivered)
    scene.account.post(key, [on_day("resale", "own", x, -received)])
    scene.account.charge(key, "resale", scene.rates.present(on_day("construction", "own", x, -received)))


def _share(scene: Scene, terms: BlockExit, x: float, delivered: float) -> float:
    if terms.resale_share is not None:
        return scene.series(terms.resale_share).at(x)
    age = (x - delivered) / 12.0
    points = sorted((float(key), share) for key, share in terms.resale_by_age_years.items())
    below = [point for point in points if point[0] <= age] or points[:1]
    above = [point for point in points if point[0] > age] or points[-1:]
    (a, low), (b, high) = below[-1], above[0]
    return low if b <= a else low + (high - low) * (age - a) / (b - a)


def _allowed(
    scene: Scene,
    build_id: str,
    build: BuildOption,
    terms: BlockExit,
    start: Node,
    left: Leaving,
    delivered: float,
) -> bool:
    """Whether blocks may leave on the date, by the terms of the leaf that judges it."""
    if left.node not in scene.owned:
        return True
    period = scene.period(left.node)
    dates = [scene.timeline.first(when) for when in terms.at]
    if dates and not any(period.start - EPS <= x < period.end - EPS for x in dates):
        return False
    if left.x <= scene.period(start).start + EPS:
        return False
    if left.x < delivered - EPS:
        return terms.cancel_share is not None
    old_enough = delivered + number(terms.from_months, 0.0) <= left.x + EPS
    able = terms.resale_share is not None or bool(terms.resale_by_age_years)
    return able and old_enough and left.x < delivered + 12.0 * build.life_years.constant - EPS


def check_exits(scene: Scene) -> None:
    """No more blocks leave than were started, nor than may leave in a period."""
    by_start: dict[tuple[str, Node], float] = defaultdict(float)
    by_period: dict[tuple[str, Node], float] = defaultdict(float)
    for (build_id, start, node), count in scene.rows("sold_blocks"):
        by_start[build_id, start] += count
        by_period[build_id, node] += count
    for (build_id, start), count in by_start.items():
        started = scene.amount("blocks", build_id, start) if start in scene.position else 0.0
        scene.findings.at_most("sold_of_started", build_id, start, count, started, "count")
    for (build_id, node), count in by_period.items():
        build = scene.build(build_id)
        limit = None if build is None or build.exit is None else build.exit.max_per_period
        most = math.inf if limit is None else limit.constant
        if most < math.inf and node in scene.owned:
            scene.findings.at_most("most_sold", build_id, node, count, most, "count")
