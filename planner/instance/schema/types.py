"""Field types of the instance file: quantities with their unit and plausible range, dates, payment profiles.

A quantity is written as a number, as text with a unit, as a record (`value`, `low`, `high`, `source`, ...) or, where
the type ends in `Path`, also as a path in time. Ranges are what a person could mean in that field; a value outside is
an error with the likely repair unless its record says `plausible: true`. What cannot be (`possible` below) is an error
whatever the record says: a negative count, a share of more than the whole, a rate that leaves less than nothing.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Strict, StringConstraints
from pydantic.functional_validators import BeforeValidator

from planner.instance import quantity
from planner.instance.fields import ParsedBy, QuantityField, age_key, date_key, listed, month_key
from planner.instance.parse import Possible, parse_when
from planner.instance.profiles import parse_payments, parse_ramp
from planner.instance.quantity import Quantity

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
HostId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Flag = Annotated[bool, Strict()]

When = Annotated[quantity.When, ParsedBy(parse_when, "date")]
PaymentProfile = Annotated[quantity.PaymentProfile, ParsedBy(parse_payments, "payments")]
Ramp = Annotated[quantity.Ramp, ParsedBy(parse_ramp, "ramp")]
DateKey = Annotated[str, ParsedBy(date_key, "date_key")]
AgeKey = Annotated[str, ParsedBy(age_key, "age_key")]
MonthKey = Annotated[str, ParsedBy(month_key, "age_key")]
AsOf = Annotated[str, ParsedBy(date_key, "date")]
OneOrMany = BeforeValidator(listed)
"""Before a tuple type: one word may be written without brackets."""

NOT_NEGATIVE = Possible(0.0)
CENTURY_MONTHS = Possible(0.0, 1_200.0)
"""The axis of dates ends in 2199: what lasts longer ends with it."""
TERM = Possible(1.0 / 30.0, 1_200.0)
"""What has a length lasts a day at least."""
POSITIVE = Possible(above=0.0)
PART = Possible(0.0, 1.0)
"""A part of a whole."""
KEPT = Possible(0.01, 1.0)
"""What is left each year of something kept: divided by, over a century at most."""
A_YEAR = Possible(-0.9, 10.0)
"""A rate a year, compounded over the two centuries of the axis of dates both ways: beyond, numbers end."""
AT_LEAST_IT = Possible(1.0)
"""Facility MW hold the IT MW that they are counted for."""
ALL_GONE = Possible(-1.0)
"""An addition to something of which no more can go than there is."""

Mw = Annotated[Quantity, QuantityField("MW", 0.0, 50_000.0, suspicious_below=2.0, possible=NOT_NEGATIVE)]
Size = Annotated[Quantity, QuantityField("MW", 0.0, 50_000.0, suspicious_below=2.0, possible=POSITIVE)]
MwPath = Annotated[
    Quantity, QuantityField("MW", 0.0, 200_000.0, path=True, suspicious_below=2.0, possible=NOT_NEGATIVE)
]
MwPerYearPath = Annotated[
    Quantity, QuantityField("MW/year", 0.0, 100_000.0, path=True, possible=NOT_NEGATIVE)
]
GwPath = Annotated[Quantity, QuantityField("GW", 0.0, 200.0, path=True, possible=NOT_NEGATIVE)]
KwPerSystem = Annotated[Quantity, QuantityField("kW/system", 0.1, 5_000.0, possible=POSITIVE)]
Count = Annotated[Quantity, QuantityField("count", 0.0, 100_000.0, whole=True, possible=Possible(0.0, 1e6))]
Months = Annotated[Quantity, QuantityField("months", 0.0, 600.0, possible=CENTURY_MONTHS)]
Term = Annotated[Quantity, QuantityField("months", 0.0, 600.0, possible=TERM)]
SignedMonths = Annotated[
    Quantity, QuantityField("months", -120.0, 600.0, possible=Possible(-1_200.0, 1_200.0))
]
Years = Annotated[Quantity, QuantityField("years", 0.25, 60.0, possible=Possible(most=100.0, above=0.0))]
FeeYears = Annotated[Quantity, QuantityField("years", 0.0, 20.0, possible=Possible(0.0, 100.0))]
Share = Annotated[Quantity, QuantityField("share", 0.0, 1.0, possible=PART)]
Portion = Annotated[Quantity, QuantityField("share", 0.0, 1.0, possible=Possible(most=1.0, above=0.0))]
KeptShare = Annotated[Quantity, QuantityField("share", 0.0, 1.0, possible=KEPT)]
SharePath = Annotated[Quantity, QuantityField("share", 0.0, 1.0, path=True, possible=PART)]
AddShare = Annotated[Quantity, QuantityField("share", -1.0, 5.0, possible=ALL_GONE)]
Rate = Annotated[Quantity, QuantityField("rate", 0.0, 1.0, possible=A_YEAR)]
RatePath = Annotated[Quantity, QuantityField("rate", 0.0, 1.0, path=True, possible=A_YEAR)]
GrowthRate = Annotated[Quantity, QuantityField("rate", -0.5, 0.5, possible=A_YEAR)]
GainPath = Annotated[Quantity, QuantityField("rate", 0.0, 20.0, path=True, possible=Possible(-0.9, 1_000.0))]
ReboundPath = Annotated[Quantity, QuantityField("share", 0.0, 3.0, path=True, possible=NOT_NEGATIVE)]
Ratio = Annotated[Quantity, QuantityField("ratio", 1.0, 3.0, possible=AT_LEAST_IT)]
Factor = Annotated[Quantity, QuantityField("factor", 0.0, 10.0, possible=NOT_NEGATIVE)]
FactorPath = Annotated[Quantity, QuantityField("factor", 0.0, 1_000.0, path=True, possible=NOT_NEGATIVE)]
WorkPath = Annotated[Quantity, QuantityField("factor", 0.0, 1_000.0, path=True, possible=POSITIVE)]
UsdBn = Annotated[Quantity, QuantityField("USD bn", 0.0, 10_000.0)]
UsdBnPath = Annotated[Quantity, QuantityField("USD bn", 0.0, 10_000.0, path=True)]
SignedUsdBn = Annotated[Quantity, QuantityField("USD bn", -10_000.0, 10_000.0)]
SignedUsdBnPerYearPath = Annotated[Quantity, QuantityField("USD bn/year", -5_000.0, 5_000.0, path=True)]
UsdM = Annotated[Quantity, QuantityField("USD m", 0.0, 10_000_000.0)]
UsdMPath = Annotated[Quantity, QuantityField("USD m", 0.0, 10_000_000.0, path=True)]
UsdMPerYearPath = Annotated[Quantity, QuantityField("USD m/year", 0.0, 1_000_000.0, path=True)]
UsdMPerMwPath = Annotated[Quantity, QuantityField("USD m/MW", 0.0, 500.0, path=True)]
UsdMPerMwYearPath = Annotated[Quantity, QuantityField("USD m/MW-year", 0.0, 100.0, path=True)]
UsdMPerSystemPath = Annotated[Quantity, QuantityField("USD m/system", 0.0, 1_000.0, path=True)]
UsdPerKwPath = Annotated[Quantity, QuantityField("USD/kW", 0.0, 50_000.0, path=True)]
UsdPerKwMonthPath = Annotated[Quantity, QuantityField("USD/kW-month", 0.0, 20_000.0, path=True)]
UsdPerMwDayPath = Annotated[Quantity, QuantityField("USD/MW-day", 0.0, 10_000.0, path=True)]
UsdPerMwhPath = Annotated[Quantity, QuantityField("USD/MWh", 0.0, 5_000.0, path=True)]
UsdBnPerGwYearPath = Annotated[Quantity, QuantityField("USD bn/GW-year", 0.0, 1_000.0, path=True)]
PlainMw = Annotated[
    float, QuantityField("MW", 0.001, 50_000.0, suspicious_below=2.0, plain=True, possible=POSITIVE)
]
PlainUsdBn = Annotated[float, QuantityField("USD bn", 0.0, 10_000.0, plain=True)]
PlainUsdM = Annotated[float, QuantityField("USD m", 0.0, 10_000_000.0, plain=True)]
PlainUsdMPerMw = Annotated[float, QuantityField("USD m/MW", 0.0, 500.0, plain=True)]
PlainShare = Annotated[float, QuantityField("share", 0.0, 1.0, plain=True, possible=PART)]
PlainFactor = Annotated[float, QuantityField("factor", 0.0, 1.0, plain=True, possible=NOT_NEGATIVE)]
PlainMonths = Annotated[float, QuantityField("months", 0.0, 600.0, plain=True, possible=CENTURY_MONTHS)]
PlainFigure = Annotated[float, QuantityField("price", -1e12, 1e12, plain=True)]
SoftPrice = Annotated[Quantity, QuantityField("price", 0.0, 1_000_000.0, possible=NOT_NEGATIVE)]

__all__ = [
    "AddShare",
    "AgeKey",
    "AsOf",
    "Count",
    "DateKey",
    "Factor",
    "FactorPath",
    "FeeYears",
    "Flag",
    "GainPath",
    "GrowthRate",
    "GwPath",
    "HostId",
    "Id",
    "KeptShare",
    "KwPerSystem",
    "MonthKey",
    "Months",
    "Mw",
    "MwPath",
    "MwPerYearPath",
    "OneOrMany",
    "PaymentProfile",
    "PlainFactor",
    "PlainFigure",
    "PlainMonths",
    "PlainMw",
    "PlainShare",
    "PlainUsdBn",
    "PlainUsdM",
    "PlainUsdMPerMw",
    "Portion",
    "Quantity",
    "Ramp",
    "Rate",
    "RatePath",
    "Ratio",
    "ReboundPath",
    "Share",
    "SharePath",
    "SignedMonths",
    "SignedUsdBn",
    "SignedUsdBnPerYearPath",
    "Size",
    "SoftPrice",
    "Term",
    "Text",
    "UsdBn",
    "UsdBnPath",
    "UsdBnPerGwYearPath",
    "UsdM",
    "UsdMPath",
    "UsdMPerMwPath",
    "UsdMPerMwYearPath",
    "UsdMPerSystemPath",
    "UsdMPerYearPath",
    "UsdPerKwMonthPath",
    "UsdPerKwPath",
    "UsdPerMwDayPath",
    "UsdPerMwhPath",
    "When",
    "WorkPath",
    "Years",
]  # fmt: skip
