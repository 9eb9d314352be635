"""Rules of one's own: a row with a variable binds, one without is true or false in our words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

import planner
from planner.explore import floor_dates, refine

TUTORIAL = Path(__file__).parent.parent / "instances" / "tutorial"


@pytest.fixture(scope="module")
def cloud() -> planner.Instance:
    return planner.read(TUTORIAL / "01_cloud.yaml")


def always(m: Any, d: Any, t: str) -> Any:
    return 5 <= 30


def always_by_numpy(m: Any, d: Any, t: str) -> Any:
    return np.float64(5) <= 30


def nothing_is_built(m: Any, d: Any, t: str) -> Any:
    "No own MW: the instance has no builds, so that the sum is 0 at every node."
    return m.delivered_by_vendor["own", t] <= 30.0


def constants_of_pyomo(m: Any, d: Any, t: str) -> Any:
    return pyo.inequality(0.0, m.delivered_by_vendor["own", t], 30.0)


def left_to_pyomo(m: Any, d: Any, t: str) -> Any:
    return pyo.Constraint.Feasible


@pytest.mark.parametrize(
    "rule", [always, always_by_numpy, nothing_is_built, constants_of_pyomo, left_to_pyomo]
)
def test_a_row_that_is_true_whatever_is_decided_changes_nothing_and_is_noted(
    rule: Any, cloud: planner.Instance
) -> None:
    plan = cloud.with_rule(rule).solve(gap=1e-6)
    assert plan.objective_usd_m == pytest.approx(cloud.solve(gap=1e-6).objective_usd_m)
    assert any(
        f"{rule.__name__} holds whatever is decided in all of its rows" in note for note in plan.record.notes
    )


def at_least_one_own_mw(m: Any, d: Any, t: str) -> Any:
    return m.delivered_by_vendor["own", t] >= 1.0


def never_in_the_second_period(m: Any, d: Any, t: str) -> Any:
    return t != d.nodes[1]


def two_numbers_that_differ(m: Any, d: Any, t: str) -> Any:
    return m.delivered_by_vendor["own", t] == 1.0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (at_least_one_own_mw, "false for 2027Q1, 2027Q2, 2027Q3 and 1 more whatever is decided"),
        (never_in_the_second_period, "false for 2027Q2 whatever is decided"),
        (two_numbers_that_differ, "false for 2027Q1"),
    ],
)
def test_a_row_that_is_false_whatever_is_decided_is_named(
    rule: Any, words: str, cloud: planner.Instance
) -> None:
    with pytest.raises(planner.InfeasibleError) as caught:
        cloud.with_rule(rule).solve()
    assert words in str(caught.value)
    assert caught.value.rule == rule.__name__
    assert caught.value.exit_code == 4


def at_most_60(m: Any, d: Any, t: str) -> Any:
    "At most 60 MW of Oracle; in the first period whatever it likes."
    return True if t == d.nodes[0] else m.delivered_by_vendor["oracle", t] <= 60.0


def test_a_rule_may_be_true_here_and_bind_there(cloud: planner.Instance) -> None:
    plan = cloud.with_rule(at_most_60).solve(gap=1e-6)
    assert len(plan.model.at_most_60) == len(plan.periods) - 1
    assert any(
        "at_most_60 holds whatever is decided in 1 of 4 of its rows" in note for note in plan.record.notes
    )


def test_the_frames_of_a_plan_are_listed_beside_its_methods(cloud: planner.Instance) -> None:
    plan = cloud.solve(gap=1e-6)
    assert set(plan.frames) | {"save", "report", "objective_usd_m", "record"} <= set(dir(plan))


def test_an_error_of_a_sweep_names_the_case(cloud: planner.Instance, tmp_path: Path) -> None:
    with pytest.raises(planner.InfeasibleError, match=r"^with rounds, served: worth_it: no plan keeps"):
        floor_dates(cloud.with_rule(at_least_one_own_mw))
    with pytest.raises(planner.UsageError, match=r"^by month: "):
        refine(cloud.tweak("discount", {"rate": "10%", "factors": [1.0, 0.98, 0.95, 0.93]}).solve(), "month")
    bad = "\ncases:\n  short: {calendar.end: 2026Q1}\n"
    (tmp_path / "cased.yaml").write_text((TUTORIAL / "01_cloud.yaml").read_text() + bad)
    with pytest.raises(planner.InstanceError, match=r"case short"):
        planner.run_cases(tmp_path / "cased.yaml", out=tmp_path)
