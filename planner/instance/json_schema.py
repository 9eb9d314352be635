"""JSON Schema of the instance file, for editors and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.instance.fields import QuantityField


def quantity_form(field: QuantityField) -> dict[str, Any]:
    """Return the JSON Schema of a number in its unit."""
    return {"description": field.unit}


def other_form(form: str) -> dict[str, Any]:
    """Return the JSON Schema of a date, payment profile or ramp."""
    return {"description": form}
