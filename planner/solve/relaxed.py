"""The rows that may give way, and by how much each of their ends can be missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from planner.solve.explanation import Side
from planner.solve.handover import HandOver

MOST_AMOUNT = 1e7  # MW or USD m: where the columns have no bounds, no rule is broken by more


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
class Slack:
    """The amount by which one side of a row is broken, a column of the elastic problem."""

    row: int
    side: Side
    rule: int
    price: float
    most: float
    shared: bool  # the price is on the largest amount of the rule


@dataclass(frozen=True)
class Relaxed:
    """The rules that may give way and the amounts they have."""

    rules: tuple[str, ...]
    slacks: tuple[Slack, ...]
    families: Mapping[str, Family]


def relaxed_rows(handed: HandOver, families: Mapping[str, Family]) -> Relaxed:
    """The rules whose families may give way, and the ends of their rows that can be missed at all."""
    arrays = handed.arrays
    least, most = arrays.reach()
    numbers: dict[str, int] = {}
    slacks: list[Slack] = []
    for row, (component, index) in enumerate(handed.rows):
        family = families[component]
        if not family.relaxable:
            continue
        rule = numbers.setdefault(family.rule_id(index), len(numbers))
        price, shared = family.violation_price(index), family.violation_of == "largest"
        for side, amount in _sides(arrays.row_lower[row], arrays.row_upper[row], least[row], most[row]):
            slacks.append(Slack(row, side, rule, float(price), min(amount, MOST_AMOUNT), shared))
    return Relaxed(tuple(numbers), tuple(slacks), families)


def _sides(lower: float, upper: float, least: float, most: float) -> Iterator[tuple[Side, float]]:
    """Give each end of a row that can be missed, with the largest amount."""
    if lower > -np.inf and lower > least:
        yield "below", float(lower - least)
    if upper < np.inf and most > upper:
        yield "above", float(most - upper)
