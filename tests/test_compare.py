"""Two plans side by side: inputs that differ, verdicts that no line beside the cost turns round, like with like."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hand import tutorial

import planner
from planner.case_table import case_text
from planner.compare import beside, compare, interval_sentence
from planner.plan.plan import Plan


def solved(instance: Any) -> Plan:
    plan: Plan = planner.solve(instance, gap=0.0)
    return plan


def bridge(a: Plan, b: Plan) -> dict[str, tuple[float, float]]:
    frame = compare(a, b).bridge
    return {row.line: (row.a_usd_m, row.b_usd_m) for row in frame.itertuples(index=False)}


def test_a_change_of_cost_alone() -> None:
    # 200 m more of cash buy 200 m of use, which serves what is worth 500: 2,100 and 1,800.
    a, b = solved(tutorial("15")), solved(tutorial("15").tweak("money.opening.cash_usd_bn", 1.2))
    found = compare(a, b)
    assert found.sentence == "cheaper by 300.00 USD m"
    assert compare(b, a).sentence == "more expensive by 300.00 USD m"
    assert bridge(a, b)["cost"] == pytest.approx((2100, 1800))
    assert bridge(a, b)["total"] == pytest.approx((2100, 1800))
    assert found.inputs.to_dict("records") == [{"path": "money.opening.cash_usd_bn", "a": "1", "b": "1.2"}]


def test_what_no_decision_changes_turns_the_verdict() -> None:
    # Of inference 10 MW are short in one quarter. With a margin of 4 instead of 10 they cost 6 x 10 / 4 = 15 less; but
    # of the 80 MW asked for all year (the pulse aside) 80 x 6 = 480 less is earned: 465 worse, not 15 better.
    a = solved(tutorial("14"))
    b = solved(tutorial("14").tweak("workloads.inference.margin_usd_bn_per_gw_year", 4))
    less = a.objective_usd_m - b.objective_usd_m
    assert less > 0
    assert beside(a)["margin_of_demand"] == pytest.approx(-800)
    assert beside(b)["margin_of_demand"] == pytest.approx(-320)
    found = compare(a, b)
    assert found.sentence == (
        f"in all worse by {480 - less:,.2f} USD m: the cost of decisions is lower by {less:,.2f} USD m, "
        "what no decision changes is worse by 480.00 USD m"
    )
    assert found.total_interval == pytest.approx((480 - less, 480 - less))
    total = bridge(a, b)["total"]
    assert total[1] - total[0] == pytest.approx(480 - less)
    assert total[0] == pytest.approx(a.objective_usd_m + sum(beside(a).values()))


def with_bounds(plan: Plan, cost: float, bound: float | None) -> Plan:
    return replace(plan, record=replace(plan.record, objective_usd_m=cost, bound_usd_m=bound))


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ((1000.0, 990.0), (1005.0, 995.0), "no difference found (between −5.00 and +15.00 USD m)"),
        ((1000.0, 990.0), (3000.0, 2900.0), "more expensive by 1.90 to 2.01 USD bn"),
        ((3000.0, 2900.0), (1000.0, 990.0), "cheaper by 1.90 to 2.01 USD bn"),
        ((1000.0, 990.0), (3000.0, None), "no difference found (between anything and +2.01 USD bn)"),
        ((1000.0, None), (3000.0, 2900.0), "more expensive by at least 1.90 USD bn"),
        ((1000.0, 1000.0), (1000.0, 1000.0), "the same"),
    ],
)
def test_verdicts_come_from_the_bounds(a: Any, b: Any, words: str) -> None:
    plan = solved(tutorial("15"))
    assert interval_sentence(with_bounds(plan, *a), with_bounds(plan, *b)) == words


def test_plans_of_different_times_are_not_judged() -> None:
    a = solved(tutorial("01"))
    b = solved(tutorial("01").tweak("calendar.end", "2028Q4"))
    found = compare(a, b)
    assert found.sentence.startswith("not comparable: the calendar is 2027-01-01 to 2027-12-3")
    assert all(math.isnan(each) for each in (*found.interval, *found.total_interval))
    assert found.inputs["path"].tolist() == ["calendar.end"]


def test_a_year_in_halves_is_compared_on_the_days_that_both_have() -> None:
    a = solved(tutorial("15"))
    b = solved(tutorial("15").tweak("calendar.step", "half").tweak("money.opening.cash_usd_bn", 2))
    found = compare(a, b)
    assert found.cautions == (
        "the periods differ: only days on which a period ends in both are set side by side",
    )
    assert set(found.cash["last_day"]) <= set(a.frames["periods"]["last_day"]) & set(
        b.frames["periods"]["last_day"]
    )


def test_other_rates_and_reports_are_said() -> None:
    a = solved(tutorial("20"))
    b = solved(tutorial("20").tweak("discount.rate", 0.2).tweak("calendar.report_to", None))
    told = compare(a, b).cautions
    assert any(each.startswith("the discount rates differ") for each in told)
    assert any(each.startswith("reported to ") for each in told)


def test_scenarios_are_weighted() -> None:
    # On the tree of tutorial 21 half of the probability is in each branch: the same plan differs in nothing.
    plan = solved(tutorial("21"))
    found = compare(plan, plan)
    assert found.cash.empty and found.ladder.empty and found.decisions.empty and found.inputs.empty
    without = compare(
        solved(tutorial("21").tweak("scenarios", None).tweak("workloads.training.demand_gw", 0.1)), plan
    )
    cash = plan.frames["cash"]
    last = cash[cash["period"] == cash["period"].iloc[-1]]
    expected = float((last["closing_usd_m"] * last["probability"]).sum())
    assert without.cash["b_usd_m"].iloc[-1] == pytest.approx(expected)


def test_power_is_in_mw_for_a_small_company() -> None:
    ladder = compare(
        solved(tutorial("15")), solved(tutorial("15").tweak("workloads.training.demand_gw", 0.2))
    ).ladder
    assert set(ladder["unit"]) <= {"MW"}


def test_where_numbers_come_from_is_no_difference() -> None:
    a = tutorial("15")
    told = {"value": 1, "low": 0.5, "high": 2, "source": "the bank", "as_of": "2026"}
    assert compare(solved(a), solved(a.tweak("money.opening.cash_usd_bn", told))).inputs.empty


def test_the_table_of_cases_has_units_and_every_digit_that_matters() -> None:
    row: dict[str, Any] = {
        "case": "base", "status": "optimal", "cost_usd_bn": 1041.07, "bound_usd_bn": 1038.2, "gap": 0.0004,
        "beside_usd_bn": -615.2, "total_usd_bn": 425.9, "powered_gw": 0.1, "shortfall_gw_years": 0.0123,
        "least_cash_usd_bn": -0.0000001, "inputs": None, "difference": "", "audit": "ok", "run": "x", "size_gw": 0.2,
    }  # fmt: skip
    heads, (cells,) = case_text([row])
    shown = dict(zip(heads, cells, strict=True))
    assert shown["gap, %"] == "0.04"
    assert shown["powered, MW"] == "100.00"
    assert shown["unserved, MW-years"] == "12.30"
    assert shown["least cash, USD bn"] == "0.0000001" or "-" not in shown["least cash, USD bn"].replace(
        "−", "-"
    )
    heads, _ = case_text([{**row, "size_gw": 20.0}])
    assert "powered, GW" in heads
