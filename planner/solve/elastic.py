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
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo

from planner.solve.arrays import Arrays, Entries, Floats, Mask
from planner.solve.explanation import MONEY, BrokenRow, Explanation, Repair, largest_rows
from planner.solve.first_plan import held_at
from planner.solve.handover import HandOver, hand_over
from planner.solve.highs import Run, Settings, require_highs, run
from planner.solve.options import SolveOptions
from planner.solve.progress import OnProgress
from planner.solve.relaxed import MOST_AMOUNT, Relaxed, relaxed_rows
from planner.solve.stop import StopSwitch, stop_on_signals
from planner.solve.watch import Watch

BROKEN = 1e-5  # a smaller amount is rounding
TIE_BREAK = 1e-6  # of the price: keeps the amounts small that a price on the largest leaves open
TRIES = 8
COUNT_GAP = 0.0
PRICE_GAP = 0.001


SINGLE_SHARE = 0.3  # of the time limit: for a rule alone
REPAIR_SHARE = 0.15  # of the time limit: for each kind of repair

MoneyRows = Mapping[tuple[str, Any], tuple[tuple[str, Any], float]]
"""{row: (column of the cash that it fixes, what a dollar more on the first day adds to it)}."""


def explain(
    model: pyo.ConcreteModel,
    options: SolveOptions | None = None,
    on_progress: OnProgress | None = None,
    switch: StopSwitch | None = None,
    money: MoneyRows | None = None,
) -> Explanation:
    """Return which named rules of `model` must give way, where and by how much.

    Families with `relaxable = False` are kept in full. `options.time_limit` holds for the explanation alone;
    when it is too short the best answer so far comes back, marked as not proven. `money` names the rows that a dollar
    more on the first day enters: then the least of it that makes a plan possible is found too.
    """
    require_highs()
    chosen = options or SolveOptions()
    turned = switch or StopSwitch()
    with stop_on_signals(turned):
        watch = Watch(chosen.time_limit, turned, on_progress)
        watch.enter("explain")
        handed = hand_over(model)
        relaxed = relaxed_rows(handed, model.families)
        return _Question(handed, relaxed, chosen, watch, money or {}).answer()


