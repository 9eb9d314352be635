"""Sites secured, rights to start, costs of a start, crews and empty shells: what they cost, and their rules."""

from __future__ import annotations

import math
from collections import defaultdict

from planner.audit.account import Key
from planner.audit.construction import Construction, profile_flows
from planner.audit.flows import along, on_day
from planner.audit.paths import EPS, number
from planner.audit.scene import Presence, Scene
from planner.audit.stake import mw_of_ours, usd_of_ours
from planner.instance.schema.sites import BuildOption, Site
from planner.instance.schema.stages import Secure
from planner.tree import Node

LINE = "construction"


def check_stages(scene: Scene, construction: Construction) -> None:
    """Post what stages cost and check their rules."""
    for site_id, site in scene.spec.sites.items():
        _check_site(scene, site_id, site)
        for name, build in site.build.items():
            build_id = f"{site_id}.{name}"
            _check_additions(scene, build_id, build)
            _check_rights(scene, build_id, build)
            _check_held(scene, build_id, build, construction)
            _check_empty(scene, build_id, build, construction)
    _check_crews(scene)


Dated = list[tuple[Node, float, float]]
"""(node, date, amount)."""


def _dated(scene: Scene, variable: str, id_: str) -> Dated:
    """(node, date, amount) of a decision along the path, in order."""
    rows = [
        (node, scene.period(node).start, amount)
        for (each, node), amount in scene.rows(variable)
        if each == id_
    ]
    return sorted(rows, key=lambda row: row[1])


# Site and power


def _check_site(scene: Scene, site_id: str, site: Site) -> None:
    secured, begun, released = (
        _dated(scene, variable, site_id) for variable in ("secured_site", "begun_site", "released_site")
    )
    terms = site.secure
    if terms is None:
        for node, _, amount in (*secured, *begun, *released):
            scene.findings.refuse("secure", site_id, node, amount, "count", "there is nothing to secure")
        return
    _post_site(scene, site_id, terms, secured, begun, released)
    wait = number(terms.lead_months, 0.0) + number(terms.permit_months, 0.0)
    for node, _, _ in secured:
        if node in scene.owned:
            scene.in_window("secure_window", site_id, node, terms.start)
    for rule, rows in (("secured_once", secured), ("begun_once", begun), ("released_once", released)):
        if rows:
            times = sum(amount for _, _, amount in rows)
            scene.findings.at_most(rule, site_id, rows[-1][0], times, 1.0, "count")
    for node, x, _ in sorted((*begun, *released), key=lambda row: row[1]):
        if node in scene.owned:
            ended = sum(amount for _, at, amount in (*begun, *released) if at <= x + EPS)
            held = sum(amount for _, at, amount in secured if at <= x + EPS)
            scene.findings.at_most("held_until_begun", site_id, node, ended, held, "count")
    for node, x, amount in begun:
        if node in scene.owned:
            ready = sum(part for _, at, part in secured if at + wait <= x + EPS)
            scene.findings.at_most("begun_when_ready", site_id, node, amount, ready, "count")
            started = [
                count
                for (build_id, at), count in scene.rows("blocks")
                if at == node and build_id.partition(".")[0] == site_id
            ]
            if not started:
                scene.findings.refuse(
                    "begun_with_blocks", site_id, node, amount, "count", "nothing is started that day"
                )
    for (build_id, node), count in scene.rows("blocks"):
        if build_id.partition(".")[0] == site_id and node in scene.owned:
            start = scene.period(node).start
            if sum(amount for _, at, amount in begun if at <= start + EPS) < 0.5:
                scene.findings.refuse(
                    "blocks_after_securing", build_id, node, count, "count", "starts before building began"
                )


