"""Numbers that look like another unit beside others: price and size of a system, demand and supply, cash and spend."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

from planner.instance.check.facts import Facts
from planner.instance.check.never_limits import filters_of
from planner.instance.check.report import Report
from planner.instance.check.scale import Entry, say
from planner.instance.check.usual import CHIP_PRICE, LEVEL, figure, looks_like
from planner.instance.schema.chips import Chip, ChipTerms
from planner.level_cost import LevelCost, level_costs

APART = 20.0
"""Demand and supply, or money and spend, so many times apart are in different units."""
SLIGHT = 1.0 / 10_000.0
"""An amount so small a part of a year's spend is in another unit."""
TYPICAL_COST = 12.0
"""USD bn a reference GW-year, where nothing on offer has a level cost."""
PAID_FROM = ("cash_usd_bn", "by_date_usd_bn", "limit_usd_bn")
"""Fields of money that spend is paid from."""
OF_A_YEAR = ("payables_cap_usd_bn", "yearly_minimum_usd_bn", "operating_cash_usd_bn_per_year", "usd_bn")
"""Fields to be held against the spend of a year, not of the whole calendar."""


def relation_findings(report: Report, numbers: list[Entry]) -> None:
    """Warn of numbers that are out by 12, 100 or 1,000 beside others of the instance."""
    if report.timeline is None:
        return
    facts = Facts(report.spec, report.timeline)
    by_path = {entry.path: entry for entry in numbers}
    _systems(report, facts, by_path)
    costs = level_costs(report.instance)
    _levels(report, facts, costs)
    _worth(report, facts, by_path, costs)
    _demand(report, facts, by_path)
    _money(report, facts, by_path, costs)
    _spending(report, facts, by_path)


def _doubted(report: Report, *paths: str) -> bool:
    """Whether one of the numbers was doubted already."""
    return not report.doubted.isdisjoint(paths)


# Chips


def _systems(report: Report, facts: Facts, by_path: dict[str, Entry]) -> None:
    """Price of a system over its kW, for itself and beside other chips."""
    prices: dict[str, tuple[float, Chip, ChipTerms]] = {}
    for chip_id, chip in facts.spec.chips.items():
        for terms_id, terms in chip.terms.items():
            price = facts.values(terms.price_usd_m_per_system)
            by_mw = facts.values(terms.price_usd_m_per_mw)
            if max([*price, *by_mw], default=0.0) > 0:
                kw = chip.kw_per_system.constant
                per_mw = median(price) / kw * 1000.0 if price else median(by_mw)
                prices[f"chips.{chip_id}.terms.{terms_id}"] = per_mw, chip, terms
    for path, (per_mw, chip, terms) in prices.items():
        others = [other for place, (other, _, _) in prices.items() if place != path]
        odd = not CHIP_PRICE[0] <= per_mw <= CHIP_PRICE[1]
        beside = len(others) > 1 and not 1 / 8.0 <= per_mw / median(others) <= 8.0
        size = f"chips.{path.split('.')[1]}.kw_per_system"
        if terms.price_usd_m_per_system is None:
            if beside and not _doubted(report, f"{path}.price_usd_m_per_mw"):
                middle = median(others)
                why = f"the middle of the other chips is {figure(middle)}"
                where = f"{path}.price_usd_m_per_mw"
                _once(report, by_path, where, per_mw, why, (middle / 4.0, middle * 4.0))
            continue
        price_path = f"{path}.price_usd_m_per_system"
        if not (odd or beside) or _doubted(report, size, price_path) or _meant(by_path, size, price_path):
            continue
        entry = by_path[price_path]
        middle = median(others) if others else math.sqrt(CHIP_PRICE[0] * CHIP_PRICE[1])
        kw = chip.kw_per_system.constant
        wanted = middle * kw / 1000.0
        report.warn(
            "unit",
            price_path,
            f"{entry.values[0]:g} USD m for a system of {kw:g} kW are {figure(per_mw)} USD m a MW of IT load, usual "
            f"are {CHIP_PRICE[0]:g} to {CHIP_PRICE[1]:g}",
            _either(entry, wanted, kw, entry.values[0] / middle * 1000.0),
        )


