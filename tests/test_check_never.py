"""`check` speaks of what will never matter, each kind at its place; and of nothing in instances that are in order."""

# ruff: noqa: E501 - rows of cases are read across

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from generate import instance_of
from generate_features import featured_plain

import planner
from planner.errors import InstanceError, finding_lines

TUTORIAL = Path(__file__).parent.parent / "instances" / "tutorial"
FOUND = Path(__file__).parent / "found"
FLAGSHIP = Path(__file__).parent.parent / "instances" / "stargate.yaml"
CODES = ("never", "unused")

CLOUD, OWN, SHELL, DEBT = "01", "02", "03", "16"
OFFER = "vendors.oracle.offers.abilene"
HALL = "sites.milam.build.hall"

# (tutorial, overrides, path of the finding, word of its message)
SILENT: list[tuple[str, list[str], str, str]] = [
    # offers
    (CLOUD, [f"{OFFER}.sign=~"], OFFER, "no `sign`"),
    (CLOUD, [f"{OFFER}.sign.at_most=0"], f"{OFFER}.sign.at_most", "at_most is 0"),
    (CLOUD, [f"{OFFER}.sign.per_period=0"], f"{OFFER}.sign.per_period", "per_period is 0"),
    (CLOUD, [f"{OFFER}.sign={{from: 2029, to: 2030, at_most: 1}}"], f"{OFFER}.sign", "no period"),
    (CLOUD, [f"{OFFER}.delivery_months=12"], OFFER, "delivers after the calendar ends"),
    (CLOUD, [f"{OFFER}.mw.max=0", f"{OFFER}.mw.min=0"], f"{OFFER}.mw.max", "max is 0"),
    (CLOUD, [f"{OFFER}.mw.total=0", f"{OFFER}.mw.min=0"], f"{OFFER}.mw.total", "total is 0"),
    (CLOUD, ["chips.gb300.from=2050"], "chips.gb300.from", "after the calendar ends"),
    (CLOUD, ["chips.gb300.from=2027Q3"], f"{OFFER}.chips", "before any of its chips exists"),
    (CLOUD, [f"{OFFER}.availability_share=0"], f"{OFFER}.availability_share", "never serve"),
    (CLOUD, [f"{OFFER}.carry_over=false", f"{OFFER}.ramp={{0: 0.5, 60: 1}}"], f"{OFFER}.ramp", "never delivered"),
    (CLOUD, [f"{OFFER}.continuation_usd_per_kw_month=900"], f"{OFFER}.continuation_usd_per_kw_month", "at_end: leaves"),
    (CLOUD, [f"{OFFER}.at_end=continues", f"{OFFER}.continuation_usd_per_kw_month=900"], f"{OFFER}.continuation_usd_per_kw_month", "no term ends"),
    (CLOUD, [f"{OFFER}.price_by_chip_usd_per_kw_month={{gb300: 900}}"], f"{OFFER}.price_usd_per_kw_month", "price of its own"),
    (CLOUD, [f"{OFFER}.late_credit_share=0.5"], f"{OFFER}.late_credit_share", "late"),
    (CLOUD, [f"{OFFER}.cancel_after_months=6"], f"{OFFER}.cancel_after_months", "late"),
    (CLOUD, [f"{OFFER}.exits={{x: {{at_months: 36}}}}"], f"{OFFER}.exits.x", "outside the calendar"),
    (CLOUD, [f"{OFFER}.assignments={{x: {{at_months: 36}}}}"], f"{OFFER}.assignments.x", "outside the calendar"),
    (CLOUD, [f"{OFFER}.renewals={{count: 1, term_months: 12}}"], f"{OFFER}.renewals", "no term ends"),
    (CLOUD, [f"{OFFER}.renewals={{count: 0, term_months: 12}}"], f"{OFFER}.renewals", "count is 0"),
    (CLOUD, [f"{OFFER}.expansion={{most_share: 0.5, from_months: 12, to_months: 24}}"], f"{OFFER}.expansion", "after the calendar ends"),
    (CLOUD, [f"{OFFER}.expansion={{most_share: 0, to_months: 24}}"], f"{OFFER}.expansion.most_share", "no MW more"),
    (CLOUD, [f"{OFFER}.sublet={{from: 2029, price_usd_per_kw_month: 500}}"], f"{OFFER}.sublet", "after the calendar ends"),
    (CLOUD, [f"{OFFER}.sublet={{most_share: 0, price_usd_per_kw_month: 500}}"], f"{OFFER}.sublet", "most_share is 0"),
    (CLOUD, [f"{OFFER}.tiers_of=total", f"{OFFER}.tiers=[{{from_mw: 150, price_factor: 0.9}}]"], f"{OFFER}.tiers.0.from_mw", "never reached"),
    (CLOUD, ["vendors.idle={}"], "vendors.idle", "offers nothing"),
    (CLOUD, ["vendors.oracle.payables_cap_usd_bn=1"], "vendors.oracle.payables_cap_usd_bn", "paid at once"),
    ("09", ["vendors.oracle.offers.burst.max_mw=0"], "vendors.oracle.offers.burst.max_mw", "max_mw is 0"),
    (DEBT, [f"{OFFER}.prepayment_share=0.1"], f"{OFFER}.prepayment_share", "new signings"),
    (DEBT, [f"{OFFER}.signed.one.delivered={{2018: 1}}"], f"{OFFER}.signed.one", "100 MW count for nothing"),
    (DEBT, [f"{OFFER}.signed.one.delivered={{2029: 1}}"], f"{OFFER}.signed.one.delivered", "after the calendar ends"),
    (DEBT, [f"{OFFER}.signed.one.mw=0"], f"{OFFER}.signed.one.mw", "no MW"),
    (DEBT, [f"{OFFER}.signed.one.slip_months=3"], f"{OFFER}.signed.one.slip_months", "nothing can slip"),
    # places and chips
    (CLOUD, ["regions.eu={facility_per_it: 1.2}"], "regions.eu", "no site, offer or workload"),
    (CLOUD, ["sites.idle={region: us, facility_power_mw: 100, facility_per_it: 1.2, energy_usd_per_mwh: 50, load_factor: 0.8}"], "sites.idle", "nothing is built"),
    (OWN, ["sites.milam.facility_power_mw=0"], HALL, "never has any power"),
    (OWN, ["sites.milam.facility_power_mw=100"], HALL, "draws 125 facility MW"),
    (OWN, [f"{HALL}.max_blocks=0"], f"{HALL}.max_blocks", "max_blocks is 0"),
    (OWN, [f"{HALL}.max_starts_per_period=0"], f"{HALL}.max_starts_per_period", "is 0"),
    (OWN, [f"{HALL}.start={{from: 2030}}"], f"{HALL}.start", "no period"),
    (OWN, [f"{HALL}.lead_months=24"], HALL, "after the calendar ends"),
    (OWN, ["chips.free.terms=~"], "chips.free", "no terms and no offer"),
    (OWN, ["chips.free.terms.gift.order={from: 2030}"], "chips.free.terms.gift.order", "no period"),
    (OWN, ["chips.free.terms.gift.order={to: 2027Q2}", "chips.free.from=2028"], "chips.free.terms.gift.order", "before the chip exists"),
    (OWN, ["chips.free.terms.gift.lead_months=30"], "chips.free.terms.gift", "after the calendar ends"),
    (OWN, ["chips.free.terms.gift.overhead_factor=1.2"], "chips.free.terms.gift.overhead_factor", "price per system"),
    (OWN, ["chips.free.terms.gift.resale={at_months: [36], haircut_share: 0}"], "chips.free.terms.gift.resale.at_months.0", "none is sold"),
    (OWN, ["chips.free.derate_by_months={0: 1}"], "chips.free.derate_by_months", "nothing is derated"),
    (OWN, [f"{HALL}.exit={{from_months: 20, resale_share: 0.3}}"], f"{HALL}.exit.from_months", "no block can be sold"),
    (OWN, [f"{HALL}.exit={{at: [2035], resale_share: 0.3}}"], f"{HALL}.exit.at", "outside the calendar"),
    (OWN, [f"{HALL}.option={{fee_usd_m_per_mw: 0.5, from_months: 24}}"], f"{HALL}.option", "no right"),
    (OWN, ["sites.milam.secure={permit_months: 24}"], HALL, "too late for any start"),
    (OWN, ["crews.us={builds: milam.hall, max_mw_under_construction: 100}"], "crews.us.max_mw_under_construction", "never binds"),
    (OWN, ["crews.us={builds: milam.hall, max_mw_under_construction: 50}"], HALL, "crew us builds at most 50"),
    (OWN, ["sites.milam.curtailable={take: {from: 2030}, extra_facility_mw: 50, lost_share: 0.01}"], "sites.milam.curtailable", "on no date"),
    (OWN, ["sites.milam.curtailable={extra_facility_mw: 0, lost_share: 0.01}"], "sites.milam.curtailable", "neither MW nor a discount"),
    (OWN, ["sites.milam.contract_gross=true"], "sites.milam.contract_gross", "no power projects"),
    (OWN, ["supply.x={makers: nvidia, channels: [own], mw_per_year: 0}"], "chips.free.terms.gift", "lets no MW through"),
    (CLOUD, ["supply.x={makers: nvidia, channels: [own], mw_per_year: 100}"], "supply.x", "nothing that can be ordered"),
    (CLOUD, ["makers={nvidia: NVIDIA, amd: AMD}"], "makers.amd", "no chip is of this maker"),
    (CLOUD, ["chips.gb300.operating_usd_m_per_mw_year=0.3"], "chips.gb300.operating_usd_m_per_mw_year", "nobody here can own it"),
    (SHELL, ["sites.milam.facility_power_mw=0"], "vendors.landlord.offers.shell", "never has any power"),
    # demand
    (CLOUD, ["workloads.training.demand_gw=0"], "workloads.training.demand_gw", "nothing is asked for"),
    (CLOUD, ["chips.gb300.work.training=0"], "workloads.training", "no chip does this work"),
    (CLOUD, ["regions.eu={facility_per_it: 1.3}", "workloads.training.served_from=eu"], "workloads.training", "nobody can ever serve it"),
    (CLOUD, ["regions.eu={facility_per_it: 1.3}", "workloads.training.region=eu"], "workloads.training", "nobody can ever serve it"),
    (CLOUD, ["regions.eu={facility_per_it: 1.3}", "workloads.training.regions={a: {share: 0.5}, b: {share: 0.5, served_from: [eu]}}"], "workloads.training.regions.b", "nobody can ever serve it"),
    (CLOUD, ["workloads.training.own_share=0.2"], "workloads.training.own_share", "nothing of our own"),
    (OWN, ["workloads.training.control=own", "workloads.training.own_share=0.5"], "workloads.training.own_share", "control: own"),
    (CLOUD, ["workloads.training.pulse={add_share: 0, periods: [2027Q2]}"], "workloads.training.pulse.add_share", "nothing is added"),
    (CLOUD, ["workloads.training.pulse={add_share: 0.2, periods: [2030Q2]}"], "workloads.training.pulse.periods", "inside the calendar"),
    # money and time
    (CLOUD, ["calendar.coarsen={after: 2030, step: year}"], "calendar.coarsen", "after the calendar ends"),
    (CLOUD, ["calendar.coarsen={after: 2027Q2, step: quarter}"], "calendar.coarsen.step", "same step"),
    (CLOUD, ["money.rounds={a: {kind: firm, by_date_usd_bn: {2030: 5}}}"], "money.rounds.a.by_date_usd_bn", "after the calendar ends"),
    (CLOUD, ["money.rounds={a: {kind: firm, by_date_usd_bn: {2027: 5, 2030: 5}}}"], "money.rounds.a.by_date_usd_bn.2030", "after the calendar ends"),
    (CLOUD, ["money.rounds={a: {kind: optional, by_date_usd_bn: {2027: 0}}}"], "money.rounds.a.by_date_usd_bn", "brings nothing"),
    (DEBT, ["money.debt.bank.limit_usd_bn=0"], "money.debt.bank.limit_usd_bn", "lends nothing"),
    (DEBT, ["money.debt.bank.draw={from: 2030}"], "money.debt.bank.draw", "no period"),
    (DEBT, ["money.debt.bank.term_months=24"], "money.debt.bank.term_months", "a revolver has no term_months"),
    (DEBT, ["money.debt.bank.eligible_share=0.5"], "money.debt.bank.eligible_share", "eligible_lines is empty"),
    (DEBT, ["money.debt.bank.eligible_share=0.5", "money.debt.bank.eligible_lines=[construction]"], "money.debt.bank.eligible_lines", "nothing is ever paid in construction"),
    (CLOUD, ["money.credit_rating=BBB"], "money.credit_rating", "never read"),
    (CLOUD, ["money.opening.payables=[{vendor: oracle, line: cloud_rent, due: 2030, usd_bn: 1}]"], "money.opening.payables.0.due", "after the calendar ends"),
    (CLOUD, ["money.opening.payables=[{vendor: oracle, line: cloud_rent, due: 2026, usd_bn: 1}]"], "money.opening.payables.0.due", "before the first day"),
    (CLOUD, ["money.opening.debt=[{usd_bn: 1, rate: 0.05, until: 2025}]"], "money.opening.debt.0", "repaid before"),
    (CLOUD, ["money.opening.past_spend=[{from: 2026, line: cloud_rent, usd_bn: 1}]"], "money.opening.past_spend.0", "no limit on spending counts it"),
    (OWN, ["money.opening.construction=[{build: milam.hall, mw: 100, delivered: 2005}]"], "money.opening.construction.0", "100 MW count for nothing"),
    (OWN, ["money.opening.construction=[{build: milam.hall, mw: 100, delivered: 2035}]"], "money.opening.construction.0.delivered", "after the calendar ends"),
    (OWN, ["money.opening.construction=[{build: milam.hall, mw: 100, delivered: 2026}]", "money.opening.chips=[{chip: free, host: milam.hall, mw: 90, age_months: 70}]"], "money.opening.chips.0", "90 MW count for nothing"),
    (OWN, ["money.opening.construction=[{build: milam.hall, mw: 100, delivered: 2026}]", "money.opening.chips=[{chip: free, host: milam.hall, mw: 90, age_months: 7}, {chip: free, host: milam.hall, mw: 35, age_months: 8}]"], "money.opening.chips.1.mw", "25 MW count for nothing"),
    (OWN, ["money.opening.chips=[{chip: free, host: milam.hall, mw: 90, age_months: 7}]"], "money.opening.chips.0.mw", "90 MW count for nothing"),
    # limits and choices
    (CLOUD, ["limits.x={measure: powered_mw, at: 2020, max_mw: 20}"], "limits.x", "before the calendar starts"),
    (CLOUD, ["limits.x={measure: powered_mw, to: 2020, max_mw: 20}"], "limits.x", "before the calendar starts"),
    (CLOUD, ["limits.x={measure: signings, from: 2040, max_count: 1}"], "limits.x", "after the calendar ends"),
    (CLOUD, ["limits.x={measure: operating_mw, min_share: 0.9}"], "limits.x.min_share", "a share of itself"),
    (CLOUD, ["limits.x={measure: secured_mw, max_share: 0.9}"], "limits.x.max_share", "forbids all of it"),
    (CLOUD, ["limits.x={measure: powered_mw, vendor: oracle, max_share: 0.6}"], "limits.x.max_share", "forbids all of it"),
    (CLOUD, ["limits.x={measure: powered_mw, vendor: oracle, max_share: 1}"], "limits.x.max_share", "always holds"),
    (CLOUD, ["limits.x={measure: powered_mw, min_mw: 0}"], "limits.x.min_mw", "always holds"),
    (CLOUD, ["limits.x={measure: powered_mw, max_mw: 100}"], "limits.x.max_mw", "never binds"),
    (CLOUD, ["limits.x={measure: powered_mw, basis: facility, max_mw: 130}"], "limits.x.max_mw", "never binds"),
    (CLOUD, ["limits.x={measure: shortfall_mw, max_mw: 100}"], "limits.x.max_mw", "never binds"),
    (CLOUD, ["limits.x={measure: signings, max_count: 1}"], "limits.x.max_count", "never binds"),
    (CLOUD, ["limits.x={measure: powered_mw, kind: on_demand, max_mw: 20}"], "limits.x", "no row"),
    (CLOUD, ["limits.x={measure: powered_mw, kind: own, max_mw: 20}"], "limits.x", "no row"),
    (CLOUD, ["limits.x={measure: powered_mw, workload: training, max_mw: 20}"], "limits.x.workload", "matches nothing"),
    (CLOUD, ["limits.x={measure: operating_mw, vendor: oracle, max_mw: 20}"], "limits.x.vendor", "matches nothing"),
    (CLOUD, ["limits.x={measure: debt, vendor: oracle, max_usd_bn: 1}"], "limits.x.vendor", "matches nothing"),
    (CLOUD, ["limits.x={measure: debt, max_usd_bn: 1}"], "limits.x", "no debt"),
    (CLOUD, ["limits.x={measure: powered_mw, max_mw: 20, soft_usd_m_per_mw_year: 0}"], "limits.x.soft_usd_m_per_mw_year", "costs nothing"),
    (CLOUD, ["logic.x={of: [oracle.abilene], at_most: 1}"], "logic.x.at_most", "always holds"),
    (CLOUD, [f"{OFFER}.sign.at_most=0", "logic.x={choosing: oracle.abilene, needs: [oracle.abilene]}"], "logic.x.choosing", "can never be chosen"),
    ("21", ["scenarios.demand.branches.high.probability=1", "scenarios.demand.branches.low.probability=0"], "scenarios.demand.branches.low.probability", "never happens"),
]  # fmt: skip


