"""Why no plan is possible: the fewest named rules to break, and then the least priced amount of breaking them.

Every row of a family that may give way gets columns for the amount by which it is broken. First the number of
named rules broken at all is made as small as possible (a whole number 0 or 1 per rule, tied to its amounts by
the largest amount that the bounds of the columns allow), then, with that number, the priced amount. The set of
rules is proven at the end with all others held exactly; when an amount slipped through the tolerance of a whole
number, the set is excluded and the search goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

import numpy as np
import pyomo.environ as pyo

from planner.solve.arrays import Arrays, Entries, Floats, Mask
from planner.solve.first_plan import held_at
from planner.solve.handover import HandOver, hand_over
from planner.solve.highs import Run, Settings, require_highs, run
from planner.solve.options import SolveOptions
from planner.solve.progress import OnProgress
from planner.solve.stop import StopSwitch, stop_on_signals
from planner.solve.watch import Watch

Side = Literal["below", "above"]

MOST_AMOUNT = 1e7  # MW or USD m: where the columns have no bounds, no rule is broken by more
BROKEN = 1e-5  # a smaller amount is rounding
TIE_BREAK = 1e-6  # of the price: keeps the amounts small that a price on the largest leaves open
TRIES = 8
SHOWN = 10
COUNT_GAP = 0.0
PRICE_GAP = 0.001


class Family(Protocol):
    """What this stage reads of a family of rules; `model.families` holds one per constraint component.

    `violation_price` is USD m per unit of a row; `violation_of = "each"` adds the rows up, "largest" prices the
    largest amount of a named rule once (cash: the largest gap). The price is asked of relaxable families alone.
    """

    @property
    def relaxable(self) -> bool: ...  # noqa: D102
    @property
    def violation_of(self) -> Literal["each", "largest"]: ...  # noqa: D102
    def violation_price(self, index: Any) -> float: ...  # noqa: D102
    def rule_id(self, index: Any) -> str: ...  # noqa: D102
    def unit_at(self, index: Any) -> str: ...  # noqa: D102
    def sentence_at(self, index: Any) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class BrokenRow:
    """One row that must give way: `amount` (in `unit`, above 0) too little or too much of what the rule asks.

    `side` says which end is missed: `below` the least or `above` the most, as the row was written.
    """

    rule_id: str
    family: str
    index: Any
    amount: float
    unit: str
    side: Side
    priced_usd_m: float
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """The fewest named rules to break so that a plan exists, and by how much.

    `found` is False when even breaking all of them gives no plan: then the cause lies in balances, bounds or
    given data. `fewest_proven` says that no smaller number of rules is enough, `least_proven` that no smaller
    priced amount is (within 0.1 %). `values` are those of a plan that breaks only these rows, by {(variable, index)}.
    """

    found: bool
    rules: tuple[str, ...]
    rows: tuple[BrokenRow, ...]
    priced_usd_m: float
    fewest_proven: bool
    least_proven: bool
    seconds: float
    notes: tuple[str, ...]
    values: Mapping[tuple[str, Any], float] = field(repr=False)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what to tell the user: how many rules, then each with its rows, the first ten of them."""
        if not self.found:
            return self.notes
        if not self.rules:
            return ("all rules can be kept together",)
        count = "one rule" if len(self.rules) == 1 else f"{len(self.rules)} rules"
        least = "at least" if self.fewest_proven else "as far as was found in time,"
        said = [f"{least} {count} must give way: {', '.join(self.rules)}"]
        for rule in self.rules:
            rows = [row for row in self.rows if row.rule_id == rule]
            said += [
                f"{rule}: {row.sentence}: missed by {_plain(row.amount)} {row.unit}" for row in rows[:SHOWN]
            ]
            if len(rows) > SHOWN:
                said.append(f"{rule}: and {len(rows) - SHOWN} rows more")
        return tuple(said)


def explain(
    model: pyo.ConcreteModel,
    options: SolveOptions | None = None,
    on_progress: OnProgress | None = None,
    switch: StopSwitch | None = None,
) -> Explanation:
    """Return which named rules of `model` must give way, where and by how much.

    Families with `relaxable = False` are kept in full. `options.time_limit` holds for the explanation alone;
    when it is too short the best answer so far comes back, marked as not proven.
    """
    require_highs()
    chosen = options or SolveOptions()
    turned = switch or StopSwitch()
    with stop_on_signals(turned):
        watch = Watch(chosen.time_limit, turned, on_progress)
        watch.enter("explain")
        handed = hand_over(model)
        return _Question(handed, _relaxed_rows(handed, model.families), chosen, watch).answer()


@dataclass(frozen=True)
class _Slack:
    """The amount by which one side of a row is broken, a column of the elastic problem."""

    row: int
    side: Side
    rule: int
    price: float
    most: float
    shared: bool  # the price is on the largest amount of the rule