def _post_site(
    scene: Scene,
    site_id: str,
    terms: Secure,
    secured: list[tuple[Node, float, float]],
    begun: list[tuple[Node, float, float]],
    released: list[tuple[Node, float, float]],
) -> None:
    """The fee, the cost of holding until something ends it, and of giving up."""
    for node, x, amount in secured:
        key = ("secured_site", f"{site_id}|{node}")
        if terms.option_fee_usd_m is not None:
            fee = amount * scene.series(terms.option_fee_usd_m).at(x)
            ready = x + number(terms.lead_months, 0.0) + number(terms.permit_months, 0.0)
            flows = (
                [on_day(LINE, "own", x, fee)]
                if terms.payments is None
                else profile_flows(LINE, terms.payments, x, ready, fee)
            )
            scene.account.buy(key, flows)
        _hold(scene, key, terms, x, amount)
    for node, x, amount in begun:
        _hold(scene, ("begun_site", f"{site_id}|{node}"), terms, x, -amount)
    for node, x, amount in released:
        key = ("released_site", f"{site_id}|{node}")
        cancel = amount * number(terms.cancel_usd_m, 0.0)
        scene.account.buy(key, [on_day(LINE, "own", x, cancel)])
        _hold(scene, key, terms, x, -amount)


def _hold(scene: Scene, key: Key, terms: Secure, x: float, amount: float) -> None:
    """Holding a site from a date to the end, and giving it up then; negative for what ends that."""
    if terms.carry_usd_m_per_year is not None:
        path = scene.series(terms.carry_usd_m_per_year)
        held = along(LINE, "own", path, x, scene.end, amount / 12.0)
        scene.account.buy(key, held, committed=False)
    if terms.cancel_usd_m is not None:
        given_up = amount * terms.cancel_usd_m.constant * scene.rates.factor(LINE, scene.end)
        scene.account.charge(key, LINE, at_end=given_up)


# Starts


def _check_additions(scene: Scene, build_id: str, build: BuildOption) -> None:
    fixed, least = build.fixed_cost_per_start_usd_m, number(build.min_start_mw, 0.0)
    for node, x, times in _dated(scene, "additions", build_id):
        if fixed is not None:
            cost = on_day(LINE, "own", x, times * scene.series(fixed).at(x) * usd_of_ours(build))
            scene.account.buy(("additions", f"{build_id}|{node}"), [cost])
        started = scene.amount("blocks", build_id, node) * build.block_mw.constant
        scene.findings.at_least("least_addition", build_id, node, started, least * times, "MW")
    for node, _, count in _dated(scene, "blocks", build_id):
        if build.max_start_mw is not None:
            mw = count * build.block_mw.constant
            scene.findings.at_most("most_start", build_id, node, mw, build.max_start_mw.constant, "MW")
        paid = scene.amount("additions", build_id, node)
        if (fixed is not None or build.min_start_mw is not None) and paid < 0.5:
            scene.findings.refuse(
                "blocks_of_addition", build_id, node, count, "count", "starts without the fixed cost"
            )


def _check_rights(scene: Scene, build_id: str, build: BuildOption) -> None:
    """Walk the dates: the oldest right that is still there is used first."""
    bought, starts = _dated(scene, "rights", build_id), _dated(scene, "blocks", build_id)
    terms = build.option
    if terms is None:
        for node, _, count in bought:
            scene.findings.refuse("rights", build_id, node, count, "count", "nothing asks for a right")
        return
    for node, x, count in bought:
        fee = count * build.block_mw.constant * scene.series(terms.fee_usd_m_per_mw).at(x)
        fee *= usd_of_ours(build)
        scene.account.buy(("rights", f"{build_id}|{node}"), [on_day(LINE, "own", x, fee)])
        if node in scene.owned:
            scene.in_window("rights_window", build_id, node, terms.buy)
    left = [[x, count] for _, x, count in bought]
    wait = number(terms.from_months, 0.0)
    within = float("inf") if terms.within_months is None else terms.within_months.constant
    for node, x, count in starts:
        need = count
        for right in left:
            if right[0] + wait <= x + EPS and x <= right[0] + within + EPS:
                used = min(need, right[1])
                right[1] -= used
                need -= used
        if node in scene.owned:
            scene.findings.at_most("rights_used", build_id, node, need, 0.0, "count", count)
    _check_lapsed(scene, build_id, bought, starts, wait, within)


