"""Stages of building and contracts for power: names, windows, paths, and terms that belong together."""

from __future__ import annotations

import math

from planner.instance.check.report import Report
from planner.instance.quantity import Quantity
from planner.instance.schema.base import Window
from planner.instance.schema.sites import BuildOption, PowerProject, Site
from planner.instance.schema.stages import BlockExit
from planner.instance.schema.utility import SupplyContract


def stage_findings(report: Report) -> None:
    """Everything about stages of building and power contracts that the schema alone cannot see."""
    if report.timeline is None:
        return
    spec = report.spec
    builds = {f"{site_id}.{id_}" for site_id, site in spec.sites.items() for id_ in site.build}
    for id_, crew in spec.crews.items():
        report.known(f"crews.{id_}.builds", "own build", crew.builds, builds)
        report.covers(
            f"crews.{id_}.max_mw_under_construction",
            crew.max_mw_under_construction,
            0.0,
            "the calendar starts",
        )
    named = {
        thing
        for choice in spec.logic.values()
        for thing in (*choice.of, *choice.needs, *((choice.choosing,) if choice.choosing else ()))
    }
    shells = {
        offer.site
        for vendor in spec.vendors.values()
        for offer in vendor.offers.values()
        if offer.kind == "shell"
    }
    for id_, site in spec.sites.items():
        path = f"sites.{id_}"
        _site(report, path, site)
        for build_id, option in site.build.items():
            _build(report, f"{path}.build.{build_id}", option)
            asked = site.secure is not None or f"{id_}.{build_id}" in named
            if option.continuous and option.min_start_mw is None and asked:
                place = f"{path}.build.{build_id}"
                why = "a choice, or a site to be secured, must know whether any of it is started"
                _needs(report, place, "min_start_mw", why)
        for project_id, project in site.power_projects.items():
            _project(report, f"{path}.power_projects.{project_id}", project)
        if site.supply_contract is not None:
            _contract(report, path, site, site.supply_contract, bool(site.build) or id_ in shells)


def _site(report: Report, path: str, site: Site) -> None:
    report.covers(
        f"{path}.capacity_charge_usd_per_mw_day",
        site.capacity_charge_usd_per_mw_day,
        0.0,
        "the calendar starts",
    )
    if site.secure is not None:
        first = _window(report, f"{path}.secure.start", site.secure.start)
        for name in ("option_fee_usd_m", "carry_usd_m_per_year"):
            report.covers(
                f"{path}.secure.{name}", getattr(site.secure, name), first, "the first date of securing"
            )
        if not site.build:
            report.warn(
                "no_build",
                f"{path}.secure",
                "nothing is built here, so nothing waits for it",
                "add a build option, or take `secure` out",
            )
    if site.curtailable is not None:
        first = _window(report, f"{path}.curtailable.take", site.curtailable.take)
        report.covers(
            f"{path}.curtailable.extra_facility_mw",
            site.curtailable.extra_facility_mw,
            first,
            "it may be taken",
        )


def _build(report: Report, path: str, option: BuildOption) -> None:
    first = max(0.0, report.window(option.start)[0])
    for name in ("fixed_cost_per_start_usd_m", "empty_usd_m_per_mw_year"):
        report.covers(f"{path}.{name}", getattr(option, name), first, "the first possible start")
    _range(report, path, "min_start_mw", option.min_start_mw, "max_start_mw", option.max_start_mw)
    if option.stake is not None:
        fee, shares = option.stake.fee_usd_m_per_mw_year, (option.stake.share, option.stake.capacity_share)
        report.covers(f"{path}.stake.fee_usd_m_per_mw_year", fee, first, "the first possible start")
        if min(share.constant for share in shares if share is not None) <= 0.0:
            report.error(
                "range", f"{path}.stake", "a stake of nothing", "let share and capacity_share be above 0"
            )
    if option.option is not None:
        first = _window(report, f"{path}.option.buy", option.option.buy)
        report.covers(
            f"{path}.option.fee_usd_m_per_mw", option.option.fee_usd_m_per_mw, first, "the first purchase"
        )
        _range(
            report, f"{path}.option", "from_months", option.option.from_months, "within_months",
            option.option.within_months,
        )  # fmt: skip
    if option.exit is not None:
        _exit(report, f"{path}.exit", option.exit, first)


def _exit(report: Report, path: str, terms: BlockExit, first: float) -> None:
    if terms.resale_share is not None and terms.resale_by_age_years:
        report.error(
            "two_resales",
            path,
            "the resale is stated by date and by age",
            "keep resale_share or resale_by_age_years",
        )
    if terms.resale_share is None and not terms.resale_by_age_years and terms.cancel_share is None:
        report.error(
            "missing",
            path,
            "nothing says what an exit brings or costs",
            "add `resale_share:`, `resale_by_age_years:` or `cancel_share:`",
        )
    report.covers(f"{path}.resale_share", terms.resale_share, first, "the first possible start")


def _project(report: Report, path: str, project: PowerProject) -> None:
    if project.kind == "grid":
        for name in ("energy_usd_per_mwh", "availability_share"):
            if getattr(project, name) is not None:
                report.error(
                    "grid_energy",
                    f"{path}.{name}",
                    "a grid upgrade has no energy of its own: it is the site's",
                    f"remove `{name}`, or make it kind: generation",
                )
        return
    for name in ("energy_usd_per_mwh", "availability_share"):
        if getattr(project, name) is None:
            report.error(
                "missing", path, f"{name} is missing: own generation has a price and hours", f"add `{name}:`"
            )


def _contract(report: Report, path: str, site: Site, terms: SupplyContract, hosts: bool) -> None:
    place = f"{path}.supply_contract"
    _window(report, f"{place}.contract", terms.contract)
    report.covers(f"{place}.running_mw", terms.running_mw, 0.0, "the calendar starts")
    if not hosts:
        report.error(
            "no_host",
            place,
            "nothing of our own is built or leased here: the vendor has the contract",
            "take it out",
        )
    if site.minimum_bill_share is not None:
        report.error(
            "two_minimums",
            f"{path}.minimum_bill_share",
            "with a supply_contract the minimum bill is a term of the contract",
            "state it in supply_contract.minimum_bill_share alone",
        )
    if (
        terms.exit_fee_years is not None
        and terms.exit_fee_years.constant > 0
        and terms.minimum_bill_share is None
    ):
        _needs(report, place, "minimum_bill_share", "the fee is years of minimum billing")
    if terms.collateral_share is not None and terms.collateral_share.constant > 0:
        for name in ("exit_fee_years", "collateral_fee_rate"):
            if getattr(terms, name) is None:
                _needs(
                    report, place, name, "the letter of credit covers the fee for dropping, at a rate a year"
                )


def _needs(report: Report, path: str, name: str, why: str) -> None:
    report.error("missing", path, f"{name} is missing: {why}", f"add `{name}:`")


def _range(
    report: Report, path: str, least: str, low: Quantity | None, most: str, high: Quantity | None
) -> None:
    if low is not None and high is not None and low.constant > high.constant + 1e-9:
        report.error(
            "range",
            f"{path}.{least}",
            f"{low.constant:g} is above {most}, {high.constant:g}",
            "bring the two together",
        )


def _window(report: Report, path: str, window: Window) -> float:
    """First date of a window inside the calendar; an error where it has none."""
    first, after = report.window(window)
    if first >= after or after <= 0.0:
        report.error(
            "window",
            path,
            "the window ends before it begins, or before the calendar starts",
            "move the window",
        )
    return max(0.0, first if math.isfinite(first) else 0.0)
