"""What a plan decides, one row a decision with its date, size, price, delivery and payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from planner.data.chip_money import (
    chip_terms,
    order_life,
    order_payments,
    price_usd_m_per_mw,
    rent_usd_m_per_mw_month,
)
from planner.data.construction import block_payments, unit_payments
from planner.data.context import Context, Scenario
from planner.data.delivery import block, build_option, power_project, unit
from planner.data.scenarios import make_context
from planner.plan.plan import Plan
from planner.report.follow import clause_rows, follow_rows
from planner.report.ledger import NOW_PERIODS, Flows, Key
from planner.report.over_time import Time, decimal_year, rows_of
from planner.report.stage_works import stage_rows
from planner.report.wording import Names

KINDS = ("contract", "keep", "clause", "use", "site", "build", "project", "order", "round", "draw", "follow")


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision (or a given contract) as a person would list it."""

    action: str
    kind: str
    """One of KINDS; `follow` is no decision of its own: what is paid, earned or lost because of the others."""
    id: str
    group: str
    what: str
    chip: str
    node: str
    period: str
    date: str
    reported: bool
    now: bool
    given: bool
    mw: float
    """IT load."""
    facility_mw: float
    """Only power projects: at the meter."""
    count: float
    price: float | None
    price_unit: str
    delivered: float
    """Decimal year of the first delivery."""
    full: float
    until: float
    """Decimal year of the end of the fixed term or of life."""
    keys: tuple[Key, ...]
    """Its flows in planner.report.ledger; each flow of the plan belongs to one row."""
    now_usd_m: float
    """Paid in the first periods, less what is received."""
    paid_usd_m: float
    """Paid in the reported periods, less what is received."""
    nominal_usd_m: float
    """All fixed payments, whenever they fall."""
    kept: tuple[tuple[float, float], ...] = ()
    """Decimal years in which it is kept beyond its term."""

    @property
    def taken(self) -> bool:
        """Whether somebody decides it: not given, and no consequence of other decisions."""
        return not self.given and self.kind != "follow"


