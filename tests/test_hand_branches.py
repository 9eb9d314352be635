"""What differs between leaves is read by leaf: a limit, a round, a choice in one branch only, summed by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hand import amounts, costs, solved, tutorial

import planner

FOUND = Path(__file__).resolve().parent / "found"
QUARTER = 100 * 3 * 1.0
"""100 MW for three months at USD 1,000 per kW and month."""
SHORT = 100 * 0.25 * 30
"""100 MW short for a quarter at USD 30 bn per GW-year."""
FREE = 3 * QUARTER + SHORT
"""Signed by the quarter up to July; nothing can be signed for the last one."""
CAPPED = 2 * QUARTER + 0.2 * QUARTER + 0.8 * SHORT + SHORT
"""From July on the limit lets 20 MW in."""


def test_a_limit_holds_in_the_branch_that_sets_it() -> None:
    plan = costs(
        tutorial("22"),
        cloud_rent=2 * QUARTER + 0.5 * QUARTER + 0.5 * 0.2 * QUARTER,
        shortfall=SHORT + 0.5 * 0.8 * SHORT,
    )
    assert (FREE, CAPPED) == (1650.0, 2010.0)
    assert plan.objective_usd_m == pytest.approx(1830.0) == pytest.approx((FREE + CAPPED) / 2)
    found = solved(planner.read(FOUND / "limit_in_branch.yaml"))
    assert found.objective_usd_m == pytest.approx(1830.0)
    rows = found.frames["limits"]
    assert set(rows["node"]) == {"2027Q3/capped", "2027Q4/capped"}


@pytest.mark.parametrize(
    ("free", "capped", "cost"),
    [
        ({"limits.law.max_mw": 100}, {}, (FREE + CAPPED) / 2),
        ({"limits.law.vendor": ["other"]}, {}, (FREE + CAPPED) / 2),
        ({"limits.law.from": "2027Q4"}, {}, (FREE + CAPPED) / 2),
        ({"limits.law.measure": "installed_mw"}, {}, CAPPED),
        ({"limits.law.soft_usd_m_per_mw_year": 1}, {}, (FREE + 80 * 0.25 * 1.0 + CAPPED) / 2),
        (
            {"limits.law.max_mw": 50},
            {"limits.law.max_mw": 10},
            2 * QUARTER + SHORT + 0.3 * QUARTER + 0.7 * SHORT,
        ),
    ],
    ids=["amount", "filter", "dates", "measure", "price", "both"],
)
def test_every_part_of_a_limit_may_differ(free: dict[str, Any], capped: dict[str, Any], cost: float) -> None:
    """Both branches have the limit on; in one it says something else."""
    base = tutorial("22").tweak("limits.law.active", True).tweak("vendors.other", {"offers": {}})
    branches = {
        name: {"probability": 0.5, "set": set_} for name, set_ in (("free", free), ("capped", capped))
    }
    tree = base.tweak("scenarios", {"law": {"known": "2027Q3", "branches": branches}})
    plan = solved(tree)
    assert plan.objective_usd_m == pytest.approx(cost)


def test_a_limit_that_differs_before_it_is_known_is_refused() -> None:
    early = tutorial("22").tweak("limits.law.from", "2027Q2")
    with pytest.raises(planner.InstanceError, match="limit law changes before it is known"):
        solved(early)


def test_a_round_is_taken_in_the_branch_that_needs_it() -> None:
    # 600 pays two quarters; the round brings 500 less 200 of issue cost: one more quarter in the high branch.
    high = 3 * QUARTER + 200 + SHORT
    plan = costs(
        tutorial("23"),
        cloud_rent=2 * QUARTER + 0.5 * QUARTER,
        financing=0.5 * 200,
        shortfall=0.5 * SHORT,
    )
    assert plan.objective_usd_m == pytest.approx(1225.0) == pytest.approx((high + 600) / 2)
    assert amounts(plan, "took") == {"series_x|2027Q3/high": 1}
    (row,) = plan.frames["decisions"].query("variable == 'took'").itertuples()
    assert (row.decision, row.id, row.node, row.date) == (
        "take_round",
        "series_x",
        "2027Q3/high",
        "2027-07-01",
    )


def test_the_round_found_taken_in_both_branches() -> None:
    sys.path.insert(0, str(FOUND))
    try:
        import round_in_branch as found
    finally:
        sys.path.remove(str(FOUND))
    for name, instance in found.instances().items():
        assert solved(instance).objective_usd_m == pytest.approx(found.COSTS[name]), name


def test_a_round_that_closes_before_demand_is_known_is_taken_in_both_branches() -> None:
    # Closing in April it is one decision: in both branches 200 are paid, in half of all cases a quarter is served.
    early = tutorial("23").tweak("money.rounds.series_x.by_date_usd_bn", {"2027Q2": 0.5})
    plan = costs(early, cloud_rent=2 * QUARTER + 0.5 * QUARTER, financing=200, shortfall=0.5 * SHORT)
    assert amounts(plan, "took") == {"series_x|2027Q2": 1}


def test_a_round_that_closes_later_in_one_branch() -> None:
    # High closes in October: the money serves the last quarter instead of the third; cost and service are the same.
    late = {"money.rounds.series_x.by_date_usd_bn": {"2027Q4": 0.5}}
    plain = tutorial("23")
    tree = plain.tweak("scenarios.demand.branches.high.set", late)
    plan = costs(tree, cloud_rent=2 * QUARTER + 0.5 * QUARTER, financing=0.5 * 200, shortfall=0.5 * SHORT)
    assert amounts(plan, "took") == {"series_x|2027Q4/high": 1}


def test_a_round_that_one_branch_does_not_offer() -> None:
    # High would take it and may not: 600 served, two quarters short.
    tree = tutorial("23").tweak("scenarios.demand.branches.high.set", {"money.rounds.series_x.active": False})
    costs(tree, cloud_rent=2 * QUARTER, shortfall=0.5 * 2 * SHORT)


def test_a_choice_that_holds_in_one_branch() -> None:
    # The choice forbids the round where it is active.
    none = {"of": ["series_x"], "at_most": 0, "active": False}
    tree = tutorial("23").tweak("logic.no_equity", none)
    costs(tree, cloud_rent=2.5 * QUARTER, financing=100, shortfall=0.5 * SHORT)
    forbidden = tree.tweak("scenarios.demand.branches.high.set", {"logic.no_equity.active": True})
    costs(forbidden, cloud_rent=2 * QUARTER, shortfall=0.5 * 2 * SHORT)
