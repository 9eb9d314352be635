"""What is said of a model without a plan: rules, dates, amounts and units, the most important first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from planner.numbers import count, digits, fixed

Side = Literal["below", "above"]
MONEY = "first-day cash"
SHOWN = 10
CLOSE = 1.002
"""A repair and its bound nearer than this are one amount."""


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

    @property
    def words(self) -> str:
        """The sentence with the amount and the unit."""
        return f"{self.sentence}: missed by {amount_words(self.amount, self.unit)}"


@dataclass(frozen=True)
class Repair:
    """The least of one kind of resource that makes a plan possible while all other rules hold.

    `kind` is `first-day cash`, `money` (rules in USD) or `power` (rules in MW). `least` is a proven bound and `enough`
    an amount with which there is a plan (USD m of first-day cash; else the priced sum over rules of the largest amount
    by which each gives way); None: not known in time. `rows` are those largest amounts.
    """

    kind: str
    possible: bool
    least: float | None
    enough: float | None
    rows: tuple[BrokenRow, ...]

    @property
    def sentence(self) -> str:
        """In words."""
        alone = {MONEY: "more cash", "money": "more money", "power": "more MW"}[self.kind]
        if not self.possible:
            return f"{alone} alone: no amount is enough"
        if self.kind != MONEY:
            gives = "; ".join(
                f"{row.rule_id} by up to {amount_words(row.amount, row.unit)}" for row in self.rows
            )
            return f"{alone} alone: {gives or 'enough amounts were not found in time'}"
        if self.enough is None:
            least = "an amount was not found in time" if not self.least else f"at least {_usd(self.least)}"
            return f"{alone} alone: {least} on the first day"
        if self.least is not None and self.enough <= self.least * CLOSE + 0.5:
            return f"{alone} alone: {_usd(self.enough)} on the first day, no less"
        least = "" if not self.least else f", at least {_usd(self.least)}"
        return f"{alone} alone: {_usd(self.enough)} on the first day are enough{least}"


def _usd(usd_m: float) -> str:
    return amount_words(usd_m, "USD m")


def amount_words(amount: float, unit: str) -> str:
    """`USD 5,459 m`, `0.25 MW`."""
    number = fixed(amount, 0 if abs(amount) >= 100.0 else min(digits(amount, 4), 6))
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"USD {number} m" if unit == "USD m" else f"{number} {unit}"


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
    repairs: tuple[Repair, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What to tell the user: the largest miss of each rule, the least repairs, how many rules, then the rows."""
        if not self.found:
            return self.notes
        if not self.rules:
            return ("all rules can be kept together",)
        least = "at least" if self.fewest_proven else "as far as was found in time,"
        must = f"{least} {count(len(self.rules), 'rule')} must give way: {', '.join(self.rules)}"
        repairs = [f"least repair with {repair.sentence}" for repair in self.repairs]
        return (*self._largest(), *repairs, must, *self._rest())

    def _of(self, rule: str) -> list[BrokenRow]:
        """The rows of a rule, the largest miss first."""
        rows = [row for row in self.rows if row.rule_id == rule]
        most = max((row.amount for row in rows), default=0.0)
        return sorted(rows, key=lambda row: -round(row.amount / most, 6))

    def _largest(self) -> Iterator[str]:
        for rule in self.rules:
            rows = self._of(rule)
            if rows:
                many = ""
                if len(rows) > 1:
                    first = next(row for row in self.rows if row.rule_id == rule)
                    many = f" (the most of {len(rows)} rows{_since(first.index)})"
                yield f"{rule}: {rows[0].words}{many}"

    def _rest(self) -> Iterator[str]:
        for rule in self.rules:
            rows = self._of(rule)
            yield from (f"{rule}: {row.words}" for row in rows[1:SHOWN])
            if len(rows) > SHOWN:
                yield f"{rule}: and {len(rows) - SHOWN} smaller ones"

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data, for --json."""
        return {
            "found": self.found,
            "rules": list(self.rules),
            "fewest_proven": self.fewest_proven,
            "least_proven": self.least_proven,
            "rows": [_row_dict(row) for rule in self.rules for row in self._of(rule)],
            "repairs": [
                {
                    "kind": repair.kind,
                    "possible": repair.possible,
                    "least": repair.least,
                    "enough": repair.enough,
                    "rows": [_row_dict(row) for row in repair.rows],
                }
                for repair in self.repairs
            ],
            "notes": list(self.notes),
        }


def _since(index: Any) -> str:
    """When the first row is, where its index says so."""
    parts = index if isinstance(index, tuple) else (index,)
    dates = [str(part) for part in parts if re.match(r"\d{4}(\D|$)", str(part))]
    return f", the first in {dates[-1]}" if dates else ""


def _row_dict(row: BrokenRow) -> dict[str, Any]:
    index = row.index if isinstance(row.index, tuple) else (row.index,)
    return {
        "rule": row.rule_id, "index": [str(part) for part in index], "sentence": row.sentence, "amount": row.amount,
        "unit": row.unit, "side": row.side,
    }  # fmt: skip


def largest_rows(rows: tuple[BrokenRow, ...]) -> tuple[BrokenRow, ...]:
    """Of each rule the row that is broken most."""
    found: dict[str, BrokenRow] = {}
    for row in rows:
        if row.rule_id not in found or row.amount > found[row.rule_id].amount:
            found[row.rule_id] = row
    return tuple(found.values())
