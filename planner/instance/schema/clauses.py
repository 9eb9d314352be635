"""Clauses that change contracted MW after signing: leaving early, renewing, expanding."""

from __future__ import annotations

from pydantic import Field

from planner.instance import quantity
from planner.instance.schema.base import Part
from planner.instance.schema.types import (
    AddShare,
    Count,
    Factor,
    Flag,
    Months,
    Ramp,
    Share,
    SignedMonths,
    Term,
    UsdMPerMwPath,
)


class Leaving(Part):
    """A listed date on which part of a contract or all of it may end before its term."""

    at_months: SignedMonths = Field(description="after first delivery; negative: before it")
    notice_months: Months | None = Field(None, description="before that date; default 0")
    fee_share: Share | None = Field(
        None, description="of the fixed rent that would still accrue (nominal), paid on that date; default 0"
    )
    fee_months: Months | None = Field(
        None, description="the fixed rent of so many months from that date (or first delivery) on; default 0"
    )


class Exit(Leaving):
    """The vendor takes the MW back."""

    refund_prepayment: Flag = Field(False, description="whether the prepayment not yet used comes back")


class Assignment(Leaving):
    """Somebody else takes the rest of the term over."""

    proceeds_share: Share | None = Field(
        None, description="of the prepayment not yet used, paid by who takes over; default 0"
    )


class Renewals(Part):
    """Further fixed terms after the first one, each at the price path of its first day."""

    count: Count = Field(description="most renewals, one after the other")
    term_months: Term
    price_factor: Factor | None = Field(
        None, description="times the price path on the first day of the new term; default 1"
    )
    notice_months: Months | None = Field(
        None, description="decided so long before the term before ends; default 0"
    )


class Expansion(Part):
    """A right to more MW of a signing at its price."""

    most_share: Factor = Field(description="of the signed MW, in all")
    from_months: Months | None = Field(None, description="earliest, after signing; default 0")
    to_months: Months = Field(description="latest, after signing")
    premium_share: AddShare | None = Field(None, description="on top of the price of the signing; default 0")
    delivery_months: Months | None = Field(None, description="default the offer's")
    ramp: Ramp = Field(quantity.Ramp(), description="by month after its first delivery, or by calendar date")
    term_months: Term | None = Field(
        None, description="from its first delivery; default: it ends with the fixed term of the signing"
    )
    fee_usd_m_per_mw: UsdMPerMwPath | None = Field(
        None,
        description="paid at signing per MW of right, by signing date; without a fee the right comes along",
    )
