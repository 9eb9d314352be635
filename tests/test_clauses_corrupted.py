"""What a clause does not allow is refused by the audit; without clauses the model has no rows and columns of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hand import solved, tutorial

from planner.audit.audit import audit
from planner.data.prepare import prepare
from planner.model import build

RULES = (
    "each_mw_goes_one_way",
    "renewed_of_renewed",
    "expanded_of_signed",
    "expanded_of_right",
    "right_of_signed",
)
EXIT = "oracle.abilene|gb300|2027Q1|half_year|2027Q3"
LATER = "oracle.abilene|gb300|2027Q1|year|2027Q4"
AGAIN = "oracle.abilene|gb300|2027Q1|2|2027Q4"
MORE = "oracle.abilene|gb300|2027Q1|2027Q3"
CANCEL = "oracle.abilene|gb300|2027Q1|2027Q3/late"


@pytest.fixture(scope="module")
def plans() -> dict[str, Any]:
    return {name: solved(tutorial(name)) for name in ("31", "33", "34", "35")}


@pytest.mark.parametrize(
    ("name", "variable", "index", "change", "rule"),
    [
        # more leaves than was signed
        ("31", "exited_mw", LATER, {"amount": 70.0}, "each_mw_goes_one_way"),
        # notice too late, too early, and of a date that is not listed
        ("31", "exited_mw", EXIT, {"index": EXIT.replace("2027Q3", "2027Q4")}, "exited_mw"),
        ("31", "exited_mw", EXIT, {"index": EXIT.replace("2027Q3", "2027Q2")}, "exited_mw"),
        ("31", "exited_mw", EXIT, {"index": EXIT.replace("half_year", "month")}, "exited_mw"),
        # fewer leave than the plan's payments say
        ("31", "exited_mw", EXIT, {"amount": 39.0}, "claimed_objective"),
        ("33", "renewed_mw", AGAIN, {"amount": 90.0}, "renewed_of_renewed"),
        ("33", "renewed_mw", AGAIN, {"index": AGAIN.replace("|2|", "|3|")}, "renewed_mw"),
        ("33", "kept_mw", "oracle.abilene|gb300|2027Q1|2027Q3", {"amount": 30.0}, "each_mw_goes_one_way"),
        ("34", "expanded_mw", MORE, {"amount": 45.0}, "expanded_of_right"),
        ("34", "expanded_mw", MORE, {"amount": 55.0}, "expanded_of_signed"),
        ("34", "expanded_mw", MORE, {"index": MORE.replace("2027Q3", "2027Q2")}, "expanded_mw"),
        ("34", "expansion_right_mw", "oracle.abilene|gb300|2027Q1", {"amount": 60.0}, "right_of_signed"),
        ("35", "cancelled_mw", CANCEL, {"index": CANCEL.replace("2027Q3", "2027Q2")}, "cancelled_mw"),
        ("35", "cancelled_mw", CANCEL, {"index": CANCEL.replace("late", "in_time")}, "cancelled_mw"),
    ],
)
def test_what_a_clause_does_not_allow_is_refused(
    plans: dict[str, Any], name: str, variable: str, index: str, change: dict[str, Any], rule: str
) -> None:
    plan = plans[name]
    frame: pd.DataFrame = plan.frames["decisions"].copy()
    row = frame.index[(frame["variable"] == variable) & (frame["index"] == index)]
    assert len(row) == 1, frame[frame["variable"] == variable]["index"].tolist()
    for column, value in change.items():
        frame.loc[row, column] = value
    verdict = audit(plan.instance, frame, {"objective_usd_m": plan.objective_usd_m, **plan.frames})
    assert not verdict.ok
    assert rule in set(verdict.violations["rule"]), str(verdict)


def test_what_is_left_out_is_not_there() -> None:
    model = build(prepare(tutorial("01")))
    assert not any(len(model.component(rule)) for rule in RULES)
    for name in (
        "exited_mw",
        "assigned_mw",
        "cancelled_mw",
        "renewed_mw",
        "expanded_mw",
        "expansion_right_mw",
    ):
        assert not len(model.component(name))
