"""What a commitment, a tier or subletting does not allow is refused; without them the model has none of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hand import solved, tutorial

from planner.audit.audit import audit
from planner.data.prepare import prepare
from planner.model import build

SPEND = "aws.trainium|trn|2027Q1|2027Q2"
TOP_UP = "aws.trainium|2027Q1|2|2028Q4"
TIER = "oracle.abilene|gb300|2|2027Q3"
LET = "oracle.abilene|gb300|2028Q1"
FAMILIES = (
    "drawn_on_the_ramp", "spent_in_a_year", "spent_in_all", "peak_of_drawn", "peak_never_falls", "counted_of_paid",
    "counted_of_total", "one_tier", "tier_reached", "mw_in_tier", "mw_in_tiers", "sublet_of_paid",
    "sublet_after_lead", "sublet_when_let", "own_demand_first",
)  # fmt: skip


@pytest.fixture(scope="module")
def plans() -> dict[str, Any]:
    # With a rate above 0 what is missing is topped up on the last day, not drawn for nobody.
    instances = {name: tutorial(name) for name in ("52", "53", "54", "55")}
    instances["51"] = tutorial("51").tweak("discount.rate", "10%")
    return {name: solved(instance) for name, instance in instances.items()}


@pytest.mark.parametrize(
    ("name", "variable", "index", "change", "rule"),
    [
        ("51", "drawn_mw", SPEND, {"amount": 101.0}, "drawn_on_the_ramp"),
        ("51", "drawn_mw", SPEND, {"index": SPEND.replace("|trn|", "|none|")}, "chip_on_offer"),
        ("51", "drawn_mw", SPEND, {"index": SPEND.replace("2027Q1|", "2027Q2|")}, "drawn_of_nothing"),
        ("51", "topped_up_usd_m", TOP_UP, {"amount": 400.0}, "spent_in_a_year"),
        ("51", "topped_up_usd_m", TOP_UP, {"amount": 0.0}, "spent_in_all"),
        ("51", "topped_up_usd_m", TOP_UP, {"index": TOP_UP.replace("2028Q4", "2028Q3")}, "top_up_date"),
        ("51", "signed_mw", "aws.trainium|none|2027Q1", {"amount": 150.0}, "least_signed"),
        ("52", "tier_mw", TIER, {"amount": 290.0}, "tier_reached"),
        ("52", "tier_mw", TIER, {"amount": 310.0}, "mw_in_tiers"),
        ("52", "tier", "oracle.abilene|2|2027Q3", {"amount": 0.0}, "mw_in_tier"),
        ("52", "tier", "oracle.abilene|2|2027Q3", {"amount": 2.0}, "one_tier"),
        ("52", "tier_mw", TIER, {"index": TIER.replace("|2|", "|3|")}, "tier_reached"),
        ("55", "sublet_mw", LET, {"amount": 101.0}, "sublet_of_paid"),
        ("55", "sublet_mw", LET, {"amount": 70.0}, "pool"),
        ("55", "sublet_mw", LET, {"index": LET.replace("2028Q1", "2028Q4")}, "own_demand_first"),
        ("55", "sublet_mw", LET, {"index": LET.replace("2028Q1", "2027Q2")}, "sublet_of_paid"),
    ],
)
def test_what_is_not_allowed_is_refused(
    plans: dict[str, Any], name: str, variable: str, index: str, change: dict[str, Any], rule: str
) -> None:
    plan = plans[name]
    frame: pd.DataFrame = plan.frames["decisions"].copy()
    row = (frame["variable"] == variable) & (frame["index"] == index)
    assert row.sum() == 1
    for column, value in change.items():
        frame.loc[row, column] = value
    verdict = audit(plan.instance, frame, {"objective_usd_m": plan.objective_usd_m})
    assert rule in set(verdict.violations["rule"]), str(verdict)


@pytest.mark.parametrize(("name", "line"), [("53", "cloud_rent"), ("54", "financing")])
def test_deposit_and_collateral_are_compared(plans: dict[str, Any], name: str, line: str) -> None:
    plan = plans[name]
    payments: pd.DataFrame = plan.frames["payments"].copy()
    payments.loc[payments["line"] == line, "paid_usd_m"] *= 1.01
    claimed = {"objective_usd_m": plan.objective_usd_m, **plan.frames, "payments": payments}
    verdict = audit(plan.instance, plan.frames["decisions"], claimed)
    assert "claimed_payments" in set(verdict.violations["rule"])


def test_left_out_nothing_is_in_the_model() -> None:
    model = build(prepare(tutorial("08")))
    assert all(len(model.component(family)) == 0 for family in FAMILIES)
    for variable in (
        "drawn_mw",
        "topped_up_usd_m",
        "peak_mw",
        "counted_usd_m",
        "tier",
        "tier_mw",
        "sublet_mw",
        "lets",
    ):
        assert len(model.component(variable)) == 0


def test_peaks_and_counted_only_where_somebody_asks() -> None:
    model = build(prepare(tutorial("51")))
    assert len(model.drawn_mw) == 8 and len(model.topped_up_usd_m) == 2
    assert len(model.peak_mw) == len(model.counted_usd_m) == 0