@dataclass(frozen=True)
class _Relaxed:
    """The rules that may give way and the amounts they have."""

    rules: tuple[str, ...]
    slacks: tuple[_Slack, ...]
    families: Mapping[str, Family]


def _relaxed_rows(handed: HandOver, families: Mapping[str, Family]) -> _Relaxed:
    arrays = handed.arrays
    least, most = arrays.reach()
    numbers: dict[str, int] = {}
    slacks: list[_Slack] = []
    for row, (component, index) in enumerate(handed.rows):
        family = families[component]
        if not family.relaxable:
            continue
        rule = numbers.setdefault(family.rule_id(index), len(numbers))
        price, shared = family.violation_price(index), family.violation_of == "largest"
        for side, amount in _sides(arrays.row_lower[row], arrays.row_upper[row], least[row], most[row]):
            slacks.append(_Slack(row, side, rule, float(price), min(amount, MOST_AMOUNT), shared))
    return _Relaxed(tuple(numbers), tuple(slacks), families)


def _sides(lower: float, upper: float, least: float, most: float) -> Iterator[tuple[Side, float]]:
    """Give each end of a row that can be missed, with the largest amount."""
    if lower > -np.inf and lower > least:
        yield "below", float(lower - least)
    if upper < np.inf and most > upper:
        yield "above", float(most - upper)


