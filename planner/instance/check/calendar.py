"""Calendar, discounting, scenarios, windows and rounds."""

from __future__ import annotations

import math

from planner.instance.check.report import Report
from planner.instance.schema.base import Window
from planner.timeline import make_timeline

MAX_PERIODS = 360
"""Thirty years by month, ninety by quarter: what follows from a period and what follows in it grow together."""
MAX_MONTHS = 1_200


def calendar_findings(report: Report) -> None:
    """The calendar can be made, and everything dated fits it."""
    spec = report.spec
    calendar = spec.calendar
    coarsen = None if calendar.coarsen is None else (calendar.coarsen.after, calendar.coarsen.step)
    try:
        timeline = make_timeline(calendar.start, calendar.end, calendar.step, calendar.report_to, coarsen)
    except ValueError as error:
        report.error("calendar", "calendar", str(error), "choose start, end and steps that fit whole periods")
        return
    if len(timeline.periods) > MAX_PERIODS or timeline.end > MAX_MONTHS:
        report.error(
            "calendar",
            "calendar.end",
            f"{len(timeline.periods):,} periods over {timeline.end / 12:g} years: more than {MAX_PERIODS} periods "
            f"or {MAX_MONTHS // 12} years are no plan",
            "let it end earlier, or take longer periods (`step`, or `coarsen` for the later years)",
        )
        return
    if calendar.report_to is not None and calendar.report_to.first > calendar.end.first:
        report.error(
            "calendar", "calendar.report_to", "report_to lies after the end", "let it be at most `end`"
        )
    _discount(report)
    _windows(report)
    _rounds(report)


def _discount(report: Report) -> None:
    discount = report.spec.discount
    assert report.timeline is not None
    periods = len(report.timeline.periods)
    if discount.factors is not None and len(discount.factors) != periods:
        report.error(
            "factors",
            "discount.factors",
            f"{len(discount.factors)} factors for {periods} periods",
            f"give one factor for each of the {periods} periods",
        )
    if report.spec.money.debt_in_cost == "levered" and discount.by_line:
        report.error(
            "levered_by_line",
            "money.debt_in_cost",
            "levered needs one company rate, and discount.by_line gives several",
            "remove discount.by_line, or use debt_in_cost: cost_only",
        )
    for id_, factor in report.spec.scenarios.items():
        total = sum(branch.probability.constant for branch in factor.branches.values())
        if abs(total - 1.0) > 1e-9:
            report.error(
                "probabilities",
                f"scenarios.{id_}",
                f"the probabilities add up to {total:g}",
                "let them add up to 1",
            )


def _windows(report: Report) -> None:
    spec = report.spec
    for site_id, site in spec.sites.items():
        for id_, option in site.build.items():
            _window(report, f"sites.{site_id}.build.{id_}.start", option.start, "start")
        for id_, project in site.power_projects.items():
            _window(report, f"sites.{site_id}.power_projects.{id_}.start", project.start, "start")
    for vendor_id, vendor in spec.vendors.items():
        for id_, offer in vendor.offers.items():
            if offer.sign is not None:
                _window(report, f"vendors.{vendor_id}.offers.{id_}.sign", offer.sign, "signing")
    for chip_id, chip in spec.chips.items():
        for id_, terms in chip.terms.items():
            _window(report, f"chips.{chip_id}.terms.{id_}.order", terms.order, "order")
    for id_, facility in spec.money.debt.items():
        _window(report, f"money.debt.{id_}.draw", facility.draw, "draw")
    for id_, limit in spec.limits.items():
        if limit.from_ is not None and limit.to is not None and limit.from_.first >= limit.to.after:
            report.error(
                "window", f"limits.{id_}", "the limit ends before it begins", "let `from` be before `to`"
            )


def _window(report: Report, path: str, window: Window, word: str) -> None:
    first, after = report.window(window)
    assert report.timeline is not None
    if first >= after:
        report.error("window", path, f"the {word} window ends before it begins", "let `from` be before `to`")
    elif after <= 0.0:
        report.error(
            "window",
            path,
            f"the {word} window ends before the calendar starts ({report.spec.calendar.start.text})",
            "move the window, or take the option out",
        )


def _rounds(report: Report) -> None:
    from planner.instance.parse import ParseError, parse_when
    from planner.timeline import month_between

    origin = report.spec.calendar.start.first
    for id_, round_ in report.spec.money.rounds.items():
        for key, amount in round_.by_date_usd_bn.items():
            path = f"money.rounds.{id_}.by_date_usd_bn.{key}"
            try:
                when = parse_when(key)
            except ParseError as error:
                report.error("bad_date", path, str(error), "write 2027Q3, 2027-09 or 2027-09-15")
                continue
            if month_between(origin, when.first) < 0.0:
                report.error(
                    "round_before_start",
                    path,
                    f"this money came before the calendar starts ({report.spec.calendar.start.text})",
                    "count it in money.opening.cash_usd_bn and take it out here",
                )
            if not math.isfinite(amount) or amount < 0:
                report.error("negative", path, f"an amount of {amount}", "write a positive number of USD bn")
