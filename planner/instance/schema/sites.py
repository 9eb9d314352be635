"""Regions, sites, their power, and own construction."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from planner.instance.schema.base import Part, Window
from planner.instance.schema.stages import BlockExit, Secure, StartOption
from planner.instance.schema.types import (
    Count,
    Flag,
    Id,
    Months,
    Mw,
    MwPath,
    PaymentProfile,
    Portion,
    Ratio,
    Share,
    Size,
    Text,
    UsdM,
    UsdMPath,
    UsdMPerMwPath,
    UsdMPerMwYearPath,
    UsdPerKwMonthPath,
    UsdPerKwPath,
    UsdPerMwDayPath,
    UsdPerMwhPath,
    Years,
)
from planner.instance.schema.utility import Curtailable, SupplyContract


class Region(Part):
    """A region; its ratio stands in for capacity without a site."""

    name: Text | None = None
    facility_per_it: Ratio = Field(description="facility MW per MW of IT load where no site is named")


class PowerProject(Part):
    """On-site generation or a grid upgrade, in whole units of facility MW."""

    name: Text | None = None
    kind: Literal["generation", "grid"] = Field(
        "generation",
        description="grid: more from the utility, at the site's energy price and charges; no energy of its own",
    )
    unit_mw: Size = Field(description="facility MW of one unit")
    max_units: Count
    start: Window = Field(default_factory=lambda: Window.model_validate({}))
    lead_months: Months
    capex_usd_per_kw: UsdPerKwPath = Field(description="by start date, per kW of facility power")
    payments: PaymentProfile = Field(description="share of capex by months from the start")
    energy_usd_per_mwh: UsdPerMwhPath | None = Field(
        None, description="price of the energy it produces; compulsory for generation"
    )
    availability_share: Share | None = Field(
        None, description="most energy produced / (MW x hours); compulsory for generation"
    )
    life_years: Years
    recovery_share: Share | None = Field(
        None, description="of the annuity value left at the end; default 0.8"
    )


class Stake(Part):
    """Blocks built together with a partner, who takes the rest."""

    share: Portion = Field(
        description="of capex, costs of starts and sites, rights and operating cost that we pay"
    )
    capacity_share: Portion | None = Field(None, description="of the MW that are ours; default `share`")
    fee_usd_m_per_mw_year: UsdMPerMwYearPath | None = Field(
        None, description="to the partner who operates, per MW of ours, from delivery to end of life"
    )


class BuildOption(Part):
    """Own construction of data-centre blocks at a site; sizes and costs are those of whole blocks."""

    name: Text | None = None
    block_mw: Size
    max_blocks: Count = Field(description="most blocks started in all, those that left included")
    max_starts_per_period: Count | None = None
    max_blocks_under_construction: Count | None = Field(None, description="crew limit")
    max_blocks_held: Count | None = Field(
        None, description="most blocks of decisions standing on last days; default max_blocks"
    )
    continuous: Flag = Field(False, description="true: any part of a block may be started, as MW / block_mw")
    min_start_mw: Mw | None = Field(None, description="least MW started in a period with a start")
    max_start_mw: Mw | None = Field(None, description="most MW started in a period")
    start: Window = Field(default_factory=lambda: Window.model_validate({}))
    lead_months: Months
    site_cost_usd_m: UsdM | None = Field(None, description="once, at the first start; no value at the end")
    fixed_cost_per_start_usd_m: UsdMPath | None = Field(
        None,
        description="by start date, once for each period with a start of any size; paid on its first day, no value at the end",
    )
    capex_usd_m_per_mw: UsdMPerMwPath = Field(description="by start date")
    payments: PaymentProfile = Field(description="share of capex by months from the start")
    operating_usd_m_per_mw_year: UsdMPerMwYearPath | None = Field(
        None, description="fixed, from delivery to end of life"
    )
    empty_usd_m_per_mw_year: UsdMPerMwYearPath | None = Field(
        None, description="on top, per delivered MW without chips: security, idle cooling, standing staff"
    )
    life_years: Years
    recovery_share: Share | None = Field(
        None, description="of the annuity value left at the end; default 0.95"
    )
    stake: Stake | None = Field(None, description="default: all of a block is ours")
    option: StartOption | None = Field(None, description="blocks start only with a right bought before")
    exit: BlockExit | None = Field(None, description="blocks may be sold or cancelled; default never")


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
    capacity_charge_usd_per_mw_day: UsdPerMwDayPath | None = Field(
        None, description="per contracted facility MW and day (365 a year), as in PJM"
    )
    minimum_bill_share: Share | None = Field(
        None, description="least billed energy / (contracted facility MW x hours), at the energy price"
    )
    contract_gross: Flag = Field(
        False, description="charges count all contracted MW, also what projects can carry"
    )
    secure: Secure | None = Field(None, description="default: secured already")
    supply_contract: SupplyContract | None = Field(
        None, description="default: all of facility_power_mw may be drawn without one"
    )
    curtailable: Curtailable | None = None
    power_projects: dict[Id, PowerProject] = Field(default_factory=dict)
    build: dict[Id, BuildOption] = Field(default_factory=dict)
