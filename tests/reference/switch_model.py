"""Least-cost capacity in Switch's input files, as an instance of the planner.

One investment period and one load zone. A technology is a shell at a site of its own, rented for all time slices at
its annual cost (annuity of overnight and connection cost, and fixed operation); its chip does as much work as the
technology is available, and serving from the site costs what running does. Time slices are years of the calendar; what
a slice weighs stands in its running cost. The present-value factor of a year's cost is shared out over the calendar as
discount factors; those may not be above 1, so cost comes in tens of USD m.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plain_instance import free_chip, meant, path_of, plain_instance, plain_site

HOURS_PER_YEAR = 8760.0
SWITCH_HOURS_PER_YEAR = 8766.0
FIRST_YEAR = 2027
MOST_MW = 50_000.0


@dataclass(frozen=True)
class Technology:
    """A technology: what a MW costs a year, what a MWh costs, and how much of it is there in each slice."""

    name: str
    annual_usd_per_mw: float
    running_usd_per_mwh: float
    available: tuple[float, ...]
    most_mw: float
    given_mw: tuple[float, ...]
    """Predetermined, one entry each."""
    baseload: bool
    buildable: bool


@dataclass(frozen=True)
class Power:
    """Demand by slice with its share of the year, technologies, and the factor from a year's cost to present value."""

    demand_mw: tuple[float, ...]
    share_of_year: tuple[float, ...]
    technologies: tuple[Technology, ...]
    present_value: float


def read_inputs(folder: Path) -> Power:
    """Read the csv files of a Switch example with one period and one zone."""
    money = _rows(folder, "financials")[0]
    base_year, interest = float(money["base_financial_year"]), float(money["interest_rate"])
    discount = float(money["discount_rate"])
    (period,) = _rows(folder, "periods")
    first, last = float(period["period_start"]), float(period["period_end"])
    years = last - first + 1
    (_zone,) = _rows(folder, "load_zones")
    slices = {row["timepoint_id"]: row["timeseries"] for row in _rows(folder, "timepoints")}
    series = {row["TIMESERIES"]: row for row in _rows(folder, "timeseries")}
    hours = [
        float(series[name]["ts_duration_of_tp"]) * float(series[name]["ts_scale_to_period"]) / years
        for name in slices.values()
    ]
    demand = {row["TIMEPOINT"]: float(row["zone_demand_mw"]) for row in _rows(folder, "loads")}
    fuel = {row["fuel"]: float(row["fuel_cost"]) for row in _rows(folder, "fuel_cost")}
    factors = {
        (row["GENERATION_PROJECT"], row["timepoint"]): float(row["gen_max_capacity_factor"])
        for row in _rows(folder, "variable_capacity_factors")
    }
    return Power(
        demand_mw=tuple(demand[name] for name in slices),
        share_of_year=tuple(each / SWITCH_HOURS_PER_YEAR for each in hours),
        technologies=tuple(
            _technology(
                folder, row, list(slices), factors, fuel, interest, float(period["INVESTMENT_PERIOD"])
            )
            for row in _rows(folder, "gen_info")
        ),
        present_value=(1 - (1 + discount) ** -years) / discount * (1 + discount) ** -(first - base_year),
    )


