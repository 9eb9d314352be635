"""What the note says of one plan, as rows of its tables."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.plan.plan import Plan

SPEND = ("construction", "power_projects", "shell_rent", "cloud_rent", "chips", "own_operating", "energy")
SPEND_YEARS = ("2026", "2030")
YEARS = tuple(range(2026, 2032))
GW_YEAR = "2030Q4"


def case_figures(plan: Plan) -> dict[str, Any]:
    """Return the figures of a case: GW, service, spend, cash, tenure and what is decided first."""
    ladder = _it(plan)
    powered = {f"powered_{year}_gw": _at(ladder, f"{year}Q4", "powered_gw") for year in YEARS}
    cash = plan.frames["cash"][plan.frames["cash"]["reported"]]
    least, least_in = min(zip(cash["closing_usd_m"], cash["period"], strict=True))
    touched = cash[cash["headroom_usd_m"].abs() < 1.0]["period"]
    spend, gw_years = spend_usd_bn(plan, *SPEND_YEARS), _gw_years(plan, *SPEND_YEARS)
    return {
        **powered,
        **_service(plan),
        "spend_to_2030_usd_bn": spend,
        "gw_years_to_2030": gw_years,
        "usd_bn_per_gw_year": (spend - _past_usd_bn(plan)) / gw_years,
        "least_cash_usd_bn": float(least) / 1000.0,
        "least_cash_in": str(least_in),
        "first_at_floor": str(touched.iloc[0]) if len(touched) else "",
        "quarters_at_floor": len(touched),
        "overdraft_usd_bn": float(cash["overdraft_usd_m"].max()) / 1000.0,
        **_tenure(plan, GW_YEAR),
        **_first_decisions(plan),
        "own_blocks_gw": _own_blocks_mw(plan) / 1000.0,
        "debt_usd_bn": _most_debt(plan) / 1000.0,
        "shortfall_cost_usd_bn": _line(plan, "shortfall"),
        "bought_usd_bn": plan.objective_usd_m / 1000.0 - _line(plan, "shortfall"),
    }


def spend_usd_bn(plan: Plan, first: str, last: str) -> float:
    """Return accrued compute spend of calendar years, what came before the first day included."""
    frame = plan.frames["payments"]
    counted = frame[frame["line"].isin(SPEND) & frame["period"].str[:4].between(first, last)]
    return float(counted["accrued_usd_m"].sum()) / 1000.0 + _past_usd_bn(plan)


def _past_usd_bn(plan: Plan) -> float:
    """Spend of the calendar years before the first day."""
    return sum(one.usd_bn.constant for one in plan.instance.spec.money.opening.past_spend)


def year_rows(plan: Plan, case: str) -> list[dict[str, Any]]:
    """Return one row per reported year: GW at its end, service, money."""
    rows = []
    service, cash = plan.frames["service"], plan.frames["cash"]
    for year in YEARS:
        inside = service[service["period"].str.startswith(str(year))]
        hours = inside["node"].map(_years(plan))
        demand, short = (inside[f"{name}_mw"] * hours for name in ("demand", "shortfall"))
        by_tenure = _tenure(plan, f"{year}Q4")
        closing = cash[cash["period"] == f"{year}Q4"]["closing_usd_m"]
        rows.append(
            {"key": f"{case}.{year}", "case": case, "year": year}
            | {
                rung: _at(_it(plan), f"{year}Q4", rung)
                for rung in ("secured_gw", "powered_gw", "operating_gw", "demand_gw")
            }
            | {name.replace("_2030", ""): value for name, value in by_tenure.items()}
            | {
                "demand_gw_years": float(demand.sum()) / 1000.0,
                "short_gw_years": float(short.sum()) / 1000.0,
                "served_share": 1.0 - float(short.sum()) / float(demand.sum()),
                "spend_usd_bn": spend_in_calendar(plan, str(year)),
                "cash_usd_bn": float(closing.iloc[0]) / 1000.0,
            }
        )
    return rows


def spend_in_calendar(plan: Plan, year: str) -> float:
    """Return accrued compute spend of a year from the first day of the calendar on."""
    frame = plan.frames["payments"]
    counted = frame[frame["line"].isin(SPEND) & frame["period"].str.startswith(year)]
    return float(counted["accrued_usd_m"].sum()) / 1000.0


def vendor_rows(plan: Plan) -> list[dict[str, Any]]:
    """Return one row per vendor and own build: what is newly decided, and its GW at the end of 2030."""
    contracts, capacity = plan.frames["contracts"], plan.frames["capacity"]
    new = contracts[~contracts["given"]]
    at = capacity[capacity["period"] == GW_YEAR]
    rows = []
    for vendor in plan.instance.spec.vendors:
        mine = new[new["vendor"] == vendor]
        mw = at[at["vendor"] == vendor]["powered_mw"].sum()
        rows.append(_decided(vendor, _vendor_name(plan, vendor), mine["mw"].sum(), mine["signed"], mw))
    blocks = plan.frames["decisions"]
    blocks = blocks[blocks["variable"] == "blocks"]
    mw = at[at["vendor"] == "own"]["powered_mw"].sum()
    rows.append(_decided("own", "Own blocks", _own_blocks_mw(plan), blocks["date"], mw))
    return rows


def line_rows(plan: Plan) -> list[dict[str, Any]]:
    """Return the cost table: present value by line and its share of what is paid for."""
    frame = plan.frames["costs"]
    total = float(frame["total_usd_m"].sum())
    return [
        {"key": line, "total_usd_bn": usd_m / 1000.0, "share": usd_m / total}
        for line, usd_m in zip(frame["line"], frame["total_usd_m"], strict=True)
        if abs(usd_m) > 0.5
    ]


def _it(plan: Plan) -> pd.DataFrame:
    frame = plan.frames["ladder"]
    return frame[frame["basis"] == "it"]


def _at(frame: pd.DataFrame, period: str, column: str) -> float:
    return float(frame[frame["period"] == period][column].iloc[0])


def _years(plan: Plan) -> dict[str, float]:
    frame = plan.frames["periods"]
    return dict(zip(frame["node"], frame["years"], strict=True))


def _service(plan: Plan) -> dict[str, float]:
    """GW-years of the reference fleet not served in the reported time, in all and by workload."""
    frame = plan.frames["service"]
    frame = frame[frame["reported"]]
    short = frame["shortfall_mw"] * frame["node"].map(_years(plan)) / 1000.0
    demand = frame["demand_mw"] * frame["node"].map(_years(plan)) / 1000.0
    found = {"short_gw_years": float(short.sum()), "demand_gw_years": float(demand.sum())}
    for workload in plan.instance.spec.workloads:
        found[f"short_{workload}_gw_years"] = float(short[frame["workload"] == workload].sum())
    return found


def _gw_years(plan: Plan, first: str, last: str) -> float:
    """GW-years that operate in calendar years, on demand included."""
    frame = _it(plan)
    frame = frame[frame["period"].str[:4].between(first, last)]
    hours = frame["node"].map(_years(plan))
    return float(((frame["operating_gw"] + frame["on_demand_gw"]) * hours).sum())


def _tenure(plan: Plan, period: str) -> dict[str, float]:
    """GW on the last day by tenure, what runs under given contracts alone apart, and Nvidia's share."""
    frame = plan.frames["capacity"]
    frame = frame[frame["period"] == period]
    signable = {
        f"{vendor_id}.{offer_id}"
        for vendor_id, vendor in plan.instance.spec.vendors.items()
        for offer_id, offer in vendor.offers.items()
        if offer.sign is not None
    }
    new = frame["id"].isin(signable) | (frame["tenure"] == "own")
    gw = frame["powered_mw"] / 1000.0
    installed = frame["installed_mw"]
    nvidia = float(installed[frame["maker"] == "nvidia"].sum() / installed.sum())
    return {
        "own_2030_gw": float(gw[frame["tenure"] == "own"].sum()),
        "shell_2030_gw": float(gw[frame["tenure"] == "shell"].sum()),
        "cloud_2030_gw": float(gw[(frame["tenure"] == "cloud") & new].sum()),
        "running_2030_gw": float(gw[~new].sum()),
        "nvidia_2030_share": nvidia,
    }