def _either(entry: Entry, price: float, kw: float, size: float) -> str:
    """Which of price and size looks like another unit."""
    by_price = looks_like(entry.values[0], entry.unit, (price / 5.0, price * 5.0))
    by_size = looks_like(kw, "kW/system", (max(5.0, size / 5.0), max(10.0, size * 5.0)))
    found = [words for words in (by_size, by_price) if "looks like" in words]
    return "; or ".join(found) if found else "correct price_usd_m_per_system or kw_per_system"


def _meant(by_path: dict[str, Entry], *paths: str) -> bool:
    return any(path in by_path and by_path[path].plausible for path in paths)


# Level costs


def _levels(report: Report, facts: Facts, costs: list[LevelCost]) -> None:
    """Cost of a GW-year from all fields together: rent, construction, chips, with life, term, energy."""
    for row in costs:
        low, high = LEVEL[row.kind]
        cost = row.usd_bn_per_gw_year
        if not math.isfinite(cost) or cost <= 0.0 or low <= cost <= high:
            continue
        path = _path_of(row)
        if any(doubted.startswith(path) for doubted in report.doubted):
            continue
        if _energy_doubted(report, facts, path):
            continue
        report.warn(
            "unit",
            path,
            f"it costs {figure(cost)} USD bn a GW-year in all, usual are {low:g} to {high:g}: a price, a life or a "
            "term looks like another unit",
            "see its row among the level costs; correct the field that is out",
        )


def _path_of(row: LevelCost) -> str:
    first, second = row.id.split(".", 1)
    if row.kind == "own":
        return f"sites.{first}.build.{second}"
    if row.kind == "chip":
        return f"chips.{first}.terms.{second}"
    return f"vendors.{first}.offers.{second}"


def _energy_doubted(report: Report, facts: Facts, path: str) -> bool:
    """Whether the energy of the site, or the kW of the chip, was doubted already."""
    parts = path.split(".")
    owner = ".".join(parts[:2])
    if parts[0] == "vendors":
        site = facts.spec.vendors[parts[1]].offers[parts[3]].site
        owner = f"sites.{site}" if site is not None else owner + "."
    return any(doubted.startswith(f"{owner}.") for doubted in report.doubted)


def _worth(report: Report, facts: Facts, by_path: dict[str, Entry], costs: list[LevelCost]) -> None:
    """Not serving costs far less than the cheapest way of serving: nothing would ever be served."""
    if any(not doubted.startswith("workloads.") for doubted in report.doubted):
        return  # the cost of serving is in doubt itself
    for id_, workload in facts.spec.workloads.items():
        able = [
            row.usd_bn_per_reference_gw_year
            for row in costs
            if row.kind != "chip"
            and row.chip is not None
            and id_ in facts.spec.chips[row.chip].work
            and row.usd_bn_per_reference_gw_year is not None
            and math.isfinite(row.usd_bn_per_reference_gw_year)
        ]
        path = f"workloads.{id_}.unserved_usd_bn_per_gw_year"
        worth = facts.most(workload.unserved_usd_bn_per_gw_year) + facts.most(
            workload.margin_usd_bn_per_gw_year
        )
        if (
            not able
            or worth <= 0.0
            or worth >= 0.5 * min(able)
            or _doubted(report, path)
            or _meant(by_path, path)
        ):
            continue
        value = facts.most(workload.unserved_usd_bn_per_gw_year)
        if value > 0:
            low = min(able)
            why = f"serving costs {figure(low)} at least, so nothing would ever be served"
            say(report, by_path[path], value, why, (low, 15.0 * low))


