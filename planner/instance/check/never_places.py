"""Regions, sites, own construction, power, crews and chips: what can never matter."""

from __future__ import annotations

from collections.abc import Iterator

from planner.instance.check.dates import EPS
from planner.instance.check.facts import Facts
from planner.instance.check.silent import Silent
from planner.instance.schema.chips import Chip, ChipTerms
from planner.instance.schema.sites import BuildOption, PowerProject, Site

SWITCHES = (
    "max_blocks",
    "max_starts_per_period",
    "max_blocks_under_construction",
    "max_blocks_held",
    "max_units",
)


def place_silence(facts: Facts) -> Iterator[Silent]:
    """Everything about places and chips that no plan can feel."""
    yield from _regions(facts)
    for site_id, site in facts.spec.sites.items():
        yield from _site(facts, site_id, site)
        for build_id, option in site.build.items():
            yield from _build(facts, site_id, build_id, option)
    yield from _crews(facts)
    for chip_id, chip in facts.spec.chips.items():
        yield from _chip(facts, chip_id, chip)
    yield from _supply(facts)
    yield from _makers(facts)


def _regions(facts: Facts) -> Iterator[Silent]:
    spec = facts.spec
    used = {site.region for site in spec.sites.values()}
    used |= {offer.region for v in spec.vendors.values() for offer in v.offers.values() if offer.region}
    used |= {workload.region for workload in spec.workloads.values() if workload.region}
    for id_ in spec.regions:
        if id_ not in used:
            yield Silent(
                "unused",
                f"regions.{id_}",
                "no site, offer or workload is in this region",
                "name it somewhere, or take it out",
            )


def _site(facts: Facts, site_id: str, site: Site) -> Iterator[Silent]:
    spec, path = facts.spec, f"sites.{site_id}"
    offers = [o for v in spec.vendors.values() for o in v.offers.values() if o.site == site_id]
    hosts = bool(site.build) or any(offer.kind == "shell" for offer in offers)
    if not site.build and not offers:
        yield Silent(
            "unused",
            path,
            "nothing is built, leased or rented at this site",
            "add a build or an offer with `site`, or take it out",
        )
        return
    if not hosts:
        for name in (
            "demand_charge_usd_per_kw_month",
            "capacity_charge_usd_per_mw_day",
            "minimum_bill_share",
        ):
            if getattr(site, name) is not None:
                yield Silent(
                    "never",
                    f"{path}.{name}",
                    "nothing of our own is built or leased here: the vendor pays for power",
                    "take it out",
                )
    for id_, project in site.power_projects.items():
        yield from _project(facts, f"{path}.power_projects.{id_}", project)
    if site.curtailable is not None:
        yield from _curtailable(facts, f"{path}.curtailable", site)
    if site.contract_gross and not site.power_projects:
        yield Silent(
            "never",
            f"{path}.contract_gross",
            "there are no power projects to be counted or not",
            "add power_projects, or remove it",
        )


def _project(facts: Facts, path: str, project: PowerProject) -> Iterator[Silent]:
    if project.max_units.constant == 0 or project.unit_mw.constant == 0:
        name = "max_units" if project.max_units.constant == 0 else "unit_mw"
        yield Silent(
            "unused",
            f"{path}.{name}",
            f"{name} is 0: no unit can be started",
            f"raise {name}, or take it out",
        )
    elif facts.project_window(project) is None:
        yield Silent(
            "never",
            path,
            "no unit can be finished inside the calendar",
            "start it earlier, let the calendar end later, or take it out",
        )


def _curtailable(facts: Facts, path: str, site: Site) -> Iterator[Silent]:
    terms = site.curtailable
    assert terms is not None
    dated = facts.dated(terms.take)
    until = facts.end if terms.until is None else facts.timeline.after(terms.until)
    discount = terms.discount_share is not None and terms.discount_share.constant > 0
    if dated is None or until <= dated[0] + EPS:
        yield Silent(
            "never",
            path,
            "it can be taken on no date of the calendar before it ends",
            "move `take` or `until`",
        )
    elif not discount and facts.most(terms.extra_facility_mw, dated[0], until) <= 0:
        yield Silent(
            "never",
            path,
            "it gives neither MW nor a discount",
            "raise extra_facility_mw or discount_share, or take it out",
        )


