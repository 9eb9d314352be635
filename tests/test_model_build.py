"""Building: what may be switched off, rules of one's own, hints for the first plan, the two solves of a soft floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo
import pytest
from model_data import every_feature
from model_rich import rich
from tiny import tiny

from planner.data.prepare import prepare
from planner.errors import UsageError
from planner.model import bound_overdraft, build, least_overdraft_objective, needs_least_overdraft
from planner.model.registry import families
from planner.solve.elastic import explain
from planner.solve.first_plan import read_hints
from planner.solve.handover import hand_over
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

EXACT = SolveOptions(gap=0.0, time_limit=600)
ROUGH = SolveOptions(gap=0.01, time_limit=600)


@dataclass(frozen=True)
class Own:
    function: Any
    name: str = "oracle_share"
    over: str = "nodes"
    sentence: str = "v delivers at most 40 % of installed capacity"


def test_each_rule_that_may_be_left_out_leaves_the_others_alone() -> None:
    data = every_feature()
    whole = {name: one.rows for name, one in build(data).families.items()}
    for one in families():
        if one.relaxable:
            m = build(data, rules_off={one.name})
            assert m.component(one.name) is None
            left = {name: built.rows for name, built in m.families.items()}
            assert {**left, one.name: whole[one.name]} == whole


def test_a_limit_is_left_out_by_its_id() -> None:
    m = build(every_feature(), rules_off={"v_share"})
    assert list(m.at_most) == [("spend_cap", "", "n3")]
    assert m.families["at_most"].rule_id(("spend_cap", "", "n3")) == "spend_cap"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("cash", "says what the variables mean", "liquidity_floor"),
        ("liquidity_flor", "no rule liquidity_flor", "did you mean liquidity_floor?"),
        ("spendcap", "no rule spendcap", "did you mean spend_cap?"),
    ],
)
def test_what_cannot_be_left_out_is_refused(name: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        build(every_feature(), rules_off={name})
    assert hint in str(caught.value.hint)


def test_a_rule_that_is_left_out_costs_no_more() -> None:
    data = prepare(rich())
    cost = solve_model(build(data), ROUGH).objective
    assert cost is not None
    for name in ("liquidity_floor", "supply", "site_power", "most_signings", "w_share", "debt_limit"):
        freed = solve_model(build(data, rules_off={name}), ROUGH).bound
        assert freed is not None
        assert freed <= cost, name


def test_a_feature_that_is_absent_has_no_rows() -> None:
    m = build(prepare(tiny()))
    used = {name for name, one in m.families.items() if one.rows}
    assert used <= {"demand", "cash", "payments", "site_load", "site_power"}
    # 1 GW short for two years at USD 10 bn a GW-year, discounted at 10 % at the middle of each quarter.
    factors = sum(1.1 ** -((i + 0.5) / 4) for i in range(8))
    assert solve_model(m, EXACT).objective == pytest.approx(10_000 / 4 * factors, rel=1e-9)


# Rules of one's own


def share(m: Any, d: Any, t: str) -> Any:
    return m.delivered_by_vendor["v", t] <= 0.4 * m.installed_total[t]


def test_an_own_rule_reads_sums_and_becomes_a_family() -> None:
    m = build(every_feature(), user_rules=[Own(share)])
    family = m.families["oracle_share"]
    assert family.family.user
    assert family.relaxable
    assert family.rows == 3
    assert family.violation_price("n1") == 15.0
    handed = hand_over(m)
    row = handed.row_of["oracle_share", "n3"]
    entries = range(handed.arrays.starts[row], handed.arrays.starts[row + 1])
    terms = {handed.columns[handed.arrays.columns[e]]: handed.arrays.values[e] for e in entries}
    assert terms == {
        ("delivered_end_mw", ("v.shell", "none", "n3")): 1.0,
        ("installed_end_mw", ("a", "s.own", "n3")): -0.4,
        ("installed_end_mw", ("a", "v.shell", "n3")): -0.4,
        ("delivered_end_mw", ("w.cloud", "a", "n3")): -0.4,
        ("delivered_end_mw", ("w.cloud", "b", "n3")): -0.4,
        ("drawn_mw", ("w.spend", "b", "n1", "n3")): -0.4,
    }


def test_sums_are_made_for_own_rules_only() -> None:
    assert build(every_feature()).component("installed_total") is None


def test_an_own_rule_over_another_list_and_with_given_numbers() -> None:
    def half_used(m: Any, d: Any, site: str, n: str, step: int) -> Any:
        return m.site_load_mw[site, n, step] <= 0.5 * d.power.grid_facility_mw[site, n, step]

    m = build(every_feature(), user_rules=[Own(half_used, "half_used", "power.dates", "half")])
    assert list(m.half_used) == list(m.site_power)
    handed = hand_over(m)
    assert handed.arrays.row_upper[handed.row_of["half_used", ("s", "n1", 0)]] == 100.0


@pytest.mark.parametrize(
    ("function", "over", "message"),
    [
        (lambda m, d, t: m.delivered_by_vendor["nobody", t] <= 1, "nodes", "nobody"),
        (lambda m, d, t: m.cash_usd_m[t] * m.cash_usd_m[t], "nodes", "oracle_share"),
        (lambda m, d, t: m.cash_usd_m[t] >= 0, "quarters", "quarters"),
        (lambda m, d: m.cash_usd_m["n1"] >= 0, "nodes", "oracle_share"),
    ],
)
def test_an_own_rule_that_fails_says_so(function: Any, over: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        build(every_feature(), user_rules=[Own(function, over=over)])
    assert caught.value.rule == "oracle_share"


def test_an_own_rule_may_not_take_a_name_of_ours() -> None:
    with pytest.raises(UsageError, match="already"):
        build(every_feature(), user_rules=[Own(share, name="site_power")])


# What the solve stage reads


def test_hints_fit_the_first_plan() -> None:
    m = build(every_feature())
    handed = hand_over(m)
    hints = read_hints(m, handed)
    least = {
        key: hints.least[column] for column, key in enumerate(handed.columns) if handed.arrays.whole[column]
    }
    assert least["blocks", ("s.own", "n1")] == 0.02
    assert least["opened", ("s.own", "n1")] == least["took", ("ipo", "n2")] == 0.0
    assert least["signed_blocks", ("v.shell", "none", "n1")] == 0.0
    bars = {handed.columns[column][1]: bar for column, (_, bar) in hints.measures.items()}
    # 0.3 of the smallest signing: a block of 25 MW, and 40 MW.
    assert bars == {("v.shell", "n1"): 7.5, ("w.cloud", "n1"): 12.0, ("w.cloud", "n2"): 12.0}


def test_the_cost_by_line_adds_up_to_the_objective() -> None:
    m = build(every_feature())
    outcome = solve_model(m, EXACT)
    for name, values in outcome.by_component.items():
        for index, value in values.items():
            m.component(name)[index].set_value(value, skip_validation=True)
    lines = {line: float(m.cost_usd_m[line]()) for line in m.cost_usd_m}
    assert sum(lines.values()) == pytest.approx(outcome.objective, rel=1e-9)
    assert lines["shortfall"] > 0.0


LOSING = {"opening": {"cash_usd_bn": 1}, "operating_cash_usd_bn_per_year": -4, "floor_usd_bn": 0.5}


def test_a_soft_floor_without_amount_takes_two_solves() -> None:
    m = build(prepare(tiny(money={**LOSING, "soft_floor": {}})))
    assert needs_least_overdraft(m)
    first = solve_model(m, EXACT, objective=least_overdraft_objective(m))
    # 1 - 8 years' quarters of 1 = -7 at the end, 7.5 below the floor.
    assert first.objective == pytest.approx(7500.0, abs=1e-6)
    bound_overdraft(m, first.objective + 1e-6)
    second = solve_model(m, EXACT)
    assert second.by_component["overdraft_usd_m"]["2028Q4"] == pytest.approx(7500.0, abs=1e-5)
    assert max(second.by_component["overdraft_usd_m"].values()) <= 7500.0 + 1e-5


def test_a_soft_floor_with_an_amount_takes_one() -> None:
    m = build(prepare(tiny(money={**LOSING, "soft_floor": {"max_usd_bn": 8}})))
    assert not needs_least_overdraft(m)
    with pytest.raises(ValueError, match="max_usd_bn"):
        least_overdraft_objective(m)
    assert solve_model(m, EXACT).status == "optimal"


def test_a_floor_that_breaks_is_named_with_its_amount() -> None:
    m = build(prepare(tiny(money=LOSING)))
    assert solve_model(m, EXACT).status == "infeasible"
    found = explain(m)
    assert found.rules == ("liquidity_floor",)
    worst = max(found.rows, key=lambda row: row.amount)
    assert (worst.index, worst.amount) == ("2028Q4", pytest.approx(7500.0, abs=1e-3))
    assert (
        m.families[worst.family].sentence_at(worst.index) == "cash at the end of 2028Q4 stays above the floor"
    )


# The tree


def relaxed_cost(m: pyo.ConcreteModel) -> float:
    for column in m.component_data_objects(pyo.Var):
        column.domain = pyo.Reals if column.lb is None else pyo.NonNegativeReals
    cost = solve_model(m, EXACT).objective
    assert cost is not None
    return cost


def test_two_identical_branches_cost_what_the_path_costs() -> None:
    branches = {"a": {"probability": 0.3, "set": {}}, "b": {"probability": 0.7, "set": {}}}
    path = prepare(rich())
    tree = prepare(rich(scenarios={"same": {"known": "2027Q4", "branches": branches}}))
    assert len(tree.tree.nodes) == 3 + 2 * 6
    assert relaxed_cost(build(tree)) == pytest.approx(relaxed_cost(build(path)), rel=1e-8)
    one, other = solve_model(build(path), ROUGH), solve_model(build(tree), ROUGH)
    assert one.bound <= other.objective
    assert other.bound <= one.objective


def test_knowing_more_never_costs_more() -> None:
    wanted = {"w": {"demand_gw": {"2027": 0.2, "2028": 0.3, "interpolate": "step"}}}
    high = {"workloads.w.demand_gw": {"2027": 0.2, "2028": 0.6, "interpolate": "step"}}
    branches = {"high": {"probability": 0.5, "set": high}, "low": {"probability": 0.5, "set": {}}}
    costs = []
    for known in ("2027Q1", "2027Q3", "2028Q1"):
        instance = rich(workloads=wanted, scenarios={"demand": {"known": known, "branches": branches}})
        outcome = solve_model(build(prepare(instance)), ROUGH)
        assert outcome.bound is not None
        assert outcome.objective is not None
        costs.append((outcome.bound, outcome.objective))
    assert costs[0][0] <= costs[1][1] + 1e-6
    assert costs[1][0] <= costs[2][1] + 1e-6
