"""Stages of building: securing a site, rights to start later, crews, and blocks that leave before their life ends."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.instance.schema.base import Part, Window
from planner.instance.schema.types import (
    AgeKey,
    Count,
    Flag,
    HostId,
    Months,
    MwPath,
    OneOrMany,
    PaymentProfile,
    PlainShare,
    Share,
    SharePath,
    Text,
    UsdM,
    UsdMPath,
    UsdMPerMwPath,
    UsdMPerYearPath,
    When,
)


class Secure(Part):
    """Site and power secured as a decision of its own, once, before any block of the site may start."""

    start: Window = Field(
        default_factory=lambda: Window.model_validate({}), description="when it may be secured"
    )
    lead_months: Months | None = Field(None, description="from the decision until it is secured; default 0")
    permit_months: Months | None = Field(
        None, description="permits after that, before the first block may start; default 0"
    )
    option_fee_usd_m: UsdMPath | None = Field(
        None, description="by date of the decision; no value at the end"
    )
    payments: PaymentProfile | None = Field(
        None, description="share of the fee by months from the decision; default all on its day"
    )
    carry_usd_m_per_year: UsdMPerYearPath | None = Field(
        None, description="by date, from the decision until the first block starts or the site is released"
    )
    cancel_usd_m: UsdM | None = Field(
        None, description="when it is released, or still held without a block at the end of the calendar"
    )


class StartOption(Part):
    """A right to start a block of this build later: bought by the block, gone when it is used or lapses."""

    buy: Window = Field(
        default_factory=lambda: Window.model_validate({}), description="when rights may be bought"
    )
    fee_usd_m_per_mw: UsdMPerMwPath = Field(
        description="by date of purchase, per MW of the block; no value at the end"
    )
    from_months: Months | None = Field(
        None, description="from the purchase until it may be used; default 0: at once"
    )
    within_months: Months | None = Field(
        None, description="from the purchase, the last month in which it may be used; default no end"
    )


class BlockExit(Part):
    """Blocks may be sold after delivery at a share of their price, or cancelled before it."""

    at: Annotated[tuple[When, ...], OneOrMany] = Field(
        (), description="dates at which blocks may leave, as periods that contain them; default every period"
    )
    from_months: Months | None = Field(None, description="from delivery until a block may be sold; default 0")
    resale_share: SharePath | None = Field(
        None, description="of the price paid, by date of sale; none: use resale_by_age_years, or no sale"
    )
    resale_by_age_years: dict[AgeKey, PlainShare] = Field(
        default_factory=dict, description="the same by age since delivery, linear between"
    )
    price: Literal["paid", "paid_with_interest"] = Field(
        "paid",
        description="paid: the share of the price, on the date of sale; paid_with_interest: of the payments compounded at the line's rate, so that the share is one of the discounted price",
    )
    cancel_share: Share | None = Field(
        None,
        description="before delivery: this share of the price is paid instead of all later payments; none: no cancelling",
    )
    max_per_period: Count | None = Field(None, description="most blocks that leave in a period")


class Crew(Part):
    """Builders shared by several builds."""

    name: Text | None = None
    builds: Annotated[tuple[HostId, ...], OneOrMany] = Field(description="as site.build")
    max_mw_under_construction: MwPath = Field(
        description="IT MW started and not delivered, on the first day of each period"
    )
    active: Flag = True
