"""What is left out of an instance leaves no trace in its model, and no clause of demand earns anything."""

from __future__ import annotations

from typing import Any

import pytest
from hand import ROOT, tutorial
from test_demand_audit import EVERYTHING, WITHIN
from test_second_opinion import RICH
from tiny import tiny_with

import planner
from planner.data.prepare import prepare
from planner.instance.instance import Instance
from planner.model import build
from planner.model.registry import families
from planner.solve.options import SolveOptions
from planner.solve.solve import solve_model

RULES = [one.name for one in families() if one.subject in ("serving", "shift")]
VARIABLES = ("source", "pulse_work_mw", "borrowed_mw", "returned_mw")


@pytest.mark.parametrize(
    "name", ["stargate.yaml", "tutorial/14_workloads.yaml", "tutorial/21_scenarios.yaml"]
)
def test_what_is_left_out_leaves_no_row_and_no_column(name: str) -> None:
    m = build(prepare(planner.read(ROOT / "instances" / name)))
    assert len(RULES) == 9
    assert {rule: len(m.component(rule)) for rule in RULES} == dict.fromkeys(RULES, 0)
    assert {variable: len(m.component(variable)) for variable in VARIABLES} == dict.fromkeys(VARIABLES, 0)


def test_clauses_that_change_nothing_change_no_other_number() -> None:
    """One demand region that all may serve for nothing, no efficiency, a derate of 1: the same cost, line by line."""
    plain = tutorial("13")
    same = (
        plain.tweak("workloads.training.regions", {"all": {"share": 1}})
        .tweak("workloads.training.efficiency_per_year", 0)
        .tweak("workloads.training.rebound_share", 0.5)
        .tweak("serving_usd_bn_per_gw_year", {"us": {"all": 0}, "milam": {"all": 0}})
    )
    for chip in plain.spec.chips:
        same = same.tweak(f"chips.{chip}.derate_by_months", {"0": 1, "24": 1})
    one, two = (planner.solve(each, gap=0.0) for each in (plain, same))
    assert planner.audit(two).ok
    assert two.objective_usd_m == pytest.approx(one.objective_usd_m, rel=1e-9)
    assert list(two.frames["costs"]["total_usd_m"]) == pytest.approx(list(one.frames["costs"]["total_usd_m"]))


def interval(*changes: dict[str, Any]) -> tuple[float, float]:
    """Least and most that the best plan can cost."""
    instance: Instance = tiny_with(RICH, EVERYTHING, *changes)
    outcome = solve_model(build(prepare(instance)), SolveOptions(time_limit=600, gap=1e-4))
    assert outcome.objective is not None and outcome.bound is not None
    return outcome.bound, outcome.objective


NO_PULSE: dict[str, Any] = {"workloads": {"x": {"pulse": None}}}
NO_BORROWING: dict[str, Any] = {"workloads": {"x": {"pulse": {"borrow": None}}}}
FREE: dict[str, Any] = {
    "workloads": {"x": {"pulse": {"within": WITHIN, "borrow": {"price_usd_bn_per_gw_year": 0}}}}
}


def test_every_clause_costs_what_it_says_or_gives_room() -> None:
    usual = interval()
    dearer: dict[str, dict[str, Any]] = {
        "one place": {"workloads": {"w": {"single_source": True}}},
        "more on our own": {"workloads": {"w": {"own_share": 0.5}}},
        "dearer routes": {"serving_usd_bn_per_gw_year": {"s": {"near": 1, "far": 1.4}}},
        "fewer places": {"workloads": {"w": {"regions": {"far": {"served_from": ["q"]}}}}},
        "no borrowing": NO_BORROWING,
    }
    for name, change in dearer.items():
        assert interval(change)[1] >= usual[0], name
    cheaper: dict[str, dict[str, Any]] = {
        "a window": {"workloads": {"x": {"pulse": {"within": WITHIN}}}},
        "more efficiency": {"workloads": {"w": {"efficiency_per_year": 0.5, "rebound_share": 0.1}}},
        "no pulse": NO_PULSE,
    }
    for name, change in cheaper.items():
        assert interval(change)[0] <= usual[1], name


def test_a_pulse_never_earns() -> None:
    """Shifted freely, borrowing for nothing, it costs at least as much as no pulse, and less than when it is stuck."""
    none, stuck, free = interval(NO_PULSE), interval(NO_BORROWING), interval(FREE)
    assert free[1] >= none[0] and free[0] <= stuck[1]
    assert stuck[0] > none[1], "the instance must feel its pulse"