def _first_decisions(plan: Plan) -> dict[str, float]:
    """GW signed and started in the first two periods and in the first four."""
    labels = list(plan.frames["periods"]["period"].drop_duplicates())
    contracts, blocks = plan.frames["contracts"], plan.frames["decisions"]
    new = contracts[~contracts["given"]]
    blocks = blocks[blocks["variable"] == "blocks"]
    found = {}
    for name, count in (("now", 2), ("first_year", 4)):
        among = labels[:count]
        mw = float(new[new["signed_period"].isin(among)]["mw"].sum())
        started = blocks[blocks["period"].isin(among)]
        found[f"decided_{name}_gw"] = (mw + _blocks_mw(plan, started)) / 1000.0
    return found


def _own_blocks_mw(plan: Plan) -> float:
    frame = plan.frames["decisions"]
    return _blocks_mw(plan, frame[(frame["variable"] == "blocks") & frame["reported"]])


def _blocks_mw(plan: Plan, started: pd.DataFrame) -> float:
    total = 0.0
    for name, blocks in zip(started["id"], started["amount"], strict=True):
        site, build = name.split(".")
        total += plan.instance.spec.sites[site].build[build].block_mw.constant * blocks
    return total


def _most_debt(plan: Plan) -> float:
    frame = plan.frames["debt"]
    return float(frame.groupby("node")["balance_usd_m"].sum().max()) if len(frame) else 0.0


def _line(plan: Plan, line: str) -> float:
    frame = plan.frames["costs"]
    return float(frame[frame["line"] == line]["total_usd_m"].sum()) / 1000.0


def _vendor_name(plan: Plan, vendor: str) -> str:
    return plan.instance.spec.vendors[vendor].name or vendor


def _decided(key: str, name: str, mw: float, dates: pd.Series[str], at_mw: float) -> dict[str, Any]:
    first, last = (str(dates.min())[:7], str(dates.max())[:7]) if len(dates) else ("", "")
    return {
        "key": key,
        "name": name,
        "decided_gw": float(mw) / 1000.0,
        "first": first,
        "last": last,
        "powered_2030_gw": float(at_mw) / 1000.0,
    }