class Works:
    """Reads the decisions of a plan with the terms of its instance."""

    def __init__(self, plan: Plan, time: Time, names: Names) -> None:
        self._plan, self._time, self._names = plan, time, names
        self._context: Context = make_context(plan.instance)
        self.flows = Flows(plan, time, self._context)

    def all(self) -> tuple[Decision, ...]:
        """Given contracts first, then decisions by date, contracts before builds before orders, what follows last."""
        rows = [
            *self._contracts(), *self._keeps(), *self._clauses(), *self._built(), *self._stages(), *self._orders(),
            *self._rounds(), *self._uses(), *self._draws(),
        ]  # fmt: skip
        claimed = {key for row in rows for key in row.keys}
        left = [key for key in self.flows.by_key if key not in claimed]
        rows += [self._decision(**row) for row in follow_rows(left, self._names)]
        order = {kind: place for place, kind in enumerate(KINDS)}
        return tuple(
            sorted(
                rows,
                key=lambda row: (
                    not row.given,
                    row.kind == "follow",
                    row.date,
                    order[row.kind],
                    row.id,
                    row.chip,
                ),
            )
        )

    def _contracts(self) -> Iterator[Decision]:
        kept = self._kept()
        for row in rows_of(self._plan.frames["contracts"]):
            given = bool(row.given)
            node = "" if given else str(row.signing)
            key = ("signed_mw", f"{row.offer}|{row.chip}|{row.signing}")
            if given:
                key = ("given", f"{row.offer}|{row.signing}")
            yield self._decision(
                action="Running" if given else "Sign", kind="contract", id_=str(row.offer),
                group=str(row.vendor), what=self._names.member(str(row.offer)), chip=str(row.chip), node=node,
                date=str(row.signed), given=given, mw=float(row.mw), price=float(row.price_usd_per_kw_month),
                price_unit="USD/kW-month", delivered=decimal_year(str(row.first_delivery)),
                full=decimal_year(str(row.full_delivery)), until=decimal_year(str(row.term_end)), keys=(key,),
                nominal=float(row.nominal_usd_m), kept=kept.get((str(row.offer), str(row.chip), str(row.signing)), ()),
            )  # fmt: skip

    def _kept(self) -> dict[tuple[str, str, str], tuple[tuple[float, float], ...]]:
        spans: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
        frame = self._plan.frames["decisions"]
        for row in rows_of(frame[frame["variable"] == "kept_mw"]):
            span = self._time.spans[self._time.position[str(row.node)]]
            spans[str(row.id), str(row.chip), str(row.signing)].append((span.start, span.end))
        return {key: tuple(joined(sorted(set(value)))) for key, value in spans.items()}

    def _keeps(self) -> Iterator[Decision]:
        """Contracts kept beyond their term: one decision for each unbroken time, dated at its first period."""
        frame = self._plan.frames["decisions"]
        kept = {
            (str(row.id), str(row.chip), str(row.signing), str(row.node)): row
            for row in rows_of(frame[frame["variable"] == "kept_mw"])
        }
        runs: dict[tuple[str, str, str, str], list[str]] = defaultdict(list)
        for *contract, node in kept:
            first = node
            while (*contract, self._time.parent[first]) in kept:
                first = self._time.parent[first]
            runs[contract[0], contract[1], contract[2], first].append(node)
        for (offer, chip, signing, first), nodes in runs.items():
            spans = [self._time.spans[self._time.position[node]] for node in nodes]
            row = kept[offer, chip, signing, first]
            yield self._decision(
                action="Keep", kind="keep", id_=offer, group=offer.partition(".")[0],
                what=self._names.member(offer), chip=chip, node=first, date=str(row.date), mw=float(row.amount),
                delivered=spans[0].start, until=max(span.end for span in spans),
                keys=tuple(("kept_mw", f"{offer}|{chip}|{signing}|{node}") for node in nodes),
            )  # fmt: skip

    def _uses(self) -> Iterator[Decision]:
        """Use without a contract, a row a year (on a tree a row a node): the most MW, and what is paid."""
        for (offer, chip), rows in self._by_year("on_demand_mw", ("id", "chip")):
            spans = [self._time.spans[self._time.position[str(row.node)]] for row in rows]
            yield self._decision(
                action="Use", kind="use", id_=offer, group=offer.partition(".")[0], what=self._names.member(offer),
                chip=chip, node=str(rows[0].node), date=str(rows[0].date), mw=max(float(row.amount) for row in rows),
                delivered=spans[0].start, until=spans[-1].end,
                keys=tuple(("on_demand_mw", str(row.index)) for row in rows),
            )  # fmt: skip

    def _draws(self) -> Iterator[Decision]:
        """Loans drawn, a row a year (on a tree a row a node): what is received is a payment below zero."""
        for (facility,), rows in self._by_year("draw_usd_m", ("id",)):
            spans = [self._time.spans[self._time.position[str(row.node)]] for row in rows]
            yield self._decision(
                action="Draw", kind="draw", id_=facility, group="money", what=self._names.facility(facility),
                chip="", node=str(rows[0].node), date=str(rows[0].date), until=spans[-1].end,
                price=sum(float(row.amount) for row in rows), price_unit="USD m drawn",
                keys=tuple(("draw_usd_m", str(row.index)) for row in rows),
            )  # fmt: skip

    def _by_year(self, variable: str, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        """Rows of a decision made in every period, those of now and those of each later year together."""
        frame = self._plan.frames["decisions"]
        groups: dict[tuple[tuple[str, ...], str], list[Any]] = defaultdict(list)
        for row in rows_of(frame[frame["variable"] == variable]):
            place = self._time.position[str(row.node)]
            when = "now" if place < NOW_PERIODS else str(self._time.spans[place].year)
            when = str(row.node) if self._time.branching else when
            groups[tuple(str(getattr(row, name)) for name in key), when].append(row)
        for (name, _), rows in groups.items():
            yield name, sorted(rows, key=lambda row: self._time.position[str(row.node)])

    def _built(self) -> Iterator[Decision]:
        frame = self._plan.frames["decisions"]
        for row in rows_of(frame[frame["variable"].isin(["blocks", "units", "opened"])]):
            node, id_, amount = str(row.node), str(row.id), float(row.amount)
            scenario, start = self._at(node)
            keys = ((str(row.variable), str(row.index)),)
            if row.variable == "opened":
                cost = build_option(scenario, id_).site_cost_usd_m
                yield self._decision(
                    action="Open site", kind="site", id_=id_, group="own", what=self._names.member(id_), chip="",
                    node=node, date=str(row.date), keys=keys,
                    nominal=amount * (cost.constant if cost is not None else 0.0),
                )  # fmt: skip
                continue
            own = row.variable == "blocks"
            delivery = (block if own else unit)(scenario, id_, start)
            each = (block_payments if own else unit_payments)(scenario, id_, start).nominal
            size = (
                build_option(scenario, id_).block_mw if own else power_project(scenario, id_).unit_mw
            ).constant
            yield self._decision(
                action="Start", kind="build" if own else "project", id_=id_, group="own",
                what=self._names.member(id_), chip="", node=node, date=str(row.date), count=amount,
                mw=size * amount if own else 0.0, facility_mw=0.0 if own else size * amount, price=each / size,
                price_unit="USD m/MW", keys=keys,
                nominal=each * amount, delivered=self._year(delivery.first), full=self._year(delivery.first),
                until=self._year(delivery.end),
            )  # fmt: skip

    def _stages(self) -> Iterator[Decision]:
        def delivered(build: str, index: str) -> bool:
            _, start, node = index.split("|")
            scenario, left = self._at(node)
            return block(scenario, build, self._context.period(start).start).first <= left + 1e-6

        for row in stage_rows(self._plan, self._names, delivered):
            yield self._decision(**row)

    def _clauses(self) -> Iterator[Decision]:
        for row in clause_rows(self._plan, self._names):
            yield self._decision(**row)

    def _orders(self) -> Iterator[Decision]:
        frame = self._plan.frames["decisions"]
        for row in rows_of(frame[frame["variable"] == "ordered_mw"]):
            node, terms, mw = str(row.node), str(row.id), float(row.amount)
            scenario, start = self._at(node)
            leased = chip_terms(scenario, terms)[1].kind == "lease"
            price = (rent_usd_m_per_mw_month if leased else price_usd_m_per_mw)(scenario, terms, start)
            arrives, until = (self._year(x) for x in order_life(scenario, terms, start))
            what = f"{self._names.member(terms)} for {self._names.member(str(row.host))}"
            yield self._decision(
                action="Lease" if leased else "Order", kind="order", id_=terms, group="chips", what=what,
                chip=terms.partition(".")[0],
                node=node, date=str(row.date), mw=mw, price=price,
                price_unit="USD m/MW-month" if leased else "USD m/MW", delivered=arrives, full=arrives, until=until,
                keys=(("ordered_mw", str(row.index)),), nominal=mw * order_payments(scenario, terms, start).nominal,
            )  # fmt: skip

    def _rounds(self) -> Iterator[Decision]:
        frame = self._plan.frames["decisions"]
        for row in rows_of(frame[frame["variable"] == "took"]):
            scenario, _ = self._at(str(row.node))
            first = min(
                scenario.month_of(key) for key in scenario.spec.money.rounds[str(row.id)].by_date_usd_bn
            )
            yield self._decision(
                action="Take", kind="round", id_=str(row.id), group="money", what=self._names.round(str(row.id)),
                chip="", node=str(row.node), date=_iso(self._year(first)), keys=(("took", str(row.index)),),
            )  # fmt: skip

    def _decision(
        self, *, action: str, kind: str, id_: str, group: str, what: str, chip: str, node: str, date: str,
        given: bool = False, mw: float = 0.0, facility_mw: float = 0.0, count: float = 0.0,
        price: float | None = None, price_unit: str = "", delivered: float = 0.0, full: float = 0.0,
        until: float = 0.0, nominal: float = 0.0, keys: tuple[Key, ...] = (),
        kept: tuple[tuple[float, float], ...] = (),
    ) -> Decision:  # fmt: skip
        place = self._time.position[node] if node else 0
        span = self._time.spans[place]
        soon = bool(node) and place < NOW_PERIODS and not given
        now, paid = self.flows.paid(keys, node)
        return Decision(
            action, kind, id_, group, what, chip, node, span.label if node else "", date,
            span.reported if node else True, soon, given, mw, facility_mw, count, price, price_unit, delivered,
            full, until, keys, now, paid, nominal, kept,
        )  # fmt: skip

    def _at(self, node: str) -> tuple[Scenario, float]:
        return self._context.at(node), self._context.period(node).start

    def _year(self, month: float) -> float:
        return self._time.spans[0].start + month / 12.0


def _iso(year: float) -> str:
    months = round((year % 1.0) * 360.0)
    return f"{int(year):04d}-{months // 30 + 1:02d}-{months % 30 + 1:02d}"


def joined(spans: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Spans in order, those that touch made one."""
    held: tuple[float, float] | None = None
    for start, end in spans:
        if held is not None and start <= held[1] + 1e-6:
            held = (held[0], max(held[1], end))
            continue
        if held is not None:
            yield held
        held = (start, end)
    if held is not None:
        yield held


def date_of(year: float) -> str:
    """A decimal year as `2027-04`; empty for none."""
    return _iso(year + 1e-6)[:7] if year else ""
