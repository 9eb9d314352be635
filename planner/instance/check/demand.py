"""Demand: where it is, who may serve it at what price, and what may be shifted to another date."""

from __future__ import annotations

from planner.instance.check.report import Report
from planner.instance.quantity import Quantity
from planner.instance.schema.demand import Borrow, Pulse, Workload
from planner.timeline import curve

SHARES = 1e-6
"""By which the shares of demand regions may miss 1: rounding."""


def demand_findings(report: Report) -> None:
    """Every workload says how much is asked for and by whom it may be served; prices of serving are complete."""
    for id_, workload in report.spec.workloads.items():
        path = f"workloads.{id_}"
        _amounts(report, path, workload)
        _places(report, f"{path}.served_from", workload.served_from)
        for region_id, region in workload.regions.items():
            _places(report, f"{path}.regions.{region_id}.served_from", region.served_from)
        if workload.single_source and not workload.regions:
            report.error(
                "missing", f"{path}.single_source", "one place for each demand region, and it has none",
                "add `regions:`, or remove single_source",
            )  # fmt: skip
        _efficiency(report, path, workload)
        if workload.pulse is not None:
            _pulse(report, id_, workload.pulse)
    if any(workload.single_source for workload in report.spec.workloads.values()):
        _unlike_regions(report, "workloads", report.spec.sites)
    _serving(report)


def _amounts(report: Report, path: str, workload: Workload) -> None:
    """One GW path with shares, or a path for each demand region."""
    own = [region.demand_gw is not None for region in workload.regions.values()]
    if workload.demand_gw is None:
        if not own:
            report.error(
                "missing", path, "demand_gw is missing", "add `demand_gw:` with a number or path of GW"
            )
        for region_id, region in workload.regions.items():
            if region.demand_gw is None:
                report.error(
                    "missing", f"{path}.regions.{region_id}", "neither it nor the workload has demand_gw",
                    "add demand_gw to every region, or to the workload with a share for each region",
                )  # fmt: skip
    elif any(own):
        report.error(
            "demand_twice", f"{path}.demand_gw", "the workload and its regions say how much is asked for",
            "leave demand_gw out here, or give shares instead of demand_gw in the regions",
        )  # fmt: skip
    if workload.demand_gw is not None and workload.regions and not any(own):
        shares = [region.share for region in workload.regions.values()]
        total = sum(share.constant for share in shares if share is not None)
        if None in shares or abs(total - 1.0) > SHARES:
            report.error(
                "shares",
                f"{path}.regions",
                f"the shares add up to {total:g}",
                "let every region have one; sum 1",
            )
    for region_id, region in workload.regions.items():
        if region.share is not None and region.demand_gw is not None:
            report.error(
                "demand_twice", f"{path}.regions.{region_id}.share", "a share beside a GW path of its own",
                "remove one of the two",
            )  # fmt: skip


def _places(report: Report, path: str, names: tuple[str, ...]) -> None:
    spec = report.spec
    report.known(path, "region or site", names, {*spec.regions, *spec.sites})
    _unlike_regions(report, path, names)


def _unlike_regions(report: Report, path: str, names: object) -> None:
    """What is named is a site or a region, not both."""
    assert hasattr(names, "__iter__")
    for name in names:
        if name in report.spec.regions and name in report.spec.sites:
            report.error("bad_id", path, f"{name!r} is a site and a region", "give one of them another id")


def _efficiency(report: Report, path: str, workload: Workload) -> None:
    gain = workload.efficiency_per_year
    if gain is None:
        if workload.rebound_share is not None:
            report.error(
                "missing", f"{path}.rebound_share", "a share of what is saved, and nothing is saved",
                "add efficiency_per_year, or remove rebound_share",
            )  # fmt: skip
    elif gain.per_year is not None or (gain.points and gain.interpolate != "step"):
        report.error(
            "bad_path",
            f"{path}.efficiency_per_year",
            "a rate of growth changes in steps",
            "use interpolate: step",
        )


def _serving(report: Report) -> None:
    """Places and demand regions exist, and a region with one price has one from every place that may serve it."""
    spec, top = report.spec, "serving_usd_bn_per_gw_year"
    asked = {region for workload in spec.workloads.values() for region in workload.regions}
    for place, row in spec.serving_usd_bn_per_gw_year.items():
        _places(report, f"{top}.{place}", (place,))
        report.known(f"{top}.{place}", "demand region", row, asked)
    priced = {to for row in spec.serving_usd_bn_per_gw_year.values() for to in row}
    missing = dict.fromkeys(
        (place, to)
        for workload in spec.workloads.values()
        for to, region in workload.regions.items()
        if to in priced
        for place, home in _capacity(report)
        if _eligible(workload, region.served_from, place, home)
        and not any(to in spec.serving_usd_bn_per_gw_year.get(name, {}) for name in (place, home))
    )
    for place, to in missing:
        report.error(
            "serving_price", top, f"serving {to} from {place} has no price, from other places it has one",
            f"add {place}: {{{to}: ...}}, or 0 where it is free",
        )  # fmt: skip


