"""Opening position, cash, rounds and debt."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.instance.schema.base import Part, Window
from planner.instance.schema.calendar import Line
from planner.instance.schema.chips import OpeningChips
from planner.instance.schema.types import (
    DateKey,
    Flag,
    HostId,
    Id,
    Months,
    OneOrMany,
    PlainMw,
    PlainUsdBn,
    PlainUsdM,
    Rate,
    RatePath,
    Share,
    SignedUsdBn,
    SignedUsdBnPerYearPath,
    Term,
    Text,
    UsdBn,
    UsdBnPath,
    When,
)


class Payable(Part):
    """An invoice received before the first day and due later."""

    vendor: Id
    line: Line
    due: When
    usd_bn: UsdBn


class OpeningDebt(Part):
    """Debt on the first day with its schedule: equal principal at the ends of months to `until`."""

    name: Text | None = None
    usd_bn: UsdBn
    rate: Rate
    until: When
    grace_months: Months | None = None


class OpeningConstruction(Part):
    """Own blocks finished, or under construction with payments left, on the first day."""

    build: HostId = Field(description="site.build")
    mw: PlainMw
    delivered: When
    payments_left_usd_m: dict[DateKey, PlainUsdM] = Field(default_factory=dict, description="by date")


class PastSpend(Part):
    """Spending before the first day that caps count."""

    from_: When = Field(alias="from", description="first date counted by the figure")
    line: Line
    vendor: Id | None = None
    usd_bn: UsdBn


class Opening(Part):
    """The position on the first day of the calendar."""

    cash_usd_bn: SignedUsdBn
    payables: tuple[Payable, ...] = ()
    debt: tuple[OpeningDebt, ...] = ()
    chips: tuple[OpeningChips, ...] = ()
    construction: tuple[OpeningConstruction, ...] = ()
    past_spend: tuple[PastSpend, ...] = ()


class Round(Part):
    """Equity: firm money counts; optional money is a decision at its issue cost."""

    name: Text | None = None
    kind: Literal["firm", "optional"]
    by_date_usd_bn: dict[DateKey, PlainUsdBn] = Field(
        description="amount by date; a key is the first day of what it names"
    )
    issue_cost_share: Share | None = Field(None, description="default 0 firm, 0.03 optional")
    active: Flag = True
    source: Text | None = None
    note: Text | None = None


class DebtFacility(Part):
    """A lender's commitment."""

    name: Text | None = None
    kind: Literal["amortising", "revolver"]
    limit_usd_bn: UsdBnPath = Field(description="on the balance at the end of a period")
    draw: Window = Field(default_factory=lambda: Window.model_validate({}))
    rate: Rate = Field(description="interest a year")
    draw_fee_share: Share | None = None
    commitment_fee_rate: Rate | None = Field(None, description="a year, on the undrawn limit")
    grace_months: Months | None = Field(None, description="amortising: after each draw, interest only")
    term_months: Term | None = Field(None, description="amortising: from draw to last repayment")
    eligible_lines: Annotated[tuple[Line, ...], OneOrMany] = Field(
        (),
        description="draws up to eligible_share of what these lines pay in the period; empty: general purpose",
    )
    eligible_share: Share | None = None
    source: Text | None = None


class SoftFloor(Part):
    """An overdraft below the floor that is allowed, at a stated largest amount until a date; without `max_usd_bn` the least one is found first."""

    max_usd_bn: UsdBn | None = None
    until: When | None = None


class Money(Part):
    """Cash and where it comes from."""

    opening: Opening
    floor_usd_bn: UsdBnPath | None = Field(
        None,
        description="least cash at the end of each period; none: no floor and no limit on an overdraft's date",
    )
    soft_floor: SoftFloor | None = None
    cash_yield_rate: RatePath | None = None
    operating_cash_usd_bn_per_year: SignedUsdBnPerYearPath = Field(
        description="before compute, without the margin of workloads: see operating_cash_is"
    )
    operating_cash_is: Literal["fixed", "total"] = Field(
        "fixed",
        description="fixed: margin comes on top; total: the margin of the whole demand path is inside and is taken out",
    )
    credit_rating: Text | None = Field(
        None, description="of the buyer on the first day, e.g. BBB; read by the collateral of offers"
    )
    credit_rating_changes: dict[DateKey, Text] = Field(
        default_factory=dict, description="later ratings by date, e.g. {2028Q1: BB}"
    )
    rounds: dict[Id, Round] = Field(default_factory=dict)
    debt: dict[Id, DebtFacility] = Field(default_factory=dict, description="empty: lenders say no")
    debt_in_cost: Literal["cost_only", "levered"] = "cost_only"
