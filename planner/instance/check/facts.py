"""What can ever happen in an instance: when things may be decided and delivered, and the MW that they can give.

Everything here is an upper bound that holds for certain: a thing is called dead only where no plan can use it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from planner.instance.check.dates import EPS, Dates
from planner.instance.schema.chips import Chip
from planner.instance.schema.contracts import GivenSigning, Offer
from planner.instance.schema.sites import BuildOption, Site


class Reason(NamedTuple):
    """Why a thing can never be decided: the field at fault, the reason in words, and what would repair it."""

    path: str
    why: str
    repair: str


@dataclass(frozen=True)
class Thing:
    """Capacity that can be used: an own build or an offer, with what limits filter by and its most MW of IT load."""

    path: str
    kind: str
    vendor: str
    group: str
    site: str | None
    region: str
    ratio: float
    chips: tuple[str, ...]
    given_mw: float
    new_mw: float

    @property
    def tenure(self) -> str:
        """Who operates it: own, shell or cloud."""
        return "cloud" if self.kind in ("cloud", "consumption", "on_demand") else self.kind


class Facts(Dates):
    """What can be decided, delivered and used in one spec on its calendar."""

    # Own construction

    def build_dead(self, site_id: str, build_id: str) -> Reason | None:
        """Why no block of a build can ever be delivered; None where one can."""
        site = self.spec.sites[site_id]
        option = site.build[build_id]
        path = f"sites.{site_id}.build.{build_id}"
        for name in (
            "max_blocks",
            "max_starts_per_period",
            "max_blocks_under_construction",
            "max_blocks_held",
        ):
            most = getattr(option, name)
            if most is not None and most.constant == 0:
                return Reason(f"{path}.{name}", f"{name} is 0: no block can be started", f"raise {name}")
        for name in ("block_mw", "max_start_mw"):
            mw = getattr(option, name)
            if mw is not None and mw.constant == 0:
                return Reason(f"{path}.{name}", f"{name} is 0: no MW can be started", f"raise {name}")
        dated = self.dated(option.start)
        if dated is None:
            return Reason(
                f"{path}.start", "no period of the calendar starts in its window", "move the window"
            )
        lead = option.lead_months.constant
        if dated[0] + lead >= self.end - EPS:
            return Reason(
                path,
                f"even a start in month {dated[0]:g} with a lead of {lead:g} months delivers after the calendar ends",
                "start earlier, or let the calendar end later",
            )
        return self._held_up(path, site, option, dated) or self._block_power(
            path, site, option, dated[0] + lead
        )

    def _held_up(
        self, path: str, site: Site, option: BuildOption, dated: tuple[float, float]
    ) -> Reason | None:
        """Why a site to be secured, or a right to be bought, comes too late for any start."""
        last = min(dated[1], self.end - option.lead_months.constant - EPS)
        if site.secure is not None:
            terms = site.secure
            wait = sum(q.constant for q in (terms.lead_months, terms.permit_months) if q is not None)
            window = self.dated(terms.start)
            if window is None or window[0] + wait > last + EPS:
                return Reason(
                    path,
                    f"the site is secured {wait:g} months after the decision: too late for any start that delivers",
                    "let `secure.start` begin earlier, or `start` end later",
                )
        if option.option is not None:
            window = self.dated(option.option.buy)
            wait = option.option.from_months.constant if option.option.from_months is not None else 0.0
            if window is None or window[0] + wait > last + EPS:
                return Reason(
                    f"{path}.option",
                    "no right bought in this window can be used by a start that delivers inside the calendar",
                    "let `option.buy` begin earlier",
                )
        for crew_id, crew in self.spec.crews.items():
            named = f"{path.split('.')[1]}.{path.split('.')[3]}"
            least = option.block_mw.constant if not option.continuous else 0.0
            most = self.most(crew.max_mw_under_construction)
            if crew.active and named in crew.builds and (most < least - EPS or most <= 0):
                return Reason(
                    path,
                    f"crew {crew_id} builds at most {most:g} MW at once, one block has {least:g}",
                    "raise max_mw_under_construction, or make blocks smaller",
                )
        return None

    def _block_power(self, path: str, site: Site, option: BuildOption, first: float) -> Reason | None:
        most = self.power_mw(site, first)
        block = option.block_mw.constant if not option.continuous else 0.0
        if option.continuous and option.min_start_mw is not None:
            block = option.min_start_mw.constant
        return self._power_short(path, "one block", block * site.facility_per_it.constant, most)

    def _power_short(self, path: str, what: str, need: float, most: float) -> Reason | None:
        if most <= EPS:
            return Reason(
                path, "the site never has any power", "add facility_power_mw or power_projects at the site"
            )
        if need > most + EPS:
            return Reason(
                path,
                f"{what} draws {need:,.0f} facility MW and the site never has more than {most:,.0f}",
                "make it smaller, or add power",
            )
        return None

    # Offers

    def offer_dead(self, vendor_id: str, offer_id: str) -> Reason | None:
        """Why nothing new of an offer can ever be had; None where something can."""
        offer = self.spec.vendors[vendor_id].offers[offer_id]
        path = f"vendors.{vendor_id}.offers.{offer_id}"
        if offer.kind == "on_demand":
            return self._on_demand_dead(path, offer)
        if offer.sign is None:
            return Reason(path, "nothing can be signed: it has no `sign`", "add sign: {from, to, at_most}")
        for name, most in (
            ("sign.at_most", offer.sign.at_most),
            ("sign.per_period", offer.sign.per_period),
            ("mw.max", offer.mw.max if offer.mw is not None else None),
            ("mw.total", offer.mw.total if offer.mw is not None else None),
        ):
            if most is not None and most.constant == 0:
                return Reason(f"{path}.{name}", f"{name} is 0: nothing can be signed", f"raise {name}")
        dated = self.dated(offer.sign)
        if dated is None:
            return Reason(f"{path}.sign", "no period of the calendar starts in its window", "move the window")
        first = self.first_delivery(offer, dated[0])
        if first >= self.end - EPS:
            return Reason(
                path,
                "even the first signing delivers after the calendar ends",
                "let the calendar end later, sign or deliver earlier, or take the offer out",
            )
        if offer.kind != "shell" and not self.offer_chips(offer):
            return Reason(
                f"{path}.chips",
                "even the last signing delivers before any of its chips exists",
                "let `sign.to` be later, or the chip's `from` earlier",
            )
        return self._offer_power(path, offer, first)

    def _on_demand_dead(self, path: str, offer: Offer) -> Reason | None:
        if self.most(offer.max_mw) <= 0:
            return Reason(f"{path}.max_mw", "max_mw is 0 on every date of the calendar", "raise max_mw")
        if not self.offer_chips(offer):
            return Reason(f"{path}.chips", "none of its chips exists before the calendar ends", "name others")
        return None

    def _offer_power(self, path: str, offer: Offer, first: float) -> Reason | None:
        if offer.site is None:
            return None
        site = self.spec.sites[offer.site]
        sizes = [q.constant for q in (offer.mw.min, offer.mw.block) if q is not None] if offer.mw else []
        share = min((share for _, share in (*offer.ramp.by_month, *offer.ramp.by_date)), default=1.0)
        need = max(sizes, default=0.0) * site.facility_per_it.constant * share
        return self._power_short(path, "the least that can be signed", need, self.power_mw(site, first))

    def first_delivery(self, offer: Offer, signing: float) -> float:
        """Month of the first delivery of a signing, as contracted."""
        lead = offer.delivery_months.constant if offer.delivery_months is not None else 0.0
        if offer.ramp.by_date:
            return max(signing + lead, self.timeline.month(offer.ramp.by_date[0][0]))
        return signing + lead + offer.ramp.by_month[0][0]

    def offer_chips(self, offer: Offer) -> tuple[str, ...]:
        """Chips of an offer that can be delivered under it, or used on demand, inside the calendar."""
        last = self.end
        if offer.sign is not None and (dated := self.dated(offer.sign)) is not None:
            last = min(self.end, self.first_delivery(offer, dated[1]) + EPS)
        if offer.kind == "consumption":
            last = self.end  # drawn as other chips once they exist
        return tuple(chip for chip in offer.chips if self.exists(chip) < last)

    def exists(self, chip: str) -> float:
        """Month from which a chip can be delivered."""
        return self.timeline.month(self.spec.chips[chip].from_.first)

    def given_span(self, offer: Offer, given: GivenSigning) -> tuple[float, float]:
        """First delivery and end of term of a given contract; what may go on ends nowhere."""
        first = min((self.month(key) for key in given.delivered), default=math.nan)
        if first >= 0.0 and given.slip_months is not None:
            first += given.slip_months.constant
        term = given.term_months or offer.term_months
        until = math.inf if term is None else first + term.constant
        if until > 0.0 and (offer.at_end == "continues" or offer.renewals is not None):
            until = math.inf
        return first, until

    def given_alive(self, offer: Offer, given: GivenSigning) -> bool:
        """Whether a given contract delivers anything inside the calendar."""
        first, until = self.given_span(offer, given)
        return first < self.end and until > 0.0 and given.mw.constant > 0

    # Chips

    def terms_dead(self, chip_id: str, terms_id: str) -> Reason | None:
        """Why no chip can ever be ordered on these terms; None where one can."""
        chip = self.spec.chips[chip_id]
        terms = chip.terms[terms_id]
        path = f"chips.{chip_id}.terms.{terms_id}"
        dated = self.dated(terms.order)
        if dated is None:
            return Reason(
                f"{path}.order", "no period of the calendar starts in its window", "move the window"
            )
        lead, exists = terms.lead_months.constant, self.exists(chip_id)
        if max(dated[0] + lead, exists) >= self.end - EPS:
            return Reason(path, "even the first order arrives after the calendar ends", "order earlier")
        if dated[1] + lead < exists - EPS:
            return Reason(
                f"{path}.order",
                f"even the last order arrives before the chip exists ({chip.from_.text})",
                "let `order.to` be later, or the chip's `from` earlier",
            )
        if not any(self.takes(chip, host) for host in self.live_hosts):
            return Reason(
                path,
                "no own build and no shell that it may stand in is ever there",
                "name another host under `hosts`, or let a build or shell be possible",
            )
        return self._no_supply(path, chip_id, chip)

    def _no_supply(self, path: str, chip_id: str, chip: Chip) -> Reason | None:
        for id_, supply in self.spec.supply.items():
            counted = (not supply.makers and not supply.chips) or (
                chip.maker in supply.makers or chip_id in supply.chips
            )
            ours = not supply.channels or "own" in supply.channels
            if counted and ours and self.most(supply.mw_per_year) <= 0:
                return Reason(path, f"supply {id_} lets no MW through", "raise mw_per_year, or take it out")
        return None

    @staticmethod
    def takes(chip: Chip, host: str) -> bool:
        """Whether a chip may stand in a host."""
        return chip.hosts == "any" or host in chip.hosts

    @cached_property
    def live_hosts(self) -> dict[str, Thing]:
        """Own builds and shells that give MW inside the calendar, as site.build or vendor.offer."""
        return {_host_of(thing.path): thing for thing in self._places if thing.kind in ("own", "shell")}

    def owned(self, chip_id: str) -> bool:
        """Whether a chip can stand in own or leased hosts: bought, leased, or there on the first day."""
        return chip_id in self._owned

    @cached_property
    def _owned(self) -> frozenset[str]:
        found = {each.chip for n, each in enumerate(self.spec.money.opening.chips) if self.chips_left(n) > 0}
        for chip_id, chip in self.spec.chips.items():
            if any(self.terms_dead(chip_id, terms) is None for terms in chip.terms):
                found.add(chip_id)
        return frozenset(found)

    @cached_property
    def work_of(self) -> dict[str, frozenset[str]]:
        """Workloads that each chip does any work of."""
        return {
            chip_id: frozenset(workload for workload, work in chip.work.items() if self.most(work) > 0)
            for chip_id, chip in self.spec.chips.items()
        }

    @cached_property
    def able(self) -> tuple[tuple[Thing, frozenset[str]], ...]:
        """Everything that gives MW, with the workloads that the chips in it do."""
        return tuple(
            (each, frozenset[str]().union(*(self.work_of[c] for c in each.chips))) for each in self.things
        )

    def chips_left(self, position: int) -> float:
        """Months of life that chips of the opening position have on the first day."""
        given = self.spec.money.opening.chips[position]
        return 12.0 * self.spec.chips[given.chip].life_years.constant - given.age_months.constant

    # Capacity

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """Everything that can give MW inside the calendar, with the chips that can be in it."""
        ours = {chip_id for chip_id in self.spec.chips if self.owned(chip_id)}
        found = []
        for thing in self._places:
            if thing.kind in ("own", "shell"):
                host = _host_of(thing.path)
                chips = tuple(id_ for id_ in ours if self.takes(self.spec.chips[id_], host))
                found.append(_with_chips(thing, chips))
            else:
                found.append(thing)
        return tuple(found)

    @cached_property
    def _places(self) -> tuple[Thing, ...]:
        return (*self._builds(), *self._offers())

    def _builds(self) -> Iterator[Thing]:
        for site_id, site in self.spec.sites.items():
            for id_, option in site.build.items():
                standing = sum(
                    each.mw
                    for position, each in enumerate(self.spec.money.opening.construction)
                    if each.build == f"{site_id}.{id_}" and self.blocks_alive(position)
                )
                new = 0.0
                if self.build_dead(site_id, id_) is None:
                    new = option.block_mw.constant * option.max_blocks.constant
                if standing or new:
                    path, ratio = f"sites.{site_id}.build.{id_}", site.facility_per_it.constant
                    yield Thing(path, "own", "own", "own", site_id, site.region, ratio, (), standing, new)

    def blocks_alive(self, position: int) -> bool:
        """Whether own blocks of the opening position stand on any date of the calendar."""
        given = self.spec.money.opening.construction[position]
        site_id, build_id = given.build.split(".")
        delivered = self.timeline.month(given.delivered.first)
        life = 12.0 * self.spec.sites[site_id].build[build_id].life_years.constant
        return delivered < self.end and delivered + life > EPS

    def _offers(self) -> Iterator[Thing]:
        for vendor_id, vendor in self.spec.vendors.items():
            for id_, offer in vendor.offers.items():
                live = [given for given in offer.signed.values() if self.given_alive(offer, given)]
                given = sum(each.mw.constant for each in live)
                new = self._new_mw(offer) if self.offer_dead(vendor_id, id_) is None else 0.0
                if not given and not new:
                    continue
                site = self.spec.sites[offer.site] if offer.site is not None else None
                region = site.region if site is not None else offer.region
                assert region is not None
                place = site if site is not None else self.spec.regions[region]
                chips = self.offer_chips(offer) if new else ()
                installed = [each.chip for each in live if each.chip is not None]
                installed += [offer.chips[0]] if live and not installed and len(offer.chips) == 1 else []
                if offer.kind == "consumption" and live:
                    installed += self.offer_chips(offer)
                yield Thing(
                    f"vendors.{vendor_id}.offers.{id_}", offer.kind, vendor_id, vendor.group or vendor_id,
                    offer.site, region, place.facility_per_it.constant, tuple(dict.fromkeys((*chips, *installed))),
                    given, new,
                )  # fmt: skip

    def _new_mw(self, offer: Offer) -> float:
        """Most MW of all new signings of an offer, expansions included."""
        if offer.kind == "on_demand":
            return self.most(offer.max_mw)
        mw, sign = offer.mw, offer.sign
        if mw is None or sign is None:
            return 0.0
        each = mw.max.constant if mw.max is not None else math.inf
        total = mw.total.constant if mw.total is not None else math.inf
        times = sign.at_most.constant
        most = min(each * times, total)
        return most * (1.0 + (offer.expansion.most_share.constant if offer.expansion is not None else 0.0))


def _host_of(path: str) -> str:
    parts = path.split(".")
    return f"{parts[1]}.{parts[3]}"


def _with_chips(thing: Thing, chips: tuple[str, ...]) -> Thing:
    return Thing(
        thing.path, thing.kind, thing.vendor, thing.group, thing.site, thing.region, thing.ratio, chips,
        thing.given_mw, thing.new_mw,
    )  # fmt: skip
