"""One honest plan, corrupted in one place at a time: the audit names the rule that it breaks."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from audit_hand import HOURS, PLAIN, changed, claims_of, frame_of, honest_plan, instance_of, judged

from planner.audit import audit
from planner.instance.instance import Instance

Changes = dict[str, float]
"""New amounts by `variable index`; 0 takes a decision out."""


@pytest.fixture(scope="module")
def instance() -> Instance:
    return instance_of(PLAIN)


def corrupted(changes: Changes) -> dict[tuple[str, str], float]:
    plan = honest_plan()
    for text, amount in changes.items():
        variable, _, index = text.partition(" ")
        plan[variable, index] = amount
    return {key: amount for key, amount in plan.items() if amount}


def test_the_plan_is_honest(instance: Instance) -> None:
    verdict = judged(instance, honest_plan())
    assert verdict.ok, str(verdict)
    assert verdict.largest_violation < 1e-12


CORRUPTIONS: list[tuple[str, Changes]] = [
    ("whole", {"blocks hill.blocks|2027Q1": 0.5}),
    ("whole", {"signed_blocks cloudy.reserved|one|2027Q1": 1.001}),
    ("whole", {"took ipo|2027Q3": 0.5}),
    ("binary", {"took ipo|2027Q3": 2}),
    ("negative", {"extra_mw cloudy.reserved|one|2028Q1": -3}),
    ("blocks_after_opening", {"opened hill.blocks|2027Q1": 0}),
    ("blocks_after_opening", {"opened hill.blocks|2027Q1": 0, "opened hill.blocks|2027Q2": 1}),
    ("opened_once", {"opened hill.blocks|2028Q1": 1}),
    ("start_window", {"blocks hill.blocks|2028Q3": 1}),
    ("delivery_before_end", {"blocks hill.blocks|2028Q3": 1}),
    ("starts_per_period", {"blocks hill.blocks|2027Q1": 2}),
    ("crew_limit", {"blocks hill.blocks|2027Q2": 1}),
    ("most_blocks", {"blocks hill.blocks|2027Q3": 1, "blocks hill.blocks|2028Q1": 1}),
    ("most_units", {"units hill.engines|2027Q3": 1}),
    ("start_window", {"units hill.engines|2027Q1": 0, "units hill.engines|2028Q2": 1}),
    ("signing_window", {"signed landlord.shell|2028Q2": 1, "signed_mw landlord.shell|none|2028Q2": 10}),
    ("signings_per_period", {"signed landlord.shell|2027Q1": 2}),
    ("most_signings", {"signed landlord.shell|2027Q3": 1}),
    ("most_signed", {"signed landlord.shell|2027Q1": 0}),
    ("most_signed", {"signed_mw landlord.shell|none|2027Q1": 16}),
    ("least_signed", {"signed_mw landlord.shell|none|2027Q1": 7}),
    ("least_signed", {"signed_mw landlord.shell|none|2027Q1": 0}),
    ("most_signed_in_all", {"signed_mw landlord.shell|none|2027Q1": 13}),
    ("signed_in_whole_blocks", {"signed_mw cloudy.reserved|one|2027Q1": 12}),
    (
        "chip_on_offer",
        {"signed_mw cloudy.reserved|two|2027Q1": 10, "signed_blocks cloudy.reserved|two|2027Q1": 1},
    ),
    ("chip_on_offer", {"on_demand_mw cloudy.burst|two|2027Q1": 1}),
    ("kept_of_signed", {"kept_mw landlord.shell|none|2027Q1|2028Q2": 10.001}),
    ("kept_never_rises", {"kept_mw landlord.shell|none|2027Q1|2028Q4": 6.5}),
    ("kept_too_early", {"kept_mw landlord.shell|none|2027Q1|2028Q1": 5}),
    ("kept_too_early", {"kept_mw cloudy.reserved|one|2027Q1|2028Q4": 5}),
    ("kept_of_nothing", {"kept_mw landlord.shell|none|2027Q3|2028Q4": 5}),
    ("used_of_delivered", {"used_mw cloudy.reserved|one|2027Q1": 1}),
    ("used_of_delivered", {"used_mw cloudy.reserved|one|2028Q1": 10.1}),
    ("extra_use", {"extra_mw cloudy.reserved|one|2028Q1": 2.9}),
    ("most_on_demand", {"on_demand_mw cloudy.burst|one|2027Q1": 3.2}),
    ("order_window", {"ordered_mw one.buy|hill.blocks|2028Q3": 1}),
    ("chip_host", {"ordered_mw two.buy|hill.blocks|2028Q2": 1}),
    ("chip_from", {"ordered_mw two.buy|landlord.shell|2027Q4": 1}),
    ("delivery_before_end", {"ordered_mw two.buy|landlord.shell|2028Q4": 1}),
    ("installed", {"installed_mw one|hill.blocks|2027Q2": 1}),
    ("installed_end", {"installed_end_mw one|hill.blocks|2027Q2": 1}),
    ("installed_end", {"installed_end_mw one|hill.blocks|2027Q3": 19}),
    ("installed_all_period", {"installed_mw one|hill.blocks|2027Q4": 15}),
    ("installed_in_life", {"ordered_mw one.buy|landlord.shell|2027Q1": 6}),
    ("host", {"kept_mw landlord.shell|none|2027Q1|2028Q4": 0}),
    ("host_end", {"kept_mw landlord.shell|none|2027Q1|2028Q4": 5}),
    ("valued_of_ordered", {"valued_mw one.buy|hill.blocks|2027Q2|2028Q4": 20.5}),
    ("valued_in_place", {"valued_mw one.buy|landlord.shell|2027Q1|2028Q4": 7}),
    ("valued_at_end", {"valued_mw one.buy|landlord.shell|2027Q2|2028Q4": 1}),
    ("valued_at_end", {"valued_mw one.buy|hill.blocks|2027Q2|2028Q3": 20}),
    ("valued_at_end", {"opening_valued_mw 0|one|hill.blocks|2028Q4": 1}),
    ("energy", {"grid_mwh hill|2027Q4": 9 * HOURS}),
    ("energy", {"grid_mwh vale|2027Q1": 100}),
    ("project_energy", {"project_mwh hill.engines|2028Q1": 11 * HOURS, "grid_mwh hill|2028Q1": 9 * HOURS}),
    ("charged", {"charged_mw hill|2027Q4": 4}),
    ("billed", {"billed_mwh hill|2027Q4": 9 * HOURS}),
    ("minimum_bill", {"charged_mw hill|2027Q4": 25}),
    ("pool", {"served_mw work|one|north|vendor|2028Q1": 9, "shortfall_mw work|2028Q1": 26}),
    ("pool", {"served_mw secret|one|south|own|2027Q2": 6, "shortfall_mw secret|2027Q2": 4}),
    ("pool", {"installed_mw one|hill.blocks|2028Q1": 19, "installed_end_mw one|hill.blocks|2028Q1": 19}),
    ("served_control", {"served_mw secret|one|north|vendor|2027Q2": 1, "shortfall_mw secret|2027Q2": 9}),
    ("served_region", {"served_mw local|one|north|own|2027Q3": 1}),
    ("chip_serves", {"served_mw secret|two|south|own|2028Q4": 1}),
    ("demand", {"shortfall_mw work|2028Q4": 30}),
    ("demand", {"served_mw local|one|south|own|2028Q4": 0}),
    ("overdraft", {"overdraft_usd_m 2028Q4": 1}),
    ("draw_window", {"draw_usd_m loan|2028Q1": 5, "draw_line_usd_m loan|chips|2028Q1": 5}),
    ("debt_limit", {"draw_usd_m loan|2027Q2": 110, "draw_line_usd_m loan|chips|2027Q2": 110}),
    ("draw_of_spend", {"draw_usd_m loan|2027Q3": 1, "draw_line_usd_m loan|chips|2027Q3": 110}),
    ("draw_of_spend", {"draw_line_usd_m loan|energy|2027Q3": 0.1}),
    ("draw_by_line", {"draw_line_usd_m loan|chips|2027Q2": 50}),
    ("repayment", {"repaid_usd_m loan|2027Q4": 10}),
    ("payables_cap", {"paid_early_usd_m cloudy|2028Q1": 9}),
    ("early_of_owed", {"paid_early_usd_m cloudy|2028Q1": 19.3}),
    ("early_of_owed", {"paid_early_usd_m landlord|2028Q1": 1}),
    ("limit", {"broken soft||2027Q1": 7.9}),
    ("limit", {"kept_mw landlord.shell|none|2027Q1|2028Q4": 5.9}),
    ("broken", {"broken goal||2028Q4": 1}),
    ("unknown_name", {"blocks hill.barns|2027Q1": 1}),
    ("unknown_name", {"shortfall_mw work|2029Q1": 1}),
    ("unknown_name", {"served_mw work|three|north|own|2028Q1": 1}),
    ("unknown_name", {"draw_usd_m bank|2027Q2": 1}),
    ("unknown_decision", {"magic_mw hill|2027Q2": 1}),
    ("unknown_decision", {"blocks hill.blocks|2027Q2|2027Q3": 1}),
    ("not_a_number", {"shortfall_mw work|2028Q4": float("nan")}),
]


@pytest.mark.parametrize(("rule", "changes"), CORRUPTIONS, ids=lambda part: str(part))
def test_corrupted_plan_is_rejected_by_name(instance: Instance, rule: str, changes: Changes) -> None:
    verdict = judged(instance, corrupted(changes))
    assert not verdict.ok
    assert rule in set(verdict.violations["rule"]), str(verdict)
    assert verdict.where


TIGHTER: list[tuple[str, dict[str, Any]]] = [
    # the same plan where the instance gives less
    ("site_power", {"sites.hill.facility_power_mw": 4.9}),
    ("site_power", {"sites.vale.facility_power_mw": {"2026": 25, "2028-11": 7, "interpolate": "step"}}),
    ("grid_energy", {"sites.hill.facility_power_mw": 9.9}),
    ("installed_end_in_life", {"chips.one.life_years": 1}),
    ("installed_in_life", {"chips.one.life_years": 1}),
    ("chip_from", {"chips.one.from": "2027-07"}),
    ("chip_host", {"chips.one.hosts": ["hill.blocks"]}),
    # 10 MW by month 3, 30 by month 6
    ("supply", {"supply.all.mw_per_year": 59}),
    ("supply", {"supply.all.carry_share": 0.01}),
    ("liquidity_floor", {"money.floor_usd_bn": {"2026": 1, "2027Q2": 1.4, "2027Q3": 1, "interpolate": "step"}}),
    ("liquidity_floor", {"money.opening.cash_usd_bn": 1.4}),
    ("limit", {"limits.share.max_share": 0.49}),
    ("limit", {"limits.share.group_by": "tenure", "limits.share.max_share": 0.49}),
    ("limit", {"limits.goal.basis": "facility", "limits.goal.min_mw": 46}),
    ("limit", {"limits.goal.region": ["north"], "limits.goal.min_mw": 31}),
    ("limit", {"limits.spend.max_usd_bn": 0.9}),
    ("limit", {"limits.spend.measure": "paid_spend", "limits.spend.max_usd_bn": 0.9}),
    ("limit", {"limits.new": {"measure": "debt", "max_usd_bn": 0.05}}),
    ("limit", {"limits.new": {"measure": "open_commitments", "max_usd_bn": 0.1, "at": "2027Q4"}}),
    ("limit", {"limits.new": {"measure": "signings", "max_count": 1}}),
    ("limit", {"limits.new": {"measure": "installed_mw", "group_by": "tenure", "max_mw": 19}}),
    ("limit", {"limits.new": {"measure": "operating_mw", "workload": ["secret"], "min_mw": 2}}),
    ("limit", {"limits.new": {"measure": "under_construction_mw", "max_mw": 19}}),
    ("limit", {"limits.new": {"measure": "powered_mw", "group_by": "site", "min_mw": 7, "at": "2028Q4"}}),
    ("draw_of_spend", {"money.debt.loan.eligible_share": 0.19}),
    ("draw_window", {"money.debt.loan.draw": {"from": "2027Q3"}}),
    ("debt_limit", {"money.debt.loan.limit_usd_bn": 0.05}),
    ("payables_cap", {"vendors.cloudy.payables_cap_usd_bn": 0.009}),
    ("took", {"money.rounds.ipo.kind": "firm"}),
    ("took", {"money.rounds.ipo.by_date_usd_bn": {"2027Q4": 0.5}}),
    ("early_of_owed", {"vendors.cloudy.payables_cap_usd_bn": None}),
    ("most_on_demand", {"vendors.cloudy.offers.burst.max_mw": {"value": 1.9, "plausible": True}}),
    ("kept_too_early", {"vendors.landlord.offers.shell.at_end": "leaves"}),
    ("delivery_before_end", {"vendors.landlord.offers.shell.delivery_months": 24}),
    ("demand", {"workloads.work.pulse": {"add_share": 0.1, "periods": ["2028Q2"]}}),
    ("demand", {"workloads.work.reference_work_per_mw": {"2026": 1, "2028Q4": 1.1, "interpolate": "linear"}}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "changes"), TIGHTER, ids=lambda part: str(part))
def test_plan_is_rejected_where_the_instance_gives_less(rule: str, changes: dict[str, Any]) -> None:
    verdict = judged(instance_of(changed(PLAIN, changes)), honest_plan())
    assert not verdict.ok
    assert rule in set(verdict.violations["rule"]), str(verdict)


def test_lenders_together_stay_within_the_largest_share() -> None:
    other = {**PLAIN["money"]["debt"]["loan"], "eligible_share": 0.45}
    plan = corrupted({"draw_usd_m other|2027Q2": 95, "draw_line_usd_m other|chips|2027Q2": 95})
    verdict = judged(instance_of(changed(PLAIN, {"money.debt.other": other})), plan)
    # 60 and 95 of 300, where the larger share is half
    assert set(verdict.violations["rule"]) == {"draws_of_spend"}
    assert verdict.violations["amount"].tolist() == pytest.approx([5])


def test_a_rule_switched_off_is_not_checked(instance: Instance) -> None:
    plan = corrupted({"on_demand_mw cloudy.burst|one|2027Q1": 3.2})
    assert set(judged(instance, plan).violations["rule"]) == {"most_on_demand"}
    without = judged(instance.without("most_on_demand"), plan)
    assert without.ok
    assert without.rules_off == ("most_on_demand",)


def test_a_users_rule_is_named_as_not_audited(instance: Instance) -> None:
    def half(m: Any, d: Any, n: str) -> Any:
        """Half of it."""
        return m.cash_usd_m[n] >= 0

    verdict = judged(instance.with_rule(half), honest_plan())
    assert verdict.ok
    assert verdict.not_audited == ("half",)
    assert "not audited: half" in str(verdict)


def test_rounding_is_no_violation(instance: Instance) -> None:
    plan = {
        key: amount * (1 + 1e-9) if key[0].endswith("_mw") else amount
        for key, amount in honest_plan().items()
    }
    verdict = judged(instance, plan)
    assert verdict.ok, str(verdict)
    assert 0 < verdict.largest_violation < 1e-6


def test_a_row_that_stands_twice_is_found(instance: Instance) -> None:
    rows = frame_of(honest_plan())
    twice = pd.concat([rows, rows.iloc[[5]]], ignore_index=True)
    verdict = audit(instance, twice, claims_of(instance, rows))
    assert "double_row" in set(verdict.violations["rule"])


@pytest.mark.parametrize(
    ("frame", "column", "rule"),
    [
        ("costs", "paid_usd_m", "claimed_costs"),
        ("costs", "at_end_usd_m", "claimed_costs"),
        ("ladder", "secured_gw", "claimed_ladder"),
        ("ladder", "operating_gw", "claimed_ladder"),
        ("payments", "paid_usd_m", "claimed_payments"),
        ("payments", "accrued_usd_m", "claimed_payments"),
    ],
)
def test_wrong_tables_are_found(instance: Instance, frame: str, column: str, rule: str) -> None:
    rows = frame_of(honest_plan())
    claims = claims_of(instance, rows)
    wrong = claims[frame].copy()
    place = wrong[column].abs().idxmax()
    wrong.loc[place, column] *= 1.001
    assert set(audit(instance, rows, claims | {frame: wrong}).violations["rule"]) == {rule}
    missing = claims[frame].drop(index=place)
    assert rule in set(audit(instance, rows, claims | {frame: missing}).violations["rule"])
