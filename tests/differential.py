"""Three solvers' answers to one problem, and where they contradict each other. Also a driver:

    python tests/differential.py instances 2000     random instances: planner's solve, HiGHS without presolve, SCIP
    python tests/differential.py raw 10000          random small problems in numbers alone, built to be awkward
    python tests/differential.py laws 200           what gives room, on random instances: see test_differential.py

`--seed` is the first seed; progress goes to stderr, one line of result to stdout, each contradiction in a line before.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from generate import Plain, instance_of, random_plain
from generate_features import featured_plain
from test_brute_force import few_decisions

from planner.solve.arrays import Arrays
from planner.solve.first_plan import held_at
from planner.solve.handover import HandOver, hand_over
from planner.solve.highs import Run, Settings, run
from planner.solve.options import SolveOptions
from planner.solve.outcome import Outcome
from planner.solve.prover import prove, prover_version
from planner.solve.solve import solve_handed, solve_model
from planner.solve.stop import StopSwitch
from planner.solve.watch import Watch

GAP = 1e-6
ROOM = 2e-6
"""Relative: what the asked gap and the tolerances of two solvers may leave between a bound and a cost."""
SECONDS = 600.0
"""Of each run: a guard, which no answer hangs on."""
FEASIBLE = 1e-6


@dataclass(frozen=True)
class Answer:
    """What one solver says. `cost` is that of its plan with all whole numbers whole, None without such a plan."""

    by: str
    said: str
    bound: float
    cost: float | None
    proven: bool

    def __str__(self) -> str:
        return f"{self.by}: {self.said}, bound {self.bound!r}, cost {self.cost!r}"


def answers(handed: HandOver, by_planner: Callable[[SolveOptions], Outcome]) -> list[Answer]:
    """Ask planner's own solve, HiGHS without presolve and with another seed, and SCIP where it is installed."""
    arrays = handed.arrays
    outcome = by_planner(SolveOptions(gap=GAP, time_limit=SECONDS, log=False))
    found = [
        Answer(
            "planner",
            outcome.status,
            -math.inf if outcome.bound is None else outcome.bound,
            outcome.objective if outcome.whole else None,
            outcome.status == "optimal",
        )
    ]
    off = Settings(
        until=time.monotonic() + SECONDS, late=SECONDS, gap=GAP, presolve="off", seed=11, log=False
    )
    found.append(judged("HiGHS without presolve", arrays, run(arrays, off, watch())))
    if prover_version() is not None:
        found.append(judged("SCIP", arrays, prove(arrays, SECONDS, GAP, 0, watch())))
    return found


def watch() -> Watch:
    return Watch(SECONDS, StopSwitch())


def judged(by: str, arrays: Arrays, ended: Run) -> Answer:
    cost = None if ended.values is None else whole_cost(arrays, ended.values)
    proven = ended.ended == "optimal"
    return Answer(by, ended.ended, ended.bound, cost, proven)


def whole_cost(arrays: Arrays, values: Any) -> float | None:
    """Cost of a plan with its whole numbers exactly whole and the rest re-solved; None when it is no plan then."""
    fixed = held_at(arrays, arrays.whole, values)
    settings = Settings(until=time.monotonic() + SECONDS, late=SECONDS, tolerance=1e-9, log=False)
    ended = run(fixed, settings, watch())
    if ended.values is None or arrays.violation(ended.values) > FEASIBLE:
        return None
    return ended.cost


def contradiction(found: list[Answer], room: float = ROOM) -> str | None:
    """Return in what the answers contradict each other: a bound above a plan, or no plan where there is one."""
    plans = [answer for answer in found if answer.cost is not None]
    for answer in found:
        for other in plans:
            assert other.cost is not None
            if answer.said == "infeasible":
                return f"{answer.by} says infeasible, {other}"
            if answer.bound > other.cost + room * max(1.0, abs(other.cost)):
                return f"{answer} above {other}"
        if answer.by == "planner" and answer.proven and not _closed(answer):
            return f"called optimal: {answer}"
    said = {answer.said for answer in found if answer.said in ("infeasible", "unbounded", "optimal")}
    if len(said) > 1:
        return "; ".join(map(str, found))
    return None


def undecided(found: list[Answer]) -> bool:
    """Whether a solver did not come to an end, or its plan costs more when it is whole than it proved."""
    decided = {"infeasible", "unbounded", "infeasible_or_unbounded"}
    return any(answer.said not in decided and not (answer.proven and _closed(answer)) for answer in found)


