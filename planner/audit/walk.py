"""One scenario walked date by date with the plan's decisions: what stands, what is paid, which rules it breaks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.audit.account import Account
from planner.audit.balance import check_accruals
from planner.audit.book import Book
from planner.audit.branches import Branch
from planner.audit.chips import check_installed, check_supply, order_chips
from planner.audit.construction import build_all
from planner.audit.consumption import follow_spending
from planner.audit.contracts import sign_contracts
from planner.audit.debt import DebtService, check_eligible, follow_debt
from planner.audit.demand import check_shift
from planner.audit.exits import check_exits
from planner.audit.findings import Findings
from planner.audit.flows import read_rates
from planner.audit.ladder import World
from planner.audit.limits import check_limits
from planner.audit.logic import check_logic
from planner.audit.money import (
    CashRow,
    cash_statement,
    charge_overdraft,
    check_payables,
    post_rounds,
)
from planner.audit.power import check_energy, check_site_power
from planner.audit.pricing import post_security, without_deposits
from planner.audit.scene import Scene
from planner.audit.service import check_pools, check_use, check_work
from planner.audit.serving import check_serving
from planner.audit.stages import check_stages
from planner.audit.sublet import check_sublets
from planner.audit.utility import check_contracts, check_curtailable
from planner.timeline import Timeline
from planner.tree import Node


@dataclass(frozen=True)
class Walk:
    """One scenario, walked."""

    scene: Scene
    world: World
    debt: DebtService
    cash: tuple[CashRow, ...]
    owed: dict[tuple[str, Node], float]
    paid: dict[str, list[float]]
    accrued: dict[str, list[float]]


def make_scene(branch: Branch, timeline: Timeline, book: Book, findings: Findings) -> Scene:
    """A leaf with the decisions on its way and an empty account."""
    rates = read_rates(branch.spec.discount, timeline)
    later = {node for node, period in zip(branch.path, timeline.periods, strict=True) if not period.reported}
    account = Account(rates, frozenset(later), frozenset(branch.path))
    return Scene(
        branch.id, branch.probability, branch.spec, timeline, branch.path, branch.owned, book, rates, findings,
        account,
    )  # fmt: skip


def walk_scene(scene: Scene) -> Walk:
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
    return Walk(scene, world, debt, tuple(cash), owed, paid, accrued)


def walk_at_one_rate(walk: Walk) -> Walk:
    """The same decisions with the company rate for every line; what they break is not noted again."""
    scene = walk.scene
    rates = replace(scene.rates, by_line={})
    account = Account(rates, scene.account.later, scene.account.nodes)
    return walk_scene(replace(scene, rates=rates, account=account, findings=Findings()))
