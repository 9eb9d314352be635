"""Twenty slips of the pen in the flagship: each gives one clear message with line and repair, and exit code 3."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import planner
from planner.errors import InstanceError

FLAGSHIP = Path(__file__).parent.parent / "instances" / "stargate.yaml"

# (what went wrong, text to replace (first hit after the anchor), replacement, code, word in the repair or message)
SLIPS = [
    (
        "typo in a key",
        "sites:",
        "facility_power_mw:",
        "facilty_power_mw:",
        {"unknown_key", "missing"},
        "facility_power_mw",
    ),
    ("GW for MW", "abilene:", "{value: 1200, low: 900", "{value: 1.2, low: 0.9", {"implausible"}, "GW"),
    ("MW for GW", "workloads:", "2026Q2: 1.", "2026Q2: 1900.", {"implausible"}, "GW"),
    (
        "window before the start",
        "shackelford:\n        name",
        "from: 2026Q3, to: 2031Q4",
        "from: 2025Q1, to: 2025Q4",
        {"window"},
        "starts",
    ),
    (
        "window turned round",
        "shackelford:\n        name",
        "from: 2026Q3, to: 2031Q4",
        "from: 2031Q4, to: 2026Q3",
        {"window"},
        "before",
    ),
    (
        "minimum above maximum",
        "shackelford:\n        name",
        "min: {value: 100",
        "min: {value: 700",
        {"range"},
        "min",
    ),
    (
        "chip nobody sells",
        "shackelford:\n        name",
        "chips: [gb300,",
        "chips: [gb400, gb300,",
        {"unknown_reference"},
        "gb300",
    ),
    (
        "duplicate site",
        "sites:",
        "  shackelford:\n    name",
        "  abilene:\n    name",
        {"duplicate_key", "unknown_reference"},
        "abilene",
    ),
    (
        "missing price",
        "      trainium:\n",
        "        price_usd_per_kw_month:",
        "        # price_usd_per_kw_month:",
        {"missing"},
        "price",
    ),
    (
        "no price for one chip",
        "shackelford:\n        name",
        "          helios: {value: 940",
        "          #helios: {value: 940",
        {"price_by_chip"},
        "helios",
    ),
    (
        "site that does not exist",
        "shackelford:\n        name",
        "site: shackelford",
        "site: shakelford",
        {"unknown_reference"},
        "shackelford",
    ),
    (
        "negative price",
        "dona_ana:\n        name",
        "gb300: {value: {2026Q3: 1040,",
        "gb300: {value: {2026Q3: -1040,",
        {"implausible"},
        "0",
    ),
    ("percent as a number", "discount:", "{value: 12%,", "{value: 12,", {"implausible"}, "0.12"),
    (
        "wrong unit",
        "shackelford:\n        name",
        "delivery_months: {value: 6,",
        "delivery_months: {value: 6 MW,",
        {"wrong_unit"},
        "month",
    ),
    ("shares that do not add up", "chips:", "payments: {", "payments: {99: 0.1, ", {"bad_profile"}, "1"),
    (
        "round before the start",
        "rounds:",
        "2026Q3:",
        "2026Q1:",
        {"round_before_start", "bad_path"},
        "opening",
    ),
    ("calendar turned round", "calendar:", "end: 2033Q4", "end: 2025Q4", {"calendar"}, "end"),
    ("demand starts late", "workloads:", "{2026Q2: ", "{2026-10: ", {"path_starts_late"}, "earlier"),
    (
        "infinite cash",
        "opening:",
        "cash_usd_bn: {value: 65",
        "cash_usd_bn: {value: .inf",
        {"not_finite", "range_order"},
        "number",
    ),
    (
        "word where a number belongs",
        "sites:",
        "load_factor: {value: 0.8",
        "load_factor: {value: high",
        {"wrong_unit", "wrong_type"},
        "25%",
    ),
    ("alias", "regions:", "ercot: {name", "ercot: &e {name", {"alias"}, ""),
]


def changed(anchor: str, old: str, new: str) -> str:
    """The flagship with one text replaced, the first one after the anchor."""
    text = FLAGSHIP.read_text(encoding="utf-8")
    start = text.index(
        "\n" + anchor if anchor in ("sites:", "workloads:", "chips:", "limits:", "regions:") else anchor
    )
    place = text.index(old, start)
    return text[:place] + new + text[place + len(old) :]


@pytest.mark.parametrize(
    ("what", "anchor", "old", "new", "codes", "word"), SLIPS, ids=[slip[0] for slip in SLIPS]
)
def test_a_slip_gives_one_clear_message(
    tmp_path: Path, what: str, anchor: str, old: str, new: str, codes: set[str], word: str
) -> None:
    file = tmp_path / "stargate.yaml"
    file.write_text(changed(anchor, old, new), encoding="utf-8")
    findings = errors_of(file)
    assert findings, f"{what}: accepted"
    assert {finding.code for finding in findings} <= codes, [str(finding) for finding in findings]
    assert len(findings) <= 2  # a value and its low end may both be off
    for finding in findings:
        assert re.match(rf"{re.escape(str(file))}:\d+:\d+$", finding.where), finding.where
        assert finding.repair
    assert word in " ".join(str(finding) for finding in findings)


def errors_of(file: Path) -> list[planner.Finding]:  # type: ignore[name-defined]
    """Errors of reading, else of checking."""
    try:
        instance = planner.read(file)
    except InstanceError as error:
        return list(error.findings)
    return [finding for finding in planner.check(instance) if finding.severity == "error"]


def test_a_milestone_above_everything_on_offer(tmp_path: Path) -> None:
    text = FLAGSHIP.read_text(encoding="utf-8")
    limit = "limits:\n  too_far: {measure: powered_mw, at: 2030Q4, min_mw: 45 GW}\n"
    file = tmp_path / "stargate.yaml"
    file.write_text(text.replace("\nlimits:\n", "\n" + limit, 1), encoding="utf-8")
    (finding,) = errors_of(file)
    assert finding.code == "out_of_reach"
    assert "45,000 MW" in finding.message
    assert "soft" in finding.repair


def test_the_command_line_shows_all_errors_and_exits_3(tmp_path: Path) -> None:
    text = changed("shackelford:\n        name", "site: shackelford", "site: shakelford")
    text = text.replace("region: ercot", "region: ercto", 1)
    file = tmp_path / "stargate.yaml"
    file.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "planner", "check", str(file)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "shakelford" in done.stderr
    assert "ercto" in done.stderr
    assert done.stderr.count(f"{file}:") >= 2
