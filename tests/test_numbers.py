"""Amounts are written with the digits that matter, one minus sign, and no zero below zero."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.numbers import Scale, change, fixed, general, gw, power, readable, share, usd_bn
from planner.report.content import Kind
from planner.report.numbers import DECIMALS, written

KINDS: tuple[Kind, ...] = (*DECIMALS, "share", "number")


@given(st.floats(-1e7, 1e7, allow_nan=False), st.integers(0, 4))
def test_nothing_is_zero_below_zero(value: float, decimals: int) -> None:
    texts = [
        fixed(value, decimals),
        change(value, decimals),
        general(value),
        gw(value),
        power(value),
        readable(value),
    ]
    texts += [share(value / 1e7), usd_bn(value), *(written(value, kind) for kind in KINDS)]
    for text in texts:
        assert not text.startswith("-"), "the sign is a real minus"
        if "−" in text:
            assert any(digit in text for digit in "123456789"), text


@pytest.mark.parametrize("value", [-0.0, -1e-12, -0.0004])
def test_what_rounds_to_zero_has_no_sign(value: float) -> None:
    assert (fixed(value, 2), change(value, 2), power(value)) == ("0.00", "0.00", "0 MW")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (usd_bn(1041074.0), "USD 1,041.1 bn"),
        (usd_bn(1650.0), "USD 1.65 bn"),
        (usd_bn(6000.0), "USD 6.0 bn"),
        (usd_bn(450.4), "USD 450 m"),
        (usd_bn(0.25), "USD 0.250 m"),
        (power(18620.0), "18.62 GW"),
        (power(850.0), "850 MW"),
        (power(12.5), "12.5 MW"),
        (gw(18.62), "18.6 GW"),
        (gw(0.1), "100 MW"),
        (share(0.0004), "0.04 %"),
        (share(4e-16), "0 %"),
        (written(12.5, "mw"), "12.5"),
        (written(0.375, "usd_bn"), "0.375"),
        (written(2.9, "price"), "2.9"),
        (written(1234.4, "mw"), "1,234"),
        (written(-0.2, "usd_m"), "−0.2"),
        (readable(0.0123), "0.0123"),
        (readable(math.nan), "-"),
    ],
)
def test_digits_that_matter(text: str, wanted: str) -> None:
    assert text == wanted


def test_the_unit_follows_the_size_of_the_company() -> None:
    assert (Scale.of(100.0).unit, Scale.of(1999.0).unit, Scale.of(20000.0).unit) == ("MW", "MW", "GW")
    assert Scale("MW").gw(0.1) == pytest.approx(100.0)
    assert Scale("GW").mw(1500.0) == pytest.approx(1.5)
