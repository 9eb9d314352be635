"""Logical limits prepared: what may be chosen where, and what each choice asks for."""

from __future__ import annotations

from planner.data.context import EPS, Context, Scenario, number
from planner.data.delivery import build_option, given_contracts, opening_blocks
from planner.data.types import Construction, Contracts, Counted, Logic, Money, Var
from planner.instance.quantity import Quantity
from planner.instance.schema.logic import Choice
from planner.tree import Node


def prepare_logic(context: Context, construction: Construction, contracts: Contracts, money: Money) -> Logic:
    """Index lists of the logical limits; all empty where the instance has none.

    How many are chosen is counted at the end of each leaf, by its terms. A choice that needs another holds at every
    node that leads to a leaf in which it is active.
    """
    logic = {s.id: _active(s) for s in context.scenarios.values()}
    choices = {id_: choice for active in logic.values() for id_, choice in active.items()}
    if not choices:
        return Logic()
    decisions = _decisions(context, construction, contracts)
    decided = {thing for thing, _ in decisions}
    standing = _standing(context)
    named = dict.fromkeys(thing for choice in choices.values() for thing in _named(choice))
    things = tuple(thing for thing in named if thing in decided and thing not in standing)

    def counted(choice: Choice, amount: Quantity, last: Node) -> Counted:
        there = sum(thing in standing for thing in choice.of)
        path = context.tree.path[last]
        rounds = tuple((id_, node) for id_, node in money.rounds if id_ in choice.of and node in path)
        return tuple(thing for thing in choice.of if thing in things), rounds, amount.constant - there

    by_leaf = [(id_, choice, n) for n in context.tree.last for id_, choice in logic[context.at(n).id].items()]
    return Logic(
        things=things,
        chosen=tuple((thing, node) for thing in things for node in context.tree.nodes),
        decisions={(thing, node): found for (thing, node), found in decisions.items() if thing in things},
        at_most={(id_, n): counted(c, c.at_most, n) for id_, c, n in by_leaf if c.at_most is not None},
        at_least={(id_, n): counted(c, c.at_least, n) for id_, c, n in by_leaf if c.at_least is not None},
        needs={
            (id_, needed, node): (choice.choosing, _by_when(context, choice, node))
            for id_, choice in choices.items()
            if choice.choosing is not None and choice.choosing in things
            for needed in choice.needs
            if needed not in standing
            for node in context.tree.nodes
            if any(id_ in logic[scenario.id] for scenario in context.below(node))
        },
    )


def _active(scenario: Scenario) -> dict[str, Choice]:
    return {id_: choice for id_, choice in scenario.spec.logic.items() if choice.active}


def _named(choice: Choice) -> tuple[str, ...]:
    return (*choice.of, *((choice.choosing,) if choice.choosing is not None else ()), *choice.needs)


def _standing(context: Context) -> set[str]:
    """What runs, or stands or is being built on the first day."""
    offers = {f"{vendor}.{offer}" for vendor, terms in context.spec.vendors.items() for offer in terms.offers}
    return {given.build for given in opening_blocks(context.first)} | {
        offer for offer in offers if given_contracts(context.first, offer)
    }


def _decisions(
    context: Context, construction: Construction, contracts: Contracts
) -> dict[tuple[str, Node], tuple[Var, float]]:
    """(thing, node): the variable that chooses it, and the most of it there."""
    return {
        **{(offer, node): ("signed", contracts.binary[offer, node]) for offer, node in contracts.signings},
        **{
            (build, node): _choosing(context, construction, build, node)
            for build, node in construction.starts
        },
        **{(id_, node): ("units", construction.most_units[id_]) for id_, node in construction.project_starts},
    }


def _choosing(context: Context, construction: Construction, build: str, node: Node) -> tuple[Var, float]:
    """Whole blocks say themselves whether a build is chosen; parts of blocks have a binary beside them."""
    if build_option(context.first, build).continuous:
        return "additions", 1.0
    return "blocks", construction.most_starts[build, node]


def _by_when(context: Context, choice: Choice, node: Node) -> Node | None:
    """The last node on the path by which what is needed must be chosen; None where that lies before the first day."""
    latest = context.period(node).start - number(choice.months_before, 0.0)
    reached = [u for u in context.tree.path[node] if context.period(u).start <= latest + EPS]
    return reached[-1] if reached else None
