"""Slips in commitments, tiers, deposits, collateral and subletting are named with their place."""

from __future__ import annotations

from typing import Any

import pytest
from hand import tutorial, tweaked

import planner

SPEND = "vendors.aws.offers.trainium"
OFFER = "vendors.oracle.offers.abilene"


@pytest.mark.parametrize(
    ("number", "changes", "code", "path"),
    [
        ("51", {f"{SPEND}.spend_usd_bn": None}, "missing", SPEND),
        ("51", {f"{SPEND}.yearly_minimum_share": 0.1}, "range", f"{SPEND}.yearly_minimum_share"),
        ("51", {f"{SPEND}.take_or_pay_share": 0.8}, "consumption", f"{SPEND}.take_or_pay_share"),
        ("51", {f"{SPEND}.sign": {"at_most": 2}}, "consumption", f"{SPEND}.sign"),
        ("51", {f"{SPEND}.mw": {"min": 50}}, "consumption", f"{SPEND}.mw"),
        ("51", {f"{SPEND}.deposit_months": 2}, "clause", f"{SPEND}.deposit_months"),
        ("51", {f"{SPEND}.price_usd_per_kw_month": None}, "missing", SPEND),
        ("52", {f"{OFFER}.spend_usd_bn": 2}, "consumption", f"{OFFER}.spend_usd_bn"),
        ("52", {f"{OFFER}.carry_over": True}, "consumption", f"{OFFER}.carry_over"),
        ("52", {f"{OFFER}.tiers": [{"from_mw": 9, "price_factor": 0.9}] * 2}, "range", f"{OFFER}.tiers"),
        ("52", {f"{OFFER}.tiers": [{"from_mw": 9, "price_factor": 1}]}, "range", f"{OFFER}.tiers"),
        ("52", {f"{OFFER}.sign": {"per_period": 2}}, "clause", f"{OFFER}.sign.per_period"),
        ("52", {f"{OFFER}.cancel_after_months": 6}, "clause", f"{OFFER}.cancel_after_months"),
        ("53", {f"{OFFER}.deposit_share": 0.1}, "range", f"{OFFER}.deposit_share"),
        ("54", {"money.credit_rating": None}, "missing", f"{OFFER}.collateral"),
        ("54", {"money.credit_rating": "CCC"}, "unknown_reference", f"{OFFER}.collateral"),
        (
            "54",
            {f"{OFFER}.collateral": {"share_of_open_by_rating": {"BBB": 0.1}}},
            "range",
            f"{OFFER}.collateral",
        ),
    ],
)
def test_each_slip_is_an_error(number: str, changes: dict[str, Any], code: str, path: str) -> None:
    found = planner.check(tweaked(tutorial(number), changes))
    assert (code, path) in {(each.code, each.path) for each in found if each.severity == "error"}, found


@pytest.mark.parametrize(
    ("number", "changes", "code"),
    [
        ("51", {f"{SPEND}.yearly_minimum_usd_bn": 1.2}, "range"),
        ("52", {f"{OFFER}.mw": {"max": 250}}, "range"),
        ("54", {f"{OFFER}.collateral.fee_rate": None}, "unused"),
    ],
)
def test_each_doubt_is_a_warning(number: str, changes: dict[str, Any], code: str) -> None:
    found = planner.check(tweaked(tutorial(number), changes))
    assert code in {each.code for each in found if each.severity == "warning"}
    assert not [each for each in found if each.severity == "error"]
