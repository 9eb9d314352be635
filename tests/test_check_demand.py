"""Slips in demand: each is found before the solver runs, at its place, with its repair."""

from __future__ import annotations

from typing import Any

import pytest
from test_demand_audit import EVERYTHING, REGIONS
from test_second_opinion import RICH
from tiny import tiny, tiny_with

from planner.errors import InstanceError
from planner.instance.check import check

W = "workloads.w"
X = "workloads.x.pulse"
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no GW at all": ({"workloads": {"x": {"demand_gw": None}}}, "missing", "workloads.x"),
    "a region without GW": ({"workloads": {"w": {"demand_gw": None}}}, "missing", f"{W}.regions.near"),
    "GW twice": (
        {"workloads": {"w": {"regions": {"near": {"share": None, "demand_gw": 0.2}}}}},
        "demand_twice", f"{W}.demand_gw",
    ),
    "a share beside GW": (
        {"workloads": {"w": {"regions": {"near": {"demand_gw": 0.2}}}}}, "demand_twice", f"{W}.regions.near.share",
    ),
    "shares that miss 1": ({"workloads": {"w": {"regions": {"near": {"share": 0.8}}}}}, "shares", f"{W}.regions"),
    "a region without share": (
        {"workloads": {"w": {"regions": {"near": {"share": None}}}}}, "shares", f"{W}.regions",
    ),
    "served from nowhere": (
        {"workloads": {"w": {"regions": {"far": {"served_from": ["mars"]}}}}},
        "unknown_reference", f"{W}.regions.far.served_from",
    ),
    "a site that is a region": (
        {"regions": {"s": {"facility_per_it": 1.2}}}, "bad_id", f"{W}.regions.far.served_from",
    ),
    "one place without regions": (
        {"workloads": {"x": {"single_source": True}}}, "missing", "workloads.x.single_source",
    ),
    "rebound of nothing": (
        {"workloads": {"w": {"efficiency_per_year": None}}}, "missing", f"{W}.rebound_share",
    ),
    "efficiency in a straight line": (
        {"workloads": {"w": {"efficiency_per_year": {"2027Q1": 0.1, "2028Q1": 0.3, "interpolate": "linear"}}}},
        "bad_path", f"{W}.efficiency_per_year",
    ),
    "a price to nowhere": (
        {"serving_usd_bn_per_gw_year": {"r": {"moon": 1}}}, "unknown_reference", "serving_usd_bn_per_gw_year.r",
    ),
    "a price from nowhere": (
        {"serving_usd_bn_per_gw_year": {"mars": {"near": 1}}}, "unknown_reference", "serving_usd_bn_per_gw_year.mars",
    ),
    "a price that is missing": (
        {"serving_usd_bn_per_gw_year": {"q": None}}, "serving_price", "serving_usd_bn_per_gw_year",
    ),
    "a price that starts late": (
        {"serving_usd_bn_per_gw_year": {"s": {"far": {"2027Q3": 1}}}},
        "path_starts_late", "serving_usd_bn_per_gw_year.s.far",
    ),
    "a window that leaves out the pulse": (
        {"workloads": {"x": {"pulse": {"within": [{"from": "2027Q1", "to": "2027Q3"}]}}}}, "window", f"{X}.within",
    ),
    "a window without a period": (
        {"workloads": {"x": {"pulse": {"within": [{"from": "2030Q1"}]}}}}, "window", f"{X}.within.0",
    ),
    "windows that overlap": (
        {"workloads": {"x": {"pulse": {"within": [{"to": "2027Q3"}, {"from": "2027Q3"}]}}}},
        "window", f"{X}.within.1",
    ),
    "less demand that shifts": ({"workloads": {"x": {"pulse": {"add_share": -0.5}}}}, "range", f"{X}.add_share"),
    "borrowing from itself": (
        {"workloads": {"x": {"pulse": {"borrow": {"workload": "x"}}}}}, "unknown_reference", f"{X}.borrow.workload",
    ),
    "repaid before it is over": (
        {"workloads": {"x": {"pulse": {"borrow": {"repaid_by": "2027Q3"}}}}}, "window", f"{X}.borrow.repaid_by",
    ),
}  # fmt: skip


@pytest.mark.parametrize("slip", WRONG)
def test_a_slip_is_found(slip: str) -> None:
    changes, code, path = WRONG[slip]
    findings = [f for f in check(tiny_with(RICH, EVERYTHING, changes)) if f.severity == "error"]
    assert (code, path) in {(finding.code, finding.path) for finding in findings}
    assert all(finding.message and finding.repair for finding in findings)


def test_what_is_right_is_left_alone() -> None:
    found = check(tiny_with(RICH, EVERYTHING))
    assert [finding for finding in found if finding.severity == "error"] == []


def test_a_loan_that_makes_shedding_cheap_is_doubted() -> None:
    # A MW short of w costs 8 + 12; x is worth 40, or 17 with a price of 2.
    low = {"workloads": {"x": {"unserved_usd_bn_per_gw_year": 17}}}
    doubts = [f.path for f in check(tiny_with(RICH, EVERYTHING, low)) if f.code == "cheap_loan"]
    assert doubts == [f"{X}.borrow"]
    assert not [f for f in check(tiny_with(RICH, EVERYTHING)) if f.code == "cheap_loan"]


def test_months_of_a_derate_are_numbers() -> None:
    with pytest.raises(InstanceError) as caught:
        tiny(chips={"d": {"derate_by_months": {"2027Q1": 0.5}}})
    (finding,) = caught.value.findings
    assert finding.path == "chips.d.derate_by_months.2027Q1" and "months" in finding.message


def test_regions_share_all_demand() -> None:
    assert sum(region["share"] for region in REGIONS.values()) == pytest.approx(1.0)
