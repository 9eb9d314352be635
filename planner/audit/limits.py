"""Limits re-read: what each measures, of whom, when, and against what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import get_args

from planner.audit.account import Measured, Posting
from planner.audit.debt import DebtService
from planner.audit.flows import on_day
from planner.audit.ladder import World, standings
from planner.audit.leaving import LEAVING
from planner.audit.paths import EPS
from planner.audit.scene import CHIPLESS, Scene
from planner.audit.serving import region_of
from planner.audit.utility import minimum_bills
from planner.instance.quantity import Quantity
from planner.instance.schema.calendar import Line
from planner.instance.schema.limits import Limit
from planner.timeline import DAY_MONTHS, Period
from planner.tree import Node

SPEND_LINES = (
    "construction", "power_projects", "shell_rent", "cloud_rent", "chips", "own_operating", "energy",
)  # fmt: skip
FILTERS = ("site", "region", "vendor", "group", "maker", "chip", "kind", "tenure", "workload", "line")
SPEND = ("accrued_spend", "paid_spend")
FLOWS = (*SPEND, "signings")
"""Measures that are summed over the window."""
MONEY = (*SPEND, "open_commitments", "debt")

CONTRACTED = (
    "signed_mw", "kept_mw", "extra_mw", "on_demand_mw", "renewed_mw", "expanded_mw", "expansion_right_mw",
    "tier_mw", "sublet_mw",
)  # fmt: skip
"""Variables whose index begins with an offer and a chip."""


@dataclass(frozen=True, slots=True)
class Part:
    """An amount of a measure and whose it is; what it has nothing of is empty."""

    value: float
    given: bool = False
    """Of a running contract."""
    fixed: bool = False
    """Whether no decision changes it."""
    site: str = ""
    region: str = ""
    vendor: str = ""
    group: str = ""
    maker: str = ""
    chip: str = ""
    kind: str = ""
    tenure: str = ""
    workload: str = ""
    line: str = ""
    facility_per_it: float = 1.0


def check_limits(scene: Scene, world: World, debt: DebtService) -> None:
    """Every active limit on every date it speaks of; soft ones cost what they are broken by."""
    for limit_id, terms in scene.spec.limits.items():
        if terms.active:
            _check(scene, world, debt, limit_id, terms)
    for (limit_id, member, node), amount in scene.rows("broken"):
        limit = scene.spec.limits.get(limit_id)
        price = None if limit is None or not limit.active else price_of_breach(limit)
        if limit is None or price is None:
            scene.findings.refuse("broken", limit_id, node, amount, "count", "no soft limit of that name")
            continue
        period = scene.period(node)
        # A limit at one date, and the sum of a window, count as one year.
        years = 1.0 if limit.at is not None or limit.measure in FLOWS else period.years
        flow = on_day("soft_limits", "own", (period.start + period.end) / 2.0, amount * price * years)
        key = ("broken", f"{limit_id}|{member}|{node}")
        scene.account.charge(key, "soft_limits", scene.rates.present(flow))


def price_of_breach(limit: Limit) -> float | None:
    """USD m per unit and year by which a soft limit is broken; None: hard."""
    quantity = limit.soft_usd_per_usd_year if limit.measure in MONEY else limit.soft_usd_m_per_mw_year
    return None if quantity is None else quantity.constant


def unit_of_limit(limit: Limit) -> str:
    """Unit of what a limit measures."""
    if limit.measure in MONEY:
        return "USD m"
    if limit.measure == "signings":
        return "signings"
    return "facility MW" if limit.basis == "facility" else "MW"


def _check(scene: Scene, world: World, debt: DebtService, limit_id: str, limit: Limit) -> None:
    for node, periods in _times(scene, limit):
        parts = [part for period in periods for part in _parts(scene, world, debt, limit, period)]
        if limit.measure in FLOWS:
            parts += list(_before(scene, limit, periods))
        if not limit.include_given:
            parts = [part for part in parts if not part.given]
        total = sum(
            _amount(limit, part) for part in parts if limit.measure not in SPEND or part.line in SPEND_LINES
        )
        inside = [part for part in parts if _matches(limit, part)]
        decided = any(not part.fixed and part.value for part in parts)
        judged = _members(scene, limit, inside)
        for member in dict.fromkeys((*judged, *_nameable(scene, limit))):
            mine = [part for part in inside if not limit.group_by or getattr(part, limit.group_by) == member]
            value = sum(_amount(limit, part) for part in mine)
            own = any(not part.fixed and part.value for part in mine)
            for sense, key, bound, shared in _bounds(limit, member, total):
                seen = member in judged and (own or (shared and decided))
                scene.account.readings[limit_id, key, node, sense] = Measured(value, bound, seen)
                if member in judged:
                    _judge(scene, limit_id, limit, member, node, sense, key, value, bound, total)


def _members(scene: Scene, limit: Limit, inside: list[Part]) -> list[str]:
    """Members of the group; those who could have something too, where they must have some."""
    if limit.group_by is None:
        return [""]
    found = {str(getattr(part, limit.group_by)) for part in inside}
    if _must_have(limit):
        found |= {
            str(getattr(part, limit.group_by))
            for part in _possible(scene, limit.measure)
            if _matches(limit, part)
        }
    return sorted(member for member in found if member)


def _must_have(limit: Limit) -> bool:
    stated = (limit.min_mw, limit.min_usd_bn, limit.min_count, limit.min_share)
    return any(quantity is not None for quantity in stated)


def _possible(scene: Scene, measure: str) -> Iterator[Part]:
    """A part of size zero for everything that MW could stand in."""
    if measure == "shortfall_mw":
        yield from (Part(0.0, workload=workload) for workload in scene.spec.workloads)
    if not measure.endswith("_mw") or measure in ("shortfall_mw", "operating_mw"):
        return
    for place in scene.places.values():
        offer = scene.offer(place.id)
        if place.kind == "on_demand" or (offer is not None and offer.sign is None and not offer.signed):
            continue
        if place.kind in ("cloud", "consumption") and offer is not None:
            if place.kind == "consumption":
                yield _of_place(scene, place.id, 0.0)
            chips = [*offer.chips, *(given.chip for given in offer.signed.values() if given.chip)]
            yield from (_of_place(scene, place.id, 0.0, chip) for chip in chips)
        else:
            yield _of_place(scene, place.id, 0.0)


def _times(scene: Scene, limit: Limit) -> Iterator[tuple[Node, list[Period]]]:
    """(node, periods measured): the period of `at`, every period of the window, or the window summed."""
    timeline = scene.timeline
    if limit.at is not None and limit.measure not in FLOWS:
        place = timeline.position(timeline.after(limit.at) - DAY_MONTHS)
        if place is not None and scene.path[place] in scene.owned:
            yield scene.path[place], [timeline.periods[place]]
        return
    first = 0.0 if limit.from_ is None else timeline.first(limit.from_)
    last = limit.at or limit.to
    after = math.inf if last is None else timeline.after(last)
    inside = [period for period in timeline.periods if first - EPS <= period.start < after - EPS]
    if inside and limit.measure in FLOWS:
        node = scene.path[timeline.periods.index(inside[-1])]
        if node in scene.owned:
            yield node, inside
        return
    for period in inside:
        node = scene.path[timeline.periods.index(period)]
        if node in scene.owned:
            yield node, [period]


def _matches(limit: Limit, part: Part) -> bool:
    if limit.measure in SPEND and not limit.line and part.line not in SPEND_LINES:
        return False
    return all(
        not wanted or getattr(part, name) in wanted for name in FILTERS for wanted in (getattr(limit, name),)
    )


def _amount(limit: Limit, part: Part) -> float:
    return part.value * (part.facility_per_it if limit.basis == "facility" else 1.0)


def _nameable(scene: Scene, limit: Limit) -> list[str]:
    """Names that a member of the group could have."""
    if limit.group_by is None:
        return []
    places = [_of_place(scene, id_, 0.0) for id_ in scene.places]
    found = {str(getattr(part, limit.group_by)) for part in places} | {"own"}
    spec = scene.spec
    named: dict[str, Iterable[str]] = {
        "site": spec.sites, "region": spec.regions, "vendor": spec.vendors, "maker": spec.makers, "chip": spec.chips,
        "workload": spec.workloads, "line": get_args(Line),
    }  # fmt: skip
    found.update(named.get(limit.group_by, ()))
    return sorted(found - {""})


def _bounds(limit: Limit, member: str, total: float) -> Iterator[tuple[str, str, float, bool]]:
    """(min or max, name of the row, bound, whether it is a share of the total) of what a limit states."""
    for sense in ("min", "max"):
        amount, share = _stated(limit, sense)
        if amount is not None:
            yield sense, member, amount, False
        if share is not None:
            # Where both are stated, the breach of the share has its own name.
            yield sense, f"{member} share".strip() if amount is not None else member, share * total, True


def _judge(
    scene: Scene,
    limit_id: str,
    limit: Limit,
    member: str,
    node: Node,
    sense: str,
    key: str,
    value: float,
    bound: float,
    total: float,
) -> None:
    """Compare with a bound, less what a soft one is said to be broken by."""
    unit = "USD m" if limit.measure in MONEY else "count" if limit.measure == "signings" else "MW"
    broken = scene.amount("broken", limit_id, key, node)
    check, sign = (scene.findings.at_least, 1.0) if sense == "min" else (scene.findings.at_most, -1.0)
    check("limit", f"{limit_id} {member}".strip(), node, value + sign * broken, bound, unit, total)


def _stated(limit: Limit, sense: str) -> tuple[float | None, float | None]:
    """Amount in the unit of the measure, and share."""
    name = "usd_bn" if limit.measure in MONEY else "count" if limit.measure == "signings" else "mw"
    quantity: Quantity | None = getattr(limit, f"{sense}_{name}")
    share: Quantity | None = getattr(limit, f"{sense}_share")
    scale = 1000.0 if name == "usd_bn" else 1.0
    return (
        None if quantity is None else quantity.constant * scale,
        None if share is None else share.constant,
    )


# Measures


def _parts(scene: Scene, world: World, debt: DebtService, limit: Limit, period: Period) -> list[Part]:
    place = scene.timeline.periods.index(period)
    node = scene.path[place]
    measure = limit.measure
    if measure in SPEND:
        return _spend(scene, place, accrued=measure == "accrued_spend")
    if measure == "open_commitments":
        return commitments(scene, world, period.last_day)
    if measure == "debt":
        held = [Part(row.balance) for row in debt.rows if row.node == node]
        return [*held, Part(debt.opening_balance[place], fixed=True)]
    if measure == "shortfall_mw":
        return [_short(demand, mw) for (demand, _), mw in scene.rows_at("shortfall_mw", node)]
    if measure == "signings":
        return [_signing(scene, offer, count) for (offer, _), count in scene.rows_at("signed", node)]
    if measure == "operating_mw":
        return [_serves(scene, index, mw) for index, mw in scene.rows_at("served_mw", node)]
    return _standing(scene, world, node, period, measure)


def _short(demand: str, mw: float) -> Part:
    """A demand is `workload` or `workload.region`."""
    workload, _, region = demand.partition(".")
    return Part(mw, workload=workload, region=region)


def _serves(scene: Scene, index: tuple[str, ...], value: float, line: str = "") -> Part:
    """MW that serve, or what serving from there costs."""
    demand, chip, place = index[:3]
    apart = place in scene.spec.sites and place not in scene.spec.regions
    ratio = scene.spec.sites[place].facility_per_it.constant if apart else _ratio(scene, place)
    owner = "own" if line else ""
    return Part(value, site=place if apart else "", region=region_of(scene.spec, place), vendor=owner, group=owner,
                maker=_maker(scene, chip), chip=chip, workload=demand.partition(".")[0], line=line,
                facility_per_it=ratio)  # fmt: skip


def _signing(scene: Scene, offer_id: str, count: float) -> Part:
    """A signing has a chip where the offer has one only."""
    offer = scene.offer(offer_id)
    chips = offer.chips if offer is not None else ()
    return _of_place(scene, offer_id, count, chips[0] if len(chips) == 1 else "")


def _standing(scene: Scene, world: World, node: Node, period: Period, measure: str) -> list[Part]:
    parts = []
    for each in standings(scene, world, node, period):
        if scene.places[each.place].kind == "on_demand":
            continue
        mw = {
            "secured_mw": each.secured,
            "powered_mw": each.powered,
            "installed_mw": each.installed,
            "under_construction_mw": each.secured - each.powered,
        }[measure]
        if mw:
            running = each.given and scene.places[each.place].kind != "own"
            part = _of_place(scene, each.place, mw, each.chip, running)
            parts.append(replace(part, fixed=each.given))
    return parts


def _maker(scene: Scene, chip: str) -> str:
    return scene.spec.chips[chip].maker if chip in scene.spec.chips else ""


def _ratio(scene: Scene, region: str) -> float:
    return scene.spec.regions[region].facility_per_it.constant if region in scene.spec.regions else 1.0


def _of_place(
    scene: Scene, place_id: str, value: float, chip: str = "", given: bool = False, line: str = ""
) -> Part:
    maker = _maker(scene, chip)
    chip = chip if maker else ""
    if place_id not in scene.places:
        # A site (its energy) or a power project of it.
        site = place_id.partition(".")[0]
        region = scene.spec.sites[site].region if site in scene.spec.sites else ""
        return Part(value, given, site=site, region=region, vendor="own", group="own", maker=maker, chip=chip,
                    kind="own", tenure="own", line=line)  # fmt: skip
    place = scene.places[place_id]
    return Part(value, given, site=place.site, region=place.region, vendor=place.vendor, group=place.group,
                maker=maker, chip=chip, kind=place.kind, tenure=place.tenure, line=line,
                facility_per_it=place.facility_per_it)  # fmt: skip


def _spend(scene: Scene, position: int, *, accrued: bool) -> list[Part]:
    """Spending of a period, received or paid, by what it is for."""
    period = scene.timeline.periods[position]
    parts = []
    for posting in scene.account.postings:
        if posting.accrued if accrued else posting.paid:
            usd_m = posting.flow.within(period.start, period.end)
            if usd_m:
                parts.append(replace(_spent(scene, posting, usd_m), fixed=posting.given))
    return parts


def _spent(scene: Scene, posting: Posting, usd_m: float) -> Part:
    """What a payment is for; chips are bought and run by ourselves, also where the host is leased."""
    variable, text = posting.key
    index, line = text.split("|"), posting.flow.line
    if variable == "served_mw":
        return _serves(scene, tuple(index), usd_m, line)
    if variable in ("ordered_mw", "sold_mw", "installed_mw"):
        chip, host = (index[0].partition(".")[0], index[1])
        return replace(_of_place(scene, host, usd_m, chip, line=line), vendor="own", group="own")
    if variable in ("drawn_mw", "topped_up_usd_m"):
        drawn = variable == "drawn_mw"
        given = index[2 if drawn else 1] not in scene.position
        return _of_place(scene, index[0], usd_m, index[1] if drawn else "", given, line)
    if variable in LEAVING:
        return _of_place(scene, index[0], usd_m, index[1], index[2] not in scene.position, line)
    if variable in CONTRACTED:
        return _of_place(scene, index[0], usd_m, index[1], line=line)
    if variable == "given" and index[0] in scene.places:
        offer, chip = scene.offer(index[0]), ""
        if offer is not None and offer.kind not in CHIPLESS:
            chip = offer.signed[index[1]].chip or offer.chips[0]
        return _of_place(scene, index[0], usd_m, chip, given=offer is not None, line=line)
    if variable in ("paid_early_usd_m", "given", "took"):
        vendor = posting.flow.vendor
        return Part(usd_m, vendor=vendor, group=_group(scene, vendor), line=line)
    return _of_place(scene, index[0], usd_m, line=line)


def _group(scene: Scene, vendor: str) -> str:
    return (scene.spec.vendors[vendor].group or vendor) if vendor in scene.spec.vendors else vendor


def _before(scene: Scene, limit: Limit, periods: list[Period]) -> Iterator[Part]:
    """What the window counts beside decisions: given signings, and spending before the first day."""
    if limit.measure == "signings":
        for vendor_id, vendor in scene.spec.vendors.items():
            for name, offer in vendor.offers.items():
                for given in offer.signed.values():
                    x = scene.timeline.first(given.date)
                    if periods[0].start - EPS <= x < periods[-1].end - EPS:
                        chip = "" if offer.kind in CHIPLESS else given.chip or offer.chips[0]
                        part = _of_place(scene, f"{vendor_id}.{name}", 1.0, chip, given=True)
                        yield replace(part, fixed=True)
        return
    if limit.from_ is None:
        return
    for past in scene.spec.money.opening.past_spend:
        if past.from_.first >= limit.from_.first:
            paid_to = past.vendor or "own"
            usd_m = past.usd_bn.constant * 1000.0
            yield Part(usd_m, fixed=True, vendor=paid_to, group=_group(scene, paid_to), line=past.line)


def commitments(scene: Scene, world: World, x: float) -> list[Part]:
    """Nominal fixed payments after a date, of what was signed, started and ordered by then."""
    parts = []
    for contract in world.contracts.contracts:
        left = contract.still_to_pay(x)
        part = _of_place(scene, contract.offer, left, contract.chip, contract.given, contract.line)
        parts.append(replace(part, fixed=contract.given and contract.leaving is None))
    for spending in world.spending:
        if spending.contract.signed <= x + EPS:
            # Paid up to the end of the period, like cash.
            left = spending.open_at(x + DAY_MONTHS)
            contract = spending.contract
            parts.append(_of_place(scene, contract.offer, left, "", contract.given, contract.line))
    for posting in scene.account.postings:
        if not posting.paid or posting.flow.line not in ("construction", "power_projects", "chips"):
            continue
        node = posting.key[1].rpartition("|")[2]
        if posting.given or (posting.committed and scene.period(node).start <= x + EPS):
            part = _spent(scene, posting, posting.flow.after(x))
            parts.append(replace(part, fixed=posting.given))
    parts += [_of_place(scene, site_id, usd_m, line="energy") for site_id, usd_m in minimum_bills(scene, x)]
    return [part for part in parts if part.value]
