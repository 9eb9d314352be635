"""Slips of a unit, by 12, 100 or 1,000: noticed alone, beside their like, and where several fields make a price."""

# ruff: noqa: E501 - rows of cases are read across

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from slips import FACTORS, FILES, measured

import planner
from planner.instance.check.usual import OTHERS, USUAL, converted, looks_like
from planner.instance.walk import Shape, fields, spec_shape
from planner.units import likely_meant

TUTORIAL = Path(__file__).parent.parent / "instances" / "tutorial"
FOUND = Path(__file__).parent / "found"
STARTER = Path(__file__).parent.parent / "planner" / "starter.yaml"

# (case of unit_slips, path of the finding, words of its repair)
SLIPS = [
    ("energy_per_kwh", "sites.river.energy_usd_per_mwh", "0.05 looks like USD/kWh: in USD/MWh write 50"),
    ("demand_in_mw", "workloads.training.demand_gw", "100 looks like MW: in GW write 0.1"),
    ("rent_per_year", "vendors.landlord.offers.shell.price_usd_per_kw_month", "1800 looks like USD/kW-year: in USD/kW-month write 150"),
    ("system_in_mw", "chips.gb300.kw_per_system", "0.14 looks like MW/system: in kW/system write 140"),
    ("cash_in_m", "money.opening.cash_usd_bn", "10000 looks like USD m: in USD bn write 10"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "path", "repair"), SLIPS, ids=[row[0] for row in SLIPS])
def test_a_slip_is_noticed_with_the_likely_unit(case: str, path: str, repair: str) -> None:
    found = planner.check(planner.read(FOUND / "unit_slips.yaml", cases=[case]))
    (finding,) = [each for each in found if each.code == "unit"]
    assert (finding.path, finding.repair, finding.severity) == (path, repair, "warning")
    assert finding.where.startswith(str(FOUND / "unit_slips.yaml:"))


def test_without_a_slip_nothing_is_said() -> None:
    assert [
        str(each) for each in planner.check(planner.read(FOUND / "unit_slips.yaml")) if each.code == "unit"
    ] == []


SHELL = "vendors.landlord.offers.shell.price_usd_per_kw_month"
CLOUD = "vendors.oracle.offers.abilene.price_usd_per_kw_month"
HALL = "sites.milam.build.hall"
MORE = [
    ("03", f"{SHELL}=16.5", SHELL, "plausible"),
    ("03", f"{SHELL}=0.15", SHELL, "0.15 looks like USD m/MW-month: in USD/kW-month write 150"),
    ("03", f"{SHELL}=1800", SHELL, "USD/kW-year: in USD/kW-month write 150"),
    ("01", f"{CLOUD}=12000", CLOUD, "USD/kW-year: in USD/kW-month write 1000"),
    ("01", f"{CLOUD}=12", CLOUD, "USD m/MW-year: in USD/kW-month write 1000"),
    ("01", "workloads.training.unserved_usd_bn_per_gw_year=0.02", "workloads.training.unserved_usd_bn_per_gw_year", "USD bn/MW-year: in USD bn/GW-year write 20"),
    ("01", "workloads.training.unserved_usd_bn_per_gw_year=2.5", "workloads.training.unserved_usd_bn_per_gw_year", "USD bn/GW-month: in USD bn/GW-year write 30"),
    ("01", "workloads.training.demand_gw=0.0001", "workloads.training.demand_gw", "TW: in GW write 0.1"),
    ("01", "money.opening.cash_usd_bn=0.005", "money.opening.cash_usd_bn", "USD tn: in USD bn write 5"),
    ("02", f"{HALL}.capex_usd_m_per_mw=0.012", f"{HALL}.capex_usd_m_per_mw", "USD m/kW: in USD m/MW write 12"),
    ("02", f"{HALL}.site_cost_usd_m=0.05", f"{HALL}.site_cost_usd_m", "USD bn: in USD m write 50"),
    ("02", f"{HALL}.site_cost_usd_m=50000", f"{HALL}.site_cost_usd_m", "USD k: in USD m write 50"),
    ("02", "sites.milam.energy_usd_per_mwh=5", "sites.milam.energy_usd_per_mwh", "plausible"),
    ("02", "sites.milam.energy_usd_per_mwh=4.5", "sites.milam.energy_usd_per_mwh", "plausible"),
    ("02", "sites.milam.energy_usd_per_mwh=3", "sites.milam.energy_usd_per_mwh", "cents/kWh: in USD/MWh write 30"),
    ("02", "sites.milam.demand_charge_usd_per_kw_month=180", "sites.milam.demand_charge_usd_per_kw_month", "USD/kW-year: in USD/kW-month write 15"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "change", "path", "repair"), MORE, ids=[f"{row[0]} {row[1]}" for row in MORE]
)
def test_more_slips(number: str, change: str, path: str, repair: str) -> None:
    found = planner.check(planner.read(next(TUTORIAL.glob(f"{number}_*.yaml")), sets=[change]))
    units = [each for each in found if each.code == "unit"]
    assert [each.path for each in units] == [path]
    assert repair in units[0].repair


