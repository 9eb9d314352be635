"""What cannot be is refused whatever `plausible` says; so are a zero that divides, and two dates that are one point."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from instance_sample import read_text, replaced, text_and_lines
from test_instance_every_field import FULL, NUMBERS, findings_of

import planner
from planner.data.check import check
from planner.errors import InstanceError
from planner.instance.fields import QuantityField
from planner.instance.reader import read

FOUND = Path(__file__).resolve().parent / "found"
CANNOT_BE = {"blocks": 23, "demand": 24, "load": 25, "life": 26, "lead": 27, "rate": 28}
"""Case and the line on which it says what cannot be."""
MONEY = {"USD bn", "USD m", "USD bn/year", "USD m/year", "USD m/MW", "USD m/MW-year", "USD m/system", "USD/kW",
         "USD/kW-month", "USD/MW-day", "USD/MWh", "USD bn/GW-year", "price"}  # fmt: skip
"""Money flows both ways: a subsidy, a price below zero, a receivable."""


def errors_of(name: str, *cases: str) -> list[Any]:
    with pytest.raises(InstanceError) as caught:
        read(FOUND / name, cases=cases)
    return list(caught.value.findings)


@pytest.mark.parametrize(("case", "line"), CANNOT_BE.items())
def test_what_cannot_be_is_refused_at_its_line(case: str, line: int) -> None:
    findings = errors_of("cannot_be.yaml", case)
    assert {finding.code for finding in findings} == {"impossible"}
    assert sorted(int(finding.where.rsplit(":", 2)[1]) for finding in findings) == sorted(CANNOT_BE.values())
    (chosen,) = (finding for finding in findings if not finding.path.startswith("cases."))
    assert chosen.where.rsplit(":", 2)[1] == str(line) and chosen.repair.startswith("write a number")


def test_a_term_of_zero_is_refused_in_the_base_and_in_a_case() -> None:
    term, reference = sorted(errors_of("term_zero.yaml"), key=lambda each: int(each.where.split(":")[1]))
    assert (term.path, term.code, term.where.split(":")[1]) == (
        "vendors.cloudco.offers.pods.term_months", "impossible", "12"
    )  # fmt: skip
    assert (reference.code, reference.where.split(":")[1]) == ("impossible", "14")
    (alone,) = errors_of("term_zero.yaml", "reference")  # which sets the term
    assert alone.path == "workloads.training.reference_work_per_mw"


@pytest.mark.parametrize("interpolate", ["linear", "step", "geometric"])
def test_the_31st_is_the_30th_and_both_are_named(interpolate: str, tmp_path: Path) -> None:
    text = (FOUND / "day_31.yaml").read_text(encoding="utf-8").replace("linear", interpolate)
    with pytest.raises(InstanceError, match=r"2027-01-31 and 2027-01-30 are one date") as caught:
        read_text(tmp_path, text)
    (finding,) = caught.value.findings
    assert finding.where.rsplit(":", 2)[1:] == ["11", "71"]


TUTORIAL = Path(__file__).resolve().parent.parent / "instances" / "tutorial"


@pytest.mark.parametrize(
    ("file", "path", "curve", "said"),
    [
        ("01_cloud", "chips.gb300.resale_by_age_years", "{2: 0.5, 2.0: 0.6}", "2.0 and 2 are one age"),
        (
            "01_cloud",
            "chips.gb300.resale_by_age_years",
            '{0: 1, "0.0": 0.5}',
            "0.0 and 0 are one age",
        ),
        ("01_cloud", "chips.gb300.derate_by_months", "{6: 1, 0: 0.5, 6e0: 0.9}", "6e0 and 6 are one month"),
        (
            "82_block_sold",
            "sites.milam.build.hall.exit",
            "{resale_share: null, resale_by_age_years: {1: 0.5, 01.: 0.1}}",
            "01. and 1 are one age",
        ),
    ],
)
def test_an_age_that_stands_twice_in_two_spellings_is_refused_with_both(
    file: str, path: str, curve: str, said: str
) -> None:
    instance = read(TUTORIAL / f"{file}.yaml", sets=[f"{path}={curve}"])
    (finding,) = (each for each in check(instance) if each.severity == "error")
    assert (finding.code, finding.message, finding.repair) == ("bad_path", said, "remove one")
    assert finding.path.startswith(path)


def beyond(field: QuantityField) -> Iterator[float]:
    """Numbers just outside of what can be in a field."""
    can = field.possible
    step = 1.0 if field.whole else 1e-9
    if can.above > -math.inf:
        yield can.above
    if can.least > -math.inf:
        yield can.least - step
    if can.most < math.inf:
        yield can.most + max(step, can.most * 1e-9)


@pytest.mark.parametrize("which", [0, 1])
def test_every_field_refuses_what_cannot_be_although_it_is_called_plausible(
    which: int, tmp_path: Path
) -> None:
    wrong = {
        path: {"value": values[which], "plausible": True}
        for path, field in NUMBERS
        if len(values := list(beyond(field))) > which
    }
    plain = FULL
    for path, value in wrong.items():
        plain = replaced(plain, path, value)
    findings, lines = findings_of(tmp_path, plain)
    found = {finding.path.removesuffix(".value"): finding for finding in findings}
    assert set(found) == {".".join(path) for path in wrong} and len(found) > 60
    for name, finding in found.items():
        assert finding.code == "impossible", finding
        assert abs(int(finding.where.rsplit(":", 2)[1]) - lines[name]) <= 1, finding


def test_only_money_has_no_hard_range() -> None:
    """Every other quantity has a side on which it ends: power, time, counts, shares, rates."""
    free = {field.unit for _, field in NUMBERS if not list(beyond(field))}
    assert free <= MONEY
    assert not {field.unit for _, field in NUMBERS if field.unit not in MONEY} & free


def test_a_plausible_number_inside_of_what_can_be_is_read(tmp_path: Path) -> None:
    wide = {
        path: {"value": field.high * 1.01, "plausible": True}
        for path, field in NUMBERS
        if not field.whole and field.possible.holds(field.high * 1.01)
    }
    plain = FULL
    for path, value in wide.items():
        plain = replaced(plain, path, value)
    assert len(wide) > 60
    read_text(tmp_path, text_and_lines(plain)[0])


@pytest.mark.parametrize(
    ("ramp", "term_months", "refused"),
    [
        ({"600": 1}, 12, True),
        ({"12": 1}, 12, True),
        ({"0": 0, "12": 1}, 12, True),
        ({"11": 1}, 12, False),
        ({"6": 0.5, "18": 1}, 12, False),
        ({"2027-01": 0, "2028-01": 1}, 12, True),
        ({"2027-01": 0.5, "2028-01": 1}, 12, False),
    ],
)
def test_a_ramp_that_begins_after_the_term_delivers_nothing_and_is_refused(
    ramp: dict[str, float], term_months: float, refused: bool
) -> None:
    cloud = planner.read(Path(__file__).parent.parent / "instances" / "tutorial" / "01_cloud.yaml")
    offer = "vendors.oracle.offers.abilene"
    found = cloud.tweak(f"{offer}.ramp", ramp).tweak(f"{offer}.term_months", term_months)
    errors = [finding.code for finding in planner.check(found) if finding.severity == "error"]
    assert errors == (["ramp_after_term"] if refused else [])
    if not refused:
        found.solve(gap=1e-6)