class _Question:
    """The elastic problem of one model, and the runs that answer it.

    Columns: those of the model, then one per amount, one per rule for the largest amount, one per rule for
    whether it is broken, and the money on the first day, which only a repair may use. Rows: those of the model, then
    amount <= most x broken, amount <= largest, and the cuts.
    """

    def __init__(
        self, handed: HandOver, relaxed: Relaxed, options: SolveOptions, watch: Watch, money: MoneyRows
    ) -> None:
        self.handed = handed
        self.relaxed = relaxed
        self.options = options
        self.watch = watch
        self.n = handed.arrays.n_columns
        self.amounts = slice(self.n, self.n + len(relaxed.slacks))
        self.largest = slice(self.amounts.stop, self.amounts.stop + len(relaxed.rules))
        self.broken = slice(self.largest.stop, self.largest.stop + len(relaxed.rules))
        self.money = self.broken.stop
        self.money_rows = money
        self.base = self._elastic()
        self.cuts: list[Mask] = []

    def answer(self) -> Explanation:
        """Return the explanation, the best known one when time runs out."""
        one = self._one_rule()
        if one is not None:
            return self._with_repairs(one)
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
                return self._with_repairs(self._explained(held, rules, fewest_proven, least_proven))
            self.watch.notes.append("an amount slipped through a tolerance: that set of rules is excluded")
            self.cuts.append(~rules)
            start = None
        return self._not_found()

    def _with_repairs(self, found: Explanation) -> Explanation:
        repairs = tuple(self._repairs(found))
        return replace(found, repairs=repairs, seconds=self.watch.seconds)

    def _one_rule(self) -> Explanation | None:
        """The cheapest way with one rule alone broken: by far the commonest, and quicker than counting.

        The relaxations say which rules may do; the cheapest of them is solved in full, the next when it has no plan.
        """
        count = len(self.relaxed.rules)
        if self._may_cost(np.zeros(count, dtype=bool)) is None:
            priced = {rule: self._may_cost(np.arange(count) == rule) for rule in range(count)}
        else:
            return None  # only whole numbers are in the way: counting tells
        order = sorted((cost, rule) for rule, cost in priced.items() if cost is not None)
        for place, (_, rule) in enumerate(order):
            only = np.arange(count) == rule
            ended = self._run(self._only(only), PRICE_GAP, None, share=SINGLE_SHARE)
            if ended.values is not None and ended.cost is not None:
                others = [cost for cost, _ in order[place + 1 :]]
                least = ended.ended == "optimal" and ended.cost <= min(others, default=np.inf) * (
                    1.0 + PRICE_GAP
                )
                return self._explained(ended.values, only, True, least)
            if ended.ended != "infeasible":
                return None
        return None

    def _may_cost(self, rules: Mask) -> float | None:
        """The priced amount of the relaxation with only these rules broken; None where it has no point."""
        problem = self._only(rules)
        ended = self._run(replace(problem, whole=np.zeros_like(problem.whole)), 0.0, None, share=SINGLE_SHARE)
        if ended.ended == "infeasible":
            return None
        return ended.cost if ended.cost is not None else 0.0

    # The runs.

    def _held(self, rules: Mask, values: Floats) -> Floats | None:
        """Return the least priced plan that breaks none but `rules`, exactly; None when there is none."""
        exact = self._only(rules)
        whole = np.zeros_like(exact.whole)
        whole[: self.n] = exact.whole[: self.n]
        for problem in (held_at(exact, whole, values), exact):
            ended = self._run(problem, PRICE_GAP, None, extra=True)
            if ended.values is not None:
                return ended.values
        return None

    def _only(self, rules: Mask) -> Arrays:
        """Return the priced problem in which rules but these hold exactly."""
        allowed = np.append(np.repeat(True, self.n), rules[[slack.rule for slack in self.relaxed.slacks]])
        priced = self._problem(self._pricing())
        upper = priced.upper.copy()
        upper[: len(allowed)][~allowed] = 0.0
        upper[self.largest][~rules] = 0.0
        lower = priced.lower.copy()
        lower[self.broken] = upper[self.broken] = rules.astype(float)
        return replace(priced, lower=lower, upper=upper)

    def _run(
        self, arrays: Arrays, gap: float, start: Floats | None, extra: bool = False, share: float = 1.0
    ) -> Run:
        watch, options = self.watch, self.options
        seconds = min(max(0.0, watch.left), share * watch.time_limit)
        settings = Settings(
            until=time.monotonic() + seconds + (0.5 * watch.allowance if extra else 0.0),
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

    # Repairs by one kind of resource alone.

    def _repairs(self, found: Explanation) -> Iterator[Repair]:
        """The least of each kind of resource that makes a plan possible while all other rules hold."""
        known = np.array(list(found.values.values()))
        if not found.rules:
            return
        none = np.zeros(len(self.relaxed.rules), dtype=bool)
        if self.money_rows:
            yield self._repair(MONEY, none, known)
        broken = np.array([rule in found.rules for rule in self.relaxed.rules])
        told = sum(row.priced_usd_m for row in largest_rows(found.rows))
        for kind, rules in self._kinds().items():
            repair = self._repair(kind, rules, known)
            # What is told already, or as much of it spread over more rules, is nothing new.
            if (broken & ~rules).any() or repair.enough is None or repair.enough < told * (1.0 - PRICE_GAP):
                yield repair

    def _kinds(self) -> dict[str, Mask]:
        """Rules by the unit of their rows: money and power."""
        units: dict[str, set[str]] = {}
        for slack in self.relaxed.slacks:
            component, index = self.handed.rows[slack.row]
            unit = self.relaxed.families[component].unit_at(index)
            units.setdefault(self.relaxed.rules[slack.rule], set()).add(unit)
        kinds = {"money": lambda unit: unit.startswith("USD"), "power": lambda unit: "MW" in unit}
        masks = {
            kind: np.array([all(map(test, units.get(rule, {""}))) for rule in self.relaxed.rules], dtype=bool)
            for kind, test in kinds.items()
        }
        return {kind: mask for kind, mask in masks.items() if mask.any()}

    def _repair(self, kind: str, rules: Mask, known: Floats) -> Repair:
        """The least priced sum, over the rules of a kind, of the largest amount by which each is broken.

        The whole numbers of the known plan that breaks the fewest rules give a first answer.
        """
        money = kind == MONEY
        allowed = rules[[slack.rule for slack in self.relaxed.slacks]]
        problem = self._problem(self._largest(money))
        upper = problem.upper.copy()
        upper[self.amounts][~allowed] = 0.0
        upper[self.largest][~rules] = 0.0
        upper[self.broken] = rules.astype(float)
        upper[self.money] = MOST_AMOUNT if money else 0.0
        lower = problem.lower.copy()
        lower[self.broken] = rules.astype(float)
        exact = replace(problem, lower=lower, upper=upper)
        relaxed = self._run(replace(exact, whole=np.zeros_like(exact.whole)), 0.0, None, share=REPAIR_SHARE)
        if relaxed.ended == "infeasible":
            return Repair(kind, False, None, None, ())
        least = relaxed.cost if relaxed.ended == "optimal" else None
        model = np.arange(exact.n_columns) < self.n
        start = np.append(known, np.zeros(exact.n_columns - self.n))
        first = self._run(held_at(exact, model, start), PRICE_GAP, None, share=REPAIR_SHARE)
        whole = self._run(exact, PRICE_GAP, first.values, share=REPAIR_SHARE)
        if whole.ended == "infeasible":
            return Repair(kind, False, None, None, ())
        whole = first if whole.values is None else whole
        bounds = [each for each in (least, whole.bound) if each is not None and np.isfinite(each)]
        rows = () if whole.values is None else self._broken_rows(whole.values[: self.n])
        return Repair(kind, True, max(bounds, default=None), whole.cost, largest_rows(rows))

    def _largest(self, money: bool) -> Floats:
        cost = np.zeros(self.base.n_columns)
        for slack in self.relaxed.slacks:
            rule = self.largest.start + slack.rule
            cost[rule] = max(cost[rule], slack.price)
        cost[self.money] = 1.0 if money else 0.0
        return cost

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
            top = entries.new_row(-np.inf, 0.0)
            entries.add(top, column, 1.0)
            entries.add(top, self.largest.start + slack.rule, -1.0)
        self._add_money(entries)
        count = len(rules)
        most = np.array([slack.most for slack in slacks])
        largest = np.full(count, MOST_AMOUNT)
        upper = np.concatenate([plain.upper, most, largest, np.ones(count), np.zeros(1)])
        extra = np.zeros(len(slacks) + 2 * count + 1)
        whole = np.concatenate(
            [plain.whole, np.zeros(len(slacks) + count, dtype=bool), np.ones(count, dtype=bool), [False]]
        )
        return entries.arrays(np.append(np.zeros(self.n), extra), np.append(plain.lower, extra), upper, whole)

    def _add_money(self, entries: Entries) -> None:
        """A dollar on the first day raises the cash of its rows by a known factor."""
        plain = self.handed.arrays
        for row, key in enumerate(self.handed.rows):
            if key not in self.money_rows:
                continue
            held, factor = self.money_rows[key]
            cash = self.handed.column_of[held]
            inside = slice(plain.starts[row], plain.starts[row + 1])
            coefficient = float(plain.values[inside][plain.columns[inside] == cash].sum())
            entries.add(row, self.money, -coefficient * factor)

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
        """Return the rows that may give way and that `values` break, measured on the rows themselves."""
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
