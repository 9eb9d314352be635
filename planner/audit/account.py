"""The account of a scenario: what is paid and received on which date, and what that costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from planner.audit.flows import Flow, Rates
from planner.audit.paths import EPS

GIVEN = ("given", "")
"""Key of what no decision causes."""
Key = tuple[str, str]
"""Variable and index of a decision."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A flow that a decision causes: paid, received (accrued) or both."""

    key: Key
    flow: Flow
    paid: bool
    accrued: bool
    committed: bool = True
    """Whether it is owed from the decision on, or only as long as something is held."""
    security: bool = False
    """Whether it secures a contract: a deposit or collateral, no payment for service."""

    @property
    def given(self) -> bool:
        """Whether no decision causes it."""
        return self.key[0] == "given"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a limit measures, what it asks for, and whether anything decided counts in either."""

    value: float
    bound: float
    decided: bool


@dataclass
class Account:
    """Postings in dated form, and the cost of decisions by line."""

    rates: Rates
    later: frozenset[str] = frozenset()
    """Nodes after the reported time."""
    nodes: frozenset[str] = frozenset()
    postings: list[Posting] = field(default_factory=list)
    cost: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0, 0.0]))
    """Line: paid up to the end, balance at the end, and what of both comes of decisions after the reported time."""
    late: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(id, node) of decisions: whether they deliver only after the calendar."""
    readings: dict[tuple[str, str, str, str], Measured] = field(default_factory=dict)
    """By (limit, member, node, min or max)."""

    @property
    def end(self) -> float:
        """First moment after the calendar."""
        return self.rates.timeline.end

    def post(
        self, key: Key, paid: Iterable[Flow], accrued: Iterable[Flow] | None = None, *, committed: bool = True
    ) -> None:
        """Note flows without their cost; `accrued` None: received when paid."""
        if accrued is None:
            self.postings.extend(Posting(key, flow, True, True, committed) for flow in paid)
            return
        self.postings.extend(Posting(key, flow, True, False) for flow in paid)
        self.postings.extend(Posting(key, flow, False, True) for flow in accrued)

    def secure(self, key: Key, paid: Iterable[Flow]) -> None:
        """Note flows of a deposit or collateral: paid, never accrued."""
        self.postings.extend(Posting(key, flow, True, False, security=True) for flow in paid)

    def buy(
        self, key: Key, paid: Iterable[Flow], accrued: Iterable[Flow] | None = None, *, committed: bool = True
    ) -> None:
        """Note flows and their present value: before the end as paid, after it as balance."""
        flows = list(paid)
        self.post(key, flows, accrued, committed=committed)
        for flow in flows:
            before, after = self.rates.present(flow, b=self.end), self.rates.present(flow, a=self.end)
            self.charge(key, flow.line, before, after)

    def charge(self, key: Key, line: str, paid: float = 0.0, at_end: float = 0.0) -> None:
        """Add present values that a decision causes to the cost of a line."""
        sums = self.cost[line]
        sums[0] += paid
        sums[1] += at_end
        if self.decided(key) in self.later:
            sums[2] += paid + at_end

    def decided(self, key: Key) -> str:
        """Node of a decision: the last that its index names; chips valued at the end belong to their order."""
        named = [part for part in key[1].split("|") if part in self.nodes]
        return named[0 if key[0] == "valued_mw" else -1] if named else ""

    def sums(self, *, accrued: bool) -> dict[str, list[float]]:
        """USD m by line and position of the period, of decisions and of what is given together."""
        sums = self.by_period(accrued=accrued, given=False)
        for line, amounts in self.by_period(accrued=accrued, given=True).items():
            held = sums[line] if line in sums else [0.0] * len(amounts)
            sums[line] = [a + b for a, b in zip(held, amounts, strict=True)]
        return sums

    def by_period(self, *, accrued: bool, given: bool) -> dict[str, list[float]]:
        """USD m by line and position of the period; what falls outside the calendar is left out."""
        periods = self.rates.timeline.periods
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(periods))
        for posting in self.postings:
            if posting.given == given and (posting.accrued if accrued else posting.paid):
                for place, usd_m in spread(posting.flow, self.rates):
                    sums[posting.flow.line][place] += usd_m
        return dict(sums)


def spread(flow: Flow, rates: Rates) -> list[tuple[int, float]]:
    """(position of the period, USD m) of what a flow pays inside the calendar."""
    timeline = rates.timeline
    if flow.end <= flow.start:
        place = timeline.position(flow.start + EPS)
        return [] if place is None else [(place, flow.first)]
    out = []
    start = max(flow.start, 0.0)
    place = timeline.position(start + EPS)
    while place is not None and place < len(timeline.periods):
        period = timeline.periods[place]
        if period.start >= flow.end - EPS:
            break
        out.append((place, flow.within(period.start, period.end)))
        place += 1
    return out
