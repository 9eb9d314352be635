"""Prices below zero: what pays is held to what there is, or refused with its line; a fall without end is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hand import TUTORIAL, solved

import planner
from planner.cli.app import run

FOUND = Path(__file__).parent / "found" / "demand_response_credit.yaml"
QUARTERS = 6
"""In which the hall of 100 MW stands; 125 facility MW, 219,000 MWh a quarter at a load factor of 80 %."""
MIDDLES = [(2.5 + q / 1.0) / 4.0 for q in range(QUARTERS)]
FACTORS = sum(1.10**-years for years in MIDDLES)
WITHOUT = 1747.256


def cost(*sets: str, cases: tuple[str, ...] = ()) -> float:
    return float(solved(planner.read(FOUND, cases=cases, sets=sets)).objective_usd_m)


def test_a_credit_per_contracted_kw() -> None:
    assert cost("sites.river.demand_charge_usd_per_kw_month=0") == pytest.approx(WITHOUT, abs=1e-3)
    credit = 125 * 2000 * 3 / 1e6
    assert cost() == pytest.approx(WITHOUT - credit * FACTORS, abs=1e-3)
    assert cost() == pytest.approx(1743.258, abs=1e-3)


def test_energy_that_is_paid_for_is_what_is_used() -> None:
    """219,000 MWh a quarter at -5, well above the minimum of 136,875."""
    assert cost(cases=("power_below_zero",)) == pytest.approx(1741.419, abs=1e-3)
    assert cost(cases=("power_below_zero",)) == pytest.approx(WITHOUT - 219_000 * 5 / 1e6 * FACTORS, abs=1e-3)


def test_a_minimum_above_the_use_is_billed_also_where_it_pays() -> None:
    """90 % of 125 MW x 2,190 h = 246,375 MWh a quarter are billed at -5, though 219,000 are used."""
    found = cost("sites.river.minimum_bill_share=0.9", cases=("power_below_zero",))
    assert found == pytest.approx(WITHOUT - 246_375 * 5 / 1e6 * FACTORS, abs=1e-3)


GENERATION = (
    "sites.river.power_projects.gas={unit_mw: %d, max_units: 1, lead_months: 0, capex_usd_per_kw: 0, payments: {0: 1},"
    " energy_usd_per_mwh: 0, availability_share: 1, life_years: 20, start: {from: 2027Q1, to: 2027Q1}}"
)


@pytest.mark.parametrize(("unit_mw", "charged_mw"), [(25, 125), (200, 125)])
def test_a_credit_is_net_of_power_units(unit_mw: int, charged_mw: int) -> None:
    """Units that cost nothing take from the credit, so none is built: 125 MW are charged."""
    credit = charged_mw * 2000 * 3 / 1e6
    assert cost(GENERATION % unit_mw) == pytest.approx(WITHOUT - credit * FACTORS, abs=1e-3)


@pytest.mark.parametrize(("unit_mw", "charged_mw"), [(25, 100), (200, 0)])
def test_a_credit_is_for_what_power_units_leave(unit_mw: int, charged_mw: int) -> None:
    """They must be built: the grid gives nothing before them, or the rule of the limit asks for it."""
    sets = (
        GENERATION % unit_mw,
        "logic.gas={of: [river.gas], at_least: 1}",
    )
    credit = charged_mw * 2000 * 3 / 1e6
    assert cost(*sets) == pytest.approx(WITHOUT - credit * FACTORS, abs=1e-3)


def test_a_grant_for_a_start_needs_a_start() -> None:
    """50 USD m for opening instead of a cost of 50; nobody asks for power, so nothing is built and nothing paid."""
    grant = "sites.river.build.hall.site_cost_usd_m={value: -50, plausible: true}"
    none = ("sites.river.demand_charge_usd_per_kw_month=0", "workloads.training.demand_gw=0")
    assert cost(grant, *none) == pytest.approx(0.0, abs=1e-6)
    start = "sites.river.build.hall.fixed_cost_per_start_usd_m={value: -50, plausible: true}"
    assert cost(start, *none) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("sets", "field"),
    [
        (
            ("sites.river.supply_contract={term_months: 120}",),
            "sites.river.demand_charge_usd_per_kw_month",
        ),
        (
            (
                "sites.river.supply_contract={term_months: 120, max_mw: 100, minimum_bill_share: 0.5}",
                "sites.river.energy_usd_per_mwh={value: -5, plausible: true}",
            ),
            "sites.river.energy_usd_per_mwh",
        ),
        (
            (
                "sites.river.build.hall.continuous=true",
                "sites.river.build.hall.fixed_cost_per_start_usd_m={value: -5, plausible: true}",
            ),
            "sites.river.build.hall.fixed_cost_per_start_usd_m",
        ),
    ],
)
def test_a_credit_without_end_is_refused_with_its_line(sets: tuple[str, ...], field: str) -> None:
    errors = [f for f in planner.check(planner.read(FOUND, sets=sets)) if f.severity == "error"]
    assert [f.code for f in errors] == ["credit_without_end"]
    assert errors[0].path == field
    assert errors[0].repair


def test_open_commitments_are_held_from_above_only() -> None:
    """51 has a commitment to spend: what counts as paid of it is free below, so a least would always be met."""
    path = TUTORIAL / "51_consumption.yaml"
    for name, value in (("min_usd_bn", 0.1), ("max_share", 0.5)):
        limit = f"limits={{a: {{measure: open_commitments, group_by: vendor, {name}: {value}}}}}"
        errors = [f for f in planner.check(planner.read(path, sets=[limit])) if f.severity == "error"]
        assert [(f.code, f.path) for f in errors] == [("commitments_from_below", f"limits.a.{name}")]
    above = "limits={a: {measure: open_commitments, max_usd_bn: 5}}"
    assert not [f for f in planner.check(planner.read(path, sets=[above])) if f.severity == "error"]


def test_a_fall_without_end_names_what_falls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Chips that are paid for, without a supply: every order pays."""
    sets = "chips.free.terms.gift.price_usd_m_per_mw={value: -1, plausible: true}"
    assert run(["solve", str(FOUND), "--set", sets, "--out", str(tmp_path), "--json"]) == 4
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error["kind"] == "UnboundedError"
    assert any("free.gift" in sentence and "chips ordered" in sentence for sentence in error["explanation"])
    assert error["explanation"][0] in said.err
    with pytest.raises(planner.UnboundedError, match=r"ordered_mw of free\.gift"):
        planner.solve(planner.read(FOUND, sets=[sets]))
