"""Site power on every date of a delivery, and the energy of what is installed."""

from __future__ import annotations

from planner.audit.flows import on_day
from planner.audit.paths import EPS, number
from planner.audit.scene import Presence, Scene
from planner.audit.stake import whole_mw
from planner.audit.utility import (
    charged_power,
    contracted_power,
    curtailed,
    extra_power,
    mean_extra_power,
    running_power,
)
from planner.instance.schema.sites import Site
from planner.timeline import HOURS_PER_YEAR, Period
from planner.tree import Node


def check_site_power(scene: Scene, hosts: list[Presence], projects: tuple[Presence, ...]) -> None:
    """On dates of a delivery and on last days, what stands at a site draws no more than grid and projects give."""
    for site_id, site in scene.spec.sites.items():
        ratio, grid = site.facility_per_it.constant, scene.series(site.facility_power_mw)
        load = [each for each in hosts if scene.places[each.place].site == site_id]
        relief, in_force = _at(projects, site_id), contracted_power(scene, site_id)
        for node, period in scene.steps():
            dates = {each.start for each in load if period.start - EPS <= each.start < period.end - EPS}
            for x in sorted({*dates, period.last_day}):
                drawn = ratio * sum(whole_mw(scene, each, x) for each in load)
                own = sum(each.at(x) for each in relief)
                there = grid.at(x) + extra_power(scene, site_id, site, x) + own
                if drawn > 0.0:
                    scene.findings.at_most("site_power", site_id, node, drawn, there, "facility MW")
                if drawn > 0.0 and site.supply_contract is not None:
                    bound = running_power(scene, site_id, x) + sum(each.at(x) for each in in_force)
                    bound += sum(each.at(x) for each in relief if not grid_upgrade(scene, each.place))
                    scene.findings.at_most("contract_power", site_id, node, drawn, bound, "facility MW")


def _at(projects: tuple[Presence, ...], site_id: str) -> list[Presence]:
    return [each for each in projects if each.place.partition(".")[0] == site_id]


def grid_upgrade(scene: Scene, project_id: str) -> bool:
    """Whether a project gives grid power, no energy of its own."""
    project = scene.project(project_id)
    return project is not None and project.kind == "grid"


def check_energy(scene: Scene, hosts: list[Presence], projects: tuple[Presence, ...]) -> None:
    """Energy of own and leased hosts is bought from grid and projects within what they give; bills are posted."""
    installed: dict[tuple[str, Node], float] = {}
    for (chip, host, node), on in scene.rows("installed_mw"):
        if host in scene.places:
            mw = on - curtailed(scene, chip, host, node)
            key = (scene.places[host].site, node)
            installed[key] = installed[key] + mw if key in installed else mw
    for site_id, site in scene.spec.sites.items():
        contracted = [
            each
            for each in hosts
            if scene.places[each.place].site == site_id and scene.places[each.place].kind in ("own", "shell")
        ]
        own_projects = _at(projects, site_id)
        for node, period in scene.steps():
            mw = installed.get((site_id, node), 0.0)
            _check_need(scene, site_id, site, node, period, mw, own_projects)
            _check_projects(scene, site_id, site, node, period, own_projects)
            _check_charge(scene, site_id, site, node, period, contracted, own_projects)
        for node, period in zip(scene.path, scene.timeline.periods, strict=True):
            _bill(scene, site_id, site, node, period)


def _hours(period: Period) -> float:
    return HOURS_PER_YEAR * period.years


def _check_need(
    scene: Scene,
    site_id: str,
    site: Site,
    node: Node,
    period: Period,
    installed: float,
    projects: list[Presence],
) -> None:
    """Grid and project energy are what the installed MW draw; the grid gives no more than its power."""
    need = installed * site.load_factor.constant * site.facility_per_it.constant * _hours(period)
    grid = scene.amount("grid_mwh", site_id, node)
    bought = grid + sum(
        scene.amount("project_mwh", f"{site_id}.{name}", node) for name in site.power_projects
    )
    scene.findings.equal("energy", site_id, node, bought, need, "MWh")
    mw = scene.mean(site.facility_power_mw, period) + mean_extra_power(scene, site_id, site, period)
    mw += sum(each.mean(period) for each in projects if grid_upgrade(scene, each.place))
    most = mw * _hours(period)
    scene.findings.at_most("grid_energy", site_id, node, grid, most, "MWh")


