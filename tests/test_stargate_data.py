"""The flagship's numbers have sources, and the sums that its notes promise come out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import planner
from planner.instance.yaml_text import parse

FILE = Path(__file__).parent.parent / "instances" / "stargate.yaml"
PUBLISHED_TOTAL = {
    2026: 20,
    2027: -57 + 89,
    2028: -85 + 140,
    2029: -51 + 165,
    2030: 39 + 181,
    2031: 265,
    2032: 300,
    2033: 325,
}
LOW_REVENUE_SHARE = {
    2026: 24 / 30,
    2027: 45 / 62,
    2028: 70 / 102,
    2029: 100 / 169,
    **dict.fromkeys(range(2030, 2034), 174 / 280),
}
YEAR_ENDS = {
    "base": (4.6, 9, 13, 17.5, 21.5, 24.5, 27, 29),
    "company_path": (4.6, 11, 15.5, 21.5, 30, 33, 35, 37),
    "low_demand": (3.5, 6, 8, 10, 12, 13, 14, 15),
    "high_demand": (5.5, 12, 18, 25, 36, 40, 43, 46),
}
CASES = (
    "announced_is_binding", "aws_as_cloud", "cap_600", "cloud_rate_7", "company_path", "company_path_equity",
    "company_path_equity_cap_600", "equity_100", "facility_basis", "high_demand", "ipo_money", "lenders_agree",
    "low_demand", "no_new_money", "no_new_money_soft_floor", "no_own_build", "nvidia_supply_minus_30", "oracle_slip",
    "shell_rent_195", "shell_rent_high", "soft_floor", "vendor_max_40",
)  # fmt: skip


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    tree, findings = parse(FILE.read_text(encoding="utf-8"), FILE.name)
    assert findings == []
    return tree.plain


def records(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if "value" in node and not path.startswith(".claims"):
            yield path, node
        for key, below in node.items():
            yield from records(below, f"{path}.{key}")
    elif isinstance(node, list):
        for index, below in enumerate(node):
            yield from records(below, f"{path}.{index}")


def sources(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, below in node.items():
            if key == "source":
                yield from below.split(", ")
            else:
                yield from sources(below)
    elif isinstance(node, list):
        for below in node:
            yield from sources(below)


def test_every_record_says_where_it_comes_from(plain: dict[str, Any]) -> None:
    found = list(records(plain))
    assert len(found) > 300
    for path, record in found:
        lacking = {"source", "as_of", "confidence", "note"} - record.keys()
        assert not lacking, f"{path} lacks {sorted(lacking)}"


def test_every_source_is_in_the_register(plain: dict[str, Any]) -> None:
    register = plain.pop("sources")
    try:
        assert set(sources(plain)) - register.keys() == set()
    finally:
        plain["sources"] = register


def year_end(workload: Any, year: int) -> float:
    keys = workload.demand_gw.points
    return next(value for date, value in keys if date.isoformat() == f"{year}-12-31")


@pytest.mark.parametrize("case", YEAR_ENDS)
def test_demand_adds_up_to_the_path_and_fixed_cash_is_the_total_less_the_margin(case: str) -> None:
    spec = planner.read(FILE, cases=() if case == "base" else [case]).spec
    fixed = {date.year: value for date, value in spec.money.operating_cash_usd_bn_per_year.points}
    first = {name: each.demand_gw.points[0][1] for name, each in spec.workloads.items()}
    before = first["inference"] + first["fast_inference"]
    for year, whole in zip(range(2026, 2034), YEAR_ENDS[case], strict=True):
        ends = {name: year_end(each, year) for name, each in spec.workloads.items()}
        assert sum(ends.values()) == pytest.approx(whole, abs=0.02)
        share = 0.65 - 0.07 * min(year - 2026, 4) / 4
        assert ends["training"] == pytest.approx(share * whole, abs=0.011)
        sold = ends["inference"] + ends["fast_inference"]
        total = PUBLISHED_TOTAL[year] * (LOW_REVENUE_SHARE[year] if case == "low_demand" else 1.0)
        if case != "high_demand":  # keeps the fixed part of base
            assert fixed[year] == pytest.approx(total - 20.0 * (before + sold) / 2, abs=0.25), year
        before = sold


def test_high_demand_keeps_the_fixed_cash_of_base() -> None:
    base, high = (planner.read(FILE, cases=cases).spec.money for cases in ((), ["high_demand"]))
    assert high.operating_cash_usd_bn_per_year.points == base.operating_cash_usd_bn_per_year.points


def test_first_cash_and_rounds_add_up_to_the_firm_87() -> None:
    money = planner.read(FILE).spec.money
    received = 15 + 12 + 10
    assert money.opening.cash_usd_bn.constant == 40 - 12 + received
    to_come = sum(sum(each.by_date_usd_bn.values()) for each in money.rounds.values() if each.active)
    assert received + to_come == 87
    assert money.debt == {}


def test_given_contracts_are_the_fleet_of_the_notes() -> None:
    spec = planner.read(FILE).spec
    given = {
        f"{vendor}.{offer}": sum(each.mw.constant for each in terms.signed.values())
        for vendor, seller in spec.vendors.items()
        for offer, terms in seller.offers.items()
        if terms.signed
    }
    assert given == {
        "oracle.abilene": 900, "coreweave.running": 360, "aws.running": 480, "microsoft.running": 1900,
        "cerebras.running": 250, "g42.abu_dhabi": 75,
    }  # fmt: skip
    years = {"coreweave.running": (22.4, 5, 1.040), "aws.running": (38, 7, 0.942)}
    for offer, (usd_bn, term, usd_m_per_mw_month) in years.items():
        assert given[offer] * usd_m_per_mw_month * 12 * term / 1000 == pytest.approx(usd_bn, rel=0.01)


def test_its_cases_are_these() -> None:
    assert tuple(sorted(planner.read(FILE).cases)) == CASES


@pytest.mark.parametrize("case", CASES)
def test_each_case_is_valid_and_changes_something(case: str) -> None:
    assert planner.read(FILE, cases=[case]).changes
