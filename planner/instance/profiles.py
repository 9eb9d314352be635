"""Payment profiles and ramps: maps from months or dates to shares."""

from __future__ import annotations

import math
import re
from datetime import date
from itertools import pairwise
from typing import Any

from planner.instance.parse import (
    NumberKind,
    ParseError,
    Problem,
    Problems,
    choice,
    is_date_key,
    on_axis,
    parse_when,
    plausible_number,
    shown,
    tried,
)
from planner.instance.quantity import Payment, PaymentProfile, Ramp

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(?:\s*-\s*(\d+(?:\.\d+)?))?")
_SHARE = NumberKind("share", 0.0, 1.0)


def parse_payments(raw: Any) -> PaymentProfile:
    """Return the payment profile that a map from months to shares states; the shares add up to 1."""
    if isinstance(raw, PaymentProfile):
        return raw
    form = "write {0: 0.2, 0-12: 0.8} (months from the decision; add `from: delivery` to count from delivery)"
    if not isinstance(raw, dict):
        raise ParseError(Problem("wrong_type", f"{shown(raw)} is not a payment profile", form))
    problems: list[Problem] = Problems()
    counted_from = choice(raw, "from", ("decision", "delivery"), "decision", problems)
    payments: list[Payment] = []
    for key in raw:
        if key == "from":
            continue
        match = _SPAN.fullmatch(key.strip())
        share = tried(problems, (key,), plausible_number, raw[key], _SHARE, False)
        if match is None:
            problems.append(Problem("bad_profile", f"{shown(key)} is not a span of months", form, (key,)))
            continue
        first = float(match[1])
        until = float(match[2]) if match[2] else first
        if until > 1200 or (match[2] and until <= first):
            problems.append(
                Problem("bad_profile", f"the span {key} ends where it begins or earlier", form, (key,))
            )
        if share is not None:
            payments.append(Payment(first, until, share))
    total = math.fsum(payment.share for payment in payments)
    if not problems and abs(total - 1.0) > 1e-9:
        problems.append(Problem("bad_profile", f"the shares add up to {total:g}", "make them add up to 1"))
    if problems:
        raise ParseError(*problems)
    ordered = sorted(payments, key=lambda payment: (payment.from_month, payment.until_month))
    return PaymentProfile(tuple(ordered), counted_from)


def parse_ramp(raw: Any) -> Ramp:
    """Return the ramp that a map from months or dates to cumulative shares states; it does not fall and ends at 1."""
    if isinstance(raw, Ramp):
        return raw
    form = "write {0: 0.5, 6: 1.0} (months after first delivery) or {2027Q1: 0.5, 2027Q3: 1.0}"
    if not isinstance(raw, dict) or not raw:
        raise ParseError(Problem("wrong_type", f"{shown(raw)} is not a ramp", form))
    problems: list[Problem] = Problems()
    by_month: dict[float, float] = {}
    by_date: dict[date, float] = {}
    for key in raw:
        share = tried(problems, (key,), plausible_number, raw[key], _SHARE, False)
        month = _SPAN.fullmatch(key)
        if share is None:
            continue
        if month and not month[2] and float(month[1]) <= 600:
            _no_twin(by_month, float(month[1]), key, problems)
            by_month[float(month[1])] = share
        elif is_date_key(key):
            when = tried(problems, (key,), parse_when, key)
            if when:
                _no_twin(by_date, on_axis(when.first), key, problems)
                by_date[on_axis(when.first)] = share
        else:
            problems.append(
                Problem("bad_profile", f"{shown(key)} is neither months nor a date", form, (key,))
            )
    if by_month and by_date:
        problems.append(Problem("bad_profile", "months and dates are mixed", form))
    steps: list[tuple[Any, float]] = sorted((by_month or by_date).items())
    if not problems:
        _check_ramp([share for _, share in steps], problems)
    if problems:
        raise ParseError(*problems)
    return Ramp((), tuple(steps)) if by_date else Ramp(tuple(steps))


def _no_twin(steps: dict[Any, float], step: Any, key: str, problems: list[Problem]) -> None:
    if step in steps:
        problems.append(Problem("bad_profile", f"{key} stands twice", "remove one", (key,)))


def _check_ramp(shares: list[float], problems: list[Problem]) -> None:
    if any(after < before for before, after in pairwise(shares)):
        problems.append(Problem("bad_profile", "the cumulative shares fall", "let them rise to 1"))
    elif abs(shares[-1] - 1.0) > 1e-9:
        problems.append(Problem("bad_profile", f"the ramp ends at {shares[-1]:g}", "let its last share be 1"))
