"""Own blocks and power units: when they stand, what they cost, what they are worth at the end, and their rules."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace

from planner.audit.account import GIVEN, Key
from planner.audit.exits import leaving, let_go
from planner.audit.flows import Flow, evenly, on_day
from planner.audit.paths import EPS, month_of, number
from planner.audit.scene import NO_CHIP, Presence, Scene
from planner.audit.stake import mw_of_ours, operating_flows, usd_of_ours
from planner.instance.quantity import PaymentProfile
from planner.instance.schema.sites import BuildOption, PowerProject
from planner.tree import Node

BLOCK_RECOVERY = 0.95
UNIT_RECOVERY = 0.8


@dataclass(frozen=True)
class Construction:
    """What own construction delivers: blocks in MW of IT load, projects in facility MW."""

    blocks: tuple[Presence, ...]
    projects: tuple[Presence, ...]
    started: tuple[Presence, ...]
    """Blocks from their start on, delivered or not."""


def profile_flows(
    line: str, profile: PaymentProfile, decided: float, delivered: float, usd_m: float
) -> list[Flow]:
    """A price paid by its profile."""
    base = delivered if profile.counted_from == "delivery" else decided
    flows = []
    for part in profile.payments:
        if part.until_month > part.from_month:
            a, b = base + part.from_month, base + part.until_month
            flows.append(evenly(line, "own", a, b, usd_m * part.share))
        else:
            flows.append(on_day(line, "own", base + part.from_month, usd_m * part.share))
    return flows


def build_all(scene: Scene) -> Construction:
    """Everything started by the plan or standing on the first day; costs posted, rules checked."""
    opening = _opening(scene)
    standing, started = _start_blocks(scene)
    _open_sites(scene)
    projects = _start_units(scene)
    _check_counts(scene)
    return Construction((*standing, *opening), projects, (*started, *opening))


def _start_blocks(scene: Scene) -> tuple[list[Presence], list[Presence]]:
    """(delivered, started) blocks of the plan."""
    standing: list[Presence] = []
    started: list[Presence] = []
    for (build_id, node), count in scene.rows("blocks"):
        build = scene.build(build_id)
        if build is None:
            scene.findings.refuse(
                "no_such_build", build_id, node, count, "count", "nothing of that name is built"
            )
            continue
        start = scene.period(node).start
        delivered = start + build.lead_months.constant
        end = delivered + 12.0 * build.life_years.constant
        mw = count * build.block_mw.constant * mw_of_ours(build)
        _pay_blocks(scene, build_id, build, node, count, Presence(build_id, NO_CHIP, delivered, end, mw))
        gone = leaving(scene, build_id, node)
        staying = count - sum(left.count for left in gone)
        for until, number_ in ((end, staying), *((left.x, left.count) for left in gone)):
            part_mw = mw * number_ / count
            started.append(Presence(build_id, NO_CHIP, start, until, part_mw))
            if until > delivered:
                standing.append(Presence(build_id, NO_CHIP, delivered, until, part_mw))
        scene.delivers_in_time(build_id, node, delivered)
        if node in scene.owned:
            scene.in_window("start_window", build_id, node, build.start)
    return standing, started


def _pay_blocks(
    scene: Scene, build_id: str, build: BuildOption, node: Node, count: float, block: Presence
) -> None:
    """What blocks pay, are worth and cost to run if they stay, and what leaving changes of that."""
    start, delivered = scene.period(node).start, block.start
    usd_m = count * build.block_mw.constant * scene.series(build.capex_usd_m_per_mw).at(start)
    flows = profile_flows("construction", build.payments, start, delivered, usd_m * usd_of_ours(build))
    key = ("blocks", f"{build_id}|{node}")
    _buy(scene, key, flows, delivered)
    _credit(scene, key, "construction", flows, delivered, build, BLOCK_RECOVERY)
    _operate(scene, key, build, block)
    for left in leaving(scene, build_id, node):
        part = left.count / count
        let_go(scene, build_id, build, node, left, delivered, [flow.times(part) for flow in flows])
        key, minus = ("sold_blocks", f"{build_id}|{node}|{left.node}"), [flow.times(-part) for flow in flows]
        _credit(scene, key, "construction", minus, delivered, build, BLOCK_RECOVERY)
        since = max(left.x, delivered)
        _operate(scene, key, build, replace(block, start=since, mw=-part * block.mw))


def _start_units(scene: Scene) -> tuple[Presence, ...]:
    """Power units of the plan."""
    projects: list[Presence] = []
    for (project_id, node), count in scene.rows("units"):
        project = scene.project(project_id)
        if project is None:
            scene.findings.refuse(
                "no_such_project", project_id, node, count, "count", "no project of that name"
            )
            continue
        start = scene.period(node).start
        delivered = start + project.lead_months.constant
        mw = count * project.unit_mw.constant
        usd_m = mw * 1000.0 * scene.series(project.capex_usd_per_kw).at(start) / 1e6
        flows = profile_flows("power_projects", project.payments, start, delivered, usd_m)
        key = ("units", f"{project_id}|{node}")
        _buy(scene, key, flows, delivered)
        _credit(scene, key, "power_projects", flows, delivered, project, UNIT_RECOVERY)
        end = delivered + 12.0 * project.life_years.constant
        projects.append(Presence(project_id, NO_CHIP, delivered, end, mw))
        scene.delivers_in_time(project_id, node, delivered)
        if node in scene.owned:
            scene.in_window("start_window", project_id, node, project.start)
    return tuple(projects)


def _buy(scene: Scene, key: Key, flows: list[Flow], delivered: float) -> None:
    """Payments by the profile; of what is not delivered before the end, the rest is not owed."""
    if delivered < scene.end - EPS:
        scene.account.buy(key, flows)
        return
    scene.account.post(key, flows)
    for flow in flows:
        scene.account.charge(key, flow.line, scene.rates.present(flow, b=scene.end))


def _credit(
    scene: Scene,
    key: Key,
    line: str,
    flows: list[Flow],
    delivered: float,
    option: BuildOption | PowerProject,
    usual: float,
) -> None:
    """What is left of it at the end of the calendar lowers the cost; see docs/conventions.md, own construction."""
    rate, end = scene.rates.yearly(line), scene.end
    growth = 1.0 + rate
    if delivered >= end - EPS:
        so_far = sum(flow.worth(float("-inf"), end, lambda x: growth ** ((end - x) / 12.0)) for flow in flows)
        scene.account.charge(key, line, at_end=-so_far * scene.rates.factor(line, end))
        return
    life, age = option.life_years.constant, (end - delivered) / 12.0
    if age >= life:
        return
    paid = sum(
        flow.worth(float("-inf"), float("inf"), lambda x: growth ** ((delivered - x) / 12.0))
        for flow in flows
    )
    if rate:
        left = math.expm1((age - life) * math.log1p(rate)) / math.expm1(-life * math.log1p(rate))
    else:
        left = (life - age) / life
    value = paid * left * number(option.recovery_share, usual)
    scene.account.charge(key, line, at_end=-value * scene.rates.factor(line, end))


def _operate(scene: Scene, key: Key, build: BuildOption, block: Presence) -> None:
    """Fixed operating cost from delivery to the end of life or of the calendar."""
    a, b = max(block.start, 0.0), min(block.end, scene.end)
    flows = operating_flows(scene, build, block, a, b) if b > a else []
    if not flows:
        return
    if block.given:
        scene.account.post(key, flows)
    else:
        scene.account.buy(key, flows)


def _open_sites(scene: Scene) -> None:
    """Site cost at the first start; blocks start only at opened sites."""
    opened: dict[str, list[Node]] = defaultdict(list)
    for (build_id, node), count in scene.rows("opened"):
        build = scene.build(build_id)
        if build is None:
            scene.findings.refuse(
                "no_such_build", build_id, node, count, "count", "nothing of that name is built"
            )
            continue
        opened[build_id].append(node)
        usd_m = count * number(build.site_cost_usd_m, 0.0) * usd_of_ours(build)
        flow = on_day("construction", "own", scene.period(node).start, usd_m)
        scene.account.buy(("opened", f"{build_id}|{node}"), [flow])
    for build_id, nodes in opened.items():
        times = sum(scene.amount("opened", build_id, node) for node in nodes)
        scene.findings.at_most("opened_once", build_id, nodes[-1], times, 1.0, "count")
    for (build_id, node), count in scene.rows("blocks"):
        build = scene.build(build_id)
        if build is None or number(build.site_cost_usd_m, 0.0) == 0.0 or node not in scene.owned:
            continue
        so_far = scene.path[: scene.position[node] + 1]
        if sum(scene.amount("opened", build_id, each) for each in so_far) < 0.5:
            scene.findings.refuse(
                "blocks_after_opening", build_id, node, count, "count", "starts before the site is opened"
            )


def _opening(scene: Scene) -> list[Presence]:
    """Blocks of the opening position: no cost, but they stand, are paid off, and are operated."""
    out = []
    for number_, given in enumerate(scene.spec.money.opening.construction):
        build = scene.build(given.build)
        if build is None:
            continue
        delivered = scene.timeline.first(given.delivered)
        end = delivered + 12.0 * build.life_years.constant
        block = Presence(given.build, NO_CHIP, delivered, end, given.mw, given=True)
        key = (GIVEN[0], f"{given.build}|{number_}")
        left = [
            on_day("construction", "own", month_of(day, scene.timeline), usd_m)
            for day, usd_m in given.payments_left_usd_m.items()
        ]
        scene.account.post(key, left)
        _operate(scene, key, build, block)
        out.append(block)
    return out


def _check_counts(scene: Scene) -> None:
    """Most blocks, most starts a period, most under construction, most units."""
    findings, last = scene.findings, scene.path[-1]
    starts: dict[str, list[tuple[Node, float]]] = defaultdict(list)
    for (build_id, node), count in scene.rows("blocks"):
        starts[build_id].append((node, count))
    for build_id, rows in starts.items():
        build = scene.build(build_id)
        if build is None:
            continue
        findings.at_most(
            "most_blocks", build_id, last, sum(n for _, n in rows), build.max_blocks.constant, "count"
        )
        if build.max_starts_per_period is not None:
            for node, count in rows:
                findings.at_most("starts_per_period", build_id, node, count,
                                 build.max_starts_per_period.constant, "count")  # fmt: skip
        if build.max_blocks_under_construction is None:
            continue
        for node, period in scene.steps():
            lead = build.lead_months.constant
            under = sum(
                count
                for at, count in rows
                if scene.period(at).start <= period.start + EPS < scene.period(at).start + lead
            )
            findings.at_most(
                "crew_limit", build_id, node, under, build.max_blocks_under_construction.constant, "count"
            )
    units: dict[str, float] = defaultdict(float)
    for (project_id, _), count in scene.rows("units"):
        units[project_id] += count
    for project_id, count in units.items():
        project = scene.project(project_id)
        if project is not None:
            findings.at_most("most_units", project_id, last, count, project.max_units.constant, "count")
