"""Calendar, opening position, rounds, debt and scenarios: what can never matter."""

from __future__ import annotations

from collections.abc import Iterator

from planner.instance.check.dates import EPS
from planner.instance.check.facts import Facts
from planner.instance.check.silent import Silent
from planner.instance.schema.money import DebtFacility, Opening
from planner.timeline import MONTHS_PER_STEP


def money_silence(facts: Facts) -> Iterator[Silent]:
    """Everything about money and time that no plan can feel."""
    yield from _calendar(facts)
    opening = facts.spec.money.opening
    yield from _standing_blocks(facts, opening)
    yield from _standing_chips(facts, opening)
    yield from _past(facts, opening)
    yield from _rounds(facts)
    for id_, facility in facts.spec.money.debt.items():
        yield from _facility(facts, f"money.debt.{id_}", facility)
    yield from _rating(facts)
    for id_, factor in facts.spec.scenarios.items():
        for branch_id, branch in factor.branches.items():
            if branch.probability.constant == 0 and len(factor.branches) > 1:
                path = f"scenarios.{id_}.branches.{branch_id}.probability"
                yield Silent(
                    "never", path, "it never happens: its probability is 0", "raise it, or take it out"
                )


def _calendar(facts: Facts) -> Iterator[Silent]:
    calendar = facts.spec.calendar
    if calendar.coarsen is not None:
        if facts.timeline.after(calendar.coarsen.after) >= facts.end - EPS:
            yield Silent(
                "never",
                "calendar.coarsen",
                f"it begins after the calendar ends ({calendar.end.text})",
                "let `after` be earlier, or take it out",
            )
        elif MONTHS_PER_STEP[calendar.coarsen.step] == MONTHS_PER_STEP[calendar.step]:
            yield Silent("never", "calendar.coarsen.step", "the same step as before", "write a longer one")
    if facts.spec.discount.factors is not None and facts.spec.discount.by_line:
        yield Silent("never", "discount.by_line", "the factors replace all rates", "keep one of the two")


def _standing_blocks(facts: Facts, opening: Opening) -> Iterator[Silent]:
    for position, blocks in enumerate(opening.construction):
        path = f"money.opening.construction.{position}"
        delivered = facts.timeline.month(blocks.delivered.first)
        site_id, build_id = blocks.build.split(".")
        life = facts.spec.sites[site_id].build[build_id].life_years.constant
        if delivered >= facts.end:
            yield Silent(
                "never",
                f"{path}.delivered",
                f"its {blocks.mw:,.6g} MW are delivered after the calendar ends",
                "let the calendar end later, or take it out",
            )
        elif delivered + 12.0 * life <= EPS:
            yield Silent(
                "never",
                path,
                f"its {blocks.mw:,.6g} MW count for nothing: delivered {blocks.delivered.text}, their life of "
                f"{life:g} years ended before the first day",
                "correct `delivered` or life_years, or take it out",
            )


def _standing_chips(facts: Facts, opening: Opening) -> Iterator[Silent]:
    """Opening chips past their life, and more than their host takes."""
    by_host: dict[str, float] = {}
    last: dict[str, int] = {}
    for position, chips in enumerate(opening.chips):
        path = f"money.opening.chips.{position}"
        left = facts.chips_left(position)
        if left <= EPS:
            life = facts.spec.chips[chips.chip].life_years.constant
            yield Silent(
                "never",
                path,
                f"its {chips.mw:,.6g} MW count for nothing: {chips.age_months.constant:g} months old, their life "
                f"of {life:g} years is over",
                "correct age_months or life_years, or take it out",
            )
            continue
        if not facts.takes(facts.spec.chips[chips.chip], chips.host):
            continue
        by_host[chips.host] = by_host.get(chips.host, 0.0) + chips.mw
        last[chips.host] = position
    for host, mw in by_host.items():
        room = _room(facts, host)
        if room is not None and mw > room + 1e-3:
            yield Silent(
                "never",
                f"money.opening.chips.{last[host]}.mw",
                f"{mw - room:,.6g} MW count for nothing: {mw:,.6g} MW of chips stand in {host}, which has "
                f"{room:,.6g} MW",
                "let the chips be at most what the host has, or correct the host",
            )


def _room(facts: Facts, host: str) -> float | None:
    """MW of a host by the end of the first period; None where a decision could add some by then."""
    first_end = facts.timeline.periods[0].end
    owner, _, id_ = host.partition(".")
    site = facts.spec.sites.get(owner)
    if site is not None and id_ in site.build:
        option = site.build[id_]
        if option.lead_months.constant < first_end and facts.build_dead(owner, id_) is None:
            return None
        return sum(
            each.mw
            for position, each in enumerate(facts.spec.money.opening.construction)
            if each.build == host
            and facts.blocks_alive(position)
            and facts.timeline.month(each.delivered.first) < first_end
        )
    offer = facts.spec.vendors[owner].offers[id_]
    lead = offer.delivery_months.constant if offer.delivery_months is not None else 0.0
    if offer.sign is not None and lead < first_end:
        return None
    room = 0.0
    for given in offer.signed.values():
        if facts.given_alive(offer, given):
            shares = [share for key, share in given.delivered.items() if facts.month(key) < first_end]
            room += given.mw.constant * max(shares, default=0.0)
    return room


