"""Stages of building and contracts for power: names, windows, paths, and terms that belong together."""

from __future__ import annotations

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
    if site.secure is not None:
        _window(report, f"{path}.secure.start", site.secure.start)
        if not site.build:
            report.warn(
                "no_build",
                f"{path}.secure",
                "nothing is built here, so nothing waits for it",
                "add a build option, or take `secure` out",
            )
    if site.curtailable is not None:
        _window(report, f"{path}.curtailable.take", site.curtailable.take)


def _build(report: Report, path: str, option: BuildOption) -> None:
    _range(report, path, "min_start_mw", option.min_start_mw, "max_start_mw", option.max_start_mw)
    if option.option is not None:
        _window(report, f"{path}.option.buy", option.option.buy)
        _range(
            report, f"{path}.option", "from_months", option.option.from_months, "within_months",
            option.option.within_months,
        )  # fmt: skip
    if option.exit is not None:
        _exit(report, f"{path}.exit", option.exit)


def _exit(report: Report, path: str, terms: BlockExit) -> None:
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


def _window(report: Report, path: str, window: Window) -> None:
    """An error where a window has no date inside the calendar."""
    first, after = report.window(window)
    if first >= after or after <= 0.0:
        report.error(
            "window",
            path,
            "the window ends before it begins, or before the calendar starts",
            "move the window",
        )
