"""Modular or conventional plants over 120 months (Chen and Grossmann), as an instance of the planner.

Two ways to serve one market from one site, of which one is chosen: modules, whole blocks that may be sold again, or one
conventional plant of a size from a menu. Between two sizes that demand takes on, revenue is linear in the size and the
plant's cost concave, so the best size is a demand (or an end of the range): the menu is exact. Profit is the value of
all demand less the plan's cost. A month is a period; one more without demand sells what is left.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any

from plain_instance import free_chip, meant, path_of, plain_instance, plain_site

FIRST_YEAR = 2027


@dataclass(frozen=True)
class Market:
    """Demand in units by month, from month 0, and the authors' economics."""

    demand: tuple[float, ...]
    revenue_per_unit_month: float = 7.0 / 12.0
    yearly_rate: float = 0.08
    module_units: float = 25.0
    module_cost: float = 1000.0
    module_lead: int = 3
    module_resale: float = 0.30
    modules_at_once: int = 35
    plant_least: float = 25.0
    plant_most: float = 350.0
    plant_lead: int = 12
    plant_exponent: float = 0.6
    plant_resale: float = 0.05
    produced_at_most: float = 350.0

    def factor(self, month: int) -> float:
        """Discount factor of a month as the authors' file has it."""
        return float((1.0 + self.yearly_rate / 12.0) ** (-month / 12.0))

    @property
    def value(self) -> float:
        """Revenue if all demand were served."""
        return sum(
            self.revenue_per_unit_month * units * self.factor(month)
            for month, units in enumerate(self.demand)
        )


def read_market(text: str, name: str) -> Market:
    """Read the column of a market from month,<name>,..."""
    return Market(tuple(float(row[name]) for row in csv.DictReader(text.splitlines())))


def profit(market: Market, cost: float) -> float:
    """Profit of a plan of that cost."""
    return market.value - cost


def plain(market: Market, ways: tuple[str, ...] = ("modular", "conventional")) -> dict[str, Any]:
    """The problem as the content of an instance file, with the ways that may be chosen."""
    months = len(market.demand) + 1
    labels = [f"{FIRST_YEAR + t // 12}-{t % 12 + 1:02d}" for t in range(months)]
    builds: dict[str, Any] = {}
    if "modular" in ways:
        builds["modules"] = _modules(market, months)
    sizes = _sizes(market) if "conventional" in ways else []
    for number, size in enumerate(sizes):
        builds[f"plant{number}"] = _plant(market, size, labels)
    content = plain_instance(
        "modular or conventional",
        {"start": labels[0], "end": labels[-1], "step": "month"},
        sites={"site": plain_site(market.produced_at_most, builds)},
        workloads={
            "market": {
                "demand_gw": path_of([units / 1000.0 for units in (*market.demand, 0.0)], labels),
                "unserved_usd_bn_per_gw_year": meant(12.0 * market.revenue_per_unit_month),
            }
        },
        chips={"unit": free_chip({"market": 1})},
        logic={"one_way": {"of": [f"site.{id_}" for id_ in builds], "at_most": 1}} if len(builds) > 1 else {},
    )
    # What is left is sold in the month after the last, at the last month's factor.
    last = len(market.demand) - 1
    content["discount"] = {"rate": 0, "factors": [market.factor(min(month, last)) for month in range(months)]}
    return content


def _sizes(market: Market) -> list[float]:
    inside = {units for units in market.demand if market.plant_least <= units <= market.plant_most}
    return sorted(inside | {market.plant_least, market.plant_most})


def _modules(market: Market, months: int) -> dict[str, Any]:
    return {
        "block_mw": meant(market.module_units),
        "max_blocks": market.modules_at_once * months,
        "max_starts_per_period": market.modules_at_once,
        "max_blocks_held": market.modules_at_once,
        "lead_months": market.module_lead,
        "capex_usd_m_per_mw": meant(market.module_cost / market.module_units),
        "payments": {"0": 1},
        "life_years": 60,
        "recovery_share": 0,
        "exit": {"resale_share": market.module_resale, "max_per_period": market.modules_at_once},
    }


def _plant(market: Market, size: float, labels: list[str]) -> dict[str, Any]:
    cost = market.module_cost * (size / market.module_units) ** market.plant_exponent
    return {
        "block_mw": meant(size),
        "max_blocks": 1,
        "start": {"to": labels[0]},
        "lead_months": market.plant_lead,
        "capex_usd_m_per_mw": meant(cost / size),
        "payments": {"0": 1},
        "life_years": 60,
        "recovery_share": 0,
        "exit": {"resale_share": market.plant_resale, "at": [labels[-1]]},
    }
