"""What limits measure: MW, money and signings as parts, each with what it belongs to.

A `Counted` is a term of a variable, or a constant, with its `Subject`: the site, vendor, chip and so on by which limits
filter and group. States are read on the last day of a node; spend and signings are sums over the nodes of a window.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property, partial

from planner.data.chip_money import order_payments, sale
from planner.data.columns import secured_columns
from planner.data.construction import block_payments, unit_payments
from planner.data.context import EPS, Context, offers_of
from planner.data.delivery import (
    NO_CHIP,
    block,
    given_contracts,
    offer_terms,
    opening_blocks,
    signing,
)
from planner.data.money import opening_debt_service
from planner.data.payments import Ledger, Payments
from planner.data.rent import given_rent, line_of, signing_price, unit_rent
from planner.data.stages import fee_payments
from planner.data.types import (
    NO_EXITS,
    NO_STAGES,
    NO_UTILITY,
    Chips,
    Construction,
    Contracts,
    Entry,
    Exits,
    Index,
    Pool,
    Service,
    Stages,
    Term,
    Utility,
)
from planner.data.utility import minimum_left
from planner.instance.schema.money import PastSpend
from planner.tree import Node

SPEND_LINES = (
    "construction", "power_projects", "shell_rent", "cloud_rent", "chips", "own_operating", "energy",
)  # fmt: skip
"""Lines that count as spend where a limit names none."""

CONTRACTED = (
    "signed_mw", "kept_mw", "extra_mw", "on_demand_mw", "exited_mw", "assigned_mw", "cancelled_mw", "renewed_mw",
    "expanded_mw", "expansion_right_mw", "drawn_mw", "tier_mw", "sublet_mw",
)  # fmt: skip
"""Variables whose index begins with an offer and a chip."""

OF_SITE = (
    "grid_mwh", "billed_mwh", "charged_mw", "discounted_mwh", "contracted_mw", "dropped_mw", "secured_site",
    "begun_site", "released_site",
)  # fmt: skip
"""Variables whose index begins with a site."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What a counted thing belongs to; None where it belongs to none in particular."""

    site: str | None = None
    region: str | None = None
    vendor: str | None = None
    group: str | None = None
    maker: str | None = None
    chip: str | None = None
    kind: str | None = None
    tenure: str | None = None
    workload: str | None = None
    line: str | None = None
    facility_per_it: float = 1.0


@dataclass(frozen=True)
class Counted:
    """A term, or a constant (then `term` is None), of a measure at a node."""

    subject: Subject
    term: Term | None
    amount: float = 0.0
    running: bool = False
    """Of a contract that runs already: left out where a limit does not include given ones."""

    @staticmethod
    def of(subject: Subject, var: str, index: Index, coefficient: float) -> Counted:
        """A term."""
        return Counted(subject, (var, index, coefficient))


