"""Things that are allowed and probably not meant."""

from __future__ import annotations

from datetime import date

from planner.instance.check.report import Report
from planner.instance.quantity import Quantity
from planner.timeline import month_between

LONG_DELAY_MONTHS = 3.0
ENDING_SHARE = 0.10


def doubt_findings(report: Report) -> None:
    """Warnings: supplier credit without a cap, capacity that ends, an early edge of the world, paths that stop."""
    _supplier_credit(report)
    _ending(report)
    _edge(report)
    _paths(report)


def _supplier_credit(report: Report) -> None:
    for vendor_id, vendor in report.spec.vendors.items():
        for id_, offer in vendor.offers.items():
            delay = offer.payment_delay_months
            if (
                delay is not None
                and delay.constant > LONG_DELAY_MONTHS
                and vendor.payables_cap_usd_bn is None
            ):
                report.warn(
                    "supplier_credit",
                    f"vendors.{vendor_id}.offers.{id_}.payment_delay_months",
                    f"paid {delay.constant:g} months after service with no cap on what is owed: a free loan",
                    f"add vendors.{vendor_id}.payables_cap_usd_bn",
                )


def _ending(report: Report) -> None:
    """Over a tenth of the running capacity leaves inside the calendar and may not be kept."""
    spec, timeline = report.spec, report.timeline
    assert timeline is not None
    running = ending = 0.0
    places = []
    for vendor_id, vendor in spec.vendors.items():
        for id_, offer in vendor.offers.items():
            for given_id, given in offer.signed.items():
                term = given.term_months or offer.term_months
                if term is None:
                    continue
                running += given.mw.constant
                first = min(month_between(timeline.origin, _date(key)) for key in given.delivered)
                goes_on = offer.at_end == "continues" or offer.renewals is not None
                if first + term.constant < timeline.end and not goes_on:
                    ending += given.mw.constant
                    places.append(f"{vendor_id}.{id_}.{given_id}")
    if running and ending > ENDING_SHARE * running:
        report.warn(
            "ends",
            f"vendors.{places[0].split('.')[0]}.offers.{places[0].split('.')[1]}.at_end",
            f"{ending:,.0f} of {running:,.0f} MW running end inside the calendar and cannot go on: "
            + ", ".join(places),
            "say at_end: continues with its price, or add renewals, if they can go on",
        )


def _date(key: str) -> date:
    from planner.instance.parse import parse_when

    return parse_when(key).first


def _edge(report: Report) -> None:
    """The calendar should go on for the longest lead and a year after the last reported period."""
    spec, timeline = report.spec, report.timeline
    assert timeline is not None
    leads = [0.0]
    leads += [
        offer.delivery_months.constant
        for vendor in spec.vendors.values()
        for offer in vendor.offers.values()
        if offer.delivery_months is not None and offer.sign is not None
    ]
    leads += [option.lead_months.constant for site in spec.sites.values() for option in site.build.values()]
    reported = max((period.end for period in timeline.periods if period.reported), default=0.0)
    need = max(leads) + 12.0
    if max(leads) > 0 and timeline.end < reported + need - 1e-9:
        report.warn(
            "edge",
            "calendar.end",
            f"the calendar ends {timeline.end - reported:g} months after the last reported period; the longest lead is "
            f"{max(leads):g} months",
            f"let it end at least {need:g} months after report_to, so that the plan does not see the edge of the world",
        )


def _paths(report: Report) -> None:
    """A sloping path that stops before the calendar does holds its last value: said once for each path."""
    timeline = report.timeline
    assert timeline is not None
    for path, quantity in _demand_and_power(report):
        if quantity.points and quantity.interpolate != "step" and quantity.per_year is None:
            last = timeline.month(quantity.points[-1][0])
            if last < timeline.end - 1.0:
                report.warn(
                    "path_holds",
                    path,
                    f"the path ends on {quantity.points[-1][0]} and holds its last value to the end of the calendar",
                    "add a later date, or write interpolate: step if that is meant",
                )


def _demand_and_power(report: Report) -> list[tuple[str, Quantity]]:
    spec = report.spec
    out = []
    for id_, workload in spec.workloads.items():
        if workload.demand_gw is not None:
            out.append((f"workloads.{id_}.demand_gw", workload.demand_gw))
        for region_id, region in workload.regions.items():
            if region.demand_gw is not None:
                out.append((f"workloads.{id_}.regions.{region_id}.demand_gw", region.demand_gw))
    out += [(f"sites.{id_}.facility_power_mw", site.facility_power_mw) for id_, site in spec.sites.items()]
    return out
