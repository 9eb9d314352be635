"""Contradictions that make a plan impossible by arithmetic, found before the solver runs."""

from __future__ import annotations

import heapq
import math
from typing import Any

from planner.instance.check.report import Report
from planner.instance.schema.limits import Limit

REACH = {"secured_mw", "powered_mw", "installed_mw"}
FILTERS = ("site", "region", "vendor", "group", "maker", "chip", "kind", "tenure", "workload", "line")


def contradiction_findings(report: Report) -> None:
    """Milestones above everything on offer, minimums above maximums of other limits, demand nothing can serve."""
    for id_, limit in report.spec.limits.items():
        if limit.active and limit.measure in REACH and limit.min_mw is not None:
            _milestone(report, id_, limit)
    _pairs(report)
    _unservable(report)


def _milestone(report: Report, id_: str, limit: Limit) -> None:
    assert limit.min_mw is not None
    most = sum(most_mw(report, limit))
    need = limit.min_mw.constant
    if limit.soft_usd_m_per_mw_year is None and need > most + 1e-6:
        report.error(
            "out_of_reach",
            f"limits.{id_}.min_mw",
            f"{need:,.0f} MW are asked for and everything that passes the filter adds up to {most:,.0f} MW",
            "lower the minimum, widen the filter, or make it soft with soft_usd_m_per_mw_year",
        )


def most_mw(report: Report, limit: Limit) -> list[float]:
    """Most MW (in the limit's basis) of each build and offer that may pass the filter; inf where uncapped."""
    spec = report.spec
    out = []
    for site_id, site in spec.sites.items():
        for option in site.build.values():
            if _passes(limit, "own", "own", "own", site_id, site.region):
                ratio = site.facility_per_it.constant if limit.basis == "facility" else 1.0
                out.append(option.block_mw.constant * option.max_blocks.constant * ratio)
    for vendor_id, vendor in spec.vendors.items():
        for offer in vendor.offers.values():
            region = spec.sites[offer.site].region if offer.site is not None else offer.region
            assert region is not None
            if offer.kind == "on_demand" or not _passes(
                limit, vendor_id, vendor.group or vendor_id, offer.kind, offer.site, region
            ):
                continue
            place = spec.sites[offer.site] if offer.site is not None else spec.regions[region]
            ratio = place.facility_per_it.constant if limit.basis == "facility" else 1.0
            given = sum(signed.mw.constant for signed in offer.signed.values())
            mw = offer.mw
            new = 0.0
            if offer.sign is not None and mw is not None:
                each = mw.max.constant if mw.max is not None else math.inf
                new = min(
                    each * offer.sign.at_most.constant,
                    mw.total.constant if mw.total is not None else math.inf,
                )
            out.append((given + new) * ratio)
    return out


def _passes(limit: Limit, vendor: str, group: str, kind: str, site: str | None, region: str) -> bool:
    tenure = "cloud" if kind in ("consumption", "on_demand") else kind
    pairs: list[tuple[tuple[str, ...], str | None]] = [
        (limit.site, site),
        (limit.region, region),
        (limit.vendor, vendor),
        (limit.group, group),
        (limit.kind, kind),
        (limit.tenure, tenure),
    ]
    return all(not allowed or value in allowed for allowed, value in pairs)


def _pairs(report: Report) -> None:
    """A hard minimum above a hard maximum of the same measure, filter and date."""
    hard = {
        id_: limit
        for id_, limit in report.spec.limits.items()
        if limit.active and limit.group_by is None and _hard(limit)
    }
    for name in ("mw", "usd_bn", "count"):
        highs: dict[Any, list[tuple[float, str]]] = {}
        for id_, limit in hard.items():
            if (most := getattr(limit, f"max_{name}")) is not None:
                highs.setdefault(_of(limit), []).append((most.constant, id_))
        tightest = {key: heapq.nsmallest(2, pairs) for key, pairs in highs.items()}
        for id_, limit in hard.items():
            least = getattr(limit, f"min_{name}")
            others = [pair for pair in tightest.get(_of(limit), ()) if pair[1] != id_]
            if least is not None and others and least.constant > others[0][0] + 1e-9:
                most, other = others[0]
                report.error(
                    "range",
                    f"limits.{id_}.min_{name}",
                    f"{least.constant:g} at least, while limit {other} allows {most:g} at most",
                    "bring the two limits together, or make one soft",
                )


def _hard(limit: Limit) -> bool:
    return limit.soft_usd_m_per_mw_year is None and limit.soft_usd_per_usd_year is None


def _of(limit: Limit) -> tuple[Any, ...]:
    """What a limit measures, where and when."""
    return tuple(getattr(limit, name) for name in (*FILTERS, "measure", "basis", "at", "from_", "to"))


def _unservable(report: Report) -> None:
    spec = report.spec
    doing: dict[str, list[str]] = {}
    for chip_id, chip in spec.chips.items():
        for work in chip.work:
            doing.setdefault(work, []).append(chip_id)
    for id_, workload in spec.workloads.items():
        chips = doing.get(id_, [])
        if not chips:
            report.error(
                "no_chip",
                f"workloads.{id_}",
                "no chip does this work",
                f"add `{id_}` to the work of a chip",
            )
        elif workload.control == "own" and not any(spec.chips[chip].terms for chip in chips):
            report.warn(
                "no_chip",
                f"workloads.{id_}.control",
                "it needs own or leased hosts and none of its chips can be bought",
                "add terms to one of its chips, or allow control: any",
            )
