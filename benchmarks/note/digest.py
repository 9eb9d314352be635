"""A digest of what a plan depends on: the numbers and dates of an instance without names, notes and sources."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel

from planner.instance.instance import Instance
from planner.instance.quantity import PaymentProfile, Quantity, Ramp, When

WORDS = {"name", "note", "source", "description", "status", "claims", "sources", "makers"}
SHOWN_ONLY = {"accelerators_per_system"}
"""Numbers that the report shows and no plan depends on."""


def digest(instance: Instance) -> str:
    """Return 16 hex digits; equal digests mean equal plans of one version of the planner.

    Only what the file sets counts: a field that a later version adds changes nothing.
    """
    content = json.dumps(_content(instance.spec), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _content(part: Any) -> Any:
    if isinstance(part, BaseModel):
        return {name: _content(getattr(part, name)) for name in part.model_fields_set - WORDS - SHOWN_ONLY}
    if isinstance(part, Quantity):
        points = [[day.isoformat(), value] for day, value in part.points]
        return [part.value, points, part.interpolate, part.per_year]
    if isinstance(part, When):
        return [part.first.isoformat(), part.after.isoformat()]
    if isinstance(part, PaymentProfile):
        return [part.counted_from, [[p.from_month, p.until_month, p.share] for p in part.payments]]
    if isinstance(part, Ramp):
        return [list(part.by_month), [[day.isoformat(), share] for day, share in part.by_date]]
    if isinstance(part, dict):
        return {str(key): _content(value) for key, value in part.items()}
    if isinstance(part, tuple | list):
        return [_content(value) for value in part]
    return part