def tutorial(number: str) -> Path:
    return next(TUTORIAL.glob(f"{number}_*.yaml"))


@pytest.mark.parametrize(
    ("number", "sets", "path", "word"), SILENT, ids=[f"{row[0]} {' '.join(row[1])[:70]}" for row in SILENT]
)
def test_what_will_never_matter_is_said(number: str, sets: list[str], path: str, word: str) -> None:
    found = [each for each in planner.check(planner.read(tutorial(number), sets=sets)) if each.code in CODES]
    mine = [each for each in found if each.path == path]
    assert len(mine) == 1, [str(each) for each in found]
    assert word in mine[0].message
    assert mine[0].severity == "warning"
    assert mine[0].repair and mine[0].where


@pytest.mark.parametrize("path", sorted(TUTORIAL.glob("*.yaml")), ids=lambda path: path.stem)
def test_tutorials_say_nothing_without_effect(path: Path) -> None:
    plain = planner.read(path)
    for case in [None, *plain.cases]:
        found = planner.check(planner.read(path, cases=[case] if case else []))
        assert [str(each) for each in found if each.code in CODES] == []


def test_the_flagship_says_nothing_without_effect() -> None:
    assert [str(each) for each in planner.check(planner.read(FLAGSHIP)) if each.code in CODES] == []


