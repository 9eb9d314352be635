"""How the cells of a table are written, by their kind."""

from __future__ import annotations

import math

from planner.numbers import MINUS, NOTHING, digits, fixed, general, plain, signed
from planner.report.content import Cell, Kind

DECIMALS: dict[Kind, int] = {
    "usd_m": 0, "usd_bn": 1, "mw": 0, "gw": 2, "price": 1, "count": 0, "seconds": 2,
}  # fmt: skip
MOST_DECIMALS: dict[Kind, int] = {"usd_m": 2, "usd_bn": 3, "mw": 2, "price": 3}
"""Kinds whose small amounts keep three digits, and the most of them after the point."""


def written(value: Cell, kind: Kind) -> str:
    """A value as text: a dash for an exact zero, empty for what does not exist."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return plain(value)
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if kind == "share":
        return signed(f"{value * 100.0:.1f}") + " %"
    if kind in ("number", "text", "tag"):
        return general(float(value))
    if abs(value) < 1e-9:
        return NOTHING
    if kind in MOST_DECIMALS and abs(value) < 99.95:
        return _three_digits(value, DECIMALS[kind], MOST_DECIMALS[kind])
    return fixed(value, DECIMALS[kind])


def _three_digits(value: float, least: int, most: int) -> str:
    """Three significant digits, at least and at most so many after the point; zeros at the end are left out."""
    text = fixed(value, min(max(digits(value), least), most))
    whole, _, rest = text.partition(".")
    kept = rest.rstrip("0").ljust(least, "0")
    return f"{whole}.{kept}" if kept else whole