def _closed(answer: Answer) -> bool:
    """Whether bound and cost meet."""
    cost = answer.cost
    return cost is not None and cost - answer.bound <= ROOM * max(1.0, abs(cost))


# Random instances


def plain_of(seed: int) -> Plain:
    """A small random instance: every tenth with a few of the further clauses, most with windows that close early."""
    if seed % 10 == 0:
        return featured_plain(seed, share=0.2)
    return random_plain(seed) if seed % 10 == 5 else few_decisions(seed)


def of_instance(seed: int) -> list[Answer]:
    """What the three say of the random instance of a seed."""
    from planner.data.prepare import prepare
    from planner.model import build

    model = build(prepare(instance_of(plain_of(seed))))
    return answers(hand_over(model), lambda options: solve_model(model, options))


# Random problems in numbers alone


def of_raw(seed: int) -> list[Answer]:
    """What the three say of the random problem of a seed."""
    handed = raw(seed)
    return answers(handed, lambda options: solve_handed(handed, options))


def raw(seed: int) -> HandOver:
    """A small random problem with what is awkward: fixed charges with a large most, equality knapsacks, coefficients
    of many sizes, columns without ends, negative lower ends of whole numbers."""
    dice = np.random.default_rng(seed)
    rows: list[tuple[float, dict[int, float], float]] = []
    bounds: list[tuple[float, float]] = []
    cost: list[float] = []
    whole: list[bool] = []

    def column(low: float, high: float, price: float, is_whole: bool) -> int:
        bounds.append((low, high))
        cost.append(price)
        whole.append(is_whole)
        return len(cost) - 1

    for part in (_fixed_charges, _knapsack, _wide, _free):
        if dice.random() < 0.6 or not cost:
            part(dice, rows, column)
    if dice.random() < 0.5 and len(cost) > 2:  # ties the parts together
        chosen = dice.choice(len(cost), size=min(4, len(cost)), replace=False)
        terms = {int(j): float(dice.integers(1, 6)) for j in chosen}
        rows.append((float(dice.integers(1, 9)), terms, math.inf))
    return handed_of(cost, bounds, whole, rows, float(dice.integers(-20, 21)))


def _fixed_charges(dice: Any, rows: Any, column: Callable[..., int]) -> None:
    """Sources with a fixed charge serve a need; the most of a source is its size, or as good as no limit."""
    sources = []
    for _ in range(int(dice.integers(2, 6))):
        opened = column(0.0, float(dice.choice([1, 1, 4])), float(dice.integers(1, 40)), True)
        amount = column(0.0, math.inf, float(dice.integers(0, 8)) / 4, False)
        most = float(dice.choice([3, 7, 20, 1e3, 1e5]))
        rows.append((-math.inf, {amount: 1.0, opened: -most}, 0.0))
        if dice.random() < 0.5:
            rows.append((0.0, {amount: 1.0, opened: -float(dice.integers(1, 4))}, math.inf))
        sources.append(amount)
    short = column(0.0, math.inf, float(dice.integers(5, 30)), False)
    rows.append((float(dice.integers(2, 25)), {**dict.fromkeys(sources, 1.0), short: 1.0}, math.inf))


def _knapsack(dice: Any, rows: Any, column: Callable[..., int]) -> None:
    """Whole numbers that must add up exactly, with a small slack at a price or none at all."""
    size = int(dice.integers(2, 5))
    items = [column(0.0, float(dice.integers(2, 9)), float(dice.integers(-3, 12)), True) for _ in range(size)]
    terms = {item: float(dice.integers(3, 40)) for item in items}
    if dice.random() < 0.8:
        terms[column(0.0, 9.0, float(dice.integers(1, 9)), False)] = 1.0
    total = float(dice.integers(5, 90))
    rows.append((total, terms, total))


def _wide(dice: Any, rows: Any, column: Callable[..., int]) -> None:
    """Rows whose coefficients span nine orders of magnitude, some columns whole with a negative lower end."""
    size = int(dice.integers(2, 6))
    columns = []
    for _ in range(size):
        is_whole = bool(dice.random() < 0.5)
        low = float(dice.integers(-4, 1)) if is_whole else 0.0
        high = float(dice.integers(1, 12)) if is_whole or dice.random() < 0.7 else math.inf
        columns.append(column(low, high, float(np.round(10 ** dice.uniform(-1, 3), 3)), is_whole))
    for _ in range(int(dice.integers(1, 4))):
        terms = {
            j: float(np.round(10 ** dice.uniform(-3, 4), 4)) * (-1.0 if dice.random() < 0.3 else 1.0)
            for j in columns
            if dice.random() < 0.8
        }
        if terms:
            rows.append((float(np.round(10 ** dice.uniform(-1, 4), 2)), terms, math.inf))


