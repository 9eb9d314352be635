"""Reading a plain file: values, units and places."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from planner.errors import InstanceError
from planner.instance.finding import CODES
from planner.instance.parse import NumberKind, parse_quantity
from planner.instance.reader import read
from planner.instance.yaml_text import parse

TINY = """\
schema_version: 1
name: tiny
calendar: {start: 2026Q3, end: 2027Q4, step: quarter}
discount: {rate: 12%}
regions: {us: {facility_per_it: 1.3}}
workloads:
  training:
    demand_gw: {2026Q2: 0.1, 2027Q4: "200 MW", interpolate: linear, at: end}
    unserved_usd_bn_per_gw_year: {value: 15, low: 5, high: 30, source: x}
money:
  opening: {cash_usd_bn: $28bn}
  operating_cash_usd_bn_per_year: {2026: 16, 2027: 32}
"""


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY)
    instance = read(file)
    demand = instance.spec.workloads["training"].demand_gw
    # at: end moves a key to its last day, where states are read: 2026Q2 -> 2026-06-30, 2027Q4 -> 2027-12-31
    assert demand.points == ((date(2026, 6, 30), 0.1), (date(2027, 12, 31), 0.2))
    assert instance.spec.money.opening.cash_usd_bn.value == 28.0
    assert instance.spec.discount.rate.value == 0.12
    assert instance.position("money.opening.cash_usd_bn") == f"{file}:11:26"


def test_all_errors_are_shown_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        TINY.replace("discount", "discuont").replace("2026Q3", "2026Q5").replace("linear", "lineal")
    )
    with pytest.raises(InstanceError) as caught:
        read(file)
    found = {
        (finding.code, finding.where.removeprefix(str(file)), finding.path)
        for finding in caught.value.findings
    }
    assert found == {
        ("unknown_key", ":4:1", "discuont"),
        ("bad_date", ":3:19", "calendar.start"),
        ("choice", ":8:61", "workloads.training.demand_gw.interpolate"),
    }


def test_every_code_and_the_forms_of_numbers_are_documented(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "instance.md").read_text(encoding="utf-8")
    for code, meaning in CODES.items():
        assert f"| `{code}` | {meaning} |" in text
    forms = re.findall(r"`(\{(?:value|2027Q3|2026Q3)[^`]*\})`", text)
    assert len(forms) == 5
    for form in forms:
        plain = parse(form.replace("note: ...", "note: n"), "docs")[0].plain
        kind = NumberKind("USD/kW-month", 0, 1e6, path=True)
        assert parse_quantity(plain, kind, date(2026, 7, 1)).unit == "USD/kW-month"
