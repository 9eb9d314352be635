"""Limits and choices that have no effect: no row, a bound that never binds, a share of itself."""

from __future__ import annotations

import math
from collections.abc import Iterator

from planner.instance.check.dates import EPS
from planner.instance.check.facts import Facts, Thing
from planner.instance.check.silent import Silent
from planner.instance.schema.limits import Limit
from planner.instance.schema.logic import Choice

PLACES = ("site", "region", "vendor", "group", "kind", "tenure")
READ_BY = {
    "secured_mw": (*PLACES, "chip", "maker"),
    "powered_mw": (*PLACES, "chip", "maker"),
    "installed_mw": (*PLACES, "chip", "maker"),
    "under_construction_mw": (*PLACES, "chip", "maker"),
    "operating_mw": ("site", "region", "chip", "maker", "workload"),
    "shortfall_mw": ("workload", "region"),
    "debt": (),
    "signings": PLACES,
    "accrued_spend": (*PLACES, "chip", "maker", "workload", "line"),
    "paid_spend": (*PLACES, "chip", "maker", "workload", "line"),
    "open_commitments": (*PLACES, "chip", "maker", "line"),
}
"""What the parts of a measure are told apart by; any other filter matches nothing."""
FILTERS = (*PLACES, "maker", "chip", "workload", "line")
STANDING = ("secured_mw", "powered_mw", "installed_mw", "under_construction_mw")


def limit_silence(facts: Facts) -> Iterator[Silent]:
    """Everything about limits and choices that no plan can feel."""
    for id_, limit in facts.spec.limits.items():
        if limit.active:
            yield from _limit(facts, f"limits.{id_}", limit)
    for id_, choice in facts.spec.logic.items():
        if choice.active:
            yield from _choice(facts, f"logic.{id_}", choice)


def filters_of(limit: Limit) -> tuple[str, ...]:
    """Names of the filters that a limit states."""
    return tuple(name for name in FILTERS if getattr(limit, name))


def _limit(facts: Facts, path: str, limit: Limit) -> Iterator[Silent]:
    outside = _outside(facts, limit)
    if outside:
        yield Silent("never", path, f"it never applies: {outside}", "correct its dates, or take it out")
        return
    for name in ("soft_usd_m_per_mw_year", "soft_usd_per_usd_year"):
        price = getattr(limit, name)
        if price is not None and price.constant == 0:
            why = "breaking it costs nothing, so it never binds"
            yield Silent("never", f"{path}.{name}", why, "write a price above 0, or take the limit out")
            return
    unread = [name for name in filters_of(limit) if name not in READ_BY[limit.measure]]
    if unread:
        yield Silent(
            "never",
            f"{path}.{unread[0]}",
            f"{limit.measure} is not told apart by {unread[0]}: the filter matches nothing",
            f"filter by {', '.join(READ_BY[limit.measure]) or 'nothing'}, or choose another measure",
        )
        return
    counted = [thing for thing in facts.things if _counts(facts, limit, thing)]
    mine = [thing for thing in counted if passes(facts, limit, thing)]
    if limit.measure in (*STANDING, "operating_mw", "signings") and not mine:
        yield Silent("never", path, _nothing(limit), "widen the filter, or take the limit out")
        return
    if limit.measure == "debt" and not facts.spec.money.debt and not facts.spec.money.opening.debt:
        yield Silent(
            "unused", path, "there is no debt to be limited", "add money.debt, or take the limit out"
        )
        return
    yield from _bounds(facts, path, limit, mine)
    yield from _shares(facts, path, limit, counted, mine)


def _nothing(limit: Limit) -> str:
    if set(limit.kind) == {"on_demand"} and limit.measure in STANDING:
        return (
            f"on-demand MW are not counted by {limit.measure}: nothing passes the filter, no row comes of it"
        )
    words = ", ".join(f"{name}: {', '.join(getattr(limit, name))}" for name in filters_of(limit))
    return f"nothing that can ever exist passes the filter ({words}): no row comes of it"


