"""What a utility may ask for power: a contract with a minimum bill, and load that it may curtail."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from planner.instance import quantity
from planner.instance.schema.base import Part, Window
from planner.instance.schema.types import (
    FeeYears,
    Months,
    Mw,
    MwPath,
    OneOrMany,
    Ramp,
    Rate,
    Share,
    Size,
    Term,
    When,
)


class SupplyContract(Part):
    """Contracted facility MW: the grid gives no more than these, and bills a minimum on them, built or not."""

    contract: Window = Field(
        default_factory=lambda: Window.model_validate({}), description="when MW may be contracted"
    )
    block_mw: Size | None = Field(None, description="facility MW are contracted in whole blocks of this size")
    max_mw: Mw | None = Field(
        None, description="most facility MW of all that is contracted from this file on"
    )
    running_mw: MwPath | None = Field(
        None, description="facility MW contracted before the first day, in force by date"
    )
    lead_months: Months | None = Field(None, description="from contracting to energised; default 0")
    ramp: Ramp = Field(
        quantity.Ramp(), description="share in force by month after energised, or by calendar date"
    )
    term_months: Term = Field(description="from energised")
    minimum_bill_share: Share | None = Field(
        None, description="least billed energy / (contracted MW in force x hours), at the energy price"
    )
    exit_at: Annotated[tuple[When, ...], OneOrMany] = Field(
        (), description="dates at which MW may be dropped, as periods that contain them; default never"
    )
    exit_fee_years: FeeYears | None = Field(
        None, description="years of minimum billing paid when MW are dropped, at most what is left; default 0"
    )
    collateral_share: Share | None = Field(
        None, description="of the fee for dropping everything that day, as a letter of credit; default 0"
    )
    collateral_fee_rate: Rate | None = Field(
        None, description="a year, on the letter of credit, from contracting on"
    )


class Curtailable(Part):
    """Load that the utility may switch off for some hours, in return for power earlier and a lower tariff."""

    take: Window = Field(
        default_factory=lambda: Window.model_validate({}),
        description="when it may be taken, once, for all that stands at the site; from then on",
    )
    until: When | None = Field(None, description="last date of the obligation, included; default no end")
    extra_facility_mw: MwPath = Field(
        description="beyond facility_power_mw, by date, while the obligation lasts"
    )
    lost_share: Share = Field(description="of the hours, in which nothing at the site serves")
    discount_share: Share | None = Field(None, description="off the price of grid energy; default 0")
