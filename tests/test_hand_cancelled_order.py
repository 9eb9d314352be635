"""A chip order given up on the day of delivery, summed by hand: sold at age 0, for a haircut on its price.

100 MW at USD 20 m a MW, ordered and paid on 1 January 2027 for 1 July, before it is known (1 April) whether there is
demand. With demand: 2,000 less what the chips are worth at the end of the year, half a year old, 90 % of 2,000.
Without: given up for 4 % of 2,000 rather than kept and worth 90 %. Not ordering leaves 100 MW unserved for half a
year: 1,500.
"""

from __future__ import annotations

from typing import Any

import pytest

import planner
from tests.tiny import tiny


def instance(resale: dict[str, Any] | None) -> planner.Instance:
    buy: dict[str, Any] = {
        "order": {"to": "2027Q1"}, "price_usd_m_per_mw": 20, "lead_months": 6, "payments": {"0": 1},
    }  # fmt: skip
    if resale is not None:
        buy["resale"] = resale
    hall = {
        "block_mw": 20, "max_blocks": 0, "lead_months": 6, "capex_usd_m_per_mw": 12, "payments": {"0": 1},
        "life_years": 20,
    }  # fmt: skip
    return tiny(
        calendar={"start": "2027Q1", "end": "2027Q4", "step": "quarter"},
        discount={"rate": 0},
        sites={"s": {"energy_usd_per_mwh": 0, "build": {"hall": hall}}},
        workloads={
            "w": {
                "demand_gw": {"2027Q1": 0, "2027Q3": 0.1, "interpolate": "step"},
                "unserved_usd_bn_per_gw_year": 30,
            }
        },
        chips={"c": {"resale_by_age_years": {"0": 1, "5": 0}, "terms": {"buy": buy}}},
        money={
            "opening": {
                "cash_usd_bn": 10,
                "construction": [{"build": "s.hall", "mw": 100, "delivered": "2026Q1"}],
            }
        },
        scenarios={
            "demand": {
                "known": "2027Q2",
                "branches": {
                    "some": {"probability": 0.5},
                    "none": {
                        "probability": 0.5,
                        "set": {"workloads.w.demand_gw": {"2027Q1": 0, "2027Q3": 0, "interpolate": "step"}},
                    },
                },
            }
        },
    )


@pytest.mark.parametrize(
    ("resale", "cost"),
    [
        (None, 0.5 * 200 + 0.5 * 200),
        ({"at_months": [0], "haircut_share": "4%"}, 0.5 * 200 + 0.5 * 80),
        ({"at_months": [0], "haircut_share": "30%"}, 0.5 * 200 + 0.5 * 200),
    ],
)
def test_an_order_is_given_up_where_that_is_cheaper(resale: dict[str, Any] | None, cost: float) -> None:
    plan = planner.solve(instance(resale), gap=0.0)
    assert plan.objective_usd_m == pytest.approx(cost)
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