def _free(dice: Any, rows: Any, column: Callable[..., int]) -> None:
    """Balances without ends, tied by equations, whose cost is bounded by a row; sometimes by nothing."""
    count = column(float(dice.integers(-6, 1)), float(dice.integers(1, 9)), float(dice.integers(-4, 5)), True)
    balance = column(-math.inf, math.inf, float(dice.integers(0, 4)), False)
    spent = column(-math.inf, math.inf, 0.0, False)
    start = float(dice.integers(-5, 20))
    rows.append((start, {balance: 1.0, spent: 1.0, count: float(dice.integers(-3, 4)) or 1.0}, start))
    rows.append(
        (-math.inf, {spent: 1.0, count: float(dice.integers(-4, 5)) or 2.0}, float(dice.integers(1, 30)))
    )
    if dice.random() < 0.9:
        rows.append((float(dice.integers(-10, 5)), {balance: 1.0}, math.inf))


def handed_of(
    cost: list[float],
    bounds: list[tuple[float, float]],
    whole: list[bool],
    rows: list[tuple[float, dict[int, float], float]],
    offset: float,
) -> HandOver:
    """The problem as the solve stage takes it, rows as (lower, {column: coefficient}, upper)."""
    arrays = Arrays(
        cost=np.array(cost),
        offset=offset,
        lower=np.array([low for low, _ in bounds]),
        upper=np.array([high for _, high in bounds]),
        whole=np.array(whole),
        row_lower=np.array([low for low, _, _ in rows]),
        row_upper=np.array([high for _, _, high in rows]),
        starts=np.cumsum([0, *(len(terms) for _, terms, _ in rows)]).astype(np.int32),
        columns=np.array([j for _, terms, _ in rows for j in terms], dtype=np.int32),
        values=np.array([value for _, terms, _ in rows for value in terms.values()]),
    )
    columns = tuple(("x", j) for j in range(len(cost)))
    return HandOver(arrays, columns, tuple(("row", i) for i in range(len(rows))))


# What gives room


def roomier(seed: int) -> Iterator[tuple[str, str | None]]:
    """Each change that gives room to the instance of a seed, with what is wrong about it, if something is."""
    from roomier import check_all

    yield from check_all(seed, plain_of(seed))


# The driver


def _asked(seeds: range, ask: Callable[[int], list[Answer]]) -> int:
    began, wrong, open_ = time.process_time(), 0, 0
    kinds: dict[str, int] = {}
    for count, seed in enumerate(seeds, 1):
        found = ask(seed)
        if found[0].said == "interrupted":
            print(f"asked to stop at seed {seed}", flush=True)
            seeds = range(seeds.start, seed)
            break
        said = contradiction(found)
        kinds[found[0].said] = kinds.get(found[0].said, 0) + 1
        if said is not None:
            wrong += 1
            print(f"seed {seed}: {said}", flush=True)
        elif undecided(found):
            open_ += 1
            print(f"seed {seed} undecided: {'; '.join(map(str, found))}", flush=True)
        if count % 100 == 0:
            print(f"{count} asked, {wrong} contradict", file=sys.stderr, flush=True)
    minutes = (time.process_time() - began) / 60.0
    solvers = 3 if prover_version() else 2
    print(
        f"{len(seeds)} problems, {solvers} routes: {wrong} contradictions, {open_} undecided, "
        f"{', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))}; {minutes:.1f} CPU-minutes"
    )
    return 1 if wrong else 0


def _laws(seeds: range) -> int:
    wrong = count = 0
    for seed in seeds:
        for name, said in roomier(seed):
            count += 1
            if said is not None:
                wrong += 1
                print(f"seed {seed}, {name}: {said}", flush=True)
        if seed % 10 == 9:
            print(f"seed {seed}: {count} changes, {wrong} broken", file=sys.stderr, flush=True)
    print(f"{len(seeds)} instances, {count} changes that give room: {wrong} broke the law")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["instances", "raw", "laws"])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    seeds = range(asked.seed, asked.seed + asked.count)
    if asked.what == "laws":
        return _laws(seeds)
    return _asked(seeds, of_instance if asked.what == "instances" else of_raw)


if __name__ == "__main__":
    sys.exit(main())
