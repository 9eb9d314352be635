"""Numbers, units, records, paths in time, dates, payment profiles and ramps, each by hand."""

# ruff: noqa: E501 - rows of cases are read across

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest

from planner.instance.parse import (
    NumberKind,
    ParseError,
    parse_quantity,
    parse_when,
)
from planner.instance.profiles import parse_payments, parse_ramp
from planner.instance.quantity import Payment, PaymentProfile, Quantity, Ramp
from planner.units import EXAMPLES, UnitError, measure, number_in

MW = NumberKind("MW", 0.0, 50_000.0, path=True, suspicious_below=2.0)
GW = NumberKind("GW", 0.0, 200.0, path=True)
BN = NumberKind("USD bn", 0.0, 10_000.0, path=True)
MONTHS = NumberKind("months", 0.0, 600.0)
SHARE = NumberKind("share", 0.0, 1.0, path=True)


def problems(raw: Any, kind: NumberKind = BN) -> list[tuple[str, tuple[str, ...]]]:
    with pytest.raises(ParseError) as caught:
        parse_quantity(raw, kind)
    assert all(problem.message for problem in caught.value.problems)
    return [(problem.code, problem.below) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("1.2 GW", "MW", 1200), ("1200 MW", "GW", 1.2), ("0.6 GW/year", "MW/year", 600), ("5000 kW", "MW", 5),
        ("1.5 years", "months", 18), ("18 months", "months", 18), ("18 months", "years", 1.5), ("1 quarter", "months", 3),
        ("15 days", "months", 0.5), ("1 yr", "months", 12),
        ("$350m", "USD bn", 0.35), ("$350m", "USD m", 350), ("USD 1.2 bn", "USD m", 1200), ("1.2 bn USD", "USD m", 1200),
        ("$28 billion", "USD bn", 28), ("$1.5tn", "USD bn", 1500), ("-$3bn", "USD bn", -3), ("$-3bn", "USD bn", -3),
        ("$16.5m/MW", "USD m/MW", 16.5), ("$16500/kW", "USD m/MW", 16.5), ("$1.8m/MW", "USD/kW", 1800),
        ("$110/kW-month", "USD/kW-month", 110), ("$110 per kW and month", "USD/kW-month", 110),
        ("$110/kW/month", "USD/kW-month", 110), ("$1.2m/MW-year", "USD/kW-month", 100),
        ("5 cents", "USD/MWh", None), ("$0.05/kWh", "USD/MWh", 50), ("$48 per MWh", "USD/MWh", 48),
        ("$10bn/GW-year", "USD bn/GW-year", 10), ("$10m/MW-year", "USD bn/GW-year", 10),
        ("$16bn a year", "USD bn/year", 16), ("3.8m USD/system", "USD m/system", 3.8), ("140 kW/system", "kW/system", 140),
        ("2.5%", "share", 0.025), ("7 %", "rate", 0.07), ("115%", "factor", 1.15),
        # another kind of unit, or none
        ("5 MW", "USD bn", None), ("$5", "MW", None), ("5 MWh", "MW", None), ("$50/MWh", "USD/kW-month", None),
        ("$110/kW", "USD/kW-month", None), ("350m", "USD m", None), ("5 m", "months", None), ("5%", "MW", None),
        ("5%", "count", None), ("5 kW", "kW/system", None), ("EUR 5m", "USD m", None), ("5", "MW", None), ("", "MW", None),
        ("MW", "MW", None), ("1,200 MW", "MW", None), ("1 200 MW", "MW", None), ("1.2.3 GW", "MW", None),
        ("1e308 GW", "kW/system", None), ("1e308 tn USD", "USD m", math.inf), ("- -5 MW", "MW", None), ("1e3 MW", "MW", 1000), ("five MW", "MW", None), ("=5 MW", "MW", None),
    ],
)  # fmt: skip
def test_units(text: str, unit: str, number: float | None) -> None:
    if number is None:
        with pytest.raises(UnitError) as caught:
            number_in(text, unit)
        assert caught.value.repair.startswith("write ")
    else:
        assert number_in(text, unit) == number


def test_every_example_in_a_message_is_right() -> None:
    for unit, example in EXAMPLES.items():
        for quoted in example.split('"')[1::2]:
            number_in(quoted, unit)
        assert unit in ("count", "share", "rate", "ratio", "factor", "price") or measure(unit)


def test_a_plain_number_is_unsourced() -> None:
    assert parse_quantity(12, BN) == Quantity("USD bn", 12.0)


