"""Law: more allowed never costs more than the gap, however large the number that says "no limit".

A campaign: `python tests/test_no_limit.py COUNT [FIRST_SEED]` tries so many random instances and prints what fails.
"""

from __future__ import annotations

import copy
import sys
from typing import Any

import pytest
from generate import instance_of
from generate_features import FEATURES, featured_plain

import planner

GAP = 1e-4
LEFT_OUT = {"sublet", "assignments"}
"""More of what can be let or handed on at a profit is worth more: no number of theirs is a limit without meaning."""
AMPLE = {"count": 12, "mw": 800, "power_mw": 1_500, "usd_bn": 60}
"""More than any plan for 0.2 GW can use."""
HUGE = {"count": 100_000, "mw": 50_000, "power_mw": 200_000, "usd_bn": 10_000}
"""The largest numbers that the fields take without a word."""


def widened(plain: dict[str, Any], to: dict[str, int]) -> dict[str, Any]:
    """The instance with every limit that somebody could mean as "no limit" at a large number."""
    out = copy.deepcopy(plain)
    for site in out["sites"].values():
        site["facility_power_mw"] = to["power_mw"]
        for build in site.get("build", {}).values():
            build |= {"max_blocks": to["count"], "max_starts_per_period": to["count"]}
            for name in {"max_blocks_under_construction", "max_blocks_held"} & build.keys():
                build[name] = to["count"]
            if "max_start_mw" in build:
                build["max_start_mw"] = to["mw"]
            if "fixed_cost_per_start_usd_m" in build:
                build["fixed_cost_per_start_usd_m"] = 40
        for project in site.get("power_projects", {}).values():
            project["max_units"] = to["count"]
        if "supply_contract" in site:
            site["supply_contract"]["max_mw"] = to["mw"]
    for vendor in out["vendors"].values():
        for offer in vendor["offers"].values():
            if offer["kind"] == "consumption":
                continue
            if "mw" in offer:
                offer["mw"] = {**offer["mw"], "max": to["mw"]}
                offer["mw"].pop("total", None)
            if "sign" in offer and "tiers" not in offer:
                offer["sign"]["at_most"] = to["count"]
    for lender in out["money"].get("debt", {}).values():
        if "commitment_fee_rate" not in lender:  # a fee on what is not drawn makes a larger limit cost more
            lender["limit_usd_bn"] = to["usd_bn"]
    return out


def costs(seed: int) -> tuple[float, Any]:
    """Cost with ample limits, and the plan without any."""
    on = {name for name in FEATURES if name not in LEFT_OUT and hash_of(seed, name) < 0.3}
    plain = featured_plain(seed, on)
    ample = planner.solve(instance_of(widened(plain, AMPLE)), gap=GAP, time_limit=100.0)
    return ample.objective_usd_m, planner.solve(instance_of(widened(plain, HUGE)), gap=GAP, time_limit=100.0)


def hash_of(seed: int, name: str) -> float:
    """Dice of a feature of a seed."""
    import random

    return random.Random(f"{name} {seed} no limit").random()


def wrong(seed: int) -> str:
    """What is wrong with a seed; empty where nothing is."""
    ample, plan = costs(seed)
    record, verdict = plan.record, planner.audit(plan)
    found = plan.objective_usd_m
    said = f"seed {seed}: {ample:.6f} ample, {found:.6f} without limit, {record.status}, gap {record.gap}"
    if not verdict.ok:
        return f"{said}; audit: {verdict}"
    if plan.objective_usd_m > ample + 1.01 * GAP * abs(ample) + 1e-6:
        return f"{said}: more allowed costs more"
    if record.status != "optimal" and not record.cut_by_clock:
        return f"{said}: {record.notes}"
    return ""


@pytest.mark.parametrize("seed", range(3))
def test_more_allowed_never_costs_more(seed: int) -> None:
    assert wrong(seed) == ""


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_more_allowed_never_costs_more_at_length() -> None:
    assert [said for seed in range(100, 160) if (said := wrong(seed))] == []


if __name__ == "__main__":
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    bad = 0
    for number in range(first, first + count):
        try:
            found = wrong(number)
        except planner.PlannerError as error:
            found = f"seed {number}: {type(error).__name__}: {error}"
        bad += bool(found)
        print(found or f"seed {number}: right", flush=True)
    print(f"{count} seeds, {bad} wrong")
