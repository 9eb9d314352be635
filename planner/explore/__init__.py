"""Questions around a plan: which resource binds first, where owning beats leasing, when the money is gone."""

from planner.explore.breakeven import Breakeven, breakeven
from planner.explore.floor_dates import FloorDate, floor_dates
from planner.explore.lift import RESOURCES, Lift, lift, lifted
from planner.explore.refine import Refinement, refine
from planner.explore.relaxation import Relaxation, relaxation

__all__ = [
    "RESOURCES",
    "Breakeven",
    "FloorDate",
    "Lift",
    "Refinement",
    "Relaxation",
    "breakeven",
    "floor_dates",
    "lift",
    "lifted",
    "refine",
    "relaxation",
]
