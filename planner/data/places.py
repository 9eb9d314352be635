"""Places of pools: sites told apart, regions or anywhere, as far as somebody asks; and who may serve from where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from planner.data.context import Context
from planner.data.demand import DemandId
from planner.data.types import Pool
from planner.instance.schema import Spec
from planner.instance.schema.demand import Workload

ANY = "any"
"""Place or control of a pool where nobody asks for it."""


@dataclass(frozen=True)
class Places:
    """How the places of an instance are told apart, and what is said of them."""

    spec: Spec
    told_apart: frozenset[str]
    """Sites with pools of their own."""
    by_region: bool

    def of(self, site: str | None, region: str) -> str:
        """Place of the pool of capacity at a site or in a region."""
        if site is not None and site in self.told_apart:
            return site
        return region if self.by_region else ANY

    def site(self, place: str) -> str | None:
        """Site of a place; None where it is a region."""
        return place if place in self.told_apart else None

    def region(self, place: str) -> str:
        """Region of a place, `any` where regions are not told apart."""
        return self.spec.sites[place].region if place in self.told_apart else place

    def may_serve(self, demand: DemandId, pool: Pool) -> bool:
        """Whether a pool may serve a demand: place and control."""
        _, place, control = pool
        workload = self.spec.workloads[demand.workload]
        return self._reaches(demand, place) and (workload.control == "any" or control == "own")

    def _reaches(self, demand: DemandId, place: str) -> bool:
        workload = self.spec.workloads[demand.workload]
        if workload.region is not None and self.region(place) != workload.region:
            return False
        allowed = served_from(workload, demand)
        return not allowed or place in allowed or self.region(place) in allowed

    def control_matters(self, place: str, region: str) -> bool:
        """Whether some workload asks who operates capacity at a place of a region."""
        return any(
            demand_region is None or demand_region == region for demand_region in self._regions_of_owners
        ) or any(self._reaches(demand, place) for demand in self._sharing)

    @cached_property
    def _regions_of_owners(self) -> list[str | None]:
        return [w.region for w in self.spec.workloads.values() if w.control == "own"]

    @cached_property
    def _sharing(self) -> list[DemandId]:
        """Demands of workloads with a least own share."""
        return [
            DemandId("", id_, region)
            for id_, workload in self.spec.workloads.items()
            if workload.own_share is not None
            for region in (workload.regions or ("",))
        ]


def served_from(workload: Workload, demand: DemandId) -> tuple[str, ...]:
    """Sites and regions that may serve a demand; empty: all."""
    own = workload.regions[demand.region].served_from if demand.region else ()
    return own or workload.served_from


def places_of(context: Context) -> Places:
    """Sites that prices or eligibility name, all of them where one place is to serve; regions where anybody asks."""
    spec = context.spec
    named = {name for workload in spec.workloads.values() for name in _names(workload)}
    named |= set(spec.serving_usd_bn_per_gw_year)
    single = any(workload.single_source for workload in spec.workloads.values())
    sites = frozenset(spec.sites) if single else frozenset(spec.sites) & named
    return Places(spec, sites, bool(named) or single or _regions_matter(context))


def _names(workload: Workload) -> Iterable[str]:
    yield from workload.served_from
    for region in workload.regions.values():
        yield from region.served_from


def _regions_matter(context: Context) -> bool:
    """Whether some workload or some limit on operating MW tells regions apart."""
    return any(workload.region is not None for workload in _all_workloads(context)) or any(
        limit.measure == "operating_mw"
        and limit.active
        and (bool(limit.region) or limit.group_by == "region" or limit.basis == "facility")
        for scenario in context.scenarios.values()
        for limit in scenario.spec.limits.values()
    )


def _all_workloads(context: Context) -> Iterable[Workload]:
    for scenario in context.scenarios.values():
        yield from scenario.spec.workloads.values()