def _outside(facts: Facts, limit: Limit) -> str:
    """Why its dates name no period of the calendar; empty where they do."""
    timeline, calendar = facts.timeline, facts.spec.calendar
    if limit.at is not None:
        last = timeline.after(limit.at)
        if last <= EPS:
            return f"{limit.at.text} lies before the calendar starts ({calendar.start.text})"
        return (
            f"{limit.at.text} lies after the calendar ends ({calendar.end.text})"
            if last > facts.end + EPS
            else ""
        )
    if limit.to is not None and timeline.after(limit.to) <= EPS:
        return f"it ends before the calendar starts ({calendar.start.text})"
    if limit.from_ is not None and timeline.first(limit.from_) >= facts.end - EPS:
        return f"it begins after the calendar ends ({calendar.end.text})"
    return ""


def _counts(facts: Facts, limit: Limit, thing: Thing) -> bool:
    """Whether the measure counts a thing at all."""
    if limit.measure in STANDING:
        return thing.kind != "on_demand"
    if limit.measure == "signings":
        given = thing.given_mw > 0
        return thing.kind not in ("own", "on_demand") and (
            thing.new_mw > 0 or (given and limit.include_given)
        )
    return True


def passes(facts: Facts, limit: Limit, thing: Thing) -> bool:
    """Whether a thing may pass the filters of a limit."""
    values = {
        "site": thing.site,
        "region": thing.region,
        "vendor": thing.vendor,
        "group": thing.group,
        "kind": thing.kind,
        "tenure": thing.tenure,
    }
    if any(getattr(limit, name) and values[name] not in getattr(limit, name) for name in PLACES):
        return False
    if limit.chip or limit.maker:
        if limit.measure in ("secured_mw", "powered_mw", "under_construction_mw") and thing.tenure != "cloud":
            return False  # MW of halls are told apart by chip only once chips stand in them
        makers = {chip: facts.spec.chips[chip].maker for chip in thing.chips}
        chips = [c for c in thing.chips if not limit.chip or c in limit.chip]
        if not any(not limit.maker or makers[chip] in limit.maker for chip in chips):
            return False
    if limit.workload and limit.measure == "operating_mw":
        work = {w for chip in thing.chips for w in facts.spec.chips[chip].work}
        return bool(work & set(limit.workload))
    return True


def _bounds(facts: Facts, path: str, limit: Limit, mine: list[Thing]) -> Iterator[Silent]:
    """Amounts that can never bind."""
    for kind in ("mw", "usd_bn", "count", "share"):
        low, high = getattr(limit, f"min_{kind}"), getattr(limit, f"max_{kind}")
        if low is not None and low.constant == 0:
            yield Silent("never", f"{path}.min_{kind}", "at least 0 always holds", "raise it, or take it out")
        if high is not None and kind == "share" and high.constant >= 1.0:
            yield Silent("never", f"{path}.max_share", "at most all of it always holds", "lower it")
    most = _most(facts, limit, mine)
    if limit.max_mw is not None and most is not None and limit.max_mw.constant >= most - EPS:
        yield Silent(
            "never",
            f"{path}.max_mw",
            f"it never binds: everything that passes the filter adds up to {most:,.6g} MW at most",
            "lower it, or take the limit out",
        )
    if limit.max_count is not None and limit.measure == "signings":
        times = sum(_signings(facts, limit, thing) for thing in mine)
        if limit.max_count.constant >= times:
            yield Silent(
                "never",
                f"{path}.max_count",
                f"it never binds: there can be at most {times:g} signings",
                "lower it, or take the limit out",
            )


def _most(facts: Facts, limit: Limit, mine: list[Thing]) -> float | None:
    """Most that a measure in MW can ever be; None where that is not certain."""
    if limit.group_by is not None:
        return None
    if limit.measure in STANDING:
        weight = {thing.path: thing.ratio if limit.basis == "facility" else 1.0 for thing in mine}
        most = sum((thing.given_mw + thing.new_mw) * weight[thing.path] for thing in mine)
        return most if math.isfinite(most) and most > 0 and not _renews(facts, mine) else None
    if limit.measure == "shortfall_mw" and not limit.region:
        asked = 0.0
        for id_, workload in facts.spec.workloads.items():
            if limit.workload and id_ not in limit.workload:
                continue
            if workload.pulse is not None or workload.efficiency_per_year is not None:
                return None
            paths = [workload.demand_gw, *(region.demand_gw for region in workload.regions.values())]
            asked += sum(1000.0 * facts.most(path) for path in paths if path is not None)
        return asked
    return None


