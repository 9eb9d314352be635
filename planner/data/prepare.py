"""Prepare: an instance becomes `Data`."""

from __future__ import annotations

from collections import defaultdict
from typing import get_args

from planner.data.chips import prepare_chips
from planner.data.construction import prepare_construction
from planner.data.context import Context
from planner.data.contracts import prepare_contracts
from planner.data.exits import prepare_exits
from planner.data.limits import prepare_limits
from planner.data.logic import prepare_logic
from planner.data.money import prepare_money
from planner.data.payments import Ledger
from planner.data.power import prepare_power
from planner.data.scenarios import make_context, refused_findings
from planner.data.service import prepare_service
from planner.data.stages import prepare_stages
from planner.data.sublet import prepare_sublets
from planner.data.types import Data, Entry
from planner.data.useful import with_useful_mw
from planner.data.utility import prepare_utility
from planner.errors import InfeasibleError, InstanceError
from planner.instance.finding import error as finding_error
from planner.instance.instance import Instance
from planner.instance.schema.calendar import Line
from planner.tree import Node


def prepare(instance: Instance) -> Data:
    """Everything that the model needs of an instance: index lists, numbers by node, payments and costs.

    Raises `InstanceError` with everything that a scenario branch changes before it is known.
    """
    context = make_context(instance, collect=True)
    assert context.refused is not None
    try:
        data = _prepared(instance, context)
    except (InfeasibleError, InstanceError, KeyError, ValueError):
        # What differs where it may not is read from one scenario and can contradict the others.
        if not context.refused:
            raise
    if context.refused:
        raise finding_error(refused_findings(instance, context.refused), str(instance.path))
    return data


def _prepared(instance: Instance, context: Context) -> Data:
    construction, built = prepare_construction(context)
    stages, staged = prepare_stages(context, construction)
    exits, left = prepare_exits(context, construction)
    contracts, signed = prepare_contracts(context)
    chips, bought = prepare_chips(context, construction, contracts)
    power, powered = prepare_power(context, construction, contracts, exits)
    utility, supplied = prepare_utility(context, construction, contracts, chips, power)
    service, served = prepare_service(context, construction, contracts, chips)
    sublets, let = prepare_sublets(context, contracts, service)
    so_far = Ledger.joined((built, staged, left, signed, bought, powered, supplied, served, let))
    money, financed = prepare_money(context, contracts, so_far)
    spent = Ledger.joined((so_far, financed))
    limits, softened = prepare_limits(
        context, construction, contracts, chips, service, spent, stages=stages, exits=exits, utility=utility
    )
    ledger = Ledger.joined((spent, softened))
    paid, accrued = given_by_line(ledger.given)
    data = Data(
        timeline=context.timeline,
        tree=context.tree,
        years={node: context.period(node).years for node in context.tree.nodes},
        construction=construction,
        contracts=contracts,
        chips=chips,
        power=power,
        service=service,
        money=money,
        limits=limits,
        logic=prepare_logic(context, construction, contracts, money),
        ledger=ledger.entries,
        lines=lines_of(ledger),
        given_paid_usd_m=paid,
        given_accrued_usd_m=accrued,
        cost=ledger.cost,
        given_ledger=ledger.given,
        memo_usd_m=ledger.memo_usd_m,
        supplier_credit_usd_m=ledger.supplier_credit_usd_m,
        stages=stages,
        exits=exits,
        utility=utility,
        sublets=sublets,
    )
    return with_useful_mw(instance, context, data)


def lines_of(ledger: Ledger) -> tuple[str, ...]:
    """Lines that anything pays, in the order of the report."""
    paid = {entry.line for entry in (*ledger.entries, *ledger.given)}
    return tuple(line for line in get_args(Line) if line in paid)


def given_by_line(
    given: tuple[Entry, ...],
) -> tuple[dict[tuple[str, Node], float], dict[tuple[str, Node], float]]:
    """Paid and accrued by (line, node) of what no decision changes."""
    paid: dict[tuple[str, Node], float] = defaultdict(float)
    accrued: dict[tuple[str, Node], float] = defaultdict(float)
    for entry in given:
        paid[entry.line, entry.node] += entry.paid_usd_m
        accrued[entry.line, entry.node] += entry.accrued_usd_m
    return dict(paid), dict(accrued)
