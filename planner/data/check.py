"""The whole check of an instance: what stands in it, and what its scenario tree may not ask."""

from __future__ import annotations

from planner.errors import InstanceError, NoPlan
from planner.instance.check import check as check_terms
from planner.instance.finding import Finding
from planner.instance.instance import Instance


def check(instance: Instance, doubts: bool = True) -> list[Finding]:
    """Findings about an instance that can be read: errors first, then warnings, each in the order of the file.

    `doubts=False`: errors alone. Where branches differ, what changes before it is known is found by preparing the tree.
    """
    found = check_terms(instance, doubts)
    if not instance.spec.scenarios or any(finding.severity == "error" for finding in found):
        return found
    from planner.data.prepare import prepare

    try:
        prepare(instance)
    except InstanceError as error:
        return [*error.findings, *found]
    except NoPlan:
        pass  # limits that cannot be kept: solve explains them
    return found
