"""Scenario branches: whatever is wrong in one of them, what may not differ between them, and when they are known.

Numbers, dates, profiles, limits and rounds are read by leaf. What there is, where it stands, how it is counted and
how large a unit of it is are read once for all leaves (`FIXED`): a branch that changes them is refused here, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel

from planner.errors import InstanceError
from planner.instance.check.report import Report
from planner.instance.finding import Finding
from planner.instance.instance import Instance, Leaf
from planner.instance.quantity import Provenance, Quantity
from planner.instance.schema.spec import Spec
from planner.instance.walk import Shape, child, fields, spec_shape

FIXED: dict[str, str] = {
    "calendar.*": "all leaves have one calendar",
    "discount.*": "money of all leaves is discounted alike",
    "gw_basis*": "quoted GW are read once",
    "regions.*": "what there is and where it stands",
    "sites.*.facility_per_it": "places draw power alike in all leaves",
    "sites.*.build.*.block_mw": "sizes of units",
    "sites.*.build.*.max_*": "counts of units",
    "sites.*.build.*.m??_start_mw": "sizes of units",
    "sites.*.build.*.stake.*share": "sizes of units",
    "sites.*.build.*.exit.max_per_period": "counts of units",
    "sites.*.power_projects.*.unit_mw": "sizes of units",
    "sites.*.power_projects.*.max_units": "counts of units",
    "sites.*.supply_contract.block_mw": "sizes of units",
    "sites.*.supply_contract.max_mw": "sizes of units",
    "vendors.*.offers.*.mw.*": "sizes of signings",
    "vendors.*.offers.*.sign.at_most": "numbers of signings",
    "vendors.*.offers.*.sign.per_period": "numbers of signings",
    "vendors.*.offers.*.take_or_pay_share": "what a MW of an offer is",
    "vendors.*.offers.*.availability_share": "what a MW of an offer is",
    "vendors.*.offers.*.renewals.count": "numbers of renewals",
    "vendors.*.offers.*.expansion.most_share": "sizes of expansions",
    "vendors.*.offers.*.tiers.*": "volume tiers",
    "vendors.*.offers.*.sublet.most_share": "sizes of what is let",
    "vendors.*.offers.*.spend_usd_bn": "commitments to spend",
    "vendors.*.offers.*.yearly_minimum_*": "commitments to spend",
    "vendors.*.offers.*.signed.*.date": "the contracts that run",
    "vendors.*.offers.*.signed.*.mw": "the contracts that run",
    "vendors.*.offers.*.signed.*.drawn_usd_bn": "the contracts that run",
    "sites.*.minimum_bill_share": "minimum bills",
    "sites.*.supply_contract.minimum_bill_share": "minimum bills",
    "workloads.*.pulse.borrow.*": "loans between workloads",
    "workloads.*.pulse.within.*": "loans between workloads",
    "money.opening.cash_usd_bn": "the opening position",
    "money.opening.chips.*": "the opening position",
    "money.opening.construction.*.mw": "the opening position",
    "money.opening.past_spend.*": "the opening position",
    "money.debt.*.draw_fee_share": "what lenders ask of a draw",
    "money.debt.*.eligible_share": "what lenders ask of a draw",
    "logic.*.months_before": "what a choice needs",
}  # fmt: skip
"""Numbers that no branch may change, as patterns of their paths, and what they say."""

STATED = (
    "vendors.*.payables_cap_usd_bn", "vendors.*.offers.*.cancel_after_months", "vendors.*.offers.*.deposit_*",
    "vendors.*.offers.*.expansion.fee_usd_m_per_mw", "vendors.*.offers.*.price_usd_per_kw_month",
    "vendors.*.offers.*.max_mw", "money.soft_floor.max_usd_bn", "workloads.*.own_share", "workloads.*.demand_gw",
    "workloads.*.regions.*.share", "workloads.*.regions.*.demand_gw", "chips.*.terms.*.price_*",
    "chips.*.terms.*.rent_*", "chips.*.terms.*.lease_months",
    "chips.*.terms.*.payments",
    "sites.*.build.*.exit.*", "sites.*.supply_contract.*",
)  # fmt: skip
"""Numbers that all branches state, or none."""

BY_LEAF = (
    "limits.*", "logic.*.active", "logic.*.of", "money.rounds.*", "money.operating_cash_is", "money.credit_rating",
    "money.opening.payables.*", "*.name", "*.source", "*.note", "*.status",
)  # fmt: skip
"""Words, lists and switches that are read by leaf, or that no plan reads; all others are fixed."""

KINDS = {
    "id": "what there is",
    "part": "what clauses and terms there are",
    "word": "what kind of thing it is",
    "none": "whether it is stated",
}


def branch_findings(report: Report, look: Callable[[Report], None]) -> None:
    """Everything wrong in a branch that is not wrong in the instance without it; `look` finds it in one leaf."""
    instance = report.instance
    if not instance.spec.scenarios:
        return
    _known(report)
    try:
        leaves = instance.leaves()
    except InstanceError as error:
        for finding in error.findings:
            report.add(finding)
        return
    for finding in fixed_findings(instance, leaves):
        report.add(finding)
    said = {(each.code, each.path, each.message) for each in report.findings}
    found: dict[Any, list[Leaf]] = {}
    for leaf in leaves:
        alone = Report(alone_in(instance, leaf))
        look(alone)
        for each in alone.findings:
            if (each.code, each.path, each.message) not in said and each.severity == "error":
                found.setdefault(each, []).append(leaf)
    for each, where in found.items():
        words = branch_words(where, leaves)
        report.add(replace(each, message=f"{each.message} ({words})"))


def alone_in(instance: Instance, leaf: Leaf) -> Instance:
    """The instance with the terms of one leaf, each value with its place in the file."""
    return replace(instance, spec=leaf.spec, tree=leaf.tree if leaf.tree is not None else instance.tree)


def branch_words(where: list[Leaf], leaves: tuple[Leaf, ...]) -> str:
    """In which branches a set of leaves lies: `in branch law.capped`, of the factors that tell them from the others."""
    told = []
    for factor in leaves[0].branches:
        mine = dict.fromkeys(leaf.branches[factor] for leaf in where)
        if len(mine) < len({leaf.branches[factor] for leaf in leaves}):
            told.append(" or ".join(f"{factor}.{branch}" for branch in mine))
    return f"in branch {' with '.join(told)}" if told else "in every branch"


def _known(report: Report) -> None:
    """Branches differ from a period on that the calendar has."""
    timeline = report.timeline
    if timeline is None:
        return
    for id_, factor in report.spec.scenarios.items():
        last = timeline.periods[-1]
        if len(factor.branches) > 1 and timeline.first(factor.known) > last.start + 1e-9:
            report.error(
                "known",
                f"scenarios.{id_}.known",
                f"the last period ({last.label}) starts before it: no decision could differ by branch",
                "let it be known by the start of a period, or take the factor out",
            )


def fixed_findings(instance: Instance, leaves: tuple[Leaf, ...]) -> list[Finding]:
    """An error for each place that leaves may not say differently, where the branch says it."""
    found: dict[str, Finding] = {}
    for leaf in leaves[1:]:
        for path, kind in differences(leaves[0].spec, leaf.spec):
            why = fixed(path, kind)
            if why is not None and path not in found:
                found[path] = _fixed(instance, path, why, leaves[0], leaf)
    return list(found.values())


def _fixed(instance: Instance, path: str, why: str, first: Leaf, leaf: Leaf) -> Finding:
    plain = instance.position(path)
    places = (alone_in(instance, each).position(path) for each in (leaf, first))
    names = [f"{factor}.{one}" for factor, one in leaf.branches.items() if first.branches[factor] != one]
    return Finding(
        "branches",
        "error",
        next((place for place in places if place != plain), plain),
        path,
        f"branch {' with '.join(names)} says other than the first what is read once for all branches ({why})",
        "let all branches say the same, or make a case of it",
    )


def fixed(path: str, kind: str) -> str | None:
    """What a place says that no branch may change; None where it is read by leaf."""
    if kind in ("number", "none"):
        why = next((why for pattern, why in FIXED.items() if fnmatchcase(path, pattern)), None)
        if why is None and kind == "none" and any(fnmatchcase(path, pattern) for pattern in STATED):
            return KINDS["none"]
        return why
    if any(fnmatchcase(path, pattern) for pattern in BY_LEAF):
        return None
    return KINDS[kind]


def differences(one: Spec, other: Spec) -> Iterator[tuple[str, str]]:
    """(dotted path, kind) of every place at which two specs differ; kinds: number, none, id, part, word."""
    yield from _differ(one, other, "", spec_shape())


def _differ(one: Any, other: Any, path: str, shape: Shape) -> Iterator[tuple[str, str]]:
    if one is other:
        return
    if isinstance(one, BaseModel) and isinstance(other, BaseModel):
        names = fields(type(one))
        for key in names:
            if not path and key in ("scenarios", "claims", "sources", "description", "name"):
                continue
            inner = child(shape, key)
            name = "from_" if key == "from" else key
            if inner is not None:
                yield from _differ(getattr(one, name), getattr(other, name), _joined(path, key), inner)
    elif shape.kind == "map" and not shape.by_date and isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            inner = shape.inner
            assert inner is not None
            if (key in one) != (key in other):
                yield _joined(path, key), "id"
            else:
                yield from _differ(one[key], other[key], _joined(path, key), inner)
    elif shape.kind == "list" and shape.inner is not None and shape.inner.kind == "part":
        if len(one) != len(other):
            yield path, "id"
            return
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differ(mine, theirs, _joined(path, str(place)), shape.inner)
    elif _plain(one) != _plain(other):
        if shape.kind == "part":
            yield path, "part"
        elif _is_word(one) or _is_word(other) or shape.kind == "list":
            yield path, "word"
        else:
            yield path, "none" if one is None or other is None else "number"


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _is_word(value: Any) -> bool:
    return isinstance(value, str | bool)


def _plain(value: Any) -> Any:
    """A value without where it comes from."""
    return replace(value, provenance=Provenance()) if isinstance(value, Quantity) else value
