"""Paths in time have a value from the first date at which they are read."""

from __future__ import annotations

from planner.instance.check.report import Report
from planner.instance.quantity import Quantity
from planner.instance.schema.base import Window
from planner.instance.schema.chips import Chip
from planner.instance.schema.contracts import Offer
from planner.instance.schema.sites import BuildOption, PowerProject, Site

DEMAND = (
    "demand_gw", "reference_work_per_mw", "efficiency_per_year", "rebound_share", "own_share",
    "margin_usd_bn_per_gw_year", "unserved_usd_bn_per_gw_year",
)  # fmt: skip
POWER = (
    "facility_power_mw", "energy_usd_per_mwh", "demand_charge_usd_per_kw_month", "capacity_charge_usd_per_mw_day",
)  # fmt: skip


def path_findings(report: Report) -> None:
    """Every path begins no later than it is first read."""
    if report.timeline is None:
        return
    spec, start = report.spec, f"the calendar starts ({report.spec.calendar.start.text})"
    for id_, workload in spec.workloads.items():
        for name in DEMAND:
            report.covers(f"workloads.{id_}.{name}", getattr(workload, name), 0.0, start)
        for region_id, region in workload.regions.items():
            report.covers(f"workloads.{id_}.regions.{region_id}.demand_gw", region.demand_gw, 0.0, start)
    for place, row in spec.serving_usd_bn_per_gw_year.items():
        for to, price in row.items():
            report.covers(f"serving_usd_bn_per_gw_year.{place}.{to}", price, 0.0, start)
    for id_, site in spec.sites.items():
        _site(report, id_, site, start)
    for vendor_id, vendor in spec.vendors.items():
        for id_, offer in vendor.offers.items():
            _offer(report, f"vendors.{vendor_id}.offers.{id_}", offer, start)
    for id_, chip in spec.chips.items():
        _chip(report, f"chips.{id_}", chip)
    for id_, supply in spec.supply.items():
        report.covers(f"supply.{id_}.mw_per_year", supply.mw_per_year, 0.0, start)
    for id_, crew in spec.crews.items():
        path = f"crews.{id_}.max_mw_under_construction"
        report.covers(path, crew.max_mw_under_construction, 0.0, start)
    _money(report, start)


def _first(report: Report, window: Window) -> float:
    """First date of a window inside the calendar."""
    return max(0.0, report.window(window)[0])


def _site(report: Report, id_: str, site: Site, start: str) -> None:
    path = f"sites.{id_}"
    for name in POWER:
        report.covers(f"{path}.{name}", getattr(site, name), 0.0, start)
    if site.secure is not None:
        first = _first(report, site.secure.start)
        for name in ("option_fee_usd_m", "carry_usd_m_per_year"):
            paid = getattr(site.secure, name)
            report.covers(f"{path}.secure.{name}", paid, first, "the first date of securing")
    if site.curtailable is not None:
        first = _first(report, site.curtailable.take)
        extra = f"{path}.curtailable.extra_facility_mw"
        report.covers(extra, site.curtailable.extra_facility_mw, first, "it may be taken")
    if site.supply_contract is not None:
        report.covers(f"{path}.supply_contract.running_mw", site.supply_contract.running_mw, 0.0, start)
    for build_id, option in site.build.items():
        _build(report, f"{id_}.{build_id}", f"{path}.build.{build_id}", option)
    for project_id, project in site.power_projects.items():
        _project(report, f"{path}.power_projects.{project_id}", project, start)


def _build(report: Report, build: str, path: str, option: BuildOption) -> None:
    first = _first(report, option.start)
    for name in ("capex_usd_m_per_mw", "fixed_cost_per_start_usd_m", "empty_usd_m_per_mw_year"):
        report.covers(f"{path}.{name}", getattr(option, name), first, "the first possible start")
    standing = [given for given in report.spec.money.opening.construction if given.build == build]
    assert report.timeline is not None
    delivered = [max(0.0, report.timeline.first(given.delivered)) for given in standing]
    runs = min([first + option.lead_months.constant, *delivered])
    fee = None if option.stake is None else option.stake.fee_usd_m_per_mw_year
    what = "the first delivery"
    report.covers(f"{path}.operating_usd_m_per_mw_year", option.operating_usd_m_per_mw_year, runs, what)
    report.covers(f"{path}.stake.fee_usd_m_per_mw_year", fee, runs, what)
    if option.option is not None:
        bought, right = _first(report, option.option.buy), f"{path}.option.fee_usd_m_per_mw"
        report.covers(right, option.option.fee_usd_m_per_mw, bought, "the first purchase")
    if option.exit is not None:
        sold = first + option.lead_months.constant
        report.covers(f"{path}.exit.resale_share", option.exit.resale_share, sold, "the first possible sale")


def _project(report: Report, path: str, project: PowerProject, start: str) -> None:
    first, price = _first(report, project.start), project.energy_usd_per_mwh
    report.covers(f"{path}.capex_usd_per_kw", project.capex_usd_per_kw, first, "the first possible start")
    report.covers(f"{path}.energy_usd_per_mwh", price, 0.0, start)


def _offer(report: Report, path: str, offer: Offer, start: str) -> None:
    report.covers(f"{path}.max_mw", offer.max_mw, 0.0, start)
    first = 0.0 if offer.sign is None else _first(report, offer.sign)
    prices: dict[str, Quantity | None] = {"price_usd_per_kw_month": offer.price_usd_per_kw_month}
    for chip, price in offer.price_by_chip_usd_per_kw_month.items():
        prices[f"price_by_chip_usd_per_kw_month.{chip}"] = price
    if offer.expansion is not None:
        prices["expansion.fee_usd_m_per_mw"] = offer.expansion.fee_usd_m_per_mw
    for name, quantity in prices.items():
        report.covers(f"{path}.{name}", quantity, first, "the first signing")


def _chip(report: Report, path: str, chip: Chip) -> None:
    assert report.timeline is not None
    since = max(0.0, report.timeline.first(chip.from_))
    read = {f"work.{workload}": work for workload, work in chip.work.items()}
    if chip.operating_usd_m_per_mw_year is not None:
        read["operating_usd_m_per_mw_year"] = chip.operating_usd_m_per_mw_year
    for name, quantity in read.items():
        report.covers(f"{path}.{name}", quantity, since, f"the chip ({chip.from_.text})")
    for terms_id, terms in chip.terms.items():
        first = _first(report, terms.order)
        for name in (
            "price_usd_m_per_system",
            "price_usd_m_per_mw",
            "rent_usd_per_kw_month",
            "rent_share_per_month",
        ):
            paid = getattr(terms, name)
            report.covers(f"{path}.terms.{terms_id}.{name}", paid, first, "the first order")


def _money(report: Report, start: str) -> None:
    money, timeline = report.spec.money, report.timeline
    assert timeline is not None
    report.covers("money.operating_cash_usd_bn_per_year", money.operating_cash_usd_bn_per_year, 0.0, start)
    report.covers("money.cash_yield_rate", money.cash_yield_rate, 0.0, start)
    closing = timeline.periods[0].last_day
    report.covers("money.floor_usd_bn", money.floor_usd_bn, closing, "the end of the first period")
    for id_, facility in money.debt.items():
        first = _first(report, facility.draw)
        opened = next((p.start for p in timeline.periods if p.start >= first - 1e-9), timeline.end)
        what = "the first draw"
        report.covers(f"money.debt.{id_}.limit_usd_bn", facility.limit_usd_bn, opened, what)