def _renews(facts: Facts, things: list[Thing]) -> bool:
    """Whether MW of one contract may be counted beside those that follow it."""
    offers = {
        f"vendors.{vendor_id}.offers.{id_}": offer
        for vendor_id, vendor in facts.spec.vendors.items()
        for id_, offer in vendor.offers.items()
    }
    return any(
        (offer := offers.get(thing.path)) is not None
        and (offer.renewals is not None or offer.at_end == "continues" or offer.kind == "consumption")
        for thing in things
    )


def _signings(facts: Facts, limit: Limit, thing: Thing) -> float:
    _, vendor_id, _, offer_id = thing.path.split(".")
    offer = facts.spec.vendors[vendor_id].offers[offer_id]
    new = offer.sign.at_most.constant if offer.sign is not None else 0.0
    return new + (len(offer.signed) if limit.include_given else 0)


def _shares(
    facts: Facts, path: str, limit: Limit, counted: list[Thing], mine: list[Thing]
) -> Iterator[Silent]:
    """Shares of the measure itself, and of a whole that has nothing else in it."""
    for name in ("min_share", "max_share"):
        share = getattr(limit, name)
        if share is None or (name == "max_share" and share.constant >= 1.0) or share.constant == 0:
            continue
        itself = not filters_of(limit) and limit.group_by is None
        alone = not itself and _only_these(limit, counted, mine)
        if not itself and not alone:
            continue
        why = (
            "a share of itself: without a filter it is the whole"
            if itself
            else "everything that counts passes the filter: it is the whole"
        )
        if limit.measure in STANDING and any(thing.kind == "on_demand" for thing in facts.things):
            why += " (on-demand MW are not in it)"
        if name == "min_share":
            effect = "so the minimum always holds"
        else:
            effect = "so the maximum holds only where it is 0: it forbids all of it"
        yield Silent(
            "never",
            f"{path}.{name}",
            f"{why}, {effect}",
            "filter a part, or state an amount instead of a share",
        )


def _only_these(limit: Limit, counted: list[Thing], mine: list[Thing]) -> bool:
    """Whether nothing outside the filter can be in the whole."""
    if limit.group_by is not None or limit.measure not in STANDING:
        return False
    if limit.chip or limit.maker or limit.workload or not limit.include_given:
        return False
    return len(mine) == len(counted)


def _choice(facts: Facts, path: str, choice: Choice) -> Iterator[Silent]:
    alive = {_id_of(thing.path) for thing in facts.things}
    alive |= {
        f"{site_id}.{id_}"
        for site_id, site in facts.spec.sites.items()
        for id_, project in site.power_projects.items()
        if project.max_units.constant and facts.project_window(project) is not None
    }
    alive |= {id_ for id_, round_ in facts.spec.money.rounds.items() if round_.active}
    if choice.at_most is not None:
        able = [thing for thing in choice.of if thing in alive]
        if choice.at_most.constant >= len(able):
            yield Silent(
                "never",
                f"{path}.at_most",
                f"it always holds: only {len(able)} of its {len(choice.of)} things can ever be chosen",
                "lower it, or take the choice out",
            )
    if choice.at_least is not None and choice.at_least.constant == 0:
        yield Silent("never", f"{path}.at_least", "at least 0 always holds", "raise it")
    if choice.choosing is not None and choice.choosing not in alive:
        yield Silent(
            "never",
            f"{path}.choosing",
            f"{choice.choosing} can never be chosen, so nothing needs anything",
            "correct it, or take the choice out",
        )
    elif any(thing not in alive for thing in choice.needs):
        lacking = next(thing for thing in choice.needs if thing not in alive)
        yield Silent(
            "never",
            f"{path}.needs",
            f"{lacking} can never be chosen, so {choice.choosing} cannot be either",
            "correct it, or take the choice out",
        )


def _id_of(path: str) -> str:
    parts = path.split(".")
    return f"{parts[1]}.{parts[3]}"