def test_a_record_keeps_its_range_and_source() -> None:
    raw = {"value": "$12bn", "low": 10, "high": "$15bn", "source": "CT26", "as_of": "2026-05", "confidence": "reported",
           "note": "seen"}  # fmt: skip
    quantity = parse_quantity(raw, BN)
    assert quantity.value == 12.0
    kept = quantity.provenance
    assert (kept.low, kept.high, kept.source, kept.as_of) == (10.0, 15.0, "CT26", "2026-05")
    assert (kept.confidence, kept.note) == ("reported", "seen")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"value": 12, "low": 13}, [("range_order", ("low",))]),
        ({"value": 12, "high": 11, "low": 13}, [("range_order", ("low",)), ("range_order", ("high",))]),
        ({"value": 12, "vlaue": 3}, [("unknown_key", ("vlaue",))]),
        ({"value": 12, "confidence": "sure"}, [("choice", ("confidence",))]),
        ({"value": 12, "as_of": "May"}, [("bad_date", ("as_of",))]),
        ({"value": 12, "source": 7}, [("wrong_type", ("source",))]),
        ({"value": 12, "plausible": "yes"}, [("wrong_type", ("plausible",))]),
        ({"value": {"value": 12}}, [("bad_path", ("value",))]),
        ({"value": 1e6}, [("implausible", ("value",))]),
        ({"value": 12, "2027": 13}, [("unknown_key", ("2027",))]),
        ({"low": 3}, [("unknown_key", ("low",))]),
        ({}, [("bad_path", ())]),
        ({"value": "x", "low": "y", "source": 1}, [("wrong_unit", ("low",)), ("wrong_type", ("source",)), ("wrong_unit", ("value",))]),
    ],
)  # fmt: skip
def test_wrong_records_name_the_key(raw: Any, expected: Any) -> None:
    assert sorted(problems(raw)) == sorted(expected)


def test_plausible_ranges_propose_the_likely_repair() -> None:
    for raw, kind, repair in [
        (1.2, MW, "1.2 looks like GW; in MW write 1200"),
        (1200, GW, "1200 looks like MW; in GW write 1.2"),
        (45, SHARE, "45 looks like percent; in share write 0.45"),
        (28_000, BN, "28000 looks like USD m; in USD bn write 28"),
    ]:
        with pytest.raises(ParseError) as caught:
            parse_quantity(raw, kind)
        assert caught.value.problems[0].code == "implausible"
        assert caught.value.problems[0].repair == repair
    assert parse_quantity({"value": 1.2, "plausible": True}, MW).value == 1.2
    assert parse_quantity(0, MW).value == 0.0  # none is not suspicious
    assert parse_quantity(2, MW).value == 2.0


def test_a_count_is_whole() -> None:
    kind = NumberKind("count", 0, 100, whole=True)
    assert parse_quantity(3.0, kind).value == 3.0
    assert problems(2.5, kind) == [("not_whole", ())]
    assert problems({"value": 2.5, "plausible": True}, kind) == [("not_whole", ("value",))]


def test_a_path_has_its_points_in_order_of_date() -> None:
    path = parse_quantity({"2029": 3, "2027Q3": 1, "2027-12-15": "$2bn"}, BN)
    assert path.points == ((date(2027, 7, 1), 1.0), (date(2027, 12, 15), 2.0), (date(2029, 1, 1), 3.0))
    assert path.interpolate == "step" and path.is_path
    with pytest.raises(ValueError, match="no single value"):
        _ = path.constant


def test_at_end_moves_each_key_to_its_last_day() -> None:
    keys = {
        "2027Q3": 1,
        "2027-11": 2,
        "2027-12-15": 3,
        "2028": 4,
        "2029H1": 5,
        "2032-02-29": 6,
        "2033-12-31": 7,
    }
    path = parse_quantity({**keys, "interpolate": "linear", "at": "end"}, GW)
    assert [day for day, _ in path.points] == [
        date(2027, 9, 30), date(2027, 11, 30), date(2027, 12, 15), date(2028, 12, 31), date(2029, 6, 30),
        date(2032, 2, 29), date(2033, 12, 31),
    ]  # fmt: skip


def test_gw_and_mw_paths_must_say_how_to_interpolate() -> None:
    for kind in (GW, MW):
        assert problems({"2027": 10}, kind) == [("bad_path", ())]
    parse_quantity({"2027": 10}, BN)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"2027": 1, "2027-01": 2}, [("bad_path", ("2027-01",))]),
        ({"2027Q5": 1}, [("unknown_key", ("2027Q5",))]),
        ({"2027-13": 1}, [("bad_date", ("2027-13",))]),
        ({"2027-02-30": 1}, [("bad_date", ("2027-02-30",))]),
        ({"1850": 1}, [("bad_date", ("1850",))]),
        ({"2027": 1, "interpolate": "cubic"}, [("choice", ("interpolate",))]),
        ({"2027": 1, "at": "middle"}, [("choice", ("at",))]),
        ({"2027": 0, "interpolate": "geometric"}, [("bad_path", ("interpolate",))]),
        ({"2027": "x", "2028": 1e9}, [("wrong_unit", ("2027",)), ("implausible", ("2028",))]),
        ({"interpolate": "step"}, [("bad_path", ())]),
        ({"2027": 1, "2028": 2, "per_year": "5%"}, [("bad_path", ("per_year",))]),
        ({"2027": 1, "source": "x"}, [("unknown_key", ("source",))]),
        ({"value": {"2027": "x"}}, [("wrong_unit", ("value", "2027"))]),
        ({"value": {"2027": 1}, "per_year": "5%"}, [("bad_path", ())]),
        ({"value": {"2027": 1}, "low": 1.5}, [("range_order", ("low",))]),
    ],
)  # fmt: skip
def test_wrong_paths_name_the_key(raw: Any, expected: Any) -> None:
    assert problems(raw) == expected