def _check_projects(
    scene: Scene, site_id: str, site: Site, node: Node, period: Period, projects: list[Presence]
) -> None:
    """A project gives no more than its finished MW over the available hours."""
    for name, project in site.power_projects.items():
        id_ = f"{site_id}.{name}"
        finished = sum(each.mean(period) for each in projects if each.place == id_)
        # A grid upgrade has no energy of its own.
        share = 0.0 if project.kind == "grid" else number(project.availability_share, 1.0)
        most = finished * _hours(period) * share
        scene.findings.at_most(
            "project_energy", id_, node, scene.amount("project_mwh", id_, node), most, "MWh"
        )


def _least_share(site: Site) -> float:
    """Least billed share of charged energy: of the contract where there is one."""
    if site.supply_contract is not None:
        return number(site.supply_contract.minimum_bill_share, 0.0)
    return number(site.minimum_bill_share, 0.0)


def _check_charge(
    scene: Scene,
    site_id: str,
    site: Site,
    node: Node,
    period: Period,
    contracted: list[Presence],
    projects: list[Presence],
) -> None:
    """Charged MW cover what is built and leased less what projects carry; the bill covers grid energy and minimum."""
    least_share = _least_share(site)
    charges = (site.demand_charge_usd_per_kw_month, site.capacity_charge_usd_per_mw_day)
    if charges == (None, None) and not least_share:
        return
    drawn = site.facility_per_it.constant * sum(each.mean(period) for each in contracted)
    if not site.contract_gross:
        drawn -= sum(each.mean(period) for each in projects if not grid_upgrade(scene, each.place))
    if site.supply_contract is not None:
        drawn = charged_power(scene, site_id, period)
    charged = scene.amount("charged_mw", site_id, node)
    scene.findings.at_least("charged", site_id, node, charged, drawn, "facility MW")
    price, paid = scene.mean(site.energy_usd_per_mwh, period), _charge_usd(scene, site, period)
    if paid < 0.0 or (least_share and price < 0.0):  # it pays: no more counts than there is
        scene.findings.at_most("charged", site_id, node, charged, max(drawn, 0.0), "facility MW")
    if least_share:
        billed = scene.amount("billed_mwh", site_id, node)
        scene.findings.at_least(
            "minimum_bill", site_id, node, billed, least_share * charged * _hours(period), "MWh"
        )
        used = scene.amount("grid_mwh", site_id, node)
        scene.findings.at_least("billed", site_id, node, billed, used, "MWh")
        if price < 0.0:
            most = max(used, least_share * charged * _hours(period))
            scene.findings.at_most("billed", site_id, node, billed, most, "MWh")


def _charge_usd(scene: Scene, site: Site, period: Period) -> float:
    """What a facility MW is charged for a period, USD."""
    usd = scene.mean(site.demand_charge_usd_per_kw_month, period) * 1000.0 * period.months
    return usd + scene.mean(site.capacity_charge_usd_per_mw_day, period) * _hours(period) / 24.0


def _bill(scene: Scene, site_id: str, site: Site, node: Node, period: Period) -> None:
    """Energy is paid in the period of use."""
    middle = (period.start + period.end) / 2.0
    variable = "billed_mwh" if _least_share(site) else "grid_mwh"
    bills = [
        (
            variable,
            site_id,
            scene.amount(variable, site_id, node) * scene.mean(site.energy_usd_per_mwh, period) / 1e6,
        )
    ]
    for name, project in site.power_projects.items():
        mwh = scene.amount("project_mwh", f"{site_id}.{name}", node)
        if project.energy_usd_per_mwh is None:
            continue
        bills.append(
            ("project_mwh", f"{site_id}.{name}", mwh * scene.mean(project.energy_usd_per_mwh, period) / 1e6)
        )
    charged = scene.amount("charged_mw", site_id, node)
    bills.append(("charged_mw", site_id, _charge_usd(scene, site, period) * charged / 1e6))
    for name, id_, usd_m in bills:
        if usd_m:
            scene.account.buy((name, f"{id_}|{node}"), [on_day("energy", "own", middle, usd_m)])
