"""Rules that a plan breaks: how much, where, and whether it is more than rounding."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

ABSOLUTE = {
    "MW": 1e-4, "facility MW": 1e-4, "MWh": 1.0, "USD m": 1e-2, "count": 1e-6, "share": 1e-6, "USD/kW-month": 1e-4,
}  # fmt: skip
"""What a rule may be missed by in its unit: rounding of a linear solver, far below any decision."""
RELATIVE = 1e-6
"""And as a share of the largest amount in the rule."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule missed by `amount` of `unit`; `scaled` is the amount over the largest number in the rule."""

    rule: str
    id: str
    node: str
    amount: float
    unit: str
    scaled: float
    note: str

    def __str__(self) -> str:
        """One line that names rule, place and amount."""
        place = " at ".join(part for part in (self.id, self.node) if part)
        note = f": {self.note}" if self.note else ""
        return f"{self.rule} {place} by {self.amount:,.6g} {self.unit}{note}"


class Findings:
    """What has been checked and found; rules in `off` are not checked."""

    def __init__(self, off: Collection[str] = ()) -> None:
        self.off = frozenset(off)
        self.violations: list[Violation] = []
        self.nearest: Violation | None = None
        """The rule missed by the largest scaled amount, rounding included."""
        self.checked = 0

    def at_most(
        self, rule: str, id_: str, node: str, value: float, bound: float, unit: str, scale: float = 0.0
    ) -> None:
        """Check value <= bound; `scale` is the largest number in the rule if neither side shows it."""
        self._found(rule, id_, node, value - bound, max(abs(value), abs(bound), scale), unit,
                    f"{value:,.6g} is above {bound:,.6g}")  # fmt: skip

    def at_least(
        self, rule: str, id_: str, node: str, value: float, bound: float, unit: str, scale: float = 0.0
    ) -> None:
        """Check value >= bound."""
        self._found(rule, id_, node, bound - value, max(abs(value), abs(bound), scale), unit,
                    f"{value:,.6g} is below {bound:,.6g}")  # fmt: skip

    def equal(
        self, rule: str, id_: str, node: str, value: float, other: float, unit: str, scale: float = 0.0
    ) -> None:
        """Check value = other."""
        self._found(rule, id_, node, abs(value - other), max(abs(value), abs(other), scale), unit,
                    f"{value:,.6g} is not {other:,.6g}")  # fmt: skip

    def whole(self, rule: str, id_: str, node: str, value: float) -> None:
        """Check that a count is a whole number."""
        self._found(rule, id_, node, abs(value - round(value)), 1.0, "count", f"{value!r} is not whole")

    def refuse(self, rule: str, id_: str, node: str, amount: float, unit: str, note: str) -> None:
        """Note something that may not be at all."""
        self._found(rule, id_, node, abs(amount), abs(amount), unit, note)

    def _found(
        self, rule: str, id_: str, node: str, amount: float, magnitude: float, unit: str, note: str
    ) -> None:
        self.checked += 1
        if rule in self.off or amount <= 0.0:
            return
        # What is no number, or endless, is never rounding.
        sound = math.isfinite(amount) and math.isfinite(magnitude)
        scaled = amount / max(magnitude, 1.0) if sound else math.inf
        violation = Violation(rule, id_, node, amount, unit, scaled, note)
        if self.nearest is None or violation.scaled > self.nearest.scaled:
            self.nearest = violation
        if not sound or amount > max(ABSOLUTE[unit], RELATIVE * magnitude):
            self.violations.append(violation)
