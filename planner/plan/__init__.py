"""Plans: what was decided, in tidy frames, saved and loaded without loss."""

from planner.plan.plan import Plan, Record
from planner.plan.store import load_plan, save_plan

__all__ = ["Plan", "Record", "load_plan", "save_plan"]
