"""Logical limits prepared: what may be chosen where, and what each choice asks for."""

from __future__ import annotations

from planner.data.context import EPS, Context, number
from planner.data.delivery import build_option, given_contracts, opening_blocks
from planner.data.types import Construction, Contracts, Logic, Money, Var
from planner.instance.quantity import Quantity
from planner.instance.schema.logic import Choice
from planner.tree import Node

Counted = tuple[tuple[str, ...], tuple[str, ...], float]


def prepare_logic(context: Context, construction: Construction, contracts: Contracts, money: Money) -> Logic:
    """Index lists of the logical limits; all empty where the instance has none."""
    choices = {id_: choice for id_, choice in context.spec.logic.items() if choice.active}
    if not choices:
        return Logic()
    decisions = _decisions(context, construction, contracts)
    decided = {thing for thing, _ in decisions}
    standing = _standing(context)
    named = dict.fromkeys(thing for choice in choices.values() for thing in _named(choice))
    things = tuple(thing for thing in named if thing in decided and thing not in standing)

    def counted(choice: Choice, amount: Quantity) -> Counted:
        there = sum(thing in standing for thing in choice.of)
        rounds = tuple(thing for thing in choice.of if thing in money.rounds)
        return tuple(thing for thing in choice.of if thing in things), rounds, amount.constant - there

    return Logic(
        things=things,
        chosen=tuple((thing, node) for thing in things for node in context.tree.nodes),
        decisions={(thing, node): found for (thing, node), found in decisions.items() if thing in things},
        at_most={id_: counted(c, c.at_most) for id_, c in choices.items() if c.at_most is not None},
        at_least={id_: counted(c, c.at_least) for id_, c in choices.items() if c.at_least is not None},
        needs={
            (id_, needed, node): (choice.choosing, _by_when(context, choice, node))
            for id_, choice in choices.items()
            if choice.choosing is not None and choice.choosing in things
            for needed in choice.needs
            if needed not in standing
            for node in context.tree.nodes
        },
    )


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
