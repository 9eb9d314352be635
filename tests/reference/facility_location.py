"""Capacitated facility location, in the formats of OR-Library and of Holmberg, as an instance of the planner.

A site is a build option of one block: its capacity in MW, its fixed cost as site cost, all else free and worth nothing
at the end. A customer is a demand region of one workload; one year, no discounting, and nothing may stay unserved.
The cost of serving all of a customer from a site is a price a GW-year: USD m of the plan are the units of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.instance.instance import Instance
from planner.instance.reader import read


@dataclass(frozen=True)
class FacilityLocation:
    """Sites with capacity and fixed cost, customers with demand, cost of serving ALL of a customer from a site."""

    capacity: tuple[float, ...]
    fixed_cost: tuple[float, ...]
    demand: tuple[float, ...]
    serving_cost: tuple[tuple[float, ...], ...]
    """By customer, then by site."""


def read_orlib(text: str, capacity: float | None = None) -> FacilityLocation:
    """Read `m n`, then capacity and fixed cost of each site, then demand and m costs of each customer.

    Some files say `capacity` in place of a number: then it is the one given.
    """
    words = iter(text.split())
    sites, customers = int(next(words)), int(next(words))
    pairs = [(_capacity(next(words), capacity), float(next(words))) for _ in range(sites)]
    rows = [(float(next(words)), _floats(words, sites)) for _ in range(customers)]
    _nothing_left(words)
    return FacilityLocation(
        tuple(size for size, _ in pairs),
        tuple(cost for _, cost in pairs),
        tuple(demand for demand, _ in rows),
        tuple(costs for _, costs in rows),
    )


def read_holmberg(text: str) -> FacilityLocation:
    """Read `m n`, m capacities, m opening costs, n demands, then n rows of m serving costs."""
    words = iter(text.split())
    sites, customers = int(next(words)), int(next(words))
    capacity, fixed_cost = _floats(words, sites), _floats(words, sites)
    demand = _floats(words, customers)
    costs = tuple(_floats(words, sites) for _ in range(customers))
    _nothing_left(words)
    return FacilityLocation(capacity, fixed_cost, demand, costs)


def _capacity(word: str, given: float | None) -> float:
    if word != "capacity":
        return float(word)
    if given is None:
        raise ValueError("the file leaves the capacity open: give one")
    return given


def _floats(words: Iterator[str], count: int) -> tuple[float, ...]:
    return tuple(float(next(words)) for _ in range(count))


def _nothing_left(words: Iterator[str]) -> None:
    left = list(words)
    if left:
        raise ValueError(f"{len(left)} numbers too many: another format?")


def plain(problem: FacilityLocation, name: str, single_source: bool) -> dict[str, Any]:
    """Return the problem as the content of an instance file."""
    if not all(demand > 0.0 for demand in problem.demand):
        raise ValueError("a customer without demand has no cost per unit")
    sites, customers = range(len(problem.capacity)), range(len(problem.demand))
    return {
        "schema_version": 1,
        "name": name,
        "calendar": {"start": "2027", "end": "2027", "step": "year"},
        "discount": {"rate": 0},
        "regions": {"land": {"facility_per_it": 1}},
        "sites": {f"s{i + 1}": _site(problem.capacity[i], problem.fixed_cost[i]) for i in sites},
        "workloads": {
            "supply": {
                "regions": {
                    f"c{j + 1}": {"demand_gw": _meant(problem.demand[j] / 1000.0)} for j in customers
                },
                "single_source": single_source,
                "unserved_usd_bn_per_gw_year": 0,
            }
        },
        "serving_usd_bn_per_gw_year": {
            f"s{i + 1}": {
                f"c{j + 1}": _meant(problem.serving_cost[j][i] / problem.demand[j]) for j in customers
            }
            for i in sites
        },
        "chips": {"unit": UNIT},
        "limits": {"all_served": {"measure": "shortfall_mw", "max_mw": 0}},
        "money": {"opening": {"cash_usd_bn": 0}, "operating_cash_usd_bn_per_year": 0},
    }


UNIT = {
    "maker": "any",
    "from": "2027",
    "kw_per_system": 100,
    "work": {"supply": 1},
    "life_years": 5,
    "resale_by_age_years": {"0": 0},
    "terms": {"free": {"price_usd_m_per_mw": 0, "lead_months": 0, "payments": {"0": 1}}},
}


def _site(capacity: float, fixed_cost: float) -> dict[str, Any]:
    return {
        "region": "land",
        "facility_power_mw": _meant(capacity),
        "facility_per_it": 1,
        "energy_usd_per_mwh": 0,
        "load_factor": 0,
        "build": {
            "plant": {
                "block_mw": _meant(capacity),
                "max_blocks": 1,
                "lead_months": 0,
                "site_cost_usd_m": _meant(fixed_cost),
                "capex_usd_m_per_mw": 0,
                "payments": {"0": 1},
                "life_years": 20,
                "recovery_share": 0,
            }
        },
    }


def _meant(value: float) -> dict[str, Any]:
    """A number of whatever size."""
    return {"value": value, "plausible": True}


def instance(problem: FacilityLocation, folder: Path, name: str, single_source: bool = False) -> Instance:
    """Return the problem read as an instance file."""
    import json

    path = folder / f"{name}.json"
    path.write_text(json.dumps(plain(problem, name, single_source)), encoding="utf-8")
    return read(path)