def test_old_assets_count_for_nothing() -> None:
    """Existing blocks and chips past their life, and chips that find no room: how many MW."""
    says = {
        None: "100 MW count for nothing",
        "chips": "100 MW count for nothing",
        "crowded": "50 MW count for nothing",
    }
    places = {None: "construction.0", "chips": "chips.0", "crowded": "chips.0.mw"}
    for case, words in says.items():
        found = planner.check(planner.read(FOUND / "old_assets.yaml", cases=[case] if case else []))
        (finding,) = [each for each in found if words in each.message and each.path.startswith("money")]
        assert finding.path == f"money.opening.{places[case]}"
        assert finding.where.startswith(str(FOUND / "old_assets.yaml:"))


def test_free_months_cannot_be_said_by_a_price_path() -> None:
    """A price of 0 by date of signing makes all 60 months free; `check` says what the words mean."""
    found = planner.check(planner.read(FOUND / "rent_free.yaml"))
    (finding,) = [each for each in found if each.code == "meaning"]
    assert finding.path == "vendors.cloudco.offers.pods.price_usd_per_kw_month"
    assert "date of signing" in finding.message and "can't be said yet" in finding.message


def test_a_share_is_of_the_whole_fleet() -> None:
    found = planner.check(planner.read(FOUND / "regional_share.yaml"))
    finding, in_case = [each for each in found if each.code in ("meaning", *CODES)]
    assert in_case.path == "cases.on_demand.limits.half_in_us.max_share"
    assert (finding.code, finding.path) == ("meaning", "limits.half_in_us.max_share")
    assert "narrow the part only" in finding.message and "can't be said yet" in finding.message
    found = planner.check(planner.read(FOUND / "regional_share.yaml", cases=["on_demand"]))
    (finding,) = [each for each in found if each.code in ("meaning", *CODES)]
    assert (finding.code, finding.path) == ("never", "limits.half_in_us.max_share")
    assert "forbids all of it" in finding.message and "on-demand MW are not in it" in finding.message


