"""Payments in time as points and streams, their sums by period and present values, and the ledger they end in.

A `Payments` is what one unit of something pays (or accrues): points `(x, USD m)` and streams in USD m a month. It knows
nothing of the calendar; `booked` sums it over the periods of a scenario and `present_value` discounts it over its own
dates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from planner.data.context import EPS, Context, Scenario
from planner.data.types import Entry, Index, Term, Var
from planner.instance.quantity import PaymentProfile
from planner.timeline import Curve, Piece, piece_integral
from planner.tree import Node


@dataclass(frozen=True)
class Payments:
    """Points and streams of money."""

    points: tuple[tuple[float, float], ...] = ()
    """(date in months, USD m)."""
    streams: tuple[Piece, ...] = ()
    """USD m a month, each on a finite stretch."""

    def shifted(self, months: float) -> Payments:
        """The same money later."""
        if months == 0.0:
            return self
        return Payments(
            tuple((x + months, usd_m) for x, usd_m in self.points),
            tuple(
                replace(piece, start=piece.start + months, end=piece.end + months) for piece in self.streams
            ),
        )

    def scaled(self, by: float) -> Payments:
        """The same dates, other amounts."""
        if by == 1.0:
            return self
        return Payments(
            tuple((x, usd_m * by) for x, usd_m in self.points),
            tuple(replace(piece, level=piece.level * by, slope=piece.slope * by) for piece in self.streams),
        )

    def plus(self, other: Payments) -> Payments:
        """Both."""
        return Payments(self.points + other.points, self.streams + other.streams)

    @property
    def nominal(self) -> float:
        """Undiscounted sum, USD m."""
        return sum(usd_m for _, usd_m in self.points) + sum(piece_integral(piece) for piece in self.streams)

    def since(self, x: float) -> Payments:
        """What falls on or after a date."""
        cut = (part for piece in self.streams for part in Curve((piece,)).cut(max(piece.start, x), piece.end))
        return Payments(tuple((at, usd_m) for at, usd_m in self.points if at >= x - EPS), tuple(cut))

    def before(self, x: float) -> Payments:
        """What falls before a date."""
        cut = (part for piece in self.streams for part in Curve((piece,)).cut(piece.start, min(piece.end, x)))
        return Payments(tuple((at, usd_m) for at, usd_m in self.points if at < x - EPS), tuple(cut))

    def within(self, a: float, b: float) -> Payments:
        """What falls in [a, b)."""
        return self.since(a).before(b)

    def until(self, x: float, included: bool = False) -> float:
        """Nominal sum before a date; with `included` a point on the date counts."""
        edge = x + EPS if included else x - EPS
        total = sum(usd_m for at, usd_m in self.points if at < edge)
        for piece in self.streams:
            if piece.end <= x:
                total += piece_integral(piece)
            elif piece.start < x:
                total += piece_integral(replace(piece, end=x))
        return total

    def compounded(self, rate: float, to: float, before: float = float("inf")) -> float:
        """Value at date `to` at a rate a year of what falls before a date."""
        growth = (1.0 + rate) ** (to / 12.0)
        total = sum(usd_m * (1.0 + rate) ** (-x / 12.0) for x, usd_m in self.points if x < before - EPS)
        for piece in self.streams:
            if piece.start < before:
                total += piece_integral(replace(piece, end=min(piece.end, before)), rate)
        return float(total * growth)


def constant_stream(level: float, a: float, b: float) -> Payments:
    """A level stream of USD m a month over [a, b)."""
    return Payments(streams=(Piece(a, b, level),) if b > a and level != 0.0 else ())


def profile_payments(profile: PaymentProfile, decision: float, delivery: float) -> Payments:
    """A price of 1 USD m paid by its profile."""
    base = delivery if profile.counted_from == "delivery" else decision
    points, streams = [], []
    for payment in profile.payments:
        if payment.until_month > payment.from_month:
            level = payment.share / (payment.until_month - payment.from_month)
            streams.append(Piece(base + payment.from_month, base + payment.until_month, level))
        else:
            points.append((base + payment.from_month, payment.share))
    return Payments(tuple(points), tuple(streams))


def booked(payments: Payments, scenario: Scenario) -> list[float]:
    """Sum by position of the period; what falls before the first day or after the end is left out."""
    periods = scenario.timeline.periods
    out = [0.0] * len(periods)
    for x, usd_m in payments.points:
        if x < scenario.timeline.end - EPS:
            position = scenario.timeline.position(max(x, 0.0) if x > -EPS else x)
            if position is not None:
                out[position] += usd_m
    for piece in payments.streams:
        if piece.start >= scenario.timeline.end or piece.end <= 0.0:
            continue
        position = scenario.timeline.position(max(piece.start, 0.0))
        assert position is not None
        flat = piece.slope == 0.0 and piece.ratio == 1.0
        while position < len(periods) and periods[position].start < piece.end:
            lo, hi = max(piece.start, periods[position].start), min(piece.end, periods[position].end)
            if hi > lo:
                out[position] += (
                    piece.level * (hi - lo) if flat else piece_integral(Curve((piece,)).cut(lo, hi)[0])
                )
            position += 1
    return out


def present_value(payments: Payments, scenario: Scenario, line: str) -> tuple[float, float]:
    """Present value at the line's rate of what is paid before the end of the calendar, and of the rest."""
    end = scenario.timeline.end
    before = after = 0.0
    for x, usd_m in payments.points:
        value = usd_m * scenario.factor(line, x)
        if x < end - EPS:
            before += value
        else:
            after += value
    for piece in payments.streams:
        stream = Curve((piece,))
        before += scenario.pv(line, stream, piece.start, min(piece.end, end))
        after += scenario.pv(line, stream, max(piece.start, end), piece.end)
    return before, after


