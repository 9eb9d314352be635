"""Tables of capacity: the ladder in IT load and at the meter, concentration, service, power, limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from planner.plan.plan import Plan
from planner.report.content import Cell, Column, Kind, Row, Table
from planner.report.over_time import Time, rows_of
from planner.report.wording import RUNGS, Names

LADDER = ("secured", "under_construction", "powered", "installed", "operating", "on_demand")


def by_period_table(
    id_: str, title: str, time: Time, members: Mapping[str, Sequence[float | None]], kind: Kind, total: str = "",
    first: str = "Period", note: str = "",
) -> Table:  # fmt: skip
    """One row a period and a column a member; with `total` a last column that sums them."""
    columns = [Column(first), *[Column(name, kind) for name in members]]
    rows: list[Row] = []
    for place, span in enumerate(time.spans):
        values: list[Cell] = [column[place] for column in members.values()]
        if total:
            values.append(sum(value for value in values if isinstance(value, float)))
        rows.append((span.label, *values))
    if total:
        columns.append(Column(total, kind))
    faint = frozenset(place for place, span in enumerate(time.spans) if not span.reported)
    return Table(id_, title, tuple(columns), tuple(rows), None, note, faint, folded=True)


def ladder_table(plan: Plan, time: Time, basis: str, id_: str, title: str) -> Table:
    """Power by rung and period in one basis, demand beside it."""
    frame = plan.frames["ladder"]
    part = frame[frame["basis"] == basis]
    members = {
        RUNGS[rung]: [time.scale.gw(value) for value in time.expected(part, f"{rung}_gw")[f"{rung}_gw"]]
        for rung in (*LADDER, "demand")
    }
    note = "Secured, powered and installed on the last day; operating, on demand and demand are means of the period."
    return by_period_table(id_, title, time, members, time.power_kind, note=note, first="Period")


def concentration_tables(plan: Plan, time: Time, names: Names) -> tuple[Table, ...]:
    """Powered (by vendor, region) and installed (by maker, chip) IT load at the ends of years, with shares."""
    capacity = plan.frames["capacity"]
    if capacity.empty:
        return ()
    return tuple(
        _concentration(capacity, time, f"concentration-{column}", title, column, amount, name)
        for title, column, amount, name in (
            ("By vendor, powered MW", "vendor", "powered_mw", names.vendor),
            ("By region, powered MW", "region", "powered_mw", names.region),
            ("By chip maker, installed MW", "maker", "installed_mw", names.maker),
            ("By chip, installed MW", "chip", "installed_mw", names.chip),
        )
    )


def _concentration(
    capacity: pd.DataFrame, time: Time, id_: str, title: str, by: str, amount: str, name: Callable[[str], str]
) -> Table:
    last = time.last_reported
    every = time.expected(capacity, amount, by)
    sums = {member: values for member, values in every.items() if max(values[: last + 1]) > 1e-9}
    ends = [(label, places[-1]) for label, places in time.years() if places[-1] <= last]
    whole = sum(values[last] for values in sums.values())
    columns = [Column(by.capitalize() if by != "maker" else "Chip maker")]
    columns += [Column(label[:4], "mw") for label, _ in ends]
    columns.append(Column(f"Share at {time.spans[last].label}", "share"))
    order = sorted(sums, key=lambda member: -sums[member][last])
    rows = [
        (
            name(member),
            *[sums[member][place] for _, place in ends],
            sums[member][last] / whole if whole else None,
        )
        for member in order
    ]
    total: Row = (
        "Total", *[sum(values[place] for values in sums.values()) for _, place in ends], 1.0 if whole else None,
    )  # fmt: skip
    return Table(
        id_, title, tuple(columns), tuple(rows), total, "IT load on the last day of each year.", half=True
    )


def service_table(plan: Plan, time: Time, names: Names) -> Table:
    """Demand, served and short by workload and period, MW of the reference fleet."""
    frame = plan.frames["service"]
    shifted = bool((frame["shifted_mw"].abs() > 1e-6).any())
    rows = tuple(
        (names.workload(str(row.workload)), names.demand_region(str(row.workload), str(row.demand_region)),
         str(row.node if time.branching else row.period), float(row.demand_mw), float(row.served_mw),
         float(row.shortfall_mw), float(row.served_share), *((float(row.shifted_mw),) if shifted else ()))
        for row in rows_of(frame)
    )  # fmt: skip
    faint = frozenset(number for number, flag in enumerate(frame["reported"]) if not flag)
    columns = (
        Column("Workload"), Column("Demand region"), Column("Period"), Column("Demand", "mw"), Column("Served", "mw"),
        Column("Unserved", "mw"), Column("Served share", "share"), *((Column("Moved here", "mw"),) if shifted else ()),
    )  # fmt: skip
    note = "Demand after what is moved to other dates: pulses, and what they borrow." if shifted else ""
    return Table(
        "service",
        "Service by workload, MW of the reference fleet",
        columns,
        rows,
        None,
        note,
        faint,
        folded=True,
    )


def routes_table(plan: Plan, names: Names) -> Table | None:
    """Who serves each demand region, and what that costs, over the reported periods; None without demand regions."""
    frame = plan.frames["serving"]
    frame = frame[(frame["demand_region"] != "") & frame["reported"]]
    if frame.empty:
        return None
    years = plan.frames["periods"].set_index("node")["years"]
    weighed = frame.assign(mw_years=frame["mw"] * frame["probability"] * frame["node"].map(years))
    served = weighed.groupby(["workload", "demand_region", "region"], sort=False)["mw_years"].sum()
    cost = _serving_cost(plan)
    rows: list[Row] = []
    for key, mw_years in served.items():
        workload, region, place = (str(part) for part in key)  # type: ignore[attr-defined]
        paid = cost.get((f"{workload}.{region}", place), 0.0)
        rows.append(
            (
                names.workload(workload),
                names.demand_region(workload, region),
                names.place(place),
                float(mw_years),
                paid,
            )
        )
    columns = (
        Column("Workload"), Column("Demand region"), Column("Served from"), Column("MW-years", "mw"),
        Column("Cost of serving, USD m", "usd_m"),
    )  # fmt: skip
    note = "Expected, undiscounted, over the reported periods; MW of the chips that serve."
    return Table("routes", "Who serves which region", columns, tuple(rows), None, note, folded=True)


def _serving_cost(plan: Plan) -> dict[tuple[str, str], float]:
    """USD m by (demand, place), expected over the scenarios, reported periods."""
    payments = plan.frames["payments"]
    paid = payments[(payments["variable"] == "served_mw") & payments["reported"]]
    chance = plan.frames["periods"].set_index("node")["probability"]
    cost: dict[tuple[str, str], float] = {}
    for index, node, usd_m in zip(paid["index"], paid["node"], paid["paid_usd_m"], strict=True):
        demand, _, place = str(index).split("|")[:3]
        cost[demand, place] = cost.get((demand, place), 0.0) + float(usd_m) * float(chance[node])
    return cost


POWER_WORDS = {"curtailable_mw": "For curtailable load, MW", "contracted_mw": "Contracted, MW"}


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else float(number)


def power_table(plan: Plan, time: Time, names: Names) -> Table | None:
    """Facility power at each site on the last day; None without sites."""
    frame = plan.frames["power"]
    if frame.empty:
        return None
    # Only sites with curtailable load or a contract have these.
    more = [name for name in ("curtailable_mw", "contracted_mw") if frame[name].fillna(0.0).abs().sum() > 0]
    rows = tuple(
        (names.site(str(row.site)), str(row.node if time.branching else row.period), float(row.grid_mw),
         float(row.projects_mw), *(_or_none(getattr(row, name)) for name in more), float(row.used_mw),
         float(row.headroom_mw), float(row.grid_mwh) / 1000.0, float(row.project_mwh) / 1000.0)
        for row in rows_of(frame)
    )  # fmt: skip
    faint = frozenset(number for number, flag in enumerate(frame["reported"]) if not flag)
    columns = (
        Column("Site"), Column("Period"), Column("Grid, MW", "mw"), Column("On site, MW", "mw"),
        *(Column(POWER_WORDS[name], "mw") for name in more),
        Column("Used, MW", "mw"), Column("Headroom, MW", "mw"), Column("Grid, GWh", "count"),
        Column("On site, GWh", "count"),
    )  # fmt: skip
    note = "MW at the meter on the last day; energy of own and leased capacity over the period."
    return Table("power", "Power by site", columns, rows, None, note, faint, folded=True)


def limits_tables(plan: Plan, time: Time, names: Names) -> tuple[Table, ...]:
    """Each limit where it is tightest and, where there are many, folded in every period; none without limits."""
    frame = plan.frames["limits"]
    if frame.empty:
        return ()
    shown = frame[frame["reported"]] if frame["reported"].any() else frame
    tightest = shown.loc[shown.groupby(["limit", "member"], sort=False)["headroom"].idxmin()]
    first = _limits("limits", "Limits where they are tightest", tightest, time, names)
    if len(frame) == len(tightest):
        return (first,)
    every = _limits("limits-periods", "Limits in every period", frame, time, names)
    return (first, replace(every, folded=True))


def _limits(id_: str, title: str, frame: pd.DataFrame, time: Time, names: Names) -> Table:
    rows = tuple(
        (names.limit(str(row.limit)), str(row.member), str(row.node if time.branching else row.period),
         "at most" if row.sense == "max" else "at least", float(row.bound), float(row.value), float(row.headroom),
         str(row.unit), "soft" if row.soft else "hard", float(row.broken))
        for row in rows_of(frame)
    )  # fmt: skip
    columns = (
        Column("Limit"), Column("Member"), Column("Period", "tag"), Column("Sense", "tag"), Column("Bound", "price"),
        Column("Value", "price"), Column("Headroom", "price"), Column("Unit", "tag"), Column("Kind", "tag"),
        Column("Broken by", "price"),
    )  # fmt: skip
    faint = frozenset(number for number, flag in enumerate(frame["reported"]) if not flag)
    return Table(id_, title, columns, rows, faint=faint).trimmed()