PRICE = f"{OFFER}.price_usd_per_kw_month"
PATHS = [
    (CLOUD, f"{PRICE}={{2027Q1: 1000, 2027Q3: 1200}}", PRICE, "only 1000 is ever read: the signings lie in 2027Q1"),
    (CLOUD, f"{PRICE}={{2025: 900, 2026: 1000, 2027: 1100}}", PRICE, "only 1100 is ever read"),
    (CLOUD, f"{OFFER}.sign.to=2027Q2 {PRICE}={{2027Q1: 1000, 2027Q2: 1100, 2027Q3: 1200}}", PRICE, "from 2027Q3 on is never read"),
    (OWN, f"{HALL}.start={{to: 2027Q2}} {HALL}.capex_usd_m_per_mw={{2027: 12, 2028: 13}}", f"{HALL}.capex_usd_m_per_mw", "the starts lie in 2027Q1 to 2027Q2"),
    (CLOUD, "workloads.training.demand_gw={2026: 0.05, 2027: 0.1, 2029: 0.2, interpolate: step}", "workloads.training.demand_gw", "only 0.1 is ever read"),
    (OWN, "sites.milam.facility_power_mw={2020: 100, 2021: 200, interpolate: step}", "sites.milam.facility_power_mw", "only 200 is ever read"),
    (OWN, "chips.free.terms.gift.order={to: 2027Q2} chips.free.terms.gift.price_usd_m_per_mw={2027: 20, 2028: 15}", "chips.free.terms.gift.price_usd_m_per_mw", "the orders lie in"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "changes", "path", "word"), PATHS, ids=[row[1][:60] for row in PATHS])
