"""Limits in one general form, and the register of claims."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.instance.schema.base import Part
from planner.instance.schema.calendar import Line
from planner.instance.schema.types import (
    AsOf,
    Count,
    Flag,
    Id,
    Mw,
    OneOrMany,
    PlainFigure,
    Share,
    SoftPrice,
    Text,
    UsdBn,
    When,
)

Measure = Literal[
    "secured_mw", "powered_mw", "installed_mw", "operating_mw", "under_construction_mw", "accrued_spend", "paid_spend",
    "open_commitments", "debt", "shortfall_mw", "signings",
]  # fmt: skip
GroupBy = Literal["site", "region", "vendor", "group", "maker", "chip", "kind", "tenure", "workload"]


class Limit(Part):
    """A measure with a filter, a time and an amount or a share.

    Time: `at` one date (its last day), or every period from `from` to `to` (last days; spend: the whole window summed).
    MW measures are last-day values; `operating_mw` and `shortfall_mw` are means of the period (GW of the reference
    fleet x 1000 for shortfall). Several filters must all hold; a list means any of its members.
    """

    name: Text | None = None
    measure: Measure
    basis: Literal["it", "facility"] = "it"
    site: Annotated[tuple[Id, ...], OneOrMany] = ()
    region: Annotated[tuple[Id, ...], OneOrMany] = ()
    vendor: Annotated[tuple[Id, ...], OneOrMany] = Field((), description="own build counts as vendor `own`")
    group: Annotated[tuple[Id, ...], OneOrMany] = ()
    maker: Annotated[tuple[Id, ...], OneOrMany] = ()
    chip: Annotated[tuple[Id, ...], OneOrMany] = ()
    kind: Annotated[tuple[Literal["own", "shell", "cloud", "consumption", "on_demand"], ...], OneOrMany] = ()
    tenure: Annotated[tuple[Literal["own", "shell", "cloud"], ...], OneOrMany] = ()
    workload: Annotated[tuple[Id, ...], OneOrMany] = ()
    line: Annotated[tuple[Line, ...], OneOrMany] = ()
    from_: When | None = Field(None, alias="from")
    to: When | None = None
    at: When | None = None
    min_mw: Mw | None = None
    max_mw: Mw | None = None
    min_usd_bn: UsdBn | None = None
    max_usd_bn: UsdBn | None = None
    min_count: Count | None = None
    max_count: Count | None = None
    min_share: Share | None = Field(None, description="of the same measure without filter and group")
    max_share: Share | None = Field(None, description="of the same measure without filter and group")
    group_by: GroupBy | None = Field(None, description="one limit for each member")
    include_given: Flag = Field(True, description="running contracts count")
    soft_usd_m_per_mw_year: SoftPrice | None = Field(
        None, description="price of breaking it; an `at` limit counts as one year"
    )
    soft_usd_per_usd_year: SoftPrice | None = Field(None, description="price of breaking a limit in money")
    active: Flag = True
    source: Text | None = None


class Claim(Part):
    """A public figure, kept beside the plan and never picked silently."""

    says: Text
    value: PlainFigure | None = None
    unit: Text | None = None
    as_of: AsOf | None = None
    source: Text | None = None
    status: Literal["current", "superseded", "disputed", "wrong"]
    note: Text | None = None
    compare: Text | None = Field(
        None, description="figure of the plan to print beside it, e.g. secured_facility_gw@2029Q4"
    )