def _past(facts: Facts, opening: Opening) -> Iterator[Silent]:
    timeline = facts.timeline
    for position, payable in enumerate(opening.payables):
        path = f"money.opening.payables.{position}"
        if payable.usd_bn.constant == 0:
            yield Silent("never", f"{path}.usd_bn", "nothing is due", "write the amount, or take it out")
        elif timeline.first(payable.due) >= facts.end - EPS:
            yield Silent(
                "never",
                f"{path}.due",
                "it is due after the calendar ends: never paid here",
                "correct the date",
            )
        elif timeline.after(payable.due) <= EPS:
            yield Silent(
                "never",
                f"{path}.due",
                "it was due before the first day, so it was paid",
                "correct the date, or take it out",
            )
    for position, debt in enumerate(opening.debt):
        path = f"money.opening.debt.{position}"
        if debt.usd_bn.constant == 0 or timeline.after(debt.until) <= EPS:
            why = "there is none" if debt.usd_bn.constant == 0 else "it was repaid before the first day"
            yield Silent("never", path, why, "correct it, or take it out")
    spends = [
        limit
        for limit in facts.spec.limits.values()
        if limit.active and limit.measure in ("accrued_spend", "paid_spend") and limit.from_ is not None
    ]
    for position, spend in enumerate(opening.past_spend):
        begun = timeline.first(spend.from_)
        counted = any(
            limit.from_ is not None
            and begun >= timeline.first(limit.from_) - EPS
            and (not limit.line or spend.line in limit.line)
            for limit in spends
        )
        if not counted:
            yield Silent(
                "unused",
                f"money.opening.past_spend.{position}",
                "no limit on spending counts it: none is active, has its line, and begins at or before its `from`",
                "let a limit's `from` be that early, or take it out",
                hangs_on="limits",
            )


def _rounds(facts: Facts) -> Iterator[Silent]:
    for id_, round_ in facts.spec.money.rounds.items():
        path = f"money.rounds.{id_}"
        if not round_.active:
            continue
        inside = [
            amount for key, amount in round_.by_date_usd_bn.items() if facts.month(key) < facts.end - EPS
        ]
        if not round_.by_date_usd_bn or not any(round_.by_date_usd_bn.values()):
            yield Silent("never", f"{path}.by_date_usd_bn", "it brings nothing", "write an amount by date")
        elif not any(inside):
            yield Silent(
                "never",
                f"{path}.by_date_usd_bn",
                f"all of it comes after the calendar ends ({facts.spec.calendar.end.text})",
                "correct the dates, or let the calendar end later",
            )
        else:
            for key, amount in round_.by_date_usd_bn.items():
                if amount and facts.month(key) >= facts.end - EPS:
                    where = f"{path}.by_date_usd_bn.{key}"
                    yield Silent("never", where, "it comes after the calendar ends", "correct the date")


def _facility(facts: Facts, path: str, facility: DebtFacility) -> Iterator[Silent]:
    dated = facts.dated(facility.draw)
    if facts.most(facility.limit_usd_bn) == 0:
        yield Silent("unused", f"{path}.limit_usd_bn", "it lends nothing: the limit is 0", "raise it")
        return
    if dated is None:
        yield Silent(
            "never", f"{path}.draw", "no period of the calendar starts in its window", "move the window"
        )
        return
    if facility.kind == "revolver":
        for name in ("term_months", "grace_months"):
            if getattr(facility, name) is not None:
                yield Silent(
                    "never",
                    f"{path}.{name}",
                    f"a revolver has no {name}: it is repaid freely",
                    "remove it, or write kind: amortising",
                )
    share = facility.eligible_share
    if share is not None and not facility.eligible_lines:
        yield Silent(
            "never",
            f"{path}.eligible_share",
            "a share of what no line pays: eligible_lines is empty",
            "name eligible_lines, or remove it",
        )
    elif share is not None and share.constant == 0:
        yield Silent("never", f"{path}.eligible_share", "it is 0: nothing can be drawn", "raise it")
    elif facility.eligible_lines and not set(facility.eligible_lines) & _lines(facts):
        yield Silent(
            "unused",
            f"{path}.eligible_lines",
            f"nothing is ever paid in {', '.join(facility.eligible_lines)}: nothing can be drawn",
            "name lines that pay something",
        )
    if facts.spec.money.debt_in_cost == "levered" and dated[0] > facts.end - 12.0 - EPS:
        yield Silent(
            "never",
            f"{path}.draw",
            "with debt_in_cost: levered nothing is drawn in the last 12 months",
            "let the window begin earlier",
        )


def _lines(facts: Facts) -> set[str]:
    """Lines in which a plan may pay something."""
    kinds = {thing.kind for thing in facts.things}
    lines = {"set_up", "financing", "shortfall", "soft_limits", "resale"}
    if "own" in kinds:
        lines |= {"construction", "own_operating", "energy"}
    if "shell" in kinds:
        lines |= {"shell_rent", "own_operating", "energy"}
    if kinds & {"cloud", "consumption", "on_demand"}:
        lines |= {"cloud_rent"}
    if any(facts.terms_dead(id_, terms) is None for id_, c in facts.spec.chips.items() for terms in c.terms):
        lines |= {"chips"}
    if any(site.power_projects for site in facts.spec.sites.values()):
        lines |= {"power_projects"}
    if facts.spec.serving_usd_bn_per_gw_year:
        lines |= {"own_operating"}
    return lines


def _rating(facts: Facts) -> Iterator[Silent]:
    money = facts.spec.money
    asked = any(
        offer.collateral is not None
        for vendor in facts.spec.vendors.values()
        for offer in vendor.offers.values()
    )
    if money.credit_rating is not None and not asked:
        yield Silent(
            "unused",
            "money.credit_rating",
            "no offer asks for collateral: the rating is never read",
            "add `collateral` to an offer, or take it out",
        )
    elif asked:
        for key in money.credit_rating_changes:
            if facts.month(key) >= facts.end - EPS:
                where = f"money.credit_rating_changes.{key}"
                yield Silent("never", where, "it comes after the calendar ends", "correct the date")