class _Question:
    """The elastic problem of one model, and the runs that answer it.

    Columns: those of the model, then one per amount, one per rule for the largest amount, one per rule for
    whether it is broken. Rows: those of the model, then amount <= most x broken, amount <= largest, and the cuts.
    """

    def __init__(self, handed: HandOver, relaxed: _Relaxed, options: SolveOptions, watch: Watch) -> None:
        self.handed = handed
        self.relaxed = relaxed
        self.options = options
        self.watch = watch
        self.n = handed.arrays.n_columns
        self.amounts = slice(self.n, self.n + len(relaxed.slacks))
        self.largest = slice(self.amounts.stop, self.amounts.stop + len(relaxed.rules))
        self.broken = slice(self.largest.stop, self.largest.stop + len(relaxed.rules))
        self.base = self._elastic()
        self.cuts: list[Mask] = []

    def answer(self) -> Explanation:
        """Return the explanation, the best known one when time runs out."""
        start: Floats | None = None
        fewest_proven = least_proven = False
        rules = np.ones(len(self.relaxed.rules), dtype=bool)
        for _ in range(TRIES):
            counted = self._run(self._problem(self._counting()), COUNT_GAP, start)
            if counted.values is None:
                break
            fewest_proven = counted.ended == "optimal"
            fewest = int(np.round(counted.values[self.broken]).sum())
            priced = self._run(self._problem(self._pricing(), most_rules=fewest), PRICE_GAP, counted.values)
            chosen = counted if priced.values is None else priced
            assert chosen.values is not None
            least_proven = priced.ended == "optimal"
            rules = np.round(chosen.values[self.broken]) > 0.5
            held = self._held(rules, chosen.values)
            if held is not None:
                return self._explained(held, rules, fewest_proven, least_proven)
            self.watch.notes.append("an amount slipped through a tolerance: that set of rules is excluded")
            self.cuts.append(~rules)
            start = None
        return self._not_found()

    # The runs.

    def _held(self, rules: Mask, values: Floats) -> Floats | None:
        """Return the least priced plan that breaks none but `rules`, exactly; None when there is none."""
        allowed = np.append(np.repeat(True, self.n), rules[[slack.rule for slack in self.relaxed.slacks]])
        priced = self._problem(self._pricing())
        upper = priced.upper.copy()
        upper[: len(allowed)][~allowed] = 0.0
        upper[self.largest][~rules] = 0.0
        upper[self.broken][~rules] = 0.0
        exact = replace(priced, upper=upper)
        whole = np.zeros_like(exact.whole)
        whole[: self.n] = exact.whole[: self.n]
        for problem in (held_at(exact, whole, values), exact):
            ended = self._run(problem, PRICE_GAP, None, extra=True)
            if ended.values is not None:
                return ended.values
        return None

    def _run(self, arrays: Arrays, gap: float, start: Floats | None, extra: bool = False) -> Run:
        watch, options = self.watch, self.options
        settings = Settings(
            until=time.monotonic() + max(0.0, watch.left) + (0.5 * watch.allowance if extra else 0.0),
            late=0.4 * watch.allowance,
            gap=gap,
            seed=options.seed,
            threads=options.threads,
            presolve=options.presolve,
            start=start,
            whole_tolerance=1e-9,
            heed=watch.switch.requests + 1 if extra else 1,
            log=options.log,
        )
        return run(arrays, settings, watch)

    # The problem.

    def _elastic(self) -> Arrays:
        """Return the elastic problem without costs or cuts."""
        plain, slacks, rules = self.handed.arrays, self.relaxed.slacks, self.relaxed.rules
        entries = Entries(plain)
        for number, slack in enumerate(slacks):
            column = self.amounts.start + number
            entries.add(slack.row, column, 1.0 if slack.side == "below" else -1.0)
            tie = entries.new_row(-np.inf, 0.0)
            entries.add(tie, column, 1.0)
            entries.add(tie, self.broken.start + slack.rule, -slack.most)
            if slack.shared:
                top = entries.new_row(-np.inf, 0.0)
                entries.add(top, column, 1.0)
                entries.add(top, self.largest.start + slack.rule, -1.0)
        count = len(rules)
        most = np.array([slack.most for slack in slacks])
        largest = np.full(count, MOST_AMOUNT)
        upper = np.concatenate([plain.upper, most, largest, np.ones(count)])
        extra = np.zeros(len(slacks) + 2 * count)
        whole = np.concatenate(
            [plain.whole, np.zeros(len(slacks) + count, dtype=bool), np.ones(count, dtype=bool)]
        )
        return entries.arrays(np.append(np.zeros(self.n), extra), np.append(plain.lower, extra), upper, whole)

    def _counting(self) -> Floats:
        cost = np.zeros(self.base.n_columns)
        cost[self.broken] = 1.0
        return cost

    def _pricing(self) -> Floats:
        cost = np.zeros(self.base.n_columns)
        for number, slack in enumerate(self.relaxed.slacks):
            cost[self.amounts.start + number] = slack.price * (TIE_BREAK if slack.shared else 1.0)
            if slack.shared:
                cost[self.largest.start + slack.rule] = slack.price
        return cost

    def _problem(self, cost: Floats, most_rules: int | None = None) -> Arrays:
        """Return the elastic problem with a cost, the cuts so far, and at most so many rules broken."""
        entries = Entries(self.base)
        for outside in self.cuts:
            row = entries.new_row(1.0, np.inf)
            for rule in np.flatnonzero(outside).tolist():
                entries.add(row, self.broken.start + rule, 1.0)
        if most_rules is not None:
            row = entries.new_row(-np.inf, float(most_rules))
            for rule in range(len(self.relaxed.rules)):
                entries.add(row, self.broken.start + rule, 1.0)
        return entries.arrays(cost, self.base.lower, self.base.upper, self.base.whole)

    # The answer.

    def _explained(self, values: Floats, rules: Mask, fewest_proven: bool, least_proven: bool) -> Explanation:
        rows = self._broken_rows(values[: self.n])
        names = {row.rule_id for row in rows}
        return Explanation(
            found=True,
            rules=tuple(name for name in self.relaxed.rules if name in names),
            rows=rows,
            priced_usd_m=self._priced(rows),
            fewest_proven=fewest_proven and len(names) == int(rules.sum()),
            least_proven=least_proven,
            seconds=self.watch.seconds,
            notes=tuple(self.watch.notes),
            values=dict(zip(self.handed.columns, values[: self.n].tolist(), strict=True)),
        )

    def _broken_rows(self, values: Floats) -> tuple[BrokenRow, ...]:
        """Return the rows that `values` break, measured on the rows themselves."""
        arrays = self.handed.arrays
        activity = arrays.row_activity(values)
        found = []
        for slack in self.relaxed.slacks:
            row = slack.row
            below = slack.side == "below"
            amount = arrays.row_lower[row] - activity[row] if below else activity[row] - arrays.row_upper[row]
            if amount > BROKEN * max(
                1.0, abs(arrays.row_lower[row] if below else arrays.row_upper[row]) * 1e-3
            ):
                component, index = self.handed.rows[row]
                family = self.relaxed.families[component]
                found.append(
                    BrokenRow(
                        rule_id=self.relaxed.rules[slack.rule],
                        family=component,
                        index=index,
                        amount=float(amount),
                        unit=family.unit_at(index),
                        side=slack.side,
                        priced_usd_m=float(amount) * slack.price,
                        sentence=family.sentence_at(index),
                    )
                )
        return tuple(found)

    def _priced(self, rows: tuple[BrokenRow, ...]) -> float:
        """Return the priced amount: each row, or the dearest row of a rule whose price is on the largest."""
        shared = {self.relaxed.rules[slack.rule] for slack in self.relaxed.slacks if slack.shared}
        each = sum(row.priced_usd_m for row in rows if row.rule_id not in shared)
        tops = {
            rule: max(row.priced_usd_m for row in rows if row.rule_id == rule)
            for rule in shared & {r.rule_id for r in rows}
        }
        return each + sum(tops.values())

    def _not_found(self) -> Explanation:
        in_time = self.watch.left > 0.0 and self.watch.switch.reason is None
        why = (
            "even with every rule that may give way broken there is no plan: the cause lies in balances, bounds "
            "or given data"
            if in_time
            else "the time was too short to find which rules must give way"
        )
        notes = (*self.watch.notes, why)
        return Explanation(False, (), (), 0.0, False, False, self.watch.seconds, notes, {})


def _plain(number: float) -> str:
    """Return an amount as a person writes it: 5,350 or 0.25."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:,.4g}"
