"""What capacity in use costs: utilisation, USD bn per used GW-year, USD per accelerator-hour; owning beside leasing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pandas as pd

from planner.data.context import Context
from planner.data.scenarios import make_context
from planner.explore.breakeven import GRID, breakeven
from planner.numbers import Scale
from planner.plan.plan import Plan
from planner.report.content import Cell, Column, Row, Table
from planner.report.over_time import Time, rows_of
from planner.report.wording import Names
from planner.timeline import HOURS_PER_YEAR

OWN_LINES = ("construction", "power_projects", "shell_rent", "chips", "own_operating", "energy")
"""Lines of own and leased sites, whose chips are the lab's own."""
OWN = ("own", "shell")
USED_NOTE = (
    "Reported periods. Used: MW that serve, mean over time; of what is powered. Clouds: rent accrued, chips and energy "
    "in it. Own and leased sites: level cost, each line of the cost table over the used GW-years of the whole "
    "calendar, both discounted at the rate of the line, what is owned at the end taken off. An accelerator-hour is "
    "one of use, in the mix of chips that serves."
)


def use_table(plan: Plan, time: Time, names: Names) -> Table | None:
    """Use and its cost by vendor, own and leased sites in one row; None where nothing serves."""
    served = plan.frames["capacity"]
    if served.empty or not (served["serving_mw"] > 1e-9).any():
        return None
    weight = {
        str(row.node): float(row.probability) * float(row.years) for row in rows_of(plan.frames["periods"])
    }
    served = served.assign(years=served["node"].map(weight))
    shown = served[served["reported"]]
    paid = _rent_by_vendor(plan, time)
    rows: list[Row] = []
    for vendor in sorted(paid, key=lambda each: -paid[each]):
        part = shown[(shown["vendor"] == vendor) & ~shown["tenure"].isin(OWN)]
        rows.append(
            _row(
                plan, time.scale, names.vendor(vendor), part, _ratio(paid[vendor], _years(part, "serving_mw"))
            )
        )
    own = shown[shown["tenure"].isin(OWN)]
    if _years(own, "serving_mw") > 1e-9:
        rows.append(_row(plan, time.scale, "Own and leased sites", own, _level_cost(plan, served)))
    unit, kind = time.scale.unit, time.power_kind
    columns = (
        Column("Vendor"), Column(f"Powered, {unit}-years", kind), Column(f"Used, {unit}-years", kind),
        Column("Used share", "share"), Column("USD bn per used GW-year", "price"),
        Column("USD per accelerator-hour", "price"),
    )  # fmt: skip
    return Table("use", "Use of capacity and what it costs", columns, tuple(rows), None, USED_NOTE)


def _row(plan: Plan, scale: Scale, name: str, part: pd.DataFrame, usd_m_per_mw_year: float | None) -> Row:
    powered, used = _years(part, "mean_mw"), _years(part, "serving_mw")
    hours = _accelerator_hours(plan, part)
    each: Cell = None
    if usd_m_per_mw_year is not None and hours:
        each = usd_m_per_mw_year * used * 1e6 / hours
    return (name, scale.mw(powered), scale.mw(used), _ratio(used, powered), usd_m_per_mw_year, each)


def _years(part: pd.DataFrame, column: str) -> float:
    """Expected MW-years of a column."""
    return float((part[column] * part["years"]).sum())


def _ratio(amount: float, of: float) -> float | None:
    return amount / of if of > 1e-9 else None


def _rent_by_vendor(plan: Plan, time: Time) -> dict[str, float]:
    """USD m of cloud rent accrued in the reported periods, expected."""
    frame = plan.frames["payments"]
    frame = frame[(frame["line"] == "cloud_rent") & frame["reported"]]
    sums: dict[str, float] = defaultdict(float)
    for vendor, node, usd_m in zip(frame["vendor"], frame["node"], frame["accrued_usd_m"], strict=True):
        sums[str(vendor)] += float(usd_m) * time.probability[str(node)]
    return {vendor: usd_m for vendor, usd_m in sums.items() if usd_m > 1e-9}


