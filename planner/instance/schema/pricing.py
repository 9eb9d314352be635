"""Clauses about price and security of a contract: volume tiers, collateral, subletting."""

from __future__ import annotations

from pydantic import Field

from planner.instance.schema.base import Part
from planner.instance.schema.types import (
    Flag,
    Months,
    Mw,
    PlainFactor,
    PlainMonths,
    PlainShare,
    Rate,
    Share,
    Text,
    UsdPerKwMonthPath,
    When,
)


class PriceTier(Part):
    """A lower price for large signings."""

    from_mw: Mw = Field(description="of a signing, or of all signings so far with tiers_of: total")
    price_factor: PlainFactor = Field(description="times the price, for all MW of the signing")


class Collateral(Part):
    """Security that the vendor asks for, by the buyer's rating (money.credit_rating); one of the two maps."""

    months_of_rent_by_rating: dict[Text, PlainMonths] = Field(
        default_factory=dict, description="of the rent of the first year, from signing to the end of the term"
    )
    share_of_open_by_rating: dict[Text, PlainShare] = Field(
        default_factory=dict, description="of the fixed rent still to be paid"
    )
    fee_rate: Rate | None = Field(None, description="of a letter of credit, a year; default 0")
    cash: Flag = Field(
        False, description="the amount itself is put up in cash and comes back, without interest"
    )


class Sublet(Part):
    """MW under contract let to others while nobody here needs them; rent is paid on."""

    from_: When | None = Field(
        None, alias="from", description="first date; default the start of the calendar"
    )
    price_usd_per_kw_month: UsdPerKwMonthPath = Field(description="received, by date of use")
    most_share: Share | None = Field(None, description="of the MW paid for; default 1")
    lead_months: Months | None = Field(
        None, description="only MW delivered for so long can be sublet; default 0"
    )
