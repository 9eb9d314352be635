"""What the audit says of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.audit.findings import ABSOLUTE, RELATIVE, Violation

VIOLATION_COLUMNS = ("rule", "id", "node", "amount", "unit", "scaled", "note")


@dataclass(frozen=True, eq=False)
class Verdict:
    """The second opinion on a plan: is its cost right, does its cash add up, is every rule kept.

    Tolerances: cost 1e-6 of the objective; a rule may be missed by 1e-4 MW, 1 MWh, USD 0.01 m or 1e-6 of a count, or
    by 1e-6 of the largest amount in it, whichever is more; claimed tables by 1e-6 of their amounts or USD 0.01 m.
    Texts, dates, flags and which rows there are, exactly; shares by 1e-6, prices by USD 1e-4 a kW-month.
    """

    ok: bool
    cost_usd_m: float
    """Recomputed."""
    objective_usd_m: float
    """Claimed."""
    cost_difference_relative: float
    cash_difference_usd_m: float
    """Largest difference of closing cash at any node."""
    largest_violation: float
    """Of any rule, over the largest amount in the rule; rounding included."""
    where: str
    """Rule, id, node, amount and unit of the largest violation; empty when no rule is missed at all."""
    violations: pd.DataFrame = field(repr=False)
    """Rules missed by more than rounding; columns as VIOLATION_COLUMNS."""
    costs: pd.DataFrame = field(repr=False)
    """line, paid_usd_m, at_end_usd_m, total_usd_m: recomputed."""
    cash: pd.DataFrame = field(repr=False)
    """node, opening, yield, operating, payments, draws, debt_service, closing (USD m): recomputed."""
    ladder: pd.DataFrame = field(repr=False)
    """node, basis and GW: recomputed."""
    payments: pd.DataFrame = field(repr=False)
    """variable, index, line, vendor, node, amount, paid_usd_m, accrued_usd_m: recomputed."""
    checked: int
    """Rows of rules checked."""
    not_audited: tuple[str, ...]
    """Users' own rules."""
    rules_off: tuple[str, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The documented object of `--json`."""
        return {
            "ok": self.ok,
            "cost_usd_m": self.cost_usd_m,
            "objective_usd_m": self.objective_usd_m,
            "cost_difference_relative": self.cost_difference_relative,
            "cash_difference_usd_m": self.cash_difference_usd_m,
            "largest_violation": self.largest_violation,
            "where": self.where,
            "violations": [
                {str(key): value for key, value in row.items()} for row in self.violations.to_dict("records")
            ],
            "checked": self.checked,
            "not_audited": list(self.not_audited),
            "rules_off": list(self.rules_off),
            "seconds": self.seconds,
        }

    def summary(self) -> dict[str, Any]:
        """The object without the list of violations."""
        return {key: value for key, value in self.to_dict().items() if key != "violations"}

    def sentence(self) -> str:
        """One line."""
        cost = f"cost {self.cost_usd_m:,.3f} USD m, {self.cost_difference_relative:.1e} from the solver's"
        if self.ok:
            own = f"; not audited: {', '.join(self.not_audited)}" if self.not_audited else ""
            return (
                f"agrees: {cost}; {self.checked:,} rules kept, largest miss {self.largest_violation:.1e}{own}"
            )
        return f"REJECTED: {cost}; {len(self.violations)} violations, the largest: {self.where}"

    def __str__(self) -> str:
        """The sentence, and the first violations."""
        lines = [self.sentence()]
        for row in self.violations.head(20).itertuples(index=False):
            lines.append(f"  {Violation(*row)}")
        if len(self.violations) > 20:
            lines.append(f"  and {len(self.violations) - 20} more")
        return "\n".join(lines)


def violations_frame(violations: list[Violation]) -> pd.DataFrame:
    """Violations, the largest first."""
    ordered = sorted(violations, key=lambda each: (-each.scaled, each.rule, each.id, each.node))
    rows = [(v.rule, v.id, v.node, v.amount, v.unit, v.scaled, v.note) for v in ordered]
    return pd.DataFrame(rows, columns=list(VIOLATION_COLUMNS))


__all__ = ["ABSOLUTE", "RELATIVE", "VIOLATION_COLUMNS", "Verdict", "violations_frame"]
