"""What the rules read: the prepared data with the index lists and groupings that follow from it.

`Given` is the `Data` of an instance, so `d.power.grid_facility_mw[site, n, step]` is a number of the preparation;
what stands directly on `d` is arranged here, once and when first asked for, so that no rule holds a condition.
"""

from __future__ import annotations

from planner.data.types import Data
from planner.model.given.capacity import Capacity
from planner.model.given.logic import Logic
from planner.model.given.money import LimitForm, Money
from planner.model.given.serving import Serving
from planner.model.given.stages import Stages
from planner.model.given.utility import Utility

__all__ = ["Given", "LimitForm"]


class Given(Capacity, Stages, Utility, Serving, Money, Logic):
    """The prepared data, arranged for the rules."""

    @staticmethod
    def of(data: Data) -> Given:
        """The data with its groupings."""
        return Given(**{name: getattr(data, name) for name in Data.__dataclass_fields__})
