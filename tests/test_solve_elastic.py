"""Why no plan is possible: the fewest named rules, then the least priced amount, by hand."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from solve_models import TestFamily, planning_model, with_families

from planner.solve.elastic import explain
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

LIMITS = [("vendor_cap", "oracle"), ("vendor_cap", "aws"), ("least_own", "own")]


def conflict(prices: dict[str, float] | None = None) -> pyo.ConcreteModel:
    """Serve 100 MW from oracle, aws and own, each limit in the way.

    vendor_cap: oracle and aws at most 20 MW each; least_own: at least 90 MW of own; supply: own at most 50 MW.
    With all of it: own <= 50 < 90. Without `supply`: own 90, the rest 10: a plan. Without `least_own`: own 50,
    40 from the two: 90 < 100, no plan. Without `vendor_cap`: own 50 < 90, no plan. So `supply` alone must go.
    """
    cost = prices or {}
    m = pyo.ConcreteModel()
    m.mw = pyo.Var(["oracle", "aws", "own"], bounds=(0, 500))
    m.demand = pyo.Constraint([(1,)], rule=lambda m, t: sum(m.mw.values()) == 100)
    m.limit = pyo.Constraint(
        LIMITS, rule=lambda m, i, v: m.mw[v] <= 20 if i == "vendor_cap" else m.mw[v] >= 90
    )
    m.supply = pyo.Constraint([("nvidia", 1)], rule=lambda m, k, t: m.mw["own"] <= 50)
    m.objective = pyo.Objective(expr=m.mw["oracle"])

    def limit_price(index: Any) -> float:
        return cost.get(index[0], 1.0)

    return with_families(
        m,
        demand=TestFamily("demand", relaxable=False),
        limit=TestFamily("limit", rule_of=lambda index: index[0], price=limit_price),
        supply=TestFamily("supply", price=lambda index: cost.get("supply", 1.0)),
    )


def test_the_rule_that_must_give_way_is_named_with_its_amount() -> None:
    found = explain(conflict())
    assert found.found and found.fewest_proven and found.least_proven
    assert found.rules == ("supply",)
    (row,) = found.rows
    assert (row.rule_id, row.family, row.index, row.unit, row.side) == (
        "supply",
        "supply",
        ("nvidia", 1),
        "MW",
        "above",
    )
    assert row.amount == pytest.approx(90 - 50)
    assert found.priced_usd_m == pytest.approx(40)
    assert found.values[("mw", "own")] == pytest.approx(90)
    assert found.sentences == (
        "supply: supply at ('nvidia', 1): missed by 40 MW",
        "at least 1 rule must give way: supply",
    )


def test_fewest_rules_come_before_the_price() -> None:
    # Breaking least_own (by 30) and vendor_cap (by 10) would be priced 0.4; the one rule alone 4,000.
    found = explain(conflict({"supply": 100.0, "least_own": 0.01, "vendor_cap": 0.01}))
    assert found.rules == ("supply",)
    assert found.priced_usd_m == pytest.approx(4000)


def test_among_as_few_rules_the_cheapest_is_taken() -> None:
    m = conflict()
    m.del_component(m.supply)
    m.supply = pyo.Constraint([("nvidia", 1)], rule=lambda m, k, t: m.mw["own"] <= 70)
    # Now own <= 70 with 40 beside it serves 110: without least_own there is a plan, and without supply too.
    prices = {"supply": 3.0, "least_own": 1.0}
    priced = conflict(prices)
    priced.del_component(priced.supply)
    priced.supply = pyo.Constraint([("nvidia", 1)], rule=lambda m, k, t: m.mw["own"] <= 70)
    found = explain(priced)
    assert found.rules == ("least_own",)
    assert found.priced_usd_m == pytest.approx(1.0 * (90 - 70))
    dearer = conflict({"supply": 0.5, "least_own": 1.0})
    dearer.del_component(dearer.supply)
    dearer.supply = pyo.Constraint([("nvidia", 1)], rule=lambda m, k, t: m.mw["own"] <= 70)
    assert explain(dearer).rules == ("supply",)


def test_a_limit_counts_once_however_many_of_its_rows_break() -> None:
    m = conflict()
    for vendor in ("oracle", "aws"):
        m.limit["vendor_cap", vendor].set_value(m.mw[vendor] >= 60)  # 60 + 60 + 90 of 100
    m.supply["nvidia", 1].deactivate()
    found = explain(m)
    assert found.rules == ("vendor_cap",)
    assert {row.index for row in found.rows} <= {("vendor_cap", "oracle"), ("vendor_cap", "aws")}
    assert sum(row.amount for row in found.rows) == pytest.approx(60 + 60 - 10)


def test_a_price_on_the_largest_amount_spreads_the_gap() -> None:
    m = pyo.ConcreteModel()
    m.cash = pyo.Var([1, 2, 3], bounds=(-1e5, 1e5))
    m.total = pyo.Constraint(expr=m.cash[1] + m.cash[2] + m.cash[3] == 0)
    m.fixed = pyo.Constraint(expr=m.cash[1] == 40)
    m.floor = pyo.Constraint([1, 2, 3], rule=lambda m, t: m.cash[t] >= 10)
    m.objective = pyo.Objective(expr=0 * m.cash[1])
    keep = {name: TestFamily(name, relaxable=False) for name in ("total", "fixed")}
    found = explain(with_families(m, **keep, floor=TestFamily("floor", unit="USD m", violation_of="largest")))
    # cash 2 + cash 3 = -40: at best -20 each, 30 below the floor
    assert [(row.index, row.side) for row in found.rows] == [(2, "below"), (3, "below")]
    assert [row.amount for row in found.rows] == pytest.approx([30.0, 30.0])
    assert found.priced_usd_m == pytest.approx(30.0)


def test_whole_numbers_alone_can_be_the_cause() -> None:
    m = pyo.ConcreteModel()
    m.blocks = pyo.Var(["a"], domain=pyo.NonNegativeIntegers, bounds=(0, 9))
    m.need = pyo.Constraint([(1,)], rule=lambda m, t: 100 * m.blocks["a"] >= 250)
    m.power = pyo.Constraint([("abilene", 1)], rule=lambda m, s, t: 100 * m.blocks["a"] <= 280)
    m.objective = pyo.Objective(expr=m.blocks["a"])
    found = explain(with_families(m))
    assert found.rules == ("power",)  # three blocks are 20 MW too much; two are 50 MW too little
    assert [row.amount for row in found.rows] == pytest.approx([20.0])
    cheap_need = with_families(m, need=TestFamily("need", price=lambda index: 0.1))
    assert explain(cheap_need).rules == ("need",)  # 50 x 0.1 < 20


def test_what_may_not_give_way_is_never_named() -> None:
    m = conflict()
    m.balance = pyo.Constraint(expr=m.mw["own"] == 600)  # above its bound of 500: nothing helps
    m.families["balance"] = TestFamily("balance", relaxable=False)
    found = explain(m)
    assert not found.found
    assert found.rules == () and found.rows == ()
    assert "balances" in found.sentences[-1]


def test_a_model_that_has_a_plan_needs_nothing_broken() -> None:
    found = explain(planning_model(periods=8, sites=2, offers=3, chips=2))
    assert found.found
    assert (found.rules, found.rows, found.priced_usd_m) == ((), (), 0.0)


def test_a_model_of_full_size_is_explained_in_seconds() -> None:
    m = planning_model()
    m.cash_row[2].set_value(m.cash[2] == m.cash[1] + m.draw[2] - 30_000.0)
    m.commitment = pyo.Constraint(
        [("a", 5)], rule=lambda m, i, t: sum(m.delivered_mw[o, 2] for o in range(15)) >= 8000
    )
    m.families["commitment"] = TestFamily("commitment", rule_of=lambda index: index[0])
    assert solve_model(m).status == "infeasible"
    found = explain(m, SolveOptions(time_limit=600))
    assert found.rules == ("floor", "a")
    floor, wanted = found.rows
    # 8000 at first, income 2500 + 2650 in quarters 0 and 1, draws of 4000 in 0, 1, 2; then 30,000 to pay, 500 to keep
    assert floor.amount == pytest.approx(30_000 + 500 - 8000 - 2500 - 2650 - 3 * 4000)
    assert wanted.amount == pytest.approx(8000 - sum_of_first_signings(m))


def sum_of_first_signings(m: pyo.ConcreteModel) -> float:
    """Most that can be delivered in quarter 2: signings of quarter 0 with a lead of 2."""
    return sum(
        m.signed_mw[o, 0].ub for o in range(15) if (o, 22) not in m.signed_mw and (o, 21) in m.signed_mw
    )


@pytest.mark.parametrize("seed", range(25))
def test_fewest_and_least_against_all_sets_of_rules(seed: int) -> None:
    """Random whole points; every subset of the rules is tried by hand, from small to large."""
    rng = np.random.default_rng(seed)
    n, rows, rules = 3, 7, 4
    a, b = rng.integers(-3, 4, (rows, n)), rng.integers(-6, 4, rows)
    rule_of, price = rng.integers(0, rules, rows).tolist(), rng.integers(1, 9, rules).tolist()
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(n), domain=pyo.Integers, bounds=(0, 3))
    m.rows = pyo.Constraint(
        [(i,) for i in range(rows)],
        rule=lambda m, i: sum(int(a[i, j]) * m.x[j] for j in range(n)) + 0 * m.x[0] <= int(b[i]),
    )
    m.objective = pyo.Objective(expr=m.x[0])
    family = TestFamily("rows", rule_of=lambda i: f"r{rule_of[i]}", price=lambda i: float(price[rule_of[i]]))
    best: tuple[int, float] = (99, math.inf)
    for point in itertools.product(range(4), repeat=n):
        missed = np.maximum(0, a @ np.array(point) - b)
        broken = {rule_of[i] for i in range(rows) if missed[i] > 0}
        best = min(best, (len(broken), float(sum(missed[i] * price[rule_of[i]] for i in range(rows)))))
    found = explain(with_families(m, rows=family))
    assert found.found and found.fewest_proven
    assert len(found.rules) == best[0]
    assert found.priced_usd_m == pytest.approx(best[1], rel=2e-3)