def _build(facts: Facts, site_id: str, build_id: str, option: BuildOption) -> Iterator[Silent]:
    path = f"sites.{site_id}.build.{build_id}"
    host = f"{site_id}.{build_id}"
    opening = facts.spec.money.opening.construction
    standing = any(each.build == host for each in opening)
    dead = facts.build_dead(site_id, build_id)
    if dead is not None:
        if dead.path.endswith(SWITCHES):
            if not standing:
                yield Silent(
                    "unused", dead.path, f"nothing is ever built: {dead.why}", dead.repair, dead.path
                )
        else:
            what = "nothing more is ever built" if standing else "nothing is ever built"
            yield Silent("never", dead.path, f"{what}: {dead.why}", dead.repair, dead.path)
    if host not in facts.live_hosts:
        return
    if not any(facts.owned(id_) and facts.takes(chip, host) for id_, chip in facts.spec.chips.items()):
        yield Silent(
            "never",
            path,
            "no chip can ever stand in it: it would serve nothing",
            "add terms to a chip that may stand here (its `hosts`)",
        )
    dated = facts.dated(option.start)
    if option.exit is not None and dated is not None:
        yield from _exit(facts, f"{path}.exit", option, dated[0])


def _exit(facts: Facts, path: str, option: BuildOption, first: float) -> Iterator[Silent]:
    terms = option.exit
    assert terms is not None
    delivered = first + option.lead_months.constant
    wait = terms.from_months.constant if terms.from_months is not None else 0.0
    sells = terms.resale_share is not None or bool(terms.resale_by_age_years)
    if terms.max_per_period is not None and terms.max_per_period.constant == 0:
        yield Silent("never", f"{path}.max_per_period", "it is 0: no block ever leaves", "raise it")
        return
    if terms.at and all(facts.timeline.position(facts.timeline.first(when)) is None for when in terms.at):
        yield Silent("never", f"{path}.at", "all its dates lie outside the calendar", "write dates inside it")
        return
    late = delivered + wait >= facts.end - EPS or wait >= 12.0 * option.life_years.constant - EPS
    if sells and late:
        yield Silent(
            "never",
            f"{path}.from_months" if terms.from_months is not None else path,
            f"no block can be sold: even the first is {wait:g} months old only after the calendar or its life ends",
            "lower from_months, or take the resale out",
        )


def _crews(facts: Facts) -> Iterator[Silent]:
    for id_, crew in facts.spec.crews.items():
        if not crew.active:
            continue
        most = 0.0
        for host in crew.builds:
            site_id, _, build_id = host.partition(".")
            option = facts.spec.sites[site_id].build[build_id]
            blocks = option.max_blocks.constant
            if option.max_blocks_under_construction is not None:
                blocks = min(blocks, option.max_blocks_under_construction.constant)
            most += option.block_mw.constant * blocks
            share = 1.0
            if option.stake is not None:
                share = (option.stake.capacity_share or option.stake.share).constant or 1.0
            for given in facts.spec.money.opening.construction:
                if given.build == host and facts.timeline.month(given.delivered.first) > 0.0:
                    most += given.mw / share  # under construction on the first day
        least = min(facts.values(crew.max_mw_under_construction), default=0.0)
        if least >= most - EPS:
            yield Silent(
                "never",
                f"crews.{id_}.max_mw_under_construction",
                f"it never binds: all blocks of its builds together have {most:,.6g} MW",
                "lower it, or take the crew out",
            )


