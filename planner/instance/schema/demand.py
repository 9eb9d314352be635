"""Workloads: how much of them is asked for, where and when, who may serve them, and what serving them is worth."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from planner.instance.schema.base import Part, Window
from planner.instance.schema.types import (
    AddShare,
    Flag,
    GainPath,
    GwPath,
    Id,
    OneOrMany,
    ReboundPath,
    Share,
    SharePath,
    Text,
    UsdBnPerGwYearPath,
    When,
    WorkPath,
)


class Borrow(Part):
    """What another workload gives up for a pulse."""

    workload: Id = Field(description="that lends")
    max_share: Share = Field(
        description="most of its demand that is not served when asked for, while the pulse lasts"
    )
    price_usd_bn_per_gw_year: UsdBnPerGwYearPath = Field(
        description="for each GW-year borrowed, instead of the value of unserved demand"
    )
    repaid_by: When | None = Field(
        None,
        description="last date by which all of its work is done; default: never done, the margin is lost",
    )


class Pulse(Part):
    """Demand on top in some periods."""

    add_share: AddShare = Field(description="of the path's GW, in the named periods")
    periods: tuple[When, ...]
    within: tuple[Window, ...] = Field(
        (),
        description="windows, one for each stretch of the pulse: its work may be done in any period that starts in it; default when asked for",
    )
    borrow: Borrow | None = None


class DemandRegion(Part):
    """Where part of a workload's demand is: users, or data that may not leave."""

    name: Text | None = None
    share: Share | None = Field(None, description="of the workload's demand_gw; the shares add up to 1")
    demand_gw: GwPath | None = Field(None, description="instead of a share, in every region of the workload")
    served_from: Annotated[tuple[Id, ...], OneOrMany] = Field(
        (), description="regions and sites that may serve it (latency, sovereignty); default the workload's"
    )


class Workload(Part):
    """Demand in GW of a reference fleet."""

    name: Text | None = None
    demand_gw: GwPath | None = Field(
        None,
        description="GW of the reference fleet, IT load unless gw_basis says facility; compulsory unless regions have their own",
    )
    reference_work_per_mw: WorkPath | None = Field(
        None, description="of the fleet that the GW path means, by date; reference chip = 1; default 1"
    )
    efficiency_per_year: GainPath | None = Field(
        None,
        description="growth a year of output per unit of compute, from the first day on; the GW path is divided by it; default 0",
    )
    rebound_share: ReboundPath | None = Field(
        None,
        description="of the compute so saved that new demand takes up, above 1: more than all; default 0",
    )
    region: Id | None = Field(None, description="must be served from this region; default any")
    served_from: Annotated[tuple[Id, ...], OneOrMany] = Field(
        (), description="regions and sites that may serve it; default all"
    )
    regions: dict[Id, DemandRegion] = Field(
        default_factory=dict, description="where the demand is; default nowhere in particular"
    )
    single_source: Flag = Field(
        False,
        description="in each period one site (a region, of capacity without a site) serves a demand region",
    )
    control: Literal["any", "own"] = Field(
        "any", description="own: not on capacity that others operate (cloud, on_demand)"
    )
    own_share: SharePath | None = Field(
        None, description="least share of what is served that runs on capacity that we operate; default 0"
    )
    pulse: Pulse | None = None
    margin_usd_bn_per_gw_year: UsdBnPerGwYearPath | None = Field(
        None, description="cash earned per GW-year served; default 0"
    )
    unserved_usd_bn_per_gw_year: UsdBnPerGwYearPath = Field(
        description="value of unserved demand beyond the margin"
    )