# Demand and supply


def _demand(report: Report, facts: Facts, by_path: dict[str, Entry]) -> None:
    """What is asked for, beside what can ever be had and beside other workloads."""
    asked: dict[str, float] = {}
    for id_, workload in facts.spec.workloads.items():
        if workload.demand_gw is not None:
            asked[f"workloads.{id_}.demand_gw"] = 1000.0 * facts.most(workload.demand_gw)
        for region_id, region in workload.regions.items():
            if region.demand_gw is not None:
                path = f"workloads.{id_}.regions.{region_id}.demand_gw"
                asked[path] = 1000.0 * facts.most(region.demand_gw)
    total, largest = sum(asked.values()), max(asked.values(), default=0.0)
    for path, mw in asked.items():
        if mw <= 0.0 or _doubted(report, path) or _meant(by_path, path):
            continue
        supply = _supply_mw(facts, path.split(".")[1])
        gw = mw / 1000.0
        if 0.0 < supply < mw / APART:
            why = f"everything that can ever serve it does the work of {figure(supply / 1000.0)} GW"
            say(report, by_path[path], gw, why, (supply / 5e3, supply / 200.0))
        elif mw < largest / 400.0:
            why = f"another workload asks for {figure(largest / 1000.0)}"
            say(report, by_path[path], gw, why, (largest / 1e5, largest / 500.0))
    sizes = {path: entry for path in by_path if (entry := _size(facts, by_path, path)) is not None}
    far = [path for path, entry in sizes.items() if entry.most > APART * total > 0.0]
    if far and len(far) == len(sizes):
        for path, mw in asked.items():
            if mw > 0.0 and mw == largest and not _doubted(report, path) and not _meant(by_path, path):
                least = min(entry.most for entry in sizes.values())
                why = f"the smallest thing on offer has {figure(least)} MW"
                say(report, by_path[path], mw / 1000.0, why, (least / 1e4, least / 100.0))
        return
    for path, entry in by_path.items():
        slight = path.startswith("limits.") and entry.unit == "MW" and 0.0 < entry.most < total / 2_000.0
        if slight and not entry.plausible and not _doubted(report, path):
            why = f"everything asked for is {figure(total)} MW"
            say(report, entry, entry.most, why, (total / 100.0, total * 2.0))
    for path in far:
        if not _doubted(report, path) and not sizes[path].plausible:
            why = f"everything asked for is {figure(total)} MW"
            say(report, sizes[path], sizes[path].most, why, (total / 100.0, total * 2.0))


def _size(facts: Facts, by_path: dict[str, Entry], path: str) -> Entry | None:
    """The number of a path where it is the size of one thing that is on offer."""
    parts = path.split(".")
    one = path.endswith((".mw.max", ".mw.block", ".block_mw", ".unit_mw")) or parts[-3:-2] == ["signed"]
    one = one and by_path[path].unit == "MW"
    return by_path[path] if one and parts[0] in ("vendors", "sites") else None


def _supply_mw(facts: Facts, workload_id: str) -> float:
    """Most MW of the reference fleet that can ever serve a workload; infinite where something has no end."""
    workload = facts.spec.workloads[workload_id]
    least = min(facts.values(workload.reference_work_per_mw), default=1.0) or 1.0
    total = 0.0
    for thing in (thing for thing, does in facts.able if workload_id in does):
        work = [facts.most(facts.spec.chips[chip].work.get(workload_id)) for chip in thing.chips]
        mw = thing.given_mw + thing.new_mw
        if max(work, default=0.0) > 0.0:
            total += mw * max(work) / least
    return total


# Money


