"""Calendar, discounting and the scenario tree."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from planner.instance.schema.base import Part
from planner.instance.schema.types import Id, PlainFactor, Rate, Share, Text, When

Step = Literal["month", "quarter", "half", "year"]
Line = Literal[
    "construction", "power_projects", "shell_rent", "cloud_rent", "chips", "own_operating", "energy", "resale",
    "set_up", "financing", "shortfall", "soft_limits",
]  # fmt: skip


class Coarsen(Part):
    """Longer periods after a date."""

    after: When = Field(description="last finer period, included")
    step: Step


class Calendar(Part):
    """The modelled time: `start` to `end`, reported up to `report_to`; both ends included."""

    start: When
    report_to: When | None = Field(None, description="last reported period; default `end`")
    end: When
    step: Step
    coarsen: Coarsen | None = None


class Discount(Part):
    """How money at different dates is compared."""

    rate: Rate = Field(description="a year; company rate")
    by_line: dict[Line, Rate] = Field(default_factory=dict, description="rates that differ by cost line")
    factors: tuple[PlainFactor, ...] | None = Field(
        None, description="given factor for each modelled period; replaces the rates"
    )


class Branch(Part):
    """One outcome of an uncertain factor."""

    probability: Share
    set: dict[str, Any] = Field(default_factory=dict, description="overrides, written like a case")


class ScenarioFactor(Part):
    """Something uncertain, and when it becomes known."""

    name: Text | None = None
    known: When = Field(description="from the first day of this date on, decisions may differ by branch")
    branches: dict[Id, Branch]