def _capacity(report: Report) -> list[tuple[str, str]]:
    """(site or region, region) where capacity may stand."""
    spec = report.spec
    found = {(site_id, site.region): None for site_id, site in spec.sites.items()}
    for vendor in spec.vendors.values():
        for offer in vendor.offers.values():
            if offer.site is None and offer.region is not None:
                found[offer.region, offer.region] = None
    return list(found)


def _eligible(workload: Workload, own: tuple[str, ...], place: str, region: str) -> bool:
    allowed = own or workload.served_from
    if workload.region is not None and workload.region != region:
        return False
    return not allowed or place in allowed or region in allowed


def _pulse(report: Report, id_: str, pulse: Pulse) -> None:
    path, timeline = f"workloads.{id_}.pulse", report.timeline
    if timeline is None or not pulse.periods:
        return
    spans = [(timeline.first(when), timeline.after(when)) for when in pulse.periods]
    if (pulse.within or pulse.borrow) and pulse.add_share.constant < 0:
        report.error(
            "range", f"{path}.add_share", "less demand cannot be shifted", "let add_share be positive"
        )
    windows = _windows(report, path, pulse)
    if len(windows) < len(pulse.within):
        return
    for when, (first, after) in zip(pulse.periods, spans, strict=True):
        a, b = max(first, 0.0), min(after, timeline.end)
        if windows and b > a and not any(a >= low - 1e-9 and b <= high + 1e-9 for low, high in windows):
            report.error(
                "window",
                f"{path}.within",
                f"{when.text} lies in no window, or in two",
                "let it lie in one window",
            )
    if pulse.borrow is not None:
        last = max(after for _, after in [*spans, *windows])
        _borrow(report, id_, pulse.borrow, min(last, timeline.end))


def _windows(report: Report, path: str, pulse: Pulse) -> list[tuple[float, float]]:
    """First moment of the first period and last of the last in each window; what is wrong is reported."""
    found: list[tuple[float, float]] = []
    assert report.timeline is not None
    for number, window in enumerate(pulse.within):
        first, after = report.window(window)
        inside = [p for p in report.timeline.periods if first - 1e-9 <= p.start < after - 1e-9]
        place = f"{path}.within.{number}"
        if not inside:
            report.error("window", place, "no period starts in the window", "widen it")
        elif any(inside[0].start < b - 1e-9 and inside[-1].end > a + 1e-9 for a, b in found):
            report.error("window", place, "the window overlaps another one", "join the two")
        else:
            found.append((inside[0].start, inside[-1].end))
    return found


def _borrow(report: Report, id_: str, borrow: Borrow, end: float) -> None:
    path = f"workloads.{id_}.pulse.borrow"
    report.known(
        f"{path}.workload",
        "other workload",
        [borrow.workload],
        [w for w in report.spec.workloads if w != id_],
    )
    assert report.timeline is not None
    if borrow.repaid_by is not None and report.timeline.after(borrow.repaid_by) < end - 1e-9:
        report.error(
            "window",
            f"{path}.repaid_by",
            "it lies before the pulse ends",
            "let it be the last date of the pulse or later",
        )
    if borrow.workload in report.spec.workloads:
        _worth(report, path, report.spec.workloads[id_], report.spec.workloads[borrow.workload], borrow)


def _worth(report: Report, path: str, borrower: Workload, lender: Workload, borrow: Borrow) -> None:
    """A MW short of the pulse, and the price of a loan, are not less than a MW short of the lender."""
    timeline = report.timeline
    assert timeline is not None

    def value(quantities: list[Quantity | None], x: float) -> float:
        paths = [curve(quantity, timeline) for quantity in quantities if quantity is not None]
        return sum(path.at(max(x, path.start)) for path in paths)

    for period in timeline.periods:
        own = [borrower.unserved_usd_bn_per_gw_year, borrower.margin_usd_bn_per_gw_year]
        lost = [] if borrow.repaid_by is not None else [lender.margin_usd_bn_per_gw_year]
        least = value([*own, borrow.price_usd_bn_per_gw_year, *lost], period.start)
        most = value([lender.unserved_usd_bn_per_gw_year, lender.margin_usd_bn_per_gw_year], period.start)
        if least < most - 1e-9:
            report.warn(
                "cheap_loan", path, f"in {period.label} a MW short of the pulse and the price are {least:g} together, "
                f"one short of the lender is {most:g}", "raise the price, or the pulse's value of unserved demand",
            )  # fmt: skip
            return