def _money(report: Report, facts: Facts, by_path: dict[str, Entry], costs: list[LevelCost]) -> None:
    """Amounts of money beside what serving the demand costs."""
    year = _yearly_spend(facts, costs)
    spend = year * facts.end / 12.0
    in_doubt = any(doubted.endswith("demand_gw") for doubted in report.doubted)
    if spend <= 0.0 or in_doubt:
        return
    paid_from = sorted((entry.most for entry in _sources(by_path) if entry.most), reverse=True)
    for path, entry in by_path.items():
        if entry.unit not in ("USD bn", "USD bn/year") or entry.plausible or not entry.most:
            continue
        if _doubted(report, path) or path.startswith("money.soft_floor"):
            continue  # an overdraft may be large on purpose: there is a plan, whatever the money
        size = entry.most
        whole = year if entry.field in OF_A_YEAR or entry.unit == "USD bn/year" else spend
        words = "a year" if whole == year else "over the calendar"
        least = max(0.001, year * SLIGHT)
        if entry.unit == "USD bn/year":
            least = max(0.005, year / 1000.0)
        if entry.field in PAID_FROM:
            least = max(least, 0.002, paid_from[0] / 500.0 if len(paid_from) > 1 else 0.0)
        if ".past_spend." in path:
            least = max(least, year / 2_000.0)
        if path.startswith("limits.") and not filters_of(facts.spec.limits[path.split(".")[1]]):
            least = max(least, spend / 500.0)
        much = entry.field in PAID_FROM and len(paid_from) > 1 and size > max(50.0 * paid_from[1], spend)
        if size > APART * whole or much:
            why = f"serving all demand costs about {figure(whole)} USD bn {words}"
            say(report, entry, size, why, (whole / 100.0, whole * 10.0))
        elif size < least:
            why = f"serving all demand costs about {figure(year)} USD bn a year"
            say(report, entry, size, why, (least, max(whole * 10.0, 100.0 * least)))
    _all_money(report, facts, by_path, spend)
    _payables(report, facts, by_path)


def _sources(by_path: dict[str, Entry]) -> Iterator[Entry]:
    return (
        entry for entry in by_path.values() if entry.field in PAID_FROM and entry.path.startswith("money.")
    )


def _all_money(report: Report, facts: Facts, by_path: dict[str, Entry], spend: float) -> None:
    """All the money there is, beside what serving the demand costs."""
    path = "money.opening.cash_usd_bn"
    money = facts.spec.money
    earned = facts.most(money.operating_cash_usd_bn_per_year) * facts.end / 12.0
    margin = any(
        facts.most(workload.margin_usd_bn_per_gw_year) > 0 for workload in facts.spec.workloads.values()
    )
    total = sum(entry.most for entry in _sources(by_path)) + max(0.0, earned)
    cash = money.opening.cash_usd_bn.constant
    if margin or cash <= 0 or total >= spend / 100.0 or _doubted(report, path) or by_path[path].plausible:
        return
    why = f"serving all demand costs about {figure(spend)} USD bn, and there is no other money"
    say(report, by_path[path], cash, why, (spend / 50.0, spend * 20.0))


def _payables(report: Report, facts: Facts, by_path: dict[str, Entry]) -> None:
    """Invoices of the opening position beside what the vendor's running contracts cost a year."""
    for position, payable in enumerate(facts.spec.money.opening.payables):
        path = f"money.opening.payables.{position}.usd_bn"
        rent = 0.0
        for offer in facts.spec.vendors[payable.vendor].offers.values():
            prices = [offer.price_usd_per_kw_month, *offer.price_by_chip_usd_per_kw_month.values()]
            for given in offer.signed.values():
                own = [given.price_usd_per_kw_month] if given.price_usd_per_kw_month is not None else prices
                price = max((facts.most(each) for each in own if each is not None), default=0.0)
                rent += given.mw.constant * price * 12.0 / 1e6
        if payable.usd_bn.constant > 2.0 * rent > 0.0:
            why = f"all running contracts of the vendor cost {figure(rent)} USD bn a year"
            _once(report, by_path, path, payable.usd_bn.constant, why, (rent / 1000.0, rent))