def _technology(
    folder: Path, row: dict[str, str], slices: list[str], factors: dict[tuple[str, str], float],
    fuel: dict[str, float], interest: float, period: float,
) -> Technology:  # fmt: skip
    name = row["GENERATION_PROJECT"]
    costs = {
        float(each["build_year"]): each
        for each in _rows(folder, "gen_build_costs")
        if each["GENERATION_PROJECT"] == name
    }
    newest = costs[max(costs)]
    age = float(row["gen_max_age"])
    annuity = interest / (1 - (1 + interest) ** -age)
    capital = float(newest["gen_overnight_cost"]) + float(row["gen_connect_cost_per_mw"])
    up = 1.0 - float(row["gen_forced_outage_rate"])
    if row["gen_is_baseload"] == "1":
        up *= 1.0 - float(row["gen_scheduled_outage_rate"])
    variable = row["gen_is_variable"] == "1"
    heat = 0.0 if row["gen_full_load_heat_rate"] == "." else float(row["gen_full_load_heat_rate"])
    return Technology(
        name=name.lower().replace("-", "_"),
        annual_usd_per_mw=capital * annuity + float(newest["gen_fixed_om"]),
        running_usd_per_mwh=float(row["gen_variable_om"]) + heat * fuel.get(row["gen_energy_source"], 0.0),
        available=tuple(up * (factors[name, each] if variable else 1.0) for each in slices),
        most_mw=MOST_MW if row["gen_capacity_limit_mw"] == "." else float(row["gen_capacity_limit_mw"]),
        given_mw=tuple(
            float(each["build_gen_predetermined"])
            for each in _rows(folder, "gen_build_predetermined")
            if each["GENERATION_PROJECT"] == name
        ),
        baseload=row["gen_is_baseload"] == "1",
        buildable=period in costs,
    )


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / f"{name}.csv"
    if not path.exists() and name == "gen_build_predetermined":
        return []
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def plain(problem: Power, name: str) -> dict[str, Any]:
    """The problem as the content of an instance file."""
    count = len(problem.demand_mw)
    labels = [str(FIRST_YEAR + t) for t in range(count)]
    offers = {}
    for one in problem.technologies:
        if one.buildable:
            offers[f"{one.name}_new"] = _shell(one, count, 0.0, one.most_mw - sum(one.given_mw))
        for number, mw in enumerate(one.given_mw):
            offers[f"{one.name}_given{number}"] = _shell(one, count, mw, mw)
    content = plain_instance(
        name,
        {"start": labels[0], "end": labels[-1], "step": "year"},
        sites={one.name: plain_site(MOST_MW) for one in problem.technologies},
        workloads={
            "load": {
                "demand_gw": path_of([mw / 1000.0 for mw in problem.demand_mw], labels),
                "regions": {"zone": {"share": 1}},
                "unserved_usd_bn_per_gw_year": 0,
            }
        },
        serving_usd_bn_per_gw_year={
            one.name: {"zone": path_of([_running(problem, one, t) for t in range(count)], labels)}
            for one in problem.technologies
        },
        vendors={"grid": {"offers": offers}},
        chips={one.name: _chip(one, labels, offers) for one in problem.technologies},
        limits={
            "all_served": {"measure": "shortfall_mw", "max_mw": 0},
        },
        logic={
            f"{one.name}_stands": {
                "of": [f"grid.{one.name}_given{number}" for number in range(len(one.given_mw))],
                "at_least": len(one.given_mw),
            }
            for one in problem.technologies
            if one.given_mw
        },
    )  # fmt: skip
    factor = problem.present_value / count
    content["discount"] = {"rate": 0, "factors": [factor / 10.0] * count}
    return content


def usd(cost_usd_m: float) -> float:
    """A plan's cost in USD."""
    return cost_usd_m * 1e7


def _running(problem: Power, one: Technology, t: int) -> float:
    """USD m per MW served over one year of the calendar: the slice's hours, all years of it."""
    slices = len(problem.demand_mw)
    return one.running_usd_per_mwh * problem.share_of_year[t] * slices * SWITCH_HOURS_PER_YEAR / 1e6


def _shell(one: Technology, years: int, least_mw: float, most_mw: float) -> dict[str, Any]:
    return {
        "kind": "shell",
        "site": one.name,
        "sign": {"to": str(FIRST_YEAR), "at_most": 1},
        "mw": {"min": meant(least_mw), "max": meant(most_mw)},
        "delivery_months": 0,
        "term_months": 12 * years,
        "price_usd_per_kw_month": meant(one.annual_usd_per_mw / 12_000.0),
    }


def _chip(one: Technology, labels: list[str], offers: dict[str, Any]) -> dict[str, Any]:
    hosts = [f"grid.{offer}" for offer in offers if offers[offer]["site"] == one.name]
    return free_chip({"load": path_of(one.available, labels)}) | {"hosts": hosts}


def baseload(one: Technology) -> Any:
    """A rule of one's own: the technology serves the same in every slice."""

    def level(m: Any, d: Any, t: str) -> Any:
        """A baseload plant runs at one level."""
        first = d.nodes[0]
        served = {
            n: sum(
                d.service.work[demand, (chip, region, control), n]
                * m.served_mw[demand, chip, region, control, n]
                for demand, (chip, region, control) in d.service.serves
                if chip == one.name
            )
            for n in (first, t)
        }
        return served[t] - served[first] == 0.0

    level.__name__ = f"{one.name}_level"
    return level