def test_a_field_that_does_not_change_refuses_a_path() -> None:
    for raw in ({"2027": 5}, {"value": 5, "per_year": "3%"}):
        assert problems(raw, MONTHS)[0][0] == "bad_path"


def test_growth_from_a_start_value() -> None:
    start = date(2026, 7, 1)
    grown = parse_quantity({"value": 100, "per_year": "-6%"}, BN, start)
    assert (grown.points, grown.per_year, grown.interpolate) == (((start, 100.0),), -0.06, "geometric")
    dated = parse_quantity({"value": 100, "per_year": -0.06, "from": "2027Q1"}, BN, start)
    assert dated.points == ((date(2027, 1, 1), 100.0),)
    assert parse_quantity({"2027Q1": 100, "per_year": "-6%"}, BN) == dated
    assert problems({"value": 100, "per_year": "5%"}) == [("bad_path", ())]  # from when?
    assert problems({"value": 100, "from": "2027"}) == [("bad_path", ("from",))]


def test_a_path_in_a_record_has_a_range_in_shares_of_the_path() -> None:
    raw = {"value": {"2027": 5, "interpolate": "step"}, "low": "80%", "high": 1.2, "source": "S"}
    path = parse_quantity(raw, GW)
    assert path.points == ((date(2027, 1, 1), 5.0),)
    assert (path.provenance.low, path.provenance.high, path.provenance.source) == (0.8, 1.2, "S")


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2027", date(2027, 1, 1), date(2028, 1, 1)), (2027, date(2027, 1, 1), date(2028, 1, 1)),
        ("2027Q1", date(2027, 1, 1), date(2027, 4, 1)), ("2027Q4", date(2027, 10, 1), date(2028, 1, 1)),
        ("2027H1", date(2027, 1, 1), date(2027, 7, 1)), ("2027H2", date(2027, 7, 1), date(2028, 1, 1)),
        ("2027-02", date(2027, 2, 1), date(2027, 3, 1)), ("2027-12", date(2027, 12, 1), date(2028, 1, 1)),
        ("2028-02-29", date(2028, 2, 29), date(2028, 3, 1)), ("2027-12-31", date(2027, 12, 31), date(2028, 1, 1)),
        *((bad, None, None) for bad in ("27Q1", "2027q1", "2027Q0", "2027H3", "2027-00", "2027-2", "2027-02-29", "2027/02",
                                        "", "soon", 2027.5, None, True, 99999, [2027])),
    ],
)  # fmt: skip
def test_dates(text: Any, first: date | None, after: date | None) -> None:
    if first is None:
        with pytest.raises(ParseError) as caught:
            parse_when(text)
        assert caught.value.problems[0].code == "bad_date"
    else:
        when = parse_when(text)
        assert (when.first, when.after, when.text) == (first, after, str(text))


def test_payment_profiles() -> None:
    profile = parse_payments({"12-15": 0.25, "0-6": "30%", "6 - 12": 0.45})
    assert profile == PaymentProfile(
        (Payment(0, 6, 0.3), Payment(6, 12, 0.45), Payment(12, 15, 0.25)), "decision"
    )
    assert parse_payments({"0": 1, "from": "delivery"}) == PaymentProfile((Payment(0, 0, 1.0),), "delivery")
    assert parse_payments({"0.5-1.5": 1}).payments == (Payment(0.5, 1.5, 1.0),)


@pytest.mark.parametrize(
    "raw",
    [{"0": 0.5}, {"0": 0.7, "6": 0.4}, {}, {"6-0": 1}, {"6-6": 1}, {"a": 1}, {"-1": 1}, {"2027": 1}, {"0": 1, "from": "x"},
     {"0": -1, "6": 2}, 1, [1], "1", {"0": "1 MW"}],
)  # fmt: skip
def test_wrong_payment_profiles(raw: Any) -> None:
    with pytest.raises(ParseError):
        parse_payments(raw)


def test_ramps() -> None:
    assert parse_ramp({"6": 1, "0": "50%"}) == Ramp(((0.0, 0.5), (6.0, 1.0)))
    assert parse_ramp({"2027Q3": 1.0, "2027": 0.5}) == Ramp(
        (), ((date(2027, 1, 1), 0.5), (date(2027, 7, 1), 1.0))
    )


@pytest.mark.parametrize(
    "raw",
    [{"0": 0.5}, {"0": 1, "6": 0.5}, {"0": 0.6, "3": 0.5, "6": 1}, {}, {"0": 0.5, "2027": 1}, {"0": 1, "0.0": 1}, 1, "x",
     {"0-6": 1}, {"2027Q9": 1}, {"0": 1.5}, {"-3": 1}, {"2027": 0.5, "2027Q1": 1}],
)  # fmt: skip
def test_wrong_ramps(raw: Any) -> None:
    with pytest.raises(ParseError):
        parse_ramp(raw)
