"""When to add capacity (Wagner and Whitin), as an instance of the planner.

Demand to date is what capacity must reach: one build option, added to in any size and used at once, with a fixed cost
for each month with an addition and a running cost for each unit and month, which is the cost of holding what is made
too early plus a constant. Units are MW and USD m.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from plain_instance import free_chip, meant, path_of, plain_instance, plain_site


@dataclass(frozen=True)
class LotSizing:
    """Demand, cost of a set-up and cost of holding a unit over the end of the period, by period."""

    demand: tuple[float, ...]
    setup_cost: tuple[float, ...]
    holding_cost: tuple[float, ...]

    @property
    def cumulative(self) -> tuple[float, ...]:
        """Demand to date."""
        return tuple(accumulate(self.demand))

    @property
    def running_cost(self) -> float:
        """What is paid for capacity that is needed anyway: holding cost x demand to date."""
        return sum(rate * units for rate, units in zip(self.holding_cost, self.cumulative, strict=True))


def read_lots(text: str) -> LotSizing:
    """Read period,demand,setup_cost,holding_cost."""
    rows = list(csv.DictReader(text.splitlines()))
    return LotSizing(
        *(tuple(float(row[name]) for row in rows) for name in ("demand", "setup_cost", "holding_cost"))
    )


def lot_cost(problem: LotSizing, cost: float) -> float:
    """Set-ups and holding alone, of a plan of that cost."""
    return cost - problem.running_cost


def plain(problem: LotSizing) -> dict[str, Any]:
    """The problem as the content of an instance file: a month is a period."""
    labels = [f"{2027 + t // 12}-{t % 12 + 1:02d}" for t in range(len(problem.demand))]
    most = problem.cumulative[-1]
    build = {
        "block_mw": meant(most),
        "max_blocks": 1,
        "continuous": True,
        "lead_months": 0,
        "capex_usd_m_per_mw": 0,
        "payments": {"0": 1},
        "fixed_cost_per_start_usd_m": path_of(problem.setup_cost, labels),
        "operating_usd_m_per_mw_year": path_of([12 * rate for rate in problem.holding_cost], labels),
        "life_years": 60,
        "recovery_share": 0,
    }
    return plain_instance(
        "lot sizing",
        {"start": labels[0], "end": labels[-1], "step": "month"},
        sites={"plant": plain_site(most, {"lots": build})},
        workloads={
            "units": {
                "demand_gw": path_of([units / 1000.0 for units in problem.cumulative], labels),
                "unserved_usd_bn_per_gw_year": 0,
            }
        },
        chips={"unit": free_chip({"units": 1})},
        limits={"all_served": {"measure": "shortfall_mw", "max_mw": 0}},
    )