@dataclass(frozen=True)
class Measures:
    """All measures of an instance; each is worked out once a node."""

    context: Context
    construction: Construction
    contracts: Contracts
    chips: Chips
    service: Service
    ledger: Ledger
    stages: Stages = NO_STAGES
    exits: Exits = NO_EXITS
    utility: Utility = NO_UTILITY
    _subjects: dict[Hashable, Subject] = field(default_factory=dict, repr=False)
    _held: dict[Hashable, tuple[Counted, ...]] = field(default_factory=dict, repr=False)

    def state(self, measure: str, node: Node) -> tuple[Counted, ...]:
        """Parts of a measure that is read at a node."""
        make: dict[str, Callable[[Node], list[Counted]]] = {
            "secured_mw": self._secured,
            "powered_mw": self._powered,
            "installed_mw": self._installed,
            "operating_mw": self._operating,
            "under_construction_mw": self._under_construction,
            "open_commitments": self._commitments,
            "debt": self._debt,
            "shortfall_mw": self._shortfall,
        }
        return self._once((measure, node), partial(make[measure], node))

    def flow(self, measure: str, node: Node) -> tuple[Counted, ...]:
        """Parts of a measure that is summed over a window, at one node of it."""
        if measure == "signings":
            return self._once((measure, node), partial(self._signings, node))
        return self._once((measure, node), partial(self._spend, node, measure == "accrued_spend"))

    def _once(self, key: Hashable, make: Callable[[], list[Counted]]) -> tuple[Counted, ...]:
        if key not in self._held:
            self._held[key] = tuple(make())
        return self._held[key]

    # Subjects

    def place(self, place: str, chip: str | None = None, line: str | None = None) -> Subject:
        """Subject of MW or money at a build or under an offer."""
        return self._subject(
            ("place", place, chip, line), lambda: self._make(place, chip, line, self.contracts.vendor[place])
        )

    def places(self) -> list[Subject]:
        """Everything that MW could stand in: own builds, shells, and clouds by chip."""
        given = self.contracts
        builds = [self.place(build) for build in self.construction.builds]
        drawn = [(offer, chip) for offer, chips in given.consumption.chips.items() for chip in chips]
        delivered = [(offer, chip) for offer in given.offers for chip in given.chips_of[offer]]
        return builds + [self.place(offer, chip) for offer, chip in (*delivered, *drawn)]

    def _subject(self, key: Hashable, make: Callable[[], Subject]) -> Subject:
        if key not in self._subjects:
            self._subjects[key] = make()
        return self._subjects[key]

    def _make(self, place: str, chip: str | None, line: str | None, vendor: str) -> Subject:
        given = self.contracts
        kind = given.kind[place]
        known = None if chip in (None, NO_CHIP) else chip
        return Subject(
            site=given.site[place],
            region=given.region[place],
            vendor=vendor,
            group=group_of(self.context, vendor),
            maker=None if known is None else self.context.spec.chips[known].maker,
            chip=known,
            kind=kind,
            tenure="cloud" if kind in ("consumption", "on_demand") else kind,
            line=line,
            facility_per_it=given.facility_per_it[place],
        )

    def _at_site(self, site: str, line: str) -> Subject:
        """Subject of energy or power units at a site: ours, whoever owns the halls."""
        terms = self.context.spec.sites[site]
        return self._subject(
            ("site", site, line),
            lambda: Subject(
                site=site,
                region=terms.region,
                vendor="own",
                group="own",
                kind="own",
                tenure="own",
                line=line,
                facility_per_it=terms.facility_per_it.constant,
            ),
        )

    # MW

    def _secured(self, node: Node) -> list[Counted]:
        """Signed MW from signing to the end of the term, MW kept, blocks started: full MW before any ramp."""
        context, given, day = self.context, self.contracts, self.context.period(node).last_day
        path, scenario = set(context.tree.path[node]), context.at(node)
        out = []
        for offer, decided in given.signings:
            if decided in path and signing(scenario, offer, context.period(decided).start).secured_at(day):
                for chip in given.signed_chips[offer, decided]:
                    out.append(Counted.of(self.place(offer, chip), "signed_mw", (offer, chip, decided), 1.0))
        for column, mw in secured_columns(given.columns, node):
            term = (column.var, column.index, mw)
            out.append(Counted(self.place(column.offer, column.chip), term, running=column.running))
        for build, decided in self.construction.starts:
            if decided in path and block(scenario, build, context.period(decided).start).secured_at(day):
                mw = self.construction.block_mw[build]
                out.append(Counted.of(self.place(build), "blocks", (build, decided), mw))
        for build, decided, left in self.exits.sales:
            if left in path and block(scenario, build, context.period(decided).start).secured_at(day):
                mw = self.construction.block_mw[build]
                out.append(Counted.of(self.place(build), "sold_blocks", (build, decided, left), -mw))
        out += self._running(given.given_secured_mw, node)
        for opening in opening_blocks(scenario):
            if opening.delivery.secured_at(day):
                out.append(Counted(self.place(opening.build), None, opening.mw))
        return out

    def _powered(self, node: Node) -> list[Counted]:
        """Built and delivered MW on the last day."""
        out = [
            Counted.of(self.place(build), "built_end_mw", (build, node), 1.0)
            for build in self.construction.builds
        ]
        return out + self._delivered(node, ("shell", "cloud", "consumption"))

    def _installed(self, node: Node) -> list[Counted]:
        """Chips in own and leased hosts, what clouds deliver, and what is drawn of commitments to spend."""
        out = [
            Counted.of(self.place(host, chip), "installed_end_mw", (chip, host, node), 1.0)
            for chip, host in self.chips.pairs
        ]
        for key in self.contracts.consumption.drawn:
            if key[3] == node:
                subject = self.place(key[0], key[1])
                out.append(Counted(subject, ("drawn_mw", key, 1.0), running=self._given_signing(key[2])))
        return out + self._delivered(node, ("cloud",))

    def _given_signing(self, signing: str) -> bool:
        """Whether a signing is the id of a contract that runs already."""
        return signing not in self.context.tree.period

    def _delivered(self, node: Node, kinds: tuple[str, ...]) -> list[Counted]:
        """Delivered MW on the last day; as running contracts are inside the variable they are counted apart."""
        given = self.contracts
        offers = [offer for offer in given.offers if given.kind[offer] in kinds]
        out = []
        for offer in offers:
            for chip in given.chips_of[offer]:
                subject, running = self.place(offer, chip), given.given_end_mw[offer, chip, node]
                out.append(Counted.of(subject, "delivered_end_mw", (offer, chip, node), 1.0))
                if running:
                    out.append(Counted(subject, None, -running))
                    out.append(Counted(subject, None, running, running=True))
        for column in given.columns:
            if column.running and node in column.end_share and given.kind[column.offer] in kinds:
                subject, mw = self.place(column.offer, column.chip), column.end_share[node]
                out.append(Counted.of(subject, column.var, column.index, -mw))
                out.append(Counted(subject, (column.var, column.index, mw), running=True))
        return out

    def _running(self, mw: dict[tuple[str, str, Node], float], node: Node) -> list[Counted]:
        return [
            Counted(self.place(offer, chip), None, mw[offer, chip, node], running=True)
            for offer in self.contracts.offers
            for chip in self.contracts.chips_of[offer]
            if mw[offer, chip, node]
        ]

    def _under_construction(self, node: Node) -> list[Counted]:
        """Secured and not powered."""
        return [
            *self.state("secured_mw", node),
            *(_negative(part) for part in self.state("powered_mw", node)),
        ]

    def _operating(self, node: Node) -> list[Counted]:
        """MW serving, mean of the period."""
        out = []
        for demand, pool in self.service.serves:
            out.append(Counted.of(self._pool(demand, pool), "served_mw", (demand, *pool, node), 1.0))
        return out

    def _pool(self, demand: str, pool: Pool, line: str | None = None) -> Subject:
        """Subject of MW that serve a demand, or of what serving them costs."""
        chip, place, _ = pool
        spec, site = self.context.spec, self.service.place_site[place]
        region = self.service.place_region[place]

        def make() -> Subject:
            # Regions are told apart wherever a limit reads facility MW.
            home = spec.sites[site] if site is not None else None
            if home is None and region in spec.regions:
                ratio = spec.regions[region].facility_per_it.constant
            else:
                ratio = home.facility_per_it.constant if home is not None else 1.0
            return Subject(
                site=site,
                region=region,
                vendor=None if line is None else "own",
                group=None if line is None else "own",
                maker=spec.chips[chip].maker,
                chip=chip,
                workload=self.service.workload_of[demand],
                line=line,
                facility_per_it=ratio,
            )

        return self._subject(("pool", demand, chip, place, line), make)

    def _shortfall(self, node: Node) -> list[Counted]:
        """MW of the reference fleet not served, mean of the period."""
        return [
            Counted.of(
                self._subject(
                    ("workload", demand),
                    partial(
                        Subject,
                        workload=self.service.workload_of[demand],
                        region=self.service.demand_region[demand] or None,
                    ),
                ),
                "shortfall_mw",
                (demand, node),
                1.0,
            )
            for demand in self.service.workloads
        ]

    # Money

    def _debt(self, node: Node) -> list[Counted]:
        """Balances on the last day, debt of the opening position too."""
        subject = self._subject("debt", Subject)
        out = [
            Counted.of(subject, "balance_usd_m", (facility, node), 1.0)
            for facility in self.context.spec.money.debt
        ]
        principal, _ = opening_debt_service(self.context.at(node))
        left = principal.nominal - principal.until(self.context.period(node).last_day, included=True)
        return [*out, Counted(subject, None, left)] if left > EPS else out

    def _commitments(self, node: Node) -> list[Counted]:
        """Nominal payments after the last day that are fixed by then: rent, construction, chips."""
        context, given, day = self.context, self.contracts, self.context.period(node).last_day
        path, scenario = set(context.tree.path[node]), context.at(node)
        out = []

        def owe(subject: Subject, var: str, index: Index, usd_m: float) -> None:
            if usd_m > 1e-9:
                out.append(Counted.of(subject, var, index, usd_m))

        for offer, decided in given.signings:
            if decided in path:
                date, line = context.period(decided).start, self._rent_line(offer)
                left = unit_rent(scenario, offer, date).still_to_pay(day)
                for chip in given.signed_chips[offer, decided]:
                    price = signing_price(scenario, offer, chip, date)
                    owe(self.place(offer, chip, line), "signed_mw", (offer, chip, decided), left * price)
        for column in given.columns:
            if column.committed and column.decided in path:
                left = column.rent[scenario.id].still_to_pay(day)
                if abs(left) > 1e-9:
                    subject = self.place(column.offer, column.chip, self._rent_line(column.offer))
                    out.append(Counted(subject, (column.var, column.index, left), running=column.running))
        for build, decided in self.construction.starts:
            if decided in path:
                payments = block_payments(scenario, build, context.period(decided).start)
                owe(
                    self.place(build, None, "construction"), "blocks", (build, decided), _after(payments, day)
                )
        out += self._stage_commitments(node)
        for project, decided in self.construction.project_starts:
            if decided in path:
                payments = unit_payments(scenario, project, context.period(decided).start)
                subject = self._at_site(project.split(".")[0], "power_projects")
                owe(subject, "units", (project, decided), _after(payments, day))
        for terms, host, decided in self.chips.orders:
            if decided in path:
                start = context.period(decided).start
                left = scenario.once(
                    ("unpaid", terms, start, day),
                    lambda terms=terms, start=start: _after(order_payments(scenario, terms, start), day),  # type: ignore[misc]
                )
                subject = self._chip_money(host, self.chips.chip_of[terms], "chips")
                owe(subject, "ordered_mw", (terms, host, decided), left)
        return out + self._still_to_spend(node) + self._settled(node) + self._given_commitments(node)

    def _still_to_spend(self, node: Node) -> list[Counted]:
        """Totals of commitments to spend, less what was paid of them."""
        part, path, out = self.contracts.consumption, set(self.context.tree.path[node]), []
        for offer, signed in part.spend:
            given = self._given_signing(signed)
            if given:
                held = given_contracts(self.context.at(node), offer)
                decided = next(each.delivery.decided for each in held if each.id == signed)
            if decided <= self.context.period(node).last_day + EPS if given else signed in path:
                subject = self.place(offer, None, self._rent_line(offer))
                term, usd_m = part.spend[offer, signed]
                out.append(Counted(subject, term, usd_m, running=given))
                counted = ("counted_usd_m", (offer, signed, node), -1.0)
                out.append(Counted(subject, counted, running=given))
        return out

    def _stage_commitments(self, node: Node) -> list[Counted]:
        """Fees of sites secured, minimum bills contracted; less what blocks that left and MW dropped no longer owe."""
        context, day = self.context, self.context.period(node).last_day
        path, scenario = set(context.tree.path[node]), context.at(node)
        out = []

        def owe(subject: Subject, var: str, index: Index, usd_m: float) -> None:
            if abs(usd_m) > 1e-9:
                out.append(Counted.of(subject, var, index, usd_m))

        def start(decided: Node) -> float:
            return context.period(decided).start

        for build, decided, left in self.exits.sales:
            if left in path:
                unpaid = _after(block_payments(scenario, build, start(decided)), day)
                owe(self.place(build, None, "construction"), "sold_blocks", (build, decided, left), -unpaid)
        for site, decided in self.stages.securings:
            if decided in path:
                unpaid = _after(fee_payments(scenario, site, start(decided)), day)
                owe(self._at_site(site, "construction"), "secured_site", (site, decided), unpaid)
        for site, decided in self.utility.contracts:
            if decided in path:
                bill = minimum_left(scenario, site, start(decided), day)
                owe(self._at_site(site, "energy"), "contracted_mw", (site, decided), bill)
        for site, decided, left in self.utility.drops:
            if left in path:
                bill = minimum_left(scenario, site, start(decided), day)
                owe(self._at_site(site, "energy"), "dropped_mw", (site, decided, left), -bill)
        return out

    def _settled(self, node: Node) -> list[Counted]:
        """What is no longer to be paid for chips that are sold."""
        path, day = set(self.context.tree.path[node]), self.context.period(node).last_day
        out = []
        for index in self.chips.sold.columns:
            terms, host, decided, months, sold = index
            if sold in path:
                start = self.context.period(decided).start
                left = _after(sale(self.context.at(node), terms, start, float(months)).settled, day)
                if abs(left) > 1e-9:
                    subject = self._chip_money(host, self.chips.chip_of[terms], "chips")
                    out.append(Counted(subject, ("sold_mw", index, left)))
        return out

    def _given_commitments(self, node: Node) -> list[Counted]:
        scenario, day = self.context.at(node), self.context.period(node).last_day
        out = []
        for offer in self.contracts.offers:
            for contract in given_contracts(scenario, offer):
                left = given_rent(scenario, contract).still_to_pay(day)
                subject = self.place(offer, contract.chip, self._rent_line(offer))
                # Signed on the way: it is open from then on.
                if left > EPS and contract.delivery.decided <= day + EPS:
                    out.append(Counted(subject, None, left, running=True))
        for opening in opening_blocks(scenario):
            left = _after(Payments(points=opening.payments_left), day)
            if left > EPS:
                out.append(Counted(self.place(opening.build, None, "construction"), None, left))
        return out

    def _rent_line(self, offer: str) -> str:
        return line_of(offer_terms(self.context.first, offer))

    def _chip_money(self, host: str, chip: str, line: str) -> Subject:
        """Own chips in a host: bought by ourselves, also where the host is leased."""
        return self._subject(("chips", host, chip, line), lambda: self._make(host, chip, line, "own"))

    # Flows

    def _signings(self, node: Node) -> list[Counted]:
        """Signings of the node's period, running contracts by their date."""
        out = []
        for offer, decided in self.contracts.signings:
            if decided == node:
                chips = offer_terms(self.context.first, offer).chips
                subject = self.place(offer, chips[0] if len(chips) == 1 else None)
                out.append(Counted.of(subject, "signed", (offer, decided), 1.0))
        return out

    def given_signings(self, first: float, after: float) -> list[Counted]:
        """Running contracts signed in [first, after)."""
        out = []
        for offer, _, _ in offers_of(self.context.spec):
            for contract in given_contracts(self.context.first, offer):
                if first - EPS <= contract.delivery.decided < after - EPS:
                    out.append(Counted(self.place(offer, contract.chip), None, 1.0, running=True))
        return out

    def _spend(self, node: Node, accrued: bool) -> list[Counted]:
        """What is accrued or paid in the node's period."""
        out = []
        for entry in self._entries[node][0]:
            usd_m = entry.accrued_usd_m if accrued else entry.paid_usd_m
            if usd_m:
                running = (entry.var, entry.index) in self._running_columns or self._of_given(entry)
                term = (entry.var, entry.index, usd_m)
                out.append(Counted(self._spent_on(entry), term, running=running))
        for entry in self._entries[node][1]:
            usd_m = entry.accrued_usd_m if accrued else entry.paid_usd_m
            if usd_m:
                running = entry.index[0] in self.contracts.vendor and entry.vendor != "own"
                out.append(Counted(self._spent_on(entry), None, usd_m, running=running))
        return out

    def _of_given(self, entry: Entry) -> bool:
        """Whether it is drawn or topped up of a commitment that runs already."""
        place = {"drawn_mw": 2, "topped_up_usd_m": 1}
        return entry.var in place and self._given_signing(entry.index[place[entry.var]])

    @cached_property
    def _running_columns(self) -> set[tuple[str, Index]]:
        """Columns that change contracts that run already."""
        return {(column.var, column.index) for column in self.contracts.columns if column.running}

    @cached_property
    def _entries(self) -> dict[Node, tuple[list[Entry], list[Entry]]]:
        """Entries of decisions and of what is given, by node."""
        by_node: dict[Node, tuple[list[Entry], list[Entry]]] = {n: ([], []) for n in self.context.tree.nodes}
        for place, entries in enumerate((self.ledger.entries, self.ledger.given)):
            for entry in entries:
                by_node[entry.node][place].append(entry)
        return by_node

    def _spent_on(self, entry: Entry) -> Subject:
        """Subject of a payment: site and kind of what it is for, vendor of whom it is owed to."""
        var, index, line = entry.var, entry.index, entry.line
        if var in ("blocks", "opened", "sold_blocks", "additions", "rights", "empty_mw"):
            return self.place(index[0], None, line)
        if var in CONTRACTED:
            return self.place(index[0], index[1], line)
        if var == "topped_up_usd_m":
            return self.place(index[0], None, line)
        if var == "served_mw":
            return self._pool(index[0], (index[1], index[2], index[3]), line)
        if var in ("ordered_mw", "sold_mw"):
            return self._chip_money(index[1], self.chips.chip_of[index[0]], line)
        if var == "installed_mw":
            return self._chip_money(index[1], index[0], line)
        if var in ("units", "project_mwh"):
            return self._at_site(index[0].split(".")[0], line)
        if var in OF_SITE:
            return self._at_site(index[0], line)
        if var == "given" and index[0] in self.contracts.vendor:
            return self.place(index[0], self._given_chip(index), line)
        vendor = entry.vendor
        return self._subject(
            ("paid to", vendor, line),
            lambda: Subject(vendor=vendor, group=group_of(self.context, vendor), line=line),
        )

    def _given_chip(self, index: Index) -> str | None:
        if self.contracts.kind[index[0]] == "own":
            return None
        held = given_contracts(self.context.first, index[0])
        return next(contract.chip for contract in held if contract.id == index[1])

    def past_spend(self, spent: PastSpend) -> Counted:
        """Spending before the first day."""
        vendor = spent.vendor or "own"
        subject = self._subject(
            ("paid to", vendor, spent.line),
            lambda: Subject(vendor=vendor, group=group_of(self.context, vendor), line=spent.line),
        )
        return Counted(subject, None, spent.usd_bn.constant * 1000.0)


def group_of(context: Context, vendor: str) -> str:
    """Group of a vendor: the vendor itself where it names none."""
    if vendor not in context.spec.vendors:
        return vendor
    return context.spec.vendors[vendor].group or vendor


def _after(payments: Payments, day: float) -> float:
    return payments.nominal - payments.until(day, included=True)


def _negative(part: Counted) -> Counted:
    term = None if part.term is None else (part.term[0], part.term[1], -part.term[2])
    return Counted(part.subject, term, -part.amount, part.running)
