"""The outcomes of all uncertain factors together: one spec for each combination of branches."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from planner.instance.bodies import edits_in
from planner.instance.document import Node
from planner.instance.finding import Finding, error
from planner.instance.overlay import Layer, applied
from planner.instance.validate import validate

if TYPE_CHECKING:
    from planner.instance.instance import Instance, Leaf

MAX_LEAVES = 1_000


def leaves(instance: Instance) -> tuple[Leaf, ...]:
    """Return the product of the branches of all factors, each with its probability and the spec that holds then.

    Leaf ids join `factor-branch` words by `_`. Branches of two factors that set one field differently are errors.
    """
    from planner.instance.instance import Leaf

    factors = instance.spec.scenarios
    if not factors:
        return (Leaf("path", 1.0, {}, {}, instance.spec, instance.tree),)
    count = math.prod(len(factor.branches) for factor in factors.values())
    if count > MAX_LEAVES or count == 0:
        words = f"the scenarios make {count} outcomes"
        where = instance.position("scenarios")
        one = Finding("scenarios", "error", where, "scenarios", words, f"keep between 1 and {MAX_LEAVES}")
        raise error([one], str(instance.path))
    known = {name: factor.known for name, factor in factors.items()}
    found, findings = [], list[Finding]()
    for chosen in itertools.product(*(factor.branches for factor in factors.values())):
        branches = dict(zip(factors, chosen, strict=True))
        edits = [
            edit for name, branch in branches.items() for edit in edits_in(*_body(instance, name, branch))
        ]
        tree, _, wrong = applied(instance.tree, Layer(tuple(edits)))
        spec, invalid = validate(tree)
        findings += [*wrong, *invalid]
        if spec is not None:
            probability = math.prod(_probability(instance, *pair) for pair in branches.items())
            name = "_".join(f"{factor}-{branch}" for factor, branch in branches.items())
            found.append(Leaf(name, probability, branches, known, spec, tree))
    if findings:
        raise error(list(dict.fromkeys(findings)), str(instance.path))
    return tuple(found)


def _probability(instance: Instance, factor: str, branch: str) -> float:
    return instance.spec.scenarios[factor].branches[branch].probability.constant


def _body(instance: Instance, factor: str, branch: str) -> tuple[Node, str]:
    """Return the overrides of a branch and who says so."""
    node = instance.tree.at(("scenarios", factor, "branches", branch, "set"))
    return node if node is not None else Node({}, ""), f"scenario {factor}.{branch}"
