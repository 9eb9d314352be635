"""The audit: walk every scenario date by date with the plan's decisions, and compare with what the plan claims."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.audit.account import Account
from planner.audit.balance import check_accruals
from planner.audit.book import Book, read_book
from planner.audit.branches import Branch, walk_branches
from planner.audit.chips import check_installed, check_supply, order_chips
from planner.audit.claims import compare_claims
from planner.audit.construction import build_all
from planner.audit.consumption import follow_spending
from planner.audit.contracts import sign_contracts
from planner.audit.debt import DebtService, check_eligible, follow_debt
from planner.audit.demand import check_shift
from planner.audit.exits import check_exits
from planner.audit.findings import Findings
from planner.audit.flows import read_rates
from planner.audit.ladder import World, ladder_rows
from planner.audit.limits import check_limits
from planner.audit.logic import check_logic
from planner.audit.money import (
    CashRow,
    cash_statement,
    charge_overdraft,
    check_payables,
    post_rounds,
)
from planner.audit.names import known_decisions
from planner.audit.power import check_energy, check_site_power
from planner.audit.pricing import post_security, without_deposits
from planner.audit.results import results_of
from planner.audit.scene import Scene
from planner.audit.service import check_pools, check_use, check_work
from planner.audit.serving import check_serving
from planner.audit.stages import check_stages
from planner.audit.sublet import check_sublets
from planner.audit.utility import check_contracts, check_curtailable
from planner.audit.verdict import Verdict, violations_frame
from planner.timeline import Timeline
from planner.tree import Node

COST_TOLERANCE = 1e-6
"""Of the objective."""


@dataclass(frozen=True)
class Walk:
    """One scenario, walked."""

    scene: Scene
    world: World
    debt: DebtService
    cash: tuple[CashRow, ...]
    ladder: tuple[dict[str, float | str], ...]
    owed: dict[tuple[str, Node], float]
    paid: dict[str, list[float]]
    accrued: dict[str, list[float]]


def audit_plan(plan: Any) -> Verdict:
    """The verdict on a plan: its instance and tables are all that is read."""
    return audit(
        plan.instance, plan.frames["decisions"], {"objective_usd_m": plan.objective_usd_m, **plan.frames}
    )


def audit(instance: Any, decisions: pd.DataFrame, claimed: Mapping[str, Any]) -> Verdict:
    """Recompute cost, cash and every rule from instance and decisions, and compare with what is claimed.

    `claimed` holds `objective_usd_m` and any of the plan's frames by name (costs, cash, ladder, payments, debt,
    payables, commitments); frames that are not there are not compared.
    """
    started = time.perf_counter()
    findings = Findings(instance.rules_off)
    timeline, branches = walk_branches(instance)
    nodes = [node for branch in branches for node in branch.path]
    continuous = {
        f"{site_id}.{id_}"
        for site_id, site in instance.spec.sites.items()
        for id_, build in site.build.items()
        if build.continuous
    }
    read = read_book(decisions, findings, continuous)
    book = known_decisions(read, instance.spec, nodes, findings)
    walks = [_walk(_scene(branch, timeline, book, findings)) for branch in branches]
    _check_late(walks, findings)
    results = results_of(walks)
    objective = float(claimed["objective_usd_m"])
    difference = results.cost_usd_m - objective
    findings.equal("claimed_objective", "", "", results.cost_usd_m, objective, "USD m")
    cash_difference = compare_claims(results, claimed, findings)
    relative = abs(difference) / max(abs(objective), 1.0)
    violations = violations_frame(list(dict.fromkeys(findings.violations)))
    nearest = findings.nearest
    return Verdict(
        ok=violations.empty and relative <= COST_TOLERANCE,
        cost_usd_m=results.cost_usd_m,
        objective_usd_m=objective,
        cost_difference_relative=relative,
        cash_difference_usd_m=cash_difference,
        largest_violation=nearest.scaled if nearest is not None else 0.0,
        where=str(nearest) if nearest is not None else "",
        violations=violations,
        costs=results.costs,
        cash=results.cash,
        ladder=results.ladder,
        payments=results.payments,
        checked=findings.checked,
        not_audited=tuple(rule.name for rule in instance.user_rules),
        rules_off=tuple(instance.rules_off),
        seconds=time.perf_counter() - started,
    )


def _scene(branch: Branch, timeline: Timeline, book: Book, findings: Findings) -> Scene:
    rates = read_rates(branch.spec.discount, timeline)
    return Scene(
        branch.id, branch.probability, branch.spec, timeline, branch.path, branch.owned, book, rates, findings,
        Account(rates),
    )  # fmt: skip


def _walk(scene: Scene) -> Walk:
    """Everything that happens in one scenario, in the order in which one thing needs another."""
    contracts = sign_contracts(scene)
    spending = follow_spending(scene, contracts)
    security = post_security(scene, contracts.signed)
    world = World(build_all(scene), contracts, order_chips(scene), spending, security)
    hosts, projects = world.hosts, world.construction.projects
    check_stages(scene, world.construction)
    check_exits(scene)
    check_curtailable(scene, contracts)
    check_contracts(scene)
    check_use(scene, contracts)
    check_installed(scene, world.chips, hosts)
    check_supply(scene, world.chips.orders, contracts.contracts, spending)
    check_site_power(scene, hosts, projects)
    check_energy(scene, hosts, projects)
    check_sublets(scene, contracts)
    check_pools(scene, contracts)
    check_serving(scene)
    check_shift(scene)
    check_work(scene)
    rounds = post_rounds(scene)
    owed = check_payables(scene, contracts)
    charge_overdraft(scene)
    debt = follow_debt(scene)
    paid, accrued = scene.account.sums(accrued=False), scene.account.sums(accrued=True)
    check_eligible(scene, without_deposits(scene, security, paid))
    cash = cash_statement(scene, debt, rounds, paid)
    check_limits(scene, world, debt)
    check_logic(scene)
    check_accruals(scene, world, paid, accrued)
    ladder = [row for node, period in scene.steps() for row in ladder_rows(scene, world, node, period)]
    return Walk(scene, world, debt, tuple(cash), tuple(ladder), owed, paid, accrued)


def _check_late(walks: list[Walk], findings: Findings) -> None:
    """A decision delivers inside the calendar in one scenario at least."""
    late: dict[tuple[str, Node], bool] = {}
    for walk in walks:
        for key, is_late in walk.scene.account.late.items():
            late[key] = is_late and late.get(key, True)
    for (id_, node), is_late in late.items():
        if is_late:
            findings.refuse("delivery_before_end", id_, node, 1.0, "count", "delivers after the calendar")
