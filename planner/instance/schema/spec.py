"""The whole instance file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from planner.instance.schema.base import Part
from planner.instance.schema.calendar import Calendar, Discount, ScenarioFactor
from planner.instance.schema.chips import Chip, Supply
from planner.instance.schema.contracts import Vendor
from planner.instance.schema.demand import Workload
from planner.instance.schema.limits import Claim, Limit
from planner.instance.schema.logic import Choice
from planner.instance.schema.money import Money
from planner.instance.schema.sites import Region, Site
from planner.instance.schema.stages import Crew
from planner.instance.schema.types import Id, Ratio, Text, UsdBnPerGwYearPath


class Spec(Part):
    """An instance after `extends`, cases and overrides are merged; `cases` stay with the reader."""

    schema_version: Literal[1]
    name: Text
    description: Text | None = None
    gw_basis: Literal["it", "facility"] = Field(
        "it", description="how quoted GW are read: demand, given MW and offer MW without a site's own basis"
    )
    gw_basis_facility_per_it: Ratio | None = Field(None, description="compulsory with gw_basis facility")
    calendar: Calendar
    discount: Discount
    regions: dict[Id, Region]
    sites: dict[Id, Site] = Field(default_factory=dict)
    crews: dict[Id, Crew] = Field(default_factory=dict)
    workloads: dict[Id, Workload]
    serving_usd_bn_per_gw_year: dict[Id, dict[Id, UsdBnPerGwYearPath]] = Field(
        default_factory=dict,
        description="cost of serving a GW-year of the reference fleet, by site or region that serves and demand region served",
    )
    vendors: dict[Id, Vendor] = Field(default_factory=dict)
    makers: dict[Id, Text] = Field(default_factory=dict, description="display names")
    chips: dict[Id, Chip] = Field(default_factory=dict)
    supply: dict[Id, Supply] = Field(default_factory=dict)
    money: Money
    limits: dict[Id, Limit] = Field(default_factory=dict)
    logic: dict[Id, Choice] = Field(default_factory=dict, description="logical limits")
    scenarios: dict[Id, ScenarioFactor] = Field(default_factory=dict)
    claims: dict[Id, Claim] = Field(default_factory=dict)
    sources: dict[str, Text] = Field(default_factory=dict, description="citation by source id")