def _check_lapsed(
    scene: Scene, build_id: str, bought: Dated, starts: Dated, wait: float, within: float
) -> None:
    """No right is used and lapsed, and while blocks can still start none is neither when its time is up."""
    lapsed = _dated(scene, "lapsed", build_id)
    for node, period in scene.steps():
        x = period.start + EPS
        ended = sum(count for _, at, count in (*starts, *lapsed) if at <= x)
        usable = sum(count for _, at, count in bought if at + wait <= x)
        over = sum(count for _, at, count in bought if at + within < period.start - EPS)
        if any(at <= x for _, at, _ in lapsed):
            scene.findings.at_most("lapsed", build_id, node, ended, usable, "count")
        if _can_start(scene, build_id, period.start):
            scene.findings.at_least("lapsed", build_id, node, ended, over, "count")


def _can_start(scene: Scene, build_id: str, since: float) -> bool:
    """Whether a block can start on a date or later and deliver inside the calendar."""
    build = scene.build(build_id)
    assert build is not None, "rights are of builds"
    first = -math.inf if build.start.from_ is None else scene.timeline.first(build.start.from_)
    after = math.inf if build.start.to is None else scene.timeline.after(build.start.to)
    return any(
        since - EPS <= each.start < after - EPS
        and first - EPS <= each.start
        and each.start + build.lead_months.constant < scene.end - EPS
        for each in scene.timeline.periods
    )


def _check_held(scene: Scene, build_id: str, build: BuildOption, construction: Construction) -> None:
    if build.max_blocks_held is None:
        return
    most = build.max_blocks_held.constant * build.block_mw.constant * mw_of_ours(build)
    mine = [each for each in construction.blocks if each.place == build_id and not each.given]
    for node, period in scene.steps():
        standing = sum(each.at(period.last_day) for each in mine)
        scene.findings.at_most("most_held", build_id, node, standing, most, "MW")


# Crews and empty shells


def _check_crews(scene: Scene) -> None:
    for crew_id, crew in scene.spec.crews.items():
        if not crew.active:
            continue
        able = scene.series(crew.max_mw_under_construction)
        works: list[Presence] = []
        for (build_id, node), count in scene.rows("blocks"):
            build = scene.build(build_id)
            if build is not None and build_id in crew.builds:
                start = scene.period(node).start
                end = start + build.lead_months.constant
                works.append(Presence(build_id, "", start, end, count * build.block_mw.constant))
        standing = scene.spec.money.opening.construction
        for node, period in scene.steps():
            given = sum(
                each.mw / mw_of_ours(scene.build(each.build))
                for each in standing
                if each.build in crew.builds and period.start < scene.timeline.first(each.delivered) - EPS
            )
            under = sum(each.at(period.start) for each in works)
            if under > 0.0:
                most = max(0.0, able.at(period.start) - given)
                scene.findings.at_most("crew_of_builds", crew_id, node, under, most, "MW")


def _check_empty(scene: Scene, build_id: str, build: BuildOption, construction: Construction) -> None:
    """MW without chips are paid for by the period."""
    if build.empty_usd_m_per_mw_year is None:
        return
    installed: dict[Node, float] = defaultdict(float)
    for (_, host, node), mw in scene.rows("installed_mw"):
        if host == build_id:
            installed[node] += mw
    mine = [each for each in construction.blocks if each.place == build_id]
    path = scene.series(build.empty_usd_m_per_mw_year)
    starts = path.months[0] if build.empty_usd_m_per_mw_year.value is None else 0.0
    for node, period in zip(scene.path, scene.timeline.periods, strict=True):
        empty = scene.amount("empty_mw", build_id, node)
        if node in scene.owned:
            built = sum(each.mean(period) for each in mine)
            scene.findings.at_least(
                "empty_shell", build_id, node, empty, built - installed[node], "MW", built
            )
        if empty and period.start >= starts - EPS:
            usd_m = empty * path.mean(period.start, period.end) * period.years
            middle = (period.start + period.end) / 2.0
            key = ("empty_mw", f"{build_id}|{node}")
            scene.account.buy(key, [on_day("own_operating", "own", middle, usd_m)])
