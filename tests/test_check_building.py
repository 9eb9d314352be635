"""Slips of the pen in stages of building and power contracts: each gives one finding at its place."""

from __future__ import annotations

from typing import Any

import pytest
from tiny import tiny

import planner

BUILD: dict[str, Any] = {
    "block_mw": 50, "max_blocks": 2, "lead_months": 3, "capex_usd_m_per_mw": 9, "payments": {"0": 1},
    "life_years": 20,
}  # fmt: skip
PROJECT: dict[str, Any] = {
    "unit_mw": 50, "max_units": 2, "lead_months": 3, "capex_usd_per_kw": 900, "payments": {"0": 1},
    "life_years": 20,
}  # fmt: skip
CONTRACT = {"term_months": 120, "minimum_bill_share": 0.8}


def errors(**site: Any) -> set[tuple[str, str]]:
    found = planner.check(tiny(sites={"s": {"build": {"b": BUILD}, **site}}))
    return {(finding.code, finding.path) for finding in found if finding.severity == "error"}


SLIPS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "generation without a price": (
        {"power_projects": {"p": {**PROJECT, "availability_share": 1}}},
        ("missing", "sites.s.power_projects.p"),
    ),
    "a grid upgrade with one": (
        {"power_projects": {"p": {**PROJECT, "kind": "grid", "energy_usd_per_mwh": 20}}},
        ("grid_energy", "sites.s.power_projects.p.energy_usd_per_mwh"),
    ),
    "least above most": (
        {"build": {"b": {**BUILD, "min_start_mw": 60, "max_start_mw": 50}}},
        ("range", "sites.s.build.b.min_start_mw"),
    ),
    "an exit that says nothing": (
        {"build": {"b": {**BUILD, "exit": {}}}},
        ("missing", "sites.s.build.b.exit"),
    ),
    "two resales": (
        {"build": {"b": {**BUILD, "exit": {"resale_share": 0.3, "resale_by_age_years": {"0": 0.4}}}}},
        ("two_resales", "sites.s.build.b.exit"),
    ),
    "a right that ends before it begins": (
        {"build": {"b": {**BUILD, "option": {"fee_usd_m_per_mw": 1, "from_months": 9, "within_months": 6}}}},
        ("range", "sites.s.build.b.option.from_months"),
    ),
    "a fee that starts late": (
        {"secure": {"option_fee_usd_m": {"2027Q3": 5}}},
        ("path_starts_late", "sites.s.secure.option_fee_usd_m"),
    ),
    "parts of blocks at a site to be secured": (
        {"secure": {}, "build": {"b": {**BUILD, "continuous": True}}},
        ("missing", "sites.s.build.b"),
    ),
    "securing before the calendar": (
        {"secure": {"start": {"to": "2026Q4"}}},
        ("window", "sites.s.secure.start"),
    ),
    "two minimum bills": (
        {"supply_contract": CONTRACT, "minimum_bill_share": 0.5},
        ("two_minimums", "sites.s.minimum_bill_share"),
    ),
    "a fee of years of nothing": (
        {"supply_contract": {"term_months": 120, "exit_fee_years": 5}},
        ("missing", "sites.s.supply_contract"),
    ),
    "a letter of credit for nothing": (
        {"supply_contract": {**CONTRACT, "collateral_share": 0.5, "collateral_fee_rate": 0.01}},
        ("missing", "sites.s.supply_contract"),
    ),
    "a contract for nobody": (
        {"supply_contract": CONTRACT, "build": {}},
        ("no_host", "sites.s.supply_contract"),
    ),
    "extra power that starts late": (
        {"curtailable": {"extra_facility_mw": {"2027Q3": 50, "interpolate": "step"}, "lost_share": 0.01}},
        ("path_starts_late", "sites.s.curtailable.extra_facility_mw"),
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_has_its_message(slip: str) -> None:
    site, found = SLIPS[slip]
    if not site.get("build", True):
        site = {**site, "build": None}
    assert errors(**site) == {found}


def test_a_crew_names_builds_that_exist() -> None:
    found = planner.check(
        tiny(
            sites={"s": {"build": {"b": BUILD}}},
            crews={"k": {"builds": ["s.c"], "max_mw_under_construction": 9}},
        )
    )
    assert [finding.path for finding in found if finding.severity == "error"] == ["crews.k.builds"]


def test_sound_terms_have_no_finding() -> None:
    assert not errors(
        supply_contract=CONTRACT,
        secure={"option_fee_usd_m": 5},
        power_projects={"p": {**PROJECT, "kind": "grid"}},
        build={"b": {**BUILD, "exit": {"cancel_share": 0.2}, "option": {"fee_usd_m_per_mw": 0}}},
    )