def _accelerator_hours(plan: Plan, part: pd.DataFrame) -> float | None:
    """Hours of use of single accelerators; None where a chip does not say how many a system has."""
    chips, hours = plan.instance.spec.chips, 0.0
    used: Mapping[object, float] = (part["serving_mw"] * part["years"]).groupby(part["chip"]).sum().to_dict()
    for chip, mw_years in used.items():
        if mw_years <= 1e-9:
            continue
        count = chips[str(chip)].accelerators_per_system
        if count is None:
            return None
        a_mw = count.constant / chips[str(chip)].kw_per_system.constant * 1000.0
        hours += mw_years * a_mw * HOURS_PER_YEAR
    return hours


def _level_cost(plan: Plan, served: pd.DataFrame) -> float | None:
    """USD m per used MW-year of own and leased sites, each line at its own rate, over the whole calendar."""
    context: Context = make_context(plan.instance)
    own = served[served["tenure"].isin(OWN)]
    used = (own["serving_mw"] * own["years"]).groupby(own["node"]).sum()
    at = {str(node): (context.at(str(node)), context.tree.period[str(node)]) for node in used.index}
    total = 0.0
    for row in rows_of(plan.frames["costs"]):
        if row.line in OWN_LINES and abs(row.total_usd_m) > 1e-9:
            worth = 0.0
            for node, mw_years in used.items():
                scenario, position = at[str(node)]
                worth += float(mw_years) * scenario.mid_factor(str(row.line), position)
            if worth <= 1e-9:
                return None
            total += float(row.total_usd_m) / worth
    return total


def lease_or_build_table(plan: Plan, time: Time, names: Names) -> Table | None:
    """An own block beside a leased shell at every site, with the rent and the rate at which both cost the same."""
    found = breakeven(plan.instance)
    if not found:
        return None
    chosen = _chosen_mw(plan, time)
    rows: list[Row] = []
    for each in found:
        site = each.build.partition(".")[0]
        power = "grid" if each.power == GRID else names.member(f"{site}.{each.power}")
        rows.append((
            names.member(each.build), power, chosen.get(each.build, 0.0), names.member(each.shell),
            "same" if each.same_site else "another", chosen.get(each.shell, 0.0), each.delivered, each.own_at_line,
            each.lease_at_line, each.rent_usd_per_kw_month, each.breakeven_rent_at_line,
            each.breakeven_rent_at_company, each.breakeven_rate,
        ))  # fmt: skip
    columns = (
        Column("Own block"), Column("Power"), Column("In the plan, MW", "mw"), Column("Leased shell"),
        Column("Site", "tag"), Column("In the plan, MW", "mw"), Column("Delivered", "tag"),
        Column("Own, USD bn per GW-year", "price"), Column("Leased, USD bn per GW-year", "price"),
        Column("Rent asked, USD/kW-month", "price"), Column("Break-even rent", "price"),
        Column("Break-even rent, company rate", "price"), Column("Break-even rate a year", "share"),
    )  # fmt: skip
    note = (
        "Level cost over life and term from the first date on which both can be there, with energy, without chips, at "
        "the rates of the cost lines. Building is cheaper where the rent asked is above the break-even rent, or money "
        "costs less than the break-even rate. In the plan: MW of IT load at the end of the reported time."
    )
    return Table(
        "lease-or-build", "Lease or build", columns, tuple(rows), None, note, landscape=True, cards=True
    )


def _chosen_mw(plan: Plan, time: Time) -> dict[str, float]:
    """Expected MW by build and offer on the last reported day."""
    frame = plan.frames["capacity"]
    if frame.empty:
        return {}
    last = frame[frame["period"] == time.spans[time.last_reported].label]
    sums = (last["powered_mw"] * last["probability"]).groupby(last["id"]).sum()
    return {str(id_): float(mw) for id_, mw in sums.items()}
