"""Demand: workloads and regions that nobody can serve, pulses and prices that never matter."""

from __future__ import annotations

from collections.abc import Iterator

from planner.instance.check.dates import EPS
from planner.instance.check.facts import Facts, Thing
from planner.instance.check.silent import Silent
from planner.instance.schema.demand import DemandRegion, Workload


def demand_silence(facts: Facts) -> Iterator[Silent]:
    """Everything about workloads that no plan can feel, or that no plan can serve."""
    for id_, workload in facts.spec.workloads.items():
        path = f"workloads.{id_}"
        asked = [workload.demand_gw, *(region.demand_gw for region in workload.regions.values())]
        if all(facts.most(quantity) == 0 for quantity in asked if quantity is not None):
            place = f"{path}.demand_gw" if workload.demand_gw is not None else path
            yield Silent("unused", place, "nothing is asked for inside the calendar", "raise demand_gw")
            continue
        able = [thing for thing, work in facts.able if id_ in work]
        yield from _served(facts, path, id_, workload, able)
        yield from _pulse(facts, path, workload)
    yield from _serving(facts)


def serves(facts: Facts, thing: Thing, workload: Workload, region: DemandRegion | None, control: str) -> bool:
    """Whether capacity stands where it may serve a workload (in one of its demand regions)."""
    allowed = region.served_from if region is not None and region.served_from else workload.served_from
    if workload.region is not None and workload.region != thing.region:
        return False
    if control == "own" and thing.tenure == "cloud":
        return False
    return not allowed or thing.site in allowed or thing.region in allowed


def _served(facts: Facts, path: str, id_: str, workload: Workload, able: list[Thing]) -> Iterator[Silent]:
    chips = [chip_id for chip_id, chip in facts.spec.chips.items() if id_ in chip.work]
    if chips and not any(id_ in facts.work_of[chip] for chip in chips):
        yield Silent("never", path, "no chip does this work: it is 0 everywhere", "raise `work` of a chip")
        return
    places: list[tuple[str, DemandRegion | None]] = [
        (f"{path}.regions.{region_id}", region) for region_id, region in workload.regions.items()
    ] or [(path, None)]
    for place, region in places:
        if any(serves(facts, thing, workload, region, workload.control) for thing in able):
            continue
        where = ", ".join((region.served_from if region is not None else ()) or workload.served_from)
        where = where or (workload.region or "anywhere")
        what = "of our own" if workload.control == "own" else "on offer, built or running"
        yield Silent(
            "never",
            place,
            f"nobody can ever serve it: nothing {what} with a chip that does this work can stand in {where}",
            "add an offer or a build there, or change served_from, region or control",
        )
    if workload.own_share is not None and workload.control == "own":
        yield Silent(
            "never",
            f"{path}.own_share",
            "with control: own all of it runs on capacity that we operate",
            "remove own_share",
        )
    elif facts.most(workload.own_share) > 0 and not any(
        serves(facts, thing, workload, None, "own") for thing in able
    ):
        yield Silent(
            "never",
            f"{path}.own_share",
            "nothing of our own can ever do this work: with a share above 0 none of it can be served",
            "add terms for a chip and a host, or remove own_share",
        )


def _pulse(facts: Facts, path: str, workload: Workload) -> Iterator[Silent]:
    pulse = workload.pulse
    if pulse is None:
        return
    place = f"{path}.pulse"
    timeline = facts.timeline
    outside = [
        when
        for when in pulse.periods
        if timeline.after(when) <= EPS or timeline.first(when) >= timeline.end - EPS
    ]
    if pulse.add_share.constant == 0:
        yield Silent("never", f"{place}.add_share", "it is 0: nothing is added", "raise it, or take it out")
    elif len(outside) == len(pulse.periods):
        yield Silent(
            "never",
            f"{place}.periods",
            "none of its periods lies inside the calendar",
            "write dates inside it",
        )
    if pulse.borrow is not None and pulse.borrow.max_share.constant == 0:
        yield Silent("never", f"{place}.borrow.max_share", "it is 0: nothing is lent", "raise it")


def _serving(facts: Facts) -> Iterator[Silent]:
    """Prices of serving from places where nothing can stand."""
    there = {thing.region for thing in facts.things} | {thing.site for thing in facts.things}
    for place in facts.spec.serving_usd_bn_per_gw_year:
        if place not in there:
            yield Silent(
                "unused",
                f"serving_usd_bn_per_gw_year.{place}",
                "no capacity can ever stand there",
                "add an offer or a build there, or take the prices out",
            )
