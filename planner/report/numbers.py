"""How amounts and foreign text are written."""

from __future__ import annotations

import math
import unicodedata

from planner.report.content import Cell, Kind

DECIMALS: dict[Kind, int] = {
    "usd_m": 0, "usd_bn": 1, "mw": 0, "gw": 2, "price": 1, "count": 0, "seconds": 2,
}  # fmt: skip
NOTHING = "–"
MINUS = "−"


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
    return signed(f"{value:,.{DECIMALS[kind]}f}")


def signed(text: str) -> str:
    """Digits with a real minus sign, and none before zero."""
    if text.startswith("-"):
        digits = text[1:]
        return digits if not digits.strip("0.,") else MINUS + digits
    return text


def general(value: float) -> str:
    """A number of unknown kind with as many digits as it needs, at most six."""
    if value == 0.0:
        return "0"
    if abs(value) >= 1e9 or abs(value) < 1e-4:
        return signed(f"{value:.3g}")
    if abs(value) >= 1000.0:
        return signed(f"{value:,.2f}".rstrip("0").rstrip("."))
    return signed(f"{value:.6g}")


def usd_bn(usd_m: float) -> str:
    """`USD 12.3 bn` from an amount in USD m; `USD 450 m` below a billion."""
    if abs(usd_m) < 999.5:
        return f"USD {signed(f'{usd_m:,.0f}')} m"
    return f"USD {signed(f'{usd_m / 1000.0:,.1f}')} bn"


def gw(value: float) -> str:
    """`12.3 GW`; `850 MW` below a gigawatt."""
    return f"{value * 1000.0:,.0f} MW" if abs(value) < 0.9995 else f"{value:,.1f} GW"


def power(mw: float) -> str:
    """`850 MW` or `1.25 GW`."""
    return f"{mw / 1000.0:,.2f} GW" if abs(mw) >= 1000.0 else f"{mw:,.0f} MW"


def share(value: float) -> str:
    """`12.3 %`; small shares keep two digits."""
    percent = value * 100.0
    if percent and abs(percent) < 1.0:
        return f"{signed(f'{percent:.2g}')} %"
    return f"{signed(f'{percent:.1f}')} %"


def count(number: int, one: str, many: str = "") -> str:
    """`1 contract`, `3 contracts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def plain(text: str) -> str:
    """Text on one line in which control and direction characters are shown, not obeyed."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _harmless(character) else f"\\u{ord(character):04x}"
        for character in text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    )


def _harmless(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def short(text: str, most: int) -> str:
    """Text cut to a length, with an ellipsis where something is left out."""
    shown = plain(text[: most * 2])
    return shown if len(text) <= most and len(shown) <= most else shown[: most - 1].rstrip() + "…"