@dataclass(frozen=True)
class Booking:
    """What one unit does in a line on one scenario: sums by position, and its cost (paid up to the end, at_end)."""

    paid: Sequence[float]
    accrued: Sequence[float]
    cost: tuple[float, float]

    def scaled(self, by: float) -> Booking:
        """The same for another price."""
        return Booking(
            [value * by for value in self.paid],
            [value * by for value in self.accrued],
            (self.cost[0] * by, self.cost[1] * by),
        )


def book(scenario: Scenario, line: str, paid: Payments, accrued: Payments | None = None) -> Booking:
    """A booking whose cost is the present value of all payments, those after the end as balance."""
    by_period = booked(paid, scenario)
    return Booking(
        by_period,
        by_period if accrued is None else booked(accrued, scenario),
        present_value(paid, scenario, line),
    )


Cost = dict[tuple[Var, Index], dict[str, tuple[float, float]]]


@dataclass(frozen=True)
class Ledger:
    """Entries and costs of decisions, entries of what no decision changes, and present values beside the cost."""

    entries: tuple[Entry, ...] = ()
    cost: Cost = field(default_factory=dict)
    given: tuple[Entry, ...] = ()
    memo_usd_m: dict[str, float] = field(default_factory=dict)
    owed: dict[tuple[str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """(vendor with a cap, node): unpaid invoices on the last day by decision."""
    owed_given_usd_m: dict[tuple[str, Node], float] = field(default_factory=dict)
    """(vendor with a cap, node): the same of given contracts; opening payables apart."""
    supplier_credit_usd_m: dict[tuple[Var, Index], float] = field(default_factory=dict)
    """Expected present value gained by paying after service, per unit."""

    @staticmethod
    def joined(ledgers: Iterable[Ledger]) -> Ledger:
        """All of them; costs of one variable and memos of one name add up."""
        ledgers = tuple(ledgers)
        cost: dict[tuple[Var, Index], dict[str, tuple[float, float]]] = {}
        memo: dict[str, float] = defaultdict(float)
        owed: dict[tuple[str, Node], tuple[Term, ...]] = defaultdict(tuple)
        owed_given: dict[tuple[str, Node], float] = defaultdict(float)
        for ledger in ledgers:
            for key, lines in ledger.cost.items():
                held = cost.setdefault(key, {})
                for line, (paid, at_end) in lines.items():
                    before = held.get(line, (0.0, 0.0))
                    held[line] = (before[0] + paid, before[1] + at_end)
            for name, usd_m in ledger.memo_usd_m.items():
                memo[name] += usd_m
            for at, terms in ledger.owed.items():
                owed[at] += terms
            for at, usd_m in ledger.owed_given_usd_m.items():
                owed_given[at] += usd_m
        return Ledger(
            tuple(entry for ledger in ledgers for entry in ledger.entries),
            cost,
            tuple(entry for ledger in ledgers for entry in ledger.given),
            dict(memo),
            dict(owed),
            dict(owed_given),
            {key: usd_m for ledger in ledgers for key, usd_m in ledger.supplier_credit_usd_m.items()},
        )


def entries_of(
    context: Context,
    var: Var,
    index: Index,
    decided: Node,
    line: str,
    vendor: str,
    bookings: Mapping[str, Booking],
) -> tuple[Entry, ...]:
    """Entries by node of a decision, from one booking for each scenario below it."""
    what = f"{var}[{', '.join(index)}]"
    paid = context.stitch(
        decided, {id_: booking.paid for id_, booking in bookings.items()}, f"payment of {what}"
    )
    accrued = context.stitch(
        decided, {id_: booking.accrued for id_, booking in bookings.items()}, f"accrual of {what}"
    )
    nodes = [node for node in context.tree.descendants[decided] if node in paid or node in accrued]
    return tuple(
        Entry(var, index, line, vendor, node, paid.get(node, 0.0), accrued.get(node, 0.0)) for node in nodes
    )


def ledger_of(
    context: Context,
    var: Var,
    index: Index,
    decided: Node,
    line: str,
    vendor: str,
    bookings: Mapping[str, Booking],
) -> Ledger:
    """The ledger of one unit of a decision in one line."""
    paid = context.expected(decided, lambda scenario: bookings[scenario.id].cost[0])
    at_end = context.expected(decided, lambda scenario: bookings[scenario.id].cost[1])
    return Ledger(
        entries_of(context, var, index, decided, line, vendor, bookings),
        {(var, index): {line: (paid, at_end)}},
    )


def given_ledger_of(
    context: Context, index: Index, line: str, vendor: str, bookings: Mapping[str, Booking]
) -> Ledger:
    """The ledger of something that no decision changes, one booking for each scenario."""
    what = f"a given payment of {'.'.join(index)}"
    entries = []
    paid = context.by_node(lambda scenario, p: bookings[scenario.id].paid[p], what)
    accrued = context.by_node(lambda scenario, p: bookings[scenario.id].accrued[p], what)
    for node in context.tree.nodes:
        if paid[node] or accrued[node]:
            entries.append(Entry("given", index, line, vendor, node, paid[node], accrued[node]))
    value = sum(s.probability * bookings[s.id].cost[0] for s in context.scenarios.values())
    return Ledger(given=tuple(entries), memo_usd_m={f"given_{line}": value} if entries else {})
