"""Workloads and what serving them is worth."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from planner.instance.schema.base import Part
from planner.instance.schema.types import AddShare, FactorPath, GwPath, Id, Text, UsdBnPerGwYearPath, When


class Pulse(Part):
    """Demand on top in some periods."""

    add_share: AddShare = Field(description="of the path's GW, in the named periods")
    periods: tuple[When, ...]


class Workload(Part):
    """Demand in GW of a reference fleet."""

    name: Text | None = None
    demand_gw: GwPath = Field(description="GW of the reference fleet, IT load unless gw_basis says facility")
    reference_work_per_mw: FactorPath | None = Field(
        None, description="of the fleet that the GW path means, by date; reference chip = 1; default 1"
    )
    region: Id | None = Field(None, description="must be served from this region; default any")
    control: Literal["any", "own"] = Field(
        "any", description="own: not on capacity that others operate (cloud, on_demand)"
    )
    pulse: Pulse | None = None
    margin_usd_bn_per_gw_year: UsdBnPerGwYearPath | None = Field(
        None, description="cash earned per GW-year served; default 0"
    )
    unserved_usd_bn_per_gw_year: UsdBnPerGwYearPath = Field(
        description="value of unserved demand beyond the margin"
    )
