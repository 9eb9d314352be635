"""Chips, the terms on which they are bought, and their supply."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.instance.schema.base import Part, Window
from planner.instance.schema.types import (
    AgeKey,
    Count,
    Factor,
    FactorPath,
    HostId,
    Id,
    KeptShare,
    KwPerSystem,
    MonthKey,
    Months,
    MwPerYearPath,
    OneOrMany,
    PaymentProfile,
    PlainMonths,
    PlainMw,
    PlainShare,
    PlainUsdMPerMw,
    Rate,
    Share,
    SharePath,
    Term,
    Text,
    UsdMPerMwPath,
    UsdMPerMwYearPath,
    UsdMPerSystemPath,
    UsdPerKwMonthPath,
    When,
    Years,
)


class ChipFinance(Part):
    """The seller waits for a part of the price: a level annuity from delivery."""

    down_share: Share = Field(
        description="of the price, paid on the first date of `payments`, else with the order"
    )
    rate: Rate = Field(description="a year, on what is left of the price; its interest is part of the price")
    months: Term = Field(description="of the annuity, from delivery")


class ChipResale(Part):
    """Chips may be sold at listed ages."""

    at_months: tuple[PlainMonths, ...] = Field(description="months since delivery at which chips may be sold")
    haircut_share: Share = Field(description="taken off price x resale_by_age_years")


class ChipTerms(Part):
    """Terms on which a chip is bought or leased for own or leased hosts; a price per system or per MW."""

    name: Text | None = None
    kind: Literal["purchase", "lease"] = Field(
        "purchase", description="lease: rent from delivery for lease_months, then the chips go back"
    )
    order: Window = Field(default_factory=lambda: Window.model_validate({}))
    price_usd_m_per_system: UsdMPerSystemPath | None = Field(None, description="by order date")
    price_usd_m_per_mw: UsdMPerMwPath | None = Field(
        None, description="by order date; instead of a price per system"
    )
    overhead_factor: Factor | None = Field(
        None, description="network and storage on top of the systems; default 1"
    )
    lead_months: Months = Field(description="from order to installed")
    payments: PaymentProfile | None = Field(
        None,
        description="share of price by months from the order; compulsory for a purchase without `finance`",
    )
    rent_usd_per_kw_month: UsdPerKwMonthPath | None = Field(
        None, description="of a lease, fixed at the order; instead of rent_share_per_month"
    )
    rent_share_per_month: SharePath | None = Field(
        None, description="of a lease, share of the price a month, by order date; then a price is needed"
    )
    lease_months: Term | None = Field(None, description="from delivery; compulsory for a lease")
    finance: ChipFinance | None = Field(
        None, description="of a purchase: paid off to the seller; default none"
    )
    resale: ChipResale | None = Field(None, description="of a purchase: sold at listed ages; default never")


class Chip(Part):
    """A generation of accelerator with its systems."""

    name: Text | None = None
    maker: Id
    from_: When = Field(alias="from", description="first delivery possible, whoever hosts it")
    kw_per_system: KwPerSystem = Field(description="IT kW of one system, network and storage included")
    accelerators_per_system: Count | None = Field(
        None, description="chips of one system, for the cost of an accelerator-hour; nothing else hangs on it"
    )
    work: dict[Id, FactorPath] = Field(
        description="work per MW by workload, reference chip = 1; a workload left out cannot run on it"
    )
    derate_by_months: dict[MonthKey, PlainShare] = Field(
        default_factory=dict,
        description="share of its work that a new family does, by months after `from`, linear between, e.g. {0: 0.7, 12: 1}; default 1",
    )
    life_years: Years
    operating_usd_m_per_mw_year: UsdMPerMwYearPath | None = Field(
        None, description="staff, spares, software on own and leased hosts; energy apart"
    )
    resale_by_age_years: dict[AgeKey, PlainShare] = Field(
        description="share of price kept by age since delivery, linear between, e.g. {0: 0.9, 2: 0.5, 5: 0.05}"
    )
    hosts: Literal["any"] | tuple[HostId, ...] = Field(
        "any", description="own builds and shells that take it, as site.build or vendor.offer"
    )
    terms: dict[Id, ChipTerms] = Field(default_factory=dict, description="none: only vendors have it")


class Supply(Part):
    """A cap on chips taken to date: what was not taken stays available, or `carry_share` of it a year."""

    name: Text | None = None
    makers: Annotated[tuple[Id, ...], OneOrMany] = Field(
        (), description="counts chips of these makers; both empty: all"
    )
    chips: Annotated[tuple[Id, ...], OneOrMany] = Field((), description="counts these chips")
    channels: Annotated[tuple[Id, ...], OneOrMany] = Field(
        (), description="`own` (own builds and shells) and vendors; empty: all"
    )
    mw_per_year: MwPerYearPath = Field(
        description="its integral from the start of the calendar caps first arrivals to date"
    )
    carry_share: KeptShare | None = Field(
        None, description="of the unused that is still there a year later; default 1"
    )
    source: Text | None = None


class OpeningChips(Part):
    """Chips that stand on the first day in an own or leased host."""

    chip: Id
    host: HostId
    mw: PlainMw
    age_months: Months
    price_usd_m_per_mw: PlainUsdMPerMw | None = Field(None, description="paid; for the value at the end")