def _chip(facts: Facts, id_: str, chip: Chip) -> Iterator[Silent]:
    path = f"chips.{id_}"
    spec = facts.spec
    offered = {chip for v in spec.vendors.values() for o in v.offers.values() for chip in o.chips}
    offered |= {
        g.chip for v in spec.vendors.values() for o in v.offers.values() for g in o.signed.values() if g.chip
    }
    standing = id_ in {each.chip for each in spec.money.opening.chips}
    if not chip.terms and id_ not in offered and not standing:
        yield Silent("unused", path, "it has no terms and no offer has it", "add terms, or an offer with it")
        return
    if facts.exists(id_) >= facts.end - EPS and not standing:
        yield Silent(
            "never",
            f"{path}.from",
            f"it exists only after the calendar ends ({spec.calendar.end.text}): no plan can have it",
            "let `from` be earlier, or take it out",
        )
        return
    for terms_id in chip.terms:
        yield from _chip_terms(facts, id_, chip, terms_id)
    if not chip.terms and not standing and chip.operating_usd_m_per_mw_year is not None:
        yield Silent(
            "never",
            f"{path}.operating_usd_m_per_mw_year",
            "nobody here can own it: vendors operate it",
            "add terms, or remove it",
        )
    yield from _derate(facts, path, id_, chip)


def _chip_terms(facts: Facts, id_: str, chip: Chip, terms_id: str) -> Iterator[Silent]:
    path = f"chips.{id_}.terms.{terms_id}"
    terms = chip.terms[terms_id]
    dead = facts.terms_dead(id_, terms_id)
    if dead is not None:
        yield Silent("never", dead.path, f"nothing is ever ordered: {dead.why}", dead.repair, dead.path)
        return
    if terms.overhead_factor is not None and terms.price_usd_m_per_system is None:
        yield Silent(
            "never",
            f"{path}.overhead_factor",
            "it multiplies a price per system, and there is none",
            "remove it, or write price_usd_m_per_system",
        )
    dated = facts.dated(terms.order)
    if terms.resale is not None and dated is not None:
        first = max(dated[0] + terms.lead_months.constant, facts.exists(id_))
        for position, age in enumerate(terms.resale.at_months):
            if first + age >= facts.end - EPS or age >= _lease_months(chip, terms) - EPS:
                yield Silent(
                    "never",
                    f"{path}.resale.at_months.{position}",
                    f"no chip is {age:g} months old before the calendar or its life ends: none is sold then",
                    "lower it, or take it out",
                )


def _derate(facts: Facts, path: str, id_: str, chip: Chip) -> Iterator[Silent]:
    if not chip.derate_by_months:
        return
    if all(share == 1.0 for share in chip.derate_by_months.values()):
        yield Silent(
            "never", f"{path}.derate_by_months", "every share is 1: nothing is derated", "take it out"
        )
        return
    last = max(float(key) for key in chip.derate_by_months)
    final = chip.derate_by_months[max(chip.derate_by_months, key=float)]
    if facts.exists(id_) + last <= 0.0 and final == 1.0:
        yield Silent(
            "never",
            f"{path}.derate_by_months",
            "it is over before the first day of the calendar",
            "take it out",
        )


def _supply(facts: Facts) -> Iterator[Silent]:
    spec = facts.spec
    for id_, supply in spec.supply.items():
        counted = {
            chip_id
            for chip_id, chip in spec.chips.items()
            if (not supply.makers and not supply.chips)
            or chip.maker in supply.makers
            or chip_id in supply.chips
        }
        own = any(chip.terms for chip_id, chip in spec.chips.items() if chip_id in counted)
        channels = {"own"} if own else set()
        for vendor_id, vendor in spec.vendors.items():
            if any(set(offer.chips) & counted and offer.sign is not None for offer in vendor.offers.values()):
                channels.add(vendor_id)
        if not channels & (set(supply.channels) or channels):
            yield Silent(
                "unused",
                f"supply.{id_}",
                "nothing that can be ordered or signed brings these chips through these channels",
                "name other makers, chips or channels, or take it out",
            )


def _makers(facts: Facts) -> Iterator[Silent]:
    made = {chip.maker for chip in facts.spec.chips.values()}
    for id_ in facts.spec.makers:
        if id_ not in made:
            yield Silent(
                "unused",
                f"makers.{id_}",
                "no chip is of this maker",
                "correct `maker` of a chip, or take it out",
            )


def _lease_months(chip: Chip, terms: ChipTerms) -> float:
    """Months that chips stay in place on these terms."""
    life = 12.0 * chip.life_years.constant
    return life if terms.lease_months is None else min(life, terms.lease_months.constant)
