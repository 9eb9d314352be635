"""What the solver alone knows is checked for consistency: a bound, a gap and a status that contradict each other.

None of it can be recomputed from the decisions; it stays a claim of the solver.
"""

from __future__ import annotations

import math
from typing import Any

from planner.audit.findings import Findings
from planner.errors import EXIT_OF_SIGNAL, STOPPED

ROUNDING = 1e-6
"""Relative: of costs and bounds."""
STATUSES = ("optimal", "feasible", "interrupted")


def check_record(record: Any, instance: Any, findings: Findings) -> None:
    """Refuse a run record whose numbers and words do not fit together."""
    for what, fits, why in _claims(record, instance):
        findings.checked += 1
        if not fits:
            findings.refuse("run_record", what, "", 1.0, "count", why)


def _claims(record: Any, instance: Any) -> list[tuple[str, bool, str]]:
    """(field, whether it fits, what is wrong if not)."""
    return [
        *_numbers(record),
        *_gap(record),
        *_words(record),
        *_history(record),
        *_switched(record, instance),
    ]


def _numbers(record: Any) -> list[tuple[str, bool, str]]:
    seconds = {"seconds": record.seconds, **record.phases}
    wanted = {"planner", "highspy"}
    return [
        ("objective_usd_m", math.isfinite(record.objective_usd_m), "is no number"),
        ("bound_usd_m", record.bound_usd_m is None or math.isfinite(record.bound_usd_m), "is no number"),
        *((name, math.isfinite(value) and value >= 0.0, "is no duration") for name, value in seconds.items()),
        *((name, value >= 0, "is below zero") for name, value in record.size.items()),
        ("size", {"rows", "columns", "nonzeros", "integers"} == set(record.size), "is not that of a model"),
        (
            "size",
            record.size.get("integers", 0) <= record.size.get("columns", 0),
            "has more integers than columns",
        ),
        (
            "versions",
            wanted <= set(record.versions) and all(record.versions.values()),
            "lack planner or its solver",
        ),
    ]


def _gap(record: Any) -> list[tuple[str, bool, str]]:
    cost, bound = record.objective_usd_m, record.bound_usd_m
    verified = record.proof.get("verified_usd_m")
    scale = max(1.0, abs(cost))
    if bound is None:
        return [
            ("gap", record.gap is None and record.gap_usd_m is None, "is claimed without a bound"),
            ("status", record.status != "optimal", "is optimal without a bound"),
            ("bound_usd_m", verified is None, "is missing though a bound was verified"),
        ]
    distance = max(0.0, cost - bound)
    share = 0.0 if distance == 0.0 else distance / abs(cost) if cost else math.inf
    asked = float(record.options.get("gap", math.nan))
    return [
        ("bound_usd_m", bound <= cost + ROUNDING * scale, "lies above the cost"),
        ("gap_usd_m", _near(record.gap_usd_m, distance, scale), "is not cost less bound"),
        ("gap", _near(record.gap, share, 1.0), "is not what cost and bound make"),
        ("status", record.status != "optimal" or share <= asked + ROUNDING, "is optimal above the asked gap"),
        (
            "bound_usd_m",
            verified is None or (isinstance(verified, int | float) and bound >= verified - ROUNDING * scale),
            "lies below the verified bound",
        ),
    ]  # fmt: skip


def _near(claimed: float | None, right: float, scale: float) -> bool:
    if claimed is None:
        return False
    return claimed == right or abs(claimed - right) <= ROUNDING * scale


def _words(record: Any) -> list[tuple[str, bool, str]]:
    signalled = record.stopped_by in EXIT_OF_SIGNAL
    return [
        ("status", record.status in STATUSES, f"is none of {', '.join(STATUSES)}"),
        ("stopped_by", record.stopped_by in STOPPED, "is no reason to stop"),
        ("stopped_by", record.stopped_by not in ("infeasible", "unbounded"), "says that there is no plan"),
        ("status", record.status != "interrupted" or signalled, "is interrupted without a signal"),
        ("options", _sound(record.options), "are none that a solve takes"),
    ]


def _sound(options: Any) -> bool:
    gap, limit = options.get("gap"), options.get("time_limit")
    seed, threads = options.get("seed"), options.get("threads")
    numbers = all(
        isinstance(one, int | float) and not isinstance(one, bool) for one in (gap, limit, seed, threads)
    )
    return numbers and 0.0 <= gap < 1.0 and limit > 0.0 and seed >= 0 and threads >= 1


def _history(record: Any) -> list[tuple[str, bool, str]]:
    # Costs may rise (a plan is made whole) and bounds may fall (one is not believed any more): only time goes one way.
    moments = [moment for moment, _, _ in record.history]
    return [
        (
            "history",
            moments == sorted(moments) and all(one >= 0.0 for one in moments),
            "is not in order of time",
        ),
    ]


def _switched(record: Any, instance: Any) -> list[tuple[str, bool, str]]:
    own = [rule.get("name") for rule in record.user_rules]
    return [
        (
            "rules_off",
            sorted(record.rules_off) == sorted(instance.rules_off),
            "are not those of the instance",
        ),
        ("user_rules", own == [rule.name for rule in instance.user_rules], "are not those of the instance"),
    ]
