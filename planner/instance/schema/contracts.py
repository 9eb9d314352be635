"""Vendors and what they offer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.instance import quantity
from planner.instance.schema.base import Part, Window
from planner.instance.schema.clauses import Assignment, Exit, Expansion, Renewals
from planner.instance.schema.pricing import Collateral, PriceTier, Sublet
from planner.instance.schema.types import (
    Count,
    DateKey,
    Factor,
    Flag,
    GrowthRate,
    Id,
    Months,
    Mw,
    MwPath,
    OneOrMany,
    PlainShare,
    Ramp,
    Share,
    Size,
    Term,
    Text,
    UsdBn,
    UsdPerKwMonthPath,
    When,
)


class SigningWindow(Window):
    """When and how often an offer may be signed."""

    at_most: Count = Field(description="most signings (tranches) in all")
    per_period: Count | None = Field(None, description="most signings in one period; default 1")


class MwRange(Part):
    """IT MW of one signing, and of all."""

    min: Mw | None = Field(None, description="least MW of one signing")
    max: Mw | None = Field(None, description="most MW of one signing")
    block: Size | None = Field(None, description="a signing is a whole number of blocks of this size")
    total: Mw | None = Field(
        None, description="most MW of all signings from this file on; given ones do not count"
    )


class GivenSigning(Part):
    """A contract that runs, or is under construction with a dated delivery: not a decision."""

    name: Text | None = None
    date: When = Field(description="of signing")
    mw: Mw
    chip: Id | None = Field(None, description="installed chip; cloud only")
    delivered: dict[DateKey, PlainShare] = Field(
        description="cumulative share delivered by date, e.g. {2025Q4: 0.25, 2026Q4: 1}; a key is the first day of what it names"
    )
    term_months: Term | None = Field(None, description="from first delivery; default the offer's")
    price_usd_per_kw_month: UsdPerKwMonthPath | None = Field(
        None, description="by date of use; default the offer's price of the signing date"
    )
    prepaid_share: Share | None = Field(
        None, description="share of nominal rent already paid, credited pro rata; default 0"
    )
    drawn_usd_bn: UsdBn | None = Field(
        None, description="consumption: spent before the first day, counts toward the total; default 0"
    )
    slip_months: Months | None = Field(
        None, description="deliveries from the first day of the calendar on come later by this; default 0"
    )
    source: Text | None = None
    note: Text | None = None


class Offer(Part):
    """Capacity that a vendor offers, with its terms.

    kinds: `shell` the tenant brings chips and pays energy; `cloud` chips and energy included; `consumption` a total
    spend over a term, drawn as MW of the chips on offer up to `mw.max` x ramp; `on_demand` no signature, capped, paid
    as used.
    """

    name: Text | None = None
    kind: Literal["shell", "cloud", "consumption", "on_demand"]
    status: Literal["announced", "reported", "estimate"] | None = Field(
        None, description="how public the terms are"
    )
    source: Text | None = None
    note: Text | None = None
    site: Id | None = Field(None, description="then it uses that site's power; compulsory for shell")
    region: Id | None = Field(None, description="compulsory without a site")
    chips: Annotated[tuple[Id, ...], OneOrMany] = Field((), description="chips on offer; not for a shell")
    sign: SigningWindow | None = Field(None, description="no window: nothing new can be signed")
    mw: MwRange | None = None
    delivery_months: Months | None = Field(None, description="from signing to first delivery")
    ramp: Ramp = Field(
        quantity.Ramp(),
        description="share delivered by month after first delivery, or by calendar date; a calendar step before delivery counts at delivery",
    )
    term_months: Term | None = Field(
        None, description="fixed term from first delivery, the same for all ramp steps"
    )
    at_end: Literal["leaves", "continues"] = "leaves"
    continuation_usd_per_kw_month: UsdPerKwMonthPath | None = Field(
        None, description="by date of use, after the term; default the price path"
    )
    price_usd_per_kw_month: UsdPerKwMonthPath | None = Field(
        None, description="per kW of IT load by signing date (consumption and on_demand: by date of use)"
    )
    price_by_chip_usd_per_kw_month: dict[Id, UsdPerKwMonthPath] = Field(
        default_factory=dict, description="compulsory where several chips are on offer"
    )
    escalator_rate: GrowthRate | None = Field(
        None, description="a year, in steps every 12 months after first delivery"
    )
    prepayment_share: Share | None = Field(
        None,
        description="of the fixed nominal rent over the term, paid at signing, credited pro rata on each invoice",
    )
    payment_delay_months: Months | None = Field(None, description="from service to payment")
    take_or_pay_share: Share | None = Field(
        None, description="least share of delivered MW that is paid, used or not; default 1"
    )
    availability_share: Share | None = Field(None, description="share of delivered MW that serves; default 1")
    slip_months: Months | None = Field(
        None, description="real delivery is later than contracted by this; default 0, set by a scenario"
    )
    late_credit_share: Factor | None = Field(
        None,
        description="of a month's rent per month late, set off against the first invoices; default 0",
    )
    cancel_after_months: Months | None = Field(
        None, description="what is not delivered so long after its contracted date may be cancelled"
    )
    exits: dict[Id, Exit] = Field(default_factory=dict, description="dates on which MW may be given back")
    assignments: dict[Id, Assignment] = Field(
        default_factory=dict, description="dates on which MW may be handed to somebody else"
    )
    renewals: Renewals | None = None
    expansion: Expansion | None = None
    max_mw: MwPath | None = Field(None, description="on_demand only: most MW at any time")
    spend_usd_bn: UsdBn | None = Field(
        None, description="consumption: total to be spent over the term; more may be drawn at the same price"
    )
    yearly_minimum_usd_bn: UsdBn | None = Field(
        None,
        description="consumption: least spend in each 12 months from first delivery; what is missing is topped up",
    )
    yearly_minimum_share: Share | None = Field(
        None, description="consumption: the same as a share of the total"
    )
    carry_over: Flag = Field(
        False, description="consumption: use beyond the minimum of a year counts for later years"
    )
    tiers: tuple[PriceTier, ...] = Field(
        (), description="volume discounts; below the first one the price itself"
    )
    tiers_of: Literal["signing", "total"] = Field("signing", description="what MW the tiers count")
    deposit_months: Months | None = Field(
        None,
        description="of first-year rent, paid at signing, returned at the end of the term without interest",
    )
    deposit_share: Share | None = Field(None, description="the same as a share of the nominal fixed rent")
    collateral: Collateral | None = None
    sublet: Sublet | None = None
    signed: dict[Id, GivenSigning] = Field(default_factory=dict)


class Vendor(Part):
    """Somebody who leases or sells capacity."""

    name: Text | None = None
    group: Id | None = Field(None, description="joins vendors for concentration limits")
    payables_cap_usd_bn: UsdBn | None = Field(
        None, description="most that may be owed to the vendor; more is paid early"
    )
    offers: dict[Id, Offer] = Field(default_factory=dict)
