"""Logical limits, summed by hand: three cloud offers of 100 MW for 150 MW of demand over one year.

Rent of a signing from the first day: 100 MW x USD 1,000/kW-month = 1,200 USD m a year (a), 1,300 (b), 1,500 (c);
unserved demand costs 30 USD m per MW-year. Without a choice: a and b, cheapest two; the second serves 50 MW and is
worth 1,500, so it is signed.
"""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.data.prepare import prepare
from planner.model import build
from tests.tiny import tiny

PRICES = {"a": 1000, "b": 1000 * 13 / 12, "c": 1250}


def instance(logic: dict[str, Any], **more: Any) -> planner.Instance:
    offers = {
        name: {
            "kind": "cloud", "region": "r", "chips": ["c"], "sign": {"at_most": 1}, "mw": {"min": 100, "max": 100},
            "delivery_months": 0, "term_months": 60, "price_usd_per_kw_month": price,
        }
        for name, price in PRICES.items()
    }  # fmt: skip
    return tiny(
        calendar={"start": "2027", "end": "2027", "step": "year"},
        discount={"rate": 0},
        workloads={"w": {"demand_gw": 0.15, "unserved_usd_bn_per_gw_year": 30}},
        vendors={"v": {"offers": offers}},
        logic=logic,
        **more,
    )


def solved(logic: dict[str, Any]) -> planner.Plan:
    plan = planner.solve(instance(logic), gap=0.0)
    verdict = planner.audit(plan)
    assert verdict.ok, str(verdict)
    return plan


@pytest.mark.parametrize(
    ("logic", "cost"),
    [
        ({}, 1200 + 1300),
        # One of a and b: a with 100 MW; 50 MW more from c (1,500) cost what they are worth: 50 x 30 = 1,500.
        ({"apart": {"of": ["v.a", "v.b"], "at_most": 1}}, 1200 + 1500),
        # b at a needs c first: a alone and 50 MW unserved (1,500) beats a with b and c (4,000) and ties with a and c.
        ({"order": {"choosing": "v.b", "needs": ["v.c"]}}, 1200 + 1500),
        ({"three": {"of": ["v.a", "v.b", "v.c"], "at_least": 3}}, 1200 + 1300 + 1500),
        # Nothing of a: the next two.
        ({"none": {"of": ["v.a"], "at_most": 0}}, 1300 + 1500),
        # Chosen three months after c: never within the one period.
        ({"late": {"choosing": "v.a", "needs": ["v.c"], "months_before": 3}}, 1300 + 1500),
    ],
)
def test_choices(logic: dict[str, Any], cost: float) -> None:
    assert solved(logic).objective_usd_m == pytest.approx(cost, rel=1e-6)


def test_a_plan_that_breaks_a_choice_is_rejected() -> None:
    """The audit reads the choices of the instance, not of the model."""
    from dataclasses import replace

    plan = solved({})
    for name, rule in (
        ({"apart": {"of": ["v.a", "v.b"], "at_most": 1}}, "at_most_chosen"),
        ({"order": {"choosing": "v.b", "needs": ["v.c"]}}, "needed_before"),
        ({"three": {"of": ["v.a", "v.b", "v.c"], "at_least": 3}}, "at_least_chosen"),
    ):
        verdict = planner.audit(replace(plan, instance=instance(name)))
        assert not verdict.ok
        assert set(verdict.violations["rule"]) == {rule}


def test_too_many_asked_for_is_explained() -> None:
    with pytest.raises(planner.InfeasibleError) as failure:
        planner.solve(
            instance({
                "few": {"of": ["v.a", "v.b", "v.c"], "at_most": 1},
                "many": {"of": ["v.a", "v.b", "v.c"], "at_least": 2},
            })
        )  # fmt: skip
    assert "chosen" in str(failure.value)


def test_without_choices_the_model_is_the_same() -> None:
    assert not any(key for key in build(prepare(instance({}))).chosen)


def test_slips_are_found() -> None:
    findings = planner.check(instance({"x": {"of": ["v.q"], "at_most": 1}, "y": {"choosing": "v.a"}}))
    assert {finding.code for finding in findings if finding.severity == "error"} == {
        "unknown_reference",
        "missing",
    }
