"""One scenario as the audit walks it: its terms, its nodes, the decisions on its way, and its accounts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from planner.audit.account import Account
from planner.audit.book import Book, Index
from planner.audit.findings import Findings
from planner.audit.flows import Rates
from planner.audit.paths import EPS, NumberPath, number, read_path, shared
from planner.instance.quantity import Quantity
from planner.instance.schema import Spec
from planner.instance.schema.base import Window
from planner.instance.schema.contracts import Offer
from planner.instance.schema.sites import BuildOption, PowerProject, Site
from planner.timeline import Period, Timeline
from planner.tree import Node

NO_CHIP = "none"
"""Chip of a shell's MW, where the tenant brings them, and of what may be drawn of a commitment to spend."""
CHIPLESS = ("shell", "consumption")


@dataclass(frozen=True)
class Place:
    """Where MW stand: an own build or an offer."""

    id: str
    kind: str
    vendor: str
    group: str
    site: str
    region: str
    facility_per_it: float

    @property
    def tenure(self) -> str:
        """own, shell or cloud."""
        return "cloud" if self.kind in ("consumption", "on_demand") else self.kind


@dataclass(frozen=True, slots=True)
class Presence:
    """MW that stand in a place over [start, end)."""

    place: str
    chip: str
    start: float
    end: float
    mw: float
    given: bool = False

    def at(self, x: float) -> float:
        """MW on a date."""
        return self.mw if self.start - EPS <= x < self.end - EPS else 0.0

    def mean(self, period: Period) -> float:
        """Mean MW of a period."""
        return self.mw * shared(period.start, period.end, self.start, self.end) / period.months


@dataclass(frozen=True)
class Scene:
    """A leaf of the tree: terms, calendar, path and the plan's decisions along it."""

    leaf: str
    probability: float
    spec: Spec
    timeline: Timeline
    path: tuple[Node, ...]
    """Nodes by position of their period."""
    owned: frozenset[Node]
    """Nodes judged by this leaf's terms; the others were judged with an earlier leaf."""
    book: Book
    rates: Rates
    findings: Findings
    account: Account

    @cached_property
    def position(self) -> dict[Node, int]:
        """Position of each node of the path in the calendar."""
        return {node: place for place, node in enumerate(self.path)}

    @property
    def end(self) -> float:
        """First moment after the calendar."""
        return self.timeline.end

    def period(self, node: Node) -> Period:
        """The period of a node."""
        return self.timeline.periods[self.position[node]]

    def steps(self) -> Iterator[tuple[Node, Period]]:
        """Nodes that this leaf judges, with their periods, in order."""
        for node, period in zip(self.path, self.timeline.periods, strict=True):
            if node in self.owned:
                yield node, period

    def before(self, node: Node) -> Node | None:
        """The node before on the path."""
        place = self.position[node]
        return self.path[place - 1] if place else None

    def rows(self, variable: str) -> Iterator[tuple[Index, float]]:
        """Decisions of a variable at nodes of the path."""
        for index, amount in self.book.rows(variable):
            if index[-1] in self.position:
                yield index, amount

    def rows_at(self, variable: str, node: Node) -> Iterator[tuple[Index, float]]:
        """Decisions of a variable at one node."""
        key = (variable, node)
        if key in self.book.by_node:
            yield from self.book.by_node[key].items()

    def amount(self, variable: str, *index: str) -> float:
        """Amount of one decision."""
        return self.book.amount(variable, *index)

    def series(self, quantity: Quantity) -> NumberPath:
        """A quantity over months."""
        return read_path(quantity, self.timeline)

    def mean(self, quantity: Quantity | None, period: Period, default: float = 0.0) -> float:
        """Mean of a quantity over a period."""
        return default if quantity is None else self.series(quantity).mean(period.start, period.end)

    def chip_mean(self, chip: str, quantity: Quantity | None, period: Period) -> float:
        """Mean of a chip's number over a period; over the part in which the chip exists if its path starts later."""
        if quantity is None:
            return 0.0
        path = self.series(quantity)
        start = period.start
        if quantity.value is None and path.months[0] > start + EPS:
            start = max(start, self.timeline.first(self.spec.chips[chip].from_))
        return path.mean(start, period.end) if start < period.end - EPS else 0.0

    @cached_property
    def gw_ratio(self) -> float:
        """By which quoted GW and given MW are divided: 1 when they are read as IT load."""
        return number(self.spec.gw_basis_facility_per_it, 1.0) if self.spec.gw_basis == "facility" else 1.0

    # What the spec has, by id

    def site(self, id_: str) -> Site:
        """Site of an id `site.name`."""
        return self.spec.sites[id_.partition(".")[0]]

    def build(self, id_: str) -> BuildOption | None:
        """Own construction by id; None when there is none of that name."""
        site, _, name = id_.partition(".")
        return self.spec.sites[site].build.get(name) if site in self.spec.sites else None

    def project(self, id_: str) -> PowerProject | None:
        """Power project by id; None when there is none of that name."""
        site, _, name = id_.partition(".")
        return self.spec.sites[site].power_projects.get(name) if site in self.spec.sites else None

    def offer(self, id_: str) -> Offer | None:
        """Offer by id; None when there is none of that name."""
        vendor, _, name = id_.partition(".")
        return self.spec.vendors[vendor].offers.get(name) if vendor in self.spec.vendors else None

    @cached_property
    def places(self) -> dict[str, Place]:
        """All builds and offers."""
        found = {}
        for site_id, site in self.spec.sites.items():
            ratio = site.facility_per_it.constant
            for name in site.build:
                id_ = f"{site_id}.{name}"
                found[id_] = Place(id_, "own", "own", "own", site_id, site.region, ratio)
        for vendor_id, vendor in self.spec.vendors.items():
            for name, offer in vendor.offers.items():
                id_ = f"{vendor_id}.{name}"
                home = self.spec.sites[offer.site] if offer.site else None
                region = home.region if home else offer.region or ""
                ratio = (home or self.spec.regions[region]).facility_per_it.constant
                group = vendor.group or vendor_id
                found[id_] = Place(id_, offer.kind, vendor_id, group, offer.site or "", region, ratio)
        return found

    # Checks that many rules share

    def in_window(self, rule: str, id_: str, node: Node, window: Window) -> None:
        """A decision's period starts inside its window."""
        start = self.period(node).start
        first = -math.inf if window.from_ is None else self.timeline.first(window.from_)
        after = math.inf if window.to is None else self.timeline.after(window.to)
        if not first - EPS <= start < after - EPS:
            self.findings.refuse(rule, id_, node, 1.0, "count", "outside its window")

    def delivers_in_time(self, id_: str, node: Node, delivery: float) -> None:
        """A decision delivers before the calendar ends, in one scenario at least (judged when all are walked)."""
        self.account.late[id_, node] = delivery >= self.end - EPS