def test_a_price_from_several_fields() -> None:
    """3.5 USD m for a system of 140 kW are 25 USD m a MW; of 14 kW 250, and of 1,680 kW 2.1."""
    base = planner.read(FOUND / "unit_slips.yaml")
    for change, words in (
        ({"chips.gb300.kw_per_system": 14}, "250 USD m a MW"),
        ({"chips.gb300.kw_per_system": 1680}, "2.08 USD m a MW"),
    ):
        changed = base
        for path, value in change.items():
            changed = changed.tweak(path, value)
        (finding,) = [each for each in planner.check(changed) if each.code == "unit"]
        assert finding.path == "chips.gb300.terms.buy.price_usd_m_per_system"
        assert words in finding.message


def test_a_point_that_is_out_of_line_with_its_path() -> None:
    instance = planner.read(
        STARTER,
        sets=["workloads.training.demand_gw={2027Q1: 0.02, 2028Q1: 150, 2029Q1: 0.3, interpolate: linear}"],
    )
    assert "unit" in {
        each.code for each in planner.check(instance) if each.path == "workloads.training.demand_gw"
    }


def test_a_record_that_says_plausible_is_believed() -> None:
    instance = planner.read(
        next(TUTORIAL.glob("03_*.yaml")), sets=[f"{SHELL}={{value: 1800, plausible: true}}"]
    )
    assert [str(each) for each in planner.check(instance) if each.code == "unit" and each.path == SHELL] == []


@pytest.mark.parametrize(
    "path",
    [*sorted(TUTORIAL.glob("*.yaml")), STARTER, STARTER.parent.parent / "instances" / "stargate.yaml"],
    ids=lambda path: path.stem,
)
def test_no_false_alarm(path: Path) -> None:
    cases = planner.read(path).cases if path.parent == TUTORIAL or path == STARTER else ()
    for case in [None, *cases]:
        found = planner.check(planner.read(path, cases=[case] if case else []))
        assert [str(each) for each in found if each.code == "unit"] == []


def test_nineteen_of_twenty_slips_by_a_thousand_are_noticed_in_small_instances() -> None:
    seen: Counter[float] = Counter()
    tried: Counter[float] = Counter()
    for _, _, factor, noticed in measured(FILES[1:]):
        tried[factor] += 1
        seen[factor] += noticed
    assert tried[1000.0] > 50
    for factor in FACTORS[:2]:
        assert seen[factor] >= 0.95 * tried[factor]
    assert seen[FACTORS[4]] >= 0.75 * tried[FACTORS[4]]


@pytest.mark.slow
def test_nineteen_of_twenty_slips_by_a_thousand_are_noticed_in_the_flagship() -> None:
    seen: Counter[float] = Counter()
    tried: Counter[float] = Counter()
    for _, _, factor, noticed in measured(FILES[:1]):
        tried[factor] += 1
        seen[factor] += noticed
    for factor in FACTORS[:2]:
        assert seen[factor] >= 0.95 * tried[factor]


def test_every_field_named_here_is_one_of_the_schema_and_takes_what_is_usual() -> None:
    known: dict[str, list[Shape]] = {}

    def look(shape: Shape, name: str) -> None:
        if shape.number is not None:
            known.setdefault(name, []).append(shape)
        elif shape.part is not None:
            from planner.instance.walk import child

            for key in fields(shape.part):
                inner = child(shape, key)
                assert inner is not None
                look(inner, key)
        elif shape.inner is not None:
            look(shape.inner, name)

    look(spec_shape(), "")
    for name, (low, high) in USUAL.items():
        assert name in known, name
        assert 0.0 < low < high
        for shape in known[name]:
            assert shape.number is not None
            assert shape.number.low <= low
            assert low < shape.number.high


def test_other_units_are_of_the_same_kind_and_another_size() -> None:
    for unit, others in OTHERS.items():
        for other in others:
            assert converted(1.0, other, unit) > 0.0
            assert converted(1.0, other, unit) != 1.0


@pytest.mark.parametrize(
    ("value", "unit", "within", "words"),
    [
        (0.05, "USD/MWh", (8, 400), "0.05 looks like USD/kWh: in USD/MWh write 50"),
        (1800, "USD/kW-month", (30, 500), "1800 looks like USD/kW-year: in USD/kW-month write 150"),
        (
            20,
            "USD/kW-month",
            (30, 500),
            "correct it, or write it as a record with plausible: true if it is meant",
        ),
        (10_000, "USD bn", (0.1, 40), "10000 looks like USD m: in USD bn write 10"),
    ],
)
def test_which_unit_it_looks_like(value: float, unit: str, within: tuple[float, float], words: str) -> None:
    assert looks_like(value, unit, within) == words


def test_a_factor_of_a_tenth_more_is_no_percentage() -> None:
    assert "0.011" not in likely_meant(1.1, "factor", 0.0, 1.0)
    assert likely_meant(1.1, "factor", 0.0, 1.0).startswith("write a number from 0 to 1")
    assert "0.9" in likely_meant(90, "factor", 0.0, 1.0)
    assert "0.12" in likely_meant(12, "rate", 0.0, 1.0)
    assert "0.0055" not in likely_meant(0.55, "rate", -0.5, 0.5)
    assert likely_meant(3500, "USD m/system", 0.0, 1000.0).endswith("write 3.5")
