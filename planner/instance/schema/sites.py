"""Regions, sites, their power, and own construction."""

from __future__ import annotations

from pydantic import Field

from planner.instance.schema.base import Part, Window
from planner.instance.schema.types import (
    Count,
    Flag,
    Id,
    Months,
    Mw,
    MwPath,
    PaymentProfile,
    Ratio,
    Share,
    Text,
    UsdM,
    UsdMPerMwPath,
    UsdMPerMwYearPath,
    UsdPerKwMonthPath,
    UsdPerKwPath,
    UsdPerMwhPath,
    Years,
)


class Region(Part):
    """A region; its ratio stands in for capacity without a site."""

    name: Text | None = None
    facility_per_it: Ratio = Field(description="facility MW per MW of IT load where no site is named")


class PowerProject(Part):
    """On-site generation or a grid upgrade, in whole units of facility MW."""

    name: Text | None = None
    unit_mw: Mw = Field(description="facility MW of one unit")
    max_units: Count
    start: Window = Field(default_factory=lambda: Window.model_validate({}))
    lead_months: Months
    capex_usd_per_kw: UsdPerKwPath = Field(description="by start date, per kW of facility power")
    payments: PaymentProfile = Field(description="share of capex by months from the start")
    energy_usd_per_mwh: UsdPerMwhPath = Field(description="price of the energy it produces")
    availability_share: Share = Field(description="most energy produced / (MW x hours)")
    life_years: Years
    recovery_share: Share | None = Field(
        None, description="of the annuity value left at the end; default 0.8"
    )


class BuildOption(Part):
    """Own construction of data-centre blocks at a site."""

    name: Text | None = None
    block_mw: Mw
    max_blocks: Count
    max_starts_per_period: Count | None = None
    max_blocks_under_construction: Count | None = Field(None, description="crew limit")
    start: Window = Field(default_factory=lambda: Window.model_validate({}))
    lead_months: Months
    site_cost_usd_m: UsdM | None = Field(None, description="once, at the first start; no value at the end")
    capex_usd_m_per_mw: UsdMPerMwPath = Field(description="by start date")
    payments: PaymentProfile = Field(description="share of capex by months from the start")
    operating_usd_m_per_mw_year: UsdMPerMwYearPath | None = Field(
        None, description="fixed, from delivery to end of life"
    )
    life_years: Years
    recovery_share: Share | None = Field(
        None, description="of the annuity value left at the end; default 0.95"
    )


class Site(Part):
    """A place with power."""

    name: Text | None = None
    region: Id
    facility_power_mw: MwPath = Field(description="grid power available at the meter")
    facility_per_it: Ratio = Field(description="facility MW per MW of IT load")
    energy_usd_per_mwh: UsdPerMwhPath
    load_factor: Share = Field(description="average draw / installed IT MW, idle included")
    demand_charge_usd_per_kw_month: UsdPerKwMonthPath | None = Field(
        None, description="per contracted facility kW"
    )
    minimum_bill_share: Share | None = Field(
        None, description="least billed energy / (contracted facility MW x hours), at the energy price"
    )
    contract_gross: Flag = Field(
        False, description="charges count all contracted MW, also what projects can carry"
    )
    power_projects: dict[Id, PowerProject] = Field(default_factory=dict)
    build: dict[Id, BuildOption] = Field(default_factory=dict)