def _yearly_spend(facts: Facts, costs: list[LevelCost]) -> float:
    """USD bn a year of serving the mean demand at the cheapest level cost."""
    known = [
        row.usd_bn_per_reference_gw_year
        for row in costs
        if row.kind != "chip"
        and row.usd_bn_per_reference_gw_year is not None
        and 0.5 < row.usd_bn_per_reference_gw_year < 100.0
    ]
    cost = max(min(known, default=TYPICAL_COST), TYPICAL_COST / 2.0)
    gw = 0.0
    for workload in facts.spec.workloads.values():
        paths = [workload.demand_gw, *(region.demand_gw for region in workload.regions.values())]
        for path in paths:
            values = (
                [facts.most(path, p.start, p.end) * p.months for p in facts.timeline.periods] if path else []
            )
            gw += sum(values) / facts.end
    return gw * cost


def _spending(report: Report, facts: Facts, by_path: dict[str, Entry]) -> None:
    """Totals of commitments beside what may be drawn, once-only costs beside what is built."""
    for vendor_id, vendor in facts.spec.vendors.items():
        for id_, offer in vendor.offers.items():
            path = f"vendors.{vendor_id}.offers.{id_}"
            if offer.kind != "consumption" or offer.spend_usd_bn is None or offer.term_months is None:
                continue
            mw = offer.mw.max.constant if offer.mw is not None and offer.mw.max is not None else 0.0
            mw = max([mw, *(given.mw.constant for given in offer.signed.values())])
            prices = [offer.price_usd_per_kw_month, *offer.price_by_chip_usd_per_kw_month.values()]
            price = max((facts.most(each) for each in prices if each is not None), default=0.0)
            whole = mw * price * offer.term_months.constant / 1e6
            total = offer.spend_usd_bn.constant
            if whole > 0 and total and not whole / 100.0 <= total <= 10.0 * whole:
                why = f"all that may be drawn over the term costs {figure(whole)} USD bn"
                _once(report, by_path, f"{path}.spend_usd_bn", total, why, (whole / 10.0, whole * 2.0))
            least = offer.yearly_minimum_usd_bn
            even = 12.0 * total / offer.term_months.constant
            if least is not None and 0.0 < least.constant < even / 200.0:
                why = f"an even pace is {figure(even)} USD bn a year"
                _once(
                    report,
                    by_path,
                    f"{path}.yearly_minimum_usd_bn",
                    least.constant,
                    why,
                    (even / 20.0, even * 1.5),
                )
            for given_id, given in offer.signed.items():
                if given.drawn_usd_bn is not None and given.drawn_usd_bn.constant > total > 0:
                    where = f"{path}.signed.{given_id}.drawn_usd_bn"
                    why = f"the total of the commitment is {total:g} USD bn"
                    _once(report, by_path, where, given.drawn_usd_bn.constant, why, (total / 1000.0, total))
    for site_id, site in facts.spec.sites.items():
        for build_id, option in site.build.items():
            path = f"sites.{site_id}.build.{build_id}"
            blocks = max(1.0, option.max_blocks.constant)
            if _doubted(report, f"{path}.capex_usd_m_per_mw", f"{path}.block_mw"):
                continue
            capex = blocks * option.block_mw.constant * facts.most(option.capex_usd_m_per_mw)
            for name in ("site_cost_usd_m", "fixed_cost_per_start_usd_m"):
                cost = facts.most(getattr(option, name))
                if cost > 3.0 * capex > 0.0:
                    why = f"all blocks together cost {figure(capex)} USD m"
                    _once(report, by_path, f"{path}.{name}", cost, why, (capex / 1000.0, capex))


def _once(
    report: Report, by_path: dict[str, Entry], path: str, value: float, why: str, within: tuple[float, float]
) -> None:
    if path in by_path and not by_path[path].plausible and not _doubted(report, path):
        say(report, by_path[path], value, why, within)