def test_a_path_whose_other_values_are_never_read(number: str, changes: str, path: str, word: str) -> None:
    sets = [
        each.strip()
        for each in changes.replace("} ", "}\n").replace(".to=2027Q2 ", ".to=2027Q2\n").split("\n")
    ]
    found = planner.check(planner.read(tutorial(number), sets=sets))
    mine = [each for each in found if each.path == path and each.code in ("meaning", "never")]
    assert len(mine) == 1, [str(each) for each in found]
    assert word in mine[0].message


TEXT = """\
extends: 01_cloud.yaml
limits:
  idle: {measure: powered_mw, max_mw: 60, active: false}
scenarios:
  price:
    known: 2027Q2
    branches:
      as_it_is: {probability: 0.5}
      again: {probability: 0.5, set: {money.opening.cash_usd_bn: 5.0}}
cases:
  nothing: {money.opening.cash_usd_bn: $5bn}
  idle: {limits.idle.max_mw: 50}
  small: {workloads.training.demand_gw: 0.05}
  smaller: {workloads.training.demand_gw: {value: 0.05, source: again}}
  half: {money.opening.cash_usd_bn: 6, vendors.oracle.offers.abilene.mw.max: 100}
  whole: {vendors.oracle.offers.abilene.mw: {min: 50, max: 90}}
  late: {vendors.oracle.offers.abilene.delivery_months: 24}
  off: {vendors.oracle.offers.abilene.sign.at_most: 0}
"""


