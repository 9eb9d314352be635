"""A second opinion on a plan, from its instance and tables alone."""

from planner.audit.audit import audit, audit_plan, reading
from planner.audit.findings import Violation
from planner.audit.verdict import Verdict

__all__ = ["Verdict", "Violation", "audit", "audit_plan", "reading"]
