"""A share of the fuzz campaign (`python tests/fuzz.py`), large files in bounded words, and what once raised."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from fuzz import SECONDS, TUTORIAL, Result, campaign
from fuzz_big import CLOUD, YAML, all_big, many
from work import calls_of

import planner
from planner.data.prepare import prepare
from planner.errors import InstanceError
from planner.instance.finding import MAX_FINDINGS


def told(result: Result) -> str:
    return "\n".join([*(f"{place}: {numbers}" for place, numbers in result.raw.items()), result.line])


def test_no_input_ends_in_a_raw_exception() -> None:
    result = campaign(1_000, seed=0)
    assert not result.raw, told(result)
    valid = sum(count for kind, count in result.kinds.items() if kind.endswith("/valid"))
    assert 50 <= valid <= 500, told(
        result
    )  # of broken inputs alone, check and the preparation would see nothing
    assert len(result.kinds) >= 20, told(result)


@pytest.mark.slow
def test_fifty_thousand_inputs() -> None:
    result = campaign(50_000, seed=5)
    assert not result.raw, told(result)
    assert not [number for seconds, number in result.slow if seconds > 4 * SECONDS], told(result)


@pytest.mark.slow
def test_large_inputs_are_answered_in_time_and_memory() -> None:
    assert all_big() == 0


SMALL = 40_000


@pytest.mark.parametrize("name", ["unknown keys", "nulls", "workloads that lack fields", "workloads with wrong numbers",
                                  "empty workloads", "wrong ids", "a path of wrong dates", "a case of unknown keys",
                                  "a case of unknown paths", "wrong cases", "a branch of unknown keys"])  # fmt: skip
def test_a_thousand_errors_are_counted_and_cut(tmp_path: Path, name: str) -> None:
    file = tmp_path / "i.yaml"
    file.write_text(YAML[name](SMALL))
    with pytest.raises(InstanceError) as caught:
        planner.read(file, cases=["a"] if name.startswith("a case") else [])
    findings = caught.value.findings
    assert len(findings) <= MAX_FINDINGS + 1 and len(str(caught.value)) < 100_000
    if name != "nulls":  # they stand below one unknown key
        assert len(findings) == MAX_FINDINGS + 1
        assert findings[-1].code == "more" and "more errors" in findings[-1].message


@pytest.mark.parametrize(("most", "shown"), [(5, 6), (300, 250)])
def test_the_number_of_errors_shown_is_an_argument(tmp_path: Path, most: int, shown: int) -> None:
    file = tmp_path / "i.yaml"
    file.write_text(CLOUD + "".join(f"k{n}: 1\n" for n in range(250)))
    with pytest.raises(InstanceError) as caught:
        planner.read(file, max_findings=most)
    assert len(caught.value.findings) == shown
    assert caught.value.message == "250 errors in the instance"


def test_large_maps_are_read_in_portions_and_lose_nothing(tmp_path: Path) -> None:
    line = "  w%d: {demand_gw: 0.1, unserved_usd_bn_per_gw_year: 30}\n"
    text = CLOUD.replace("\nworkloads:\n", "\nworkloads:\n" + many(line, 80_000), 1)
    (tmp_path / "i.yaml").write_text(text)
    whole = planner.read(tmp_path / "i.yaml").spec.workloads
    assert len(whole) == text.count("demand_gw") and all(each.demand_gw for each in whole.values())
    (tmp_path / "i.yaml").write_text(text.replace("  w700: {demand_gw: 0.1", "  w700: {demand_gw: x"))
    with pytest.raises(InstanceError) as caught:
        planner.read(tmp_path / "i.yaml")
    assert [finding.path for finding in caught.value.findings] == ["workloads.w700.demand_gw"]


def test_the_files_of_an_instance_share_one_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.instance.document.MAX_BYTES", 4_000)
    (tmp_path / "base.yaml").write_text(CLOUD + "# " + "x" * (3_000 - len(CLOUD)))
    (tmp_path / "i.yaml").write_text("extends: base.yaml\n")
    assert planner.read(tmp_path / "i.yaml").spec.name
    (tmp_path / "i.yaml").write_text("extends: base.yaml\n# " + "x" * 2_000)
    with pytest.raises(InstanceError) as caught:
        planner.read(tmp_path / "i.yaml")
    assert "the files of the instance together are larger than 32 MiB" in str(caught.value)


def test_directives_are_refused_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "i.yaml").write_text("# first\n%YAML 1.1\n---\n" + CLOUD)
    with pytest.raises(InstanceError) as caught:
        planner.read(tmp_path / "i.yaml")
    assert [finding.where for finding in caught.value.findings] == [f"{tmp_path}/i.yaml:2:1"]


SITE = (TUTORIAL / "84_site_secured.yaml").read_text()


@pytest.mark.parametrize("line", [
    "vendors.v%d: {name: x}",
    "regions.r%d: {facility_per_it: 1.3}",
    "chips.free.terms.t%d: {price_usd_m_per_mw: 0, lead_months: 0, payments: {0: 1}}",
])  # fmt: skip
def test_a_case_of_many_parts_is_checked_without_holding_each_against_each(tmp_path: Path, line: str) -> None:
    body = "".join(f"    {line.replace('%d', str(n))}\n" for n in range(2_100))
    (tmp_path / "i.yaml").write_text(SITE.split("\nscenarios:")[0] + "\ncases:\n  a:\n" + body)
    instance = planner.read(tmp_path / "i.yaml", cases=["a"])
    assert calls_of(lambda: planner.check(instance)) < 100_000  # 50,000 at most when they were counted


@pytest.mark.parametrize(("calendar", "refused"), [
    ("{start: 2027Q1, end: 2199, step: quarter}", True),
    ("{start: 2027Q1, end: 2199, step: year}", True),  # longer than a century
    ("{start: 2027Q1, end: 2057Q1, step: month}", True),
    ("{start: 2027Q1, end: 2056, step: month}", False),
    ("{start: 2027Q1, end: 2126, step: month, coarsen: {after: 2036, step: year}}", False),
])  # fmt: skip
def test_a_calendar_has_a_bounded_number_of_periods(tmp_path: Path, calendar: str, refused: bool) -> None:
    text = re.sub(r"(?m)^calendar: .*$", f"calendar: {calendar}", SITE)
    text = text.split("\nscenarios:")[0] + "\n"
    (tmp_path / "i.yaml").write_text(text)
    found = planner.check(planner.read(tmp_path / "i.yaml"))
    errors = [(finding.code, finding.path) for finding in found if finding.severity == "error"]
    assert errors == ([("calendar", "calendar.end")] if refused else [])


@pytest.mark.parametrize("rate", [1e30, 11, -0.91, -0.9999999999])
def test_a_rate_that_no_century_can_hold_is_impossible(tmp_path: Path, rate: float) -> None:
    text = re.sub(r"(?m)^discount: .*$", f"discount: {{rate: {{value: {rate!r}, plausible: true}}}}", SITE)
    (tmp_path / "i.yaml").write_text(text)
    with pytest.raises(InstanceError) as caught:
        planner.read(tmp_path / "i.yaml")
    assert [(each.code, each.path) for each in caught.value.findings] == [
        ("impossible", "discount.rate.value")
    ]


@pytest.mark.parametrize("rate", [10, -0.9])
def test_the_steepest_rates_are_compounded_over_a_century(tmp_path: Path, rate: float) -> None:
    text = re.sub(r"(?m)^discount: .*$", f"discount: {{rate: {{value: {rate!r}, plausible: true}}}}", SITE)
    text = re.sub(r"(?m)^calendar: .*$", "calendar: {start: 2027Q1, end: 2126, step: year}", text)
    (tmp_path / "i.yaml").write_text(text.split("\nscenarios:")[0] + "\n")
    data = prepare(planner.read(tmp_path / "i.yaml"))
    assert all(math.isfinite(entry.paid_usd_m) for entry in data.ledger)


@pytest.mark.parametrize(("first", "second", "refused"), [
    (1e-9, 100, True), (100, 1e-9, True), (1e-300, 1e-295, True), (0.01, 99, False), (99, 0.01, False),
])  # fmt: skip
def test_a_geometric_path_has_a_rate_of_growth(
    tmp_path: Path, first: float, second: float, refused: bool
) -> None:
    path = f"{{2027-01-01: {first!r}, 2027-01-02: {second!r}, interpolate: geometric}}"
    (tmp_path / "i.yaml").write_text(CLOUD.replace("demand_gw: 0.1 ", f"demand_gw: {path} "))
    if not refused:
        assert all(
            math.isfinite(each.paid_usd_m) for each in prepare(planner.read(tmp_path / "i.yaml")).ledger
        )
        return
    with pytest.raises(InstanceError) as caught:
        planner.read(tmp_path / "i.yaml")
    places = [(each.code, each.path) for each in caught.value.findings]
    assert places == [("bad_path", "workloads.training.demand_gw.interpolate")]