def test_overrides_that_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "01_cloud.yaml").write_text(tutorial(CLOUD).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "i.yaml").write_text(TEXT, encoding="utf-8")
    found = planner.check(planner.read(tmp_path / "i.yaml"))
    said = {each.path: each for each in found if each.path.startswith(("cases.", "scenarios."))}
    assert {path: (each.code, each.where.split(":", 1)[1].split(":")[0]) for path, each in said.items()} == {
        "scenarios.price.branches.again.set": ("same", "9"),
        "cases.nothing": ("same", "11"),
        "cases.idle.limits.idle.max_mw": ("never", "12"),
        "cases.smaller": ("same", "14"),
        "cases.half.vendors.oracle.offers.abilene.mw.max": ("same", "15"),
        "cases.late.vendors.oracle.offers.abilene": ("never", "17"),
    }
    assert "cases.small" in said["cases.smaller"].message


def test_what_only_a_case_or_a_branch_uses_is_used(tmp_path: Path) -> None:
    """Data kept for a case is no slip: an offer that a case opens, spending that a case counts."""
    text = """\
extends: 01_cloud.yaml
vendors: {oracle: {offers: {later: {kind: cloud, region: us, chips: gb300, price_usd_per_kw_month: 900, mw: {max: 50}, delivery_months: 0, term_months: 12}}}}
limits: {cap: {measure: accrued_spend, from: 2026, max_usd_bn: 2, active: false}}
money: {opening: {past_spend: [{from: 2026, line: cloud_rent, usd_bn: 0.5}]}}
"""
    cases = """\
cases:
  open: {vendors.oracle.offers.later.sign: {at_most: 1}}
  capped: {limits.cap.active: true}
"""
    (tmp_path / "01_cloud.yaml").write_text(tutorial(CLOUD).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "i.yaml").write_text(text, encoding="utf-8")
    alone = {each.path for each in planner.check(planner.read(tmp_path / "i.yaml")) if each.code in CODES}
    assert alone == {"vendors.oracle.offers.later", "money.opening.past_spend.0"}
    (tmp_path / "i.yaml").write_text(text + cases, encoding="utf-8")
    for chosen in ([], ["open"], ["capped"]):
        found = planner.check(planner.read(tmp_path / "i.yaml", cases=chosen))
        assert [str(each) for each in found if each.code in CODES] == [], chosen


