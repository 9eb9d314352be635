"""Clauses that change contracted MW over time, each summed by hand on a tutorial instance."""

from __future__ import annotations

from typing import Any

import pytest
from hand import amounts, costs, tutorial

ABILENE = "vendors.oracle.offers.abilene"
QUARTER_SHORT = 7.5
"""USD m of a MW that is short for a quarter, at USD 30 bn a gigawatt-year."""


def cloud(**terms: Any) -> Any:
    """Tutorial 1 (100 MW signed on the first day, there from month 3, a year, no discounting) with other terms."""
    instance = tutorial("01")
    for name, value in terms.items():
        instance = instance.tweak(f"{ABILENE}.{name}", value)
    return instance


def test_kept_mw_pay_the_share_and_their_use_beyond_it() -> None:
    # Kept at 800, of which 60 % is paid, used or not; use beyond that at the price of the day.
    kept = cloud(
        term_months=3,
        at_end="continues",
        continuation_usd_per_kw_month=800,
        take_or_pay_share=0.6,
        price_usd_per_kw_month={"2027Q1": 1000, "2027Q3": 1100},
    ).tweak("workloads.training.demand_gw", {"2027Q1": 0.1, "2027Q4": 0.05, "interpolate": "step"})
    term = (60 + 40) * 3 * 1.0
    third = (60 * 0.8 + 40 * 1.1) * 3
    # Kept MW whose paid share covers the 50 are cheaper than 50 kept with 20 of them extra.
    last = 50 * 0.8 * 3
    assert last < (30 * 0.8 + 20 * 1.1) * 3
    plan = costs(kept, cloud_rent=term + third + last, shortfall=100 * QUARTER_SHORT)
    assert amounts(plan, "kept_mw")["oracle.abilene|gb300|2027Q1|2027Q4"] == pytest.approx(50 / 0.6)
