"""How amounts and foreign text are written: the same in reports, comparisons, tables of cases and messages."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

NOTHING = "–"
MINUS = "−"


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
    """`USD 12.3 bn` from an amount in USD m, `USD 1.23 bn`, `USD 450 m`; three digits below ten million."""
    if abs(usd_m) >= 999.5:
        text = fixed(usd_m / 1000.0, 1 if abs(usd_m) >= 9950.0 else 2)
        return f"USD {text[:-1] if abs(usd_m) < 9950.0 and text.endswith('0') else text} bn"
    return f"USD {fixed(usd_m, digits(usd_m) if 0.005 <= abs(usd_m) < 9.95 else 0)} m"


def fixed(value: float, decimals: int) -> str:
    """Digits after the point as asked, thousands apart, a real minus sign, and no zero below zero."""
    return signed(f"{value:,.{decimals}f}")


def change(value: float, decimals: int) -> str:
    """The same with its sign, also a plus; what rounds to zero has none."""
    text = fixed(value, decimals)
    return f"+{text}" if text.strip("0.,") and not text.startswith(MINUS) else text


def digits(value: float, least: int = 3) -> int:
    """Decimals that show a number with so many significant digits; none above that."""
    return 0 if value == 0.0 else max(0, least - 1 - math.floor(math.log10(abs(value)) + 1e-9))


def readable(value: float) -> str:
    """A number of a table for people: two decimals, none from 1,000 on, three digits below 0.1."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    if abs(value) < 1e-9:
        return "0"
    if abs(value) >= 999.995:
        return fixed(value, 0)
    text = fixed(value, 2 if abs(value) >= 0.095 else min(digits(value), 6))
    return text if text.strip("0.") else "0"


def gw(value: float) -> str:
    """`12.3 GW`; `850 MW` below a gigawatt, `0.85 MW` below ten megawatts."""
    return power(value * 1000.0) if abs(value) < 0.9995 else f"{fixed(value, 1)} GW"


def power(mw: float) -> str:
    """`850 MW` or `1.25 GW`; three digits below a hundred megawatts."""
    if abs(mw) >= 999.5:
        return f"{fixed(mw / 1000.0, 2)} GW"
    if abs(mw) >= 99.95 or abs(mw) < 0.005:
        return f"{fixed(mw, 0)} MW"
    text = fixed(mw, min(digits(mw), 2))
    return f"{text.rstrip('0').rstrip('.')} MW"


GW_FROM_MW = 2000.0
"""Companies that never hold or ask for as much are shown in MW."""


@dataclass(frozen=True)
class Scale:
    """Unit of power by the size of the company: MW or GW."""

    unit: str

    @staticmethod
    def of(most_mw: float) -> Scale:
        """The unit in which the largest amount has two to four digits before the point."""
        return Scale("GW" if most_mw >= GW_FROM_MW else "MW")

    def mw(self, value: float) -> float:
        """An amount given in MW, in the unit."""
        return value / 1000.0 if self.unit == "GW" else value

    def gw(self, value: float) -> float:
        """An amount given in GW, in the unit."""
        return value if self.unit == "GW" else value * 1000.0


def share(value: float) -> str:
    """`12.3 %`; small shares keep two digits."""
    percent = value * 100.0
    if abs(percent) < 5e-5:
        return "0 %"
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