def many(tmp_path: Path, regions: int) -> Path:
    """Tutorial 1 with so many regions in which there is nothing."""
    text = tutorial(CLOUD).read_text(encoding="utf-8")
    idle = "".join(f"  r{n}: {{facility_per_it: 1.3}}\n" for n in range(regions))
    file = tmp_path / "many.yaml"
    file.write_text(text.replace("regions:\n", f"regions:\n{idle}"), encoding="utf-8")
    return file


def test_findings_are_cut_by_kind_and_counted(tmp_path: Path) -> None:
    findings = planner.check(planner.read(many(tmp_path, 47)))
    assert len([each for each in findings if each.code == "unused"]) == 47  # Python has all
    lines = finding_lines(findings)
    assert sum("[unused] regions." in line for line in lines) == 10
    assert "and 37 more of this kind: warning [unused]" in lines
    assert any("[edge]" in line for line in lines)  # another kind is not cut with it
    assert len(finding_lines([*findings] * 100, each=1_000)) == 100 + 2


def test_the_command_line_cuts_text_and_counts_json(tmp_path: Path) -> None:
    file = many(tmp_path, 1_200)
    words = [sys.executable, "-m", "planner", "check", str(file)]
    text = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True).stdout
    assert "and 1,190 more of this kind: warning [unused]" in text
    assert len(text.splitlines()) < 40
    done = subprocess.run([*words, "--json"], capture_output=True, text=True, timeout=120, check=True).stdout
    value = json.loads(done)
    assert len(value["findings"]) == 1_000
    assert value["findings_in_all"] == 1_201


def test_a_solve_asks_for_errors_alone() -> None:
    instance = planner.read(tutorial(CLOUD), sets=[f"{OFFER}.sign=~"])
    assert planner.check(instance)
    assert planner.check(instance, doubts=False) == []


@pytest.mark.slow
def test_what_never_matters_may_be_taken_out() -> None:
    """Of 200 random instances with every clause: without what is said to have no effect the least cost is the same."""
    tried = 0
    for seed in range(200):
        instance = instance_of(featured_plain(seed))
        paths = [each.path for each in planner.check(instance) if each.code in CODES]
        lean = instance
        for path in paths:
            with suppress(InstanceError):
                lean = lean.tweak(path, None)
        if lean is instance or [each for each in planner.check(lean) if each.severity == "error"]:
            continue
        try:
            cost = planner.solve(instance, gap=1e-6).record.objective_usd_m
        except InstanceError:
            continue
        tried += 1
        assert planner.solve(lean, gap=1e-6).record.objective_usd_m == pytest.approx(
            cost, rel=1e-5, abs=1e-3
        ), (seed, paths)
    assert tried > 60
