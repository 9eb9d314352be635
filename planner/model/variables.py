"""Every variable of the model: its index list, unit, meaning and bounds, all from the data.

Bounds hold what the data make impossible; a limit that a plan might want lifted (site power, supply, most blocks) is a
rule of its own, so that it has a name, a marginal value and a switch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

import pyomo.environ as pyo

from planner.data.types import Pool
from planner.model.given import Given

Domain = Literal["at least 0", "whole", "free"]
_DOMAINS = {"at least 0": pyo.NonNegativeReals, "whole": pyo.NonNegativeIntegers, "free": pyo.Reals}


@dataclass(frozen=True)
class Variable:
    """One variable of the model."""

    name: str
    over: str
    """Index list: an attribute of `Given`, dots allowed."""
    index: str
    unit: str
    meaning: str
    domain: Domain = "at least 0"
    most: Callable[..., float | None] | None = None
    """Upper bound from (d, *index)."""
    most_text: str = ""
    divisible: Callable[..., bool] | None = None
    """Members of a whole variable that may be any number."""

    def declare(self, m: pyo.ConcreteModel, d: Given) -> None:
        """Add the variable to a model."""
        variable = pyo.Var(list(attrgetter(self.over)(d)), domain=_DOMAINS[self.domain])
        m.add_component(self.name, variable)
        if self.most is not None:
            for index, column in variable.items():
                column.setub(self.most(d, *(index if isinstance(index, tuple) else (index,))))
        if self.divisible is not None:
            for index, column in variable.items():
                if self.divisible(d, *(index if isinstance(index, tuple) else (index,))):
                    column.domain = pyo.NonNegativeReals


def declare(m: pyo.ConcreteModel, d: Given) -> None:
    """Add all variables, and the views of them that rules read."""
    for variable in VARIABLES:
        variable.declare(m, d)
    m.variable = {
        (variable.name, index if isinstance(index, tuple) else (index,)): column
        for variable in VARIABLES
        for index, column in m.component(variable.name).items()
    }
    m.host_mw = _hosts(m, d, m.built_mw, m.delivered_mw)
    m.host_end_mw = _hosts(m, d, m.built_end_mw, m.delivered_end_mw)
    # What others operate for us: all that is delivered, but where only the use is paid for.
    m.operated_mw = {
        **dict(m.delivered_mw.items()),
        **dict(m.used_mw.items()),
        **dict(m.on_demand_mw.items()),
        **_drawn(m, d),
    }
    # What is let to others neither serves nor takes chips of ours.
    m.pooled_mw = {
        key: mw - m.sublet_mw[key] if key in m.sublet_mw else mw for key, mw in m.operated_mw.items()
    }
    m.room_mw, m.room_end_mw = _rooms(m, m.host_mw), _rooms(m, m.host_end_mw)
    # Chips in own and leased hosts, and what clouds give: what a curtailment hits.
    m.standing_mw = {
        **dict(m.installed_mw.items()),
        **{(chip, offer, n): column for (offer, chip, n), column in m.operated_mw.items()},
    }


def _rooms(m: pyo.ConcreteModel, hosts: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    """MW of hosts for chips of our own."""
    let = {(offer, n): column for (offer, _, n), column in m.sublet_mw.items()}
    return {key: mw - let[key] if key in let else mw for key, mw in hosts.items()}


def _drawn(m: pyo.ConcreteModel, d: Given) -> dict[tuple[str, str, str], Any]:
    """MW drawn of commitments to spend, by (offer, chip, node)."""
    part = d.contracts.consumption
    out: dict[tuple[str, str, str], Any] = {
        (offer, chip, n): 0.0 for offer, chips in part.chips.items() for chip in chips for n in d.nodes
    }
    for offer, chip, signing, n in part.drawn:
        out[offer, chip, n] += m.drawn_mw[offer, chip, signing, n]
    return out


def _hosts(m: pyo.ConcreteModel, d: Given, built: Any, delivered: Any) -> dict[tuple[str, str], Any]:
    """MW of a host by (host, node): what is built, or what a shell has delivered."""
    shells = {
        (offer, n): column
        for (offer, _, n), column in delivered.items()
        if d.contracts.kind[offer] == "shell"
    }
    return {**dict(built.items()), **shells}


VARIABLES = (
    # Construction
    Variable(
        "blocks", "construction.starts", "build, u", "blocks", "blocks started", "whole",
        lambda d, build, u: d.construction.most_starts[build, u],
        "most starts of the period", lambda d, build, u: build in d.stages.continuous,
    ),
    Variable("opened", "opened", "build, u", "0 or 1", "the site is opened, before its first block", "whole",
             lambda d, build, u: 1, "1"),
    Variable("built_mw", "build_nodes", "build, n", "MW", "own blocks delivered, mean of the period"),
    Variable("built_end_mw", "build_nodes", "build, n", "MW", "own blocks delivered, last day"),
    Variable(
        "units", "construction.project_starts", "project, u", "units", "power units started", "whole",
        lambda d, project, u: d.construction.most_units[project], "most units",
    ),
    Variable("project_mw", "project_nodes", "project, n", "facility MW", "finished power units, mean of the period"),
    Variable("project_end_mw", "project_nodes", "project, n", "facility MW", "finished power units, last day"),
    # Stages of building
    Variable("additions", "stages.additions", "build, u", "0 or 1", "blocks are started in the period", "whole",
             lambda d, build, u: 1, "1"),
    Variable("secured_site", "stages.securings", "site, u", "0 or 1", "site and power are secured", "whole",
             lambda d, site, u: 1, "1"),
    Variable("begun_site", "stages.ready", "site, n", "0 or 1", "building begins at a secured site", "whole",
             lambda d, site, n: 1, "1"),
    Variable("released_site", "stages.releases", "site, n", "0 or 1", "a secured site is given up", "whole",
             lambda d, site, n: 1, "1"),
    Variable(
        "rights", "stages.rights", "build, u", "blocks", "rights bought to start blocks later", "whole",
        lambda d, build, u: d.construction.most_blocks[build], "most blocks",
        lambda d, build, u: build in d.stages.continuous,
    ),
    Variable("lapsed", "stages.lapsing", "build, n", "blocks", "rights that end unused"),
    Variable("empty_mw", "empty_nodes", "build, n", "MW", "own MW without chips, mean of the period"),
    Variable(
        "sold_blocks", "exits.sales", "build, u, n", "blocks", "blocks sold or cancelled", "whole",
        lambda d, build, u, n: d.construction.most_starts[build, u], "most starts of the period",
        lambda d, build, u, n: build in d.stages.continuous,
    ),
    # Contracts
    Variable(
        "signed", "contracts.signings", "offer, u", "signings", "contracts signed", "whole",
        lambda d, offer, u: d.contracts.binary[offer, u], "most signings of the period",
    ),
    Variable(
        "signed_mw", "signed_by_chip", "offer, chip, u", "MW", "MW signed, by chip (`none` for a shell)", "at least 0",
        lambda d, offer, chip, u: d.contracts.binary[offer, u] * d.contracts.max_mw[offer, u],
        "most signings of the period times the largest MW",
    ),
    Variable(
        "signed_blocks", "signed_in_blocks", "offer, chip, u", "blocks", "blocks signed, of offers sold in blocks",
        "whole",
        lambda d, offer, chip, u: _whole_blocks(d, offer, u), "whole blocks in the largest MW",
    ),
    Variable(
        "kept_mw", "contracts.kept", "offer, chip, signing, n", "MW", "MW kept after the fixed term", "at least 0",
        lambda d, *key: d.contracts.kept_given_mw.get(key), "MW of a given signing",
    ),
    Variable("delivered_mw", "delivered", "offer, chip, n", "MW", "fixed term, kept and given, mean of the period"),
    Variable("delivered_end_mw", "delivered", "offer, chip, n", "MW", "fixed term, kept and given, last day"),
    Variable("used_mw", "used", "offer, chip, n", "MW", "used, where less than all delivered must be paid"),
    Variable("extra_mw", "used", "offer, chip, n", "MW", "used beyond the share that is paid anyway"),
    Variable(
        "on_demand_mw", "on_demand", "offer, chip, n", "MW", "used on demand, mean of the period", "at least 0",
        lambda d, *key: 0.0 if key in d.contracts.not_yet else None, "0 in periods that begin before the chip exists",
    ),
    # Clauses
    Variable("exited_mw", "exited", "offer, chip, signing, exit, u", "MW", "given back on the exit's date"),
    Variable("assigned_mw", "assigned", "offer, chip, signing, assignment, u", "MW", "handed to somebody else"),
    Variable("cancelled_mw", "cancelled", "offer, chip, signing, u", "MW", "cancelled because it is late"),
    Variable("renewed_mw", "renewed", "offer, chip, signing, number, u", "MW", "renewed for a further term"),
    Variable("expanded_mw", "expanded", "offer, chip, signing, u", "MW", "signed more under a right to expand"),
    Variable("expansion_right_mw", "contracts.clauses.rights", "offer, chip, u", "MW", "right to expand, bought"),
    Variable("tier", "contracts.tiers.reached", "offer, tier, u", "0 or 1", "the signing is priced in the tier",
             "whole", lambda d, *key: 1, "1"),
    Variable("tier_mw", "tiered", "offer, chip, tier, u", "MW", "MW signed at the price of the tier"),
    Variable(
        "drawn_mw", "contracts.consumption.drawn", "offer, chip, signing, n", "MW",
        "drawn of a commitment to spend, mean of the period", "at least 0",
        lambda d, *key: d.contracts.consumption.most_mw[key], "what may be drawn",
    ),
    Variable("topped_up_usd_m", "contracts.consumption.topped_up", "offer, signing, year, n", "USD m",
             "paid beside use, at the end of a contract year"),
    Variable(
        "peak_mw", "contracts.consumption.peaks", "offer, chip, signing, n", "MW",
        "most MW drawn so far, of chips that a supply counts", "at least 0",
        lambda d, *key: d.most_peak_mw[key[0], key[2]], "the end of the ramp",
    ),
    Variable("counted_usd_m", "contracts.consumption.counted", "offer, signing, n", "USD m",
             "paid of a commitment to spend, up to its total; where a limit measures open commitments"),
    # Chips
    Variable("ordered_mw", "chips.orders", "terms, host, u", "MW", "chips ordered"),
    Variable(
        "installed_mw", "pair_nodes", "chip, host, n", "MW", "chips installed, mean of the period", "at least 0",
        lambda d, *key: None if key in d.placed else 0.0, "0 before any can arrive",
    ),
    Variable(
        "installed_end_mw", "pair_nodes", "chip, host, n", "MW", "chips installed, last day", "at least 0",
        lambda d, *key: None if key in d.placed else 0.0, "0 before any can arrive",
    ),
    Variable("sold_mw", "chips.sold.columns", "terms, host, u, months, n", "MW", "chips sold at an age"),
    Variable("valued_mw", "chips.valued", "terms, host, u, last", "MW", "ordered chips credited at the end"),
    Variable(
        "opening_valued_mw", "chips.opening_valued", "number, chip, host, last", "MW",
        "opening chips credited at the end", "at least 0",
        lambda d, *key: d.chips.opening_valued_most_mw[key], "MW of the opening chips",
    ),
    Variable("taken_mw", "chips.supplies", "supply, n, step", "MW", "supply taken up to a date"),
    # Power
    Variable("site_load_mw", "power.dates", "site, n, step", "facility MW", "drawn by decisions on a date"),
    Variable(
        "grid_mwh", "power.energy_nodes", "site, n", "MWh", "energy from the grid", "at least 0",
        lambda d, site, n: d.most_grid_mwh[site, n], "mean grid MW, with all that may widen it, times hours",
    ),
    Variable(
        "project_mwh", "project_nodes", "project, n", "MWh", "energy from own power units", "at least 0",
        lambda d, *key: None if key in d.energy_projects else 0.0, "0 where no own or leased host needs it",
    ),
    Variable("charged_mw", "charged", "site, n", "facility MW", "contracted with the utility, net of power units"),
    Variable("billed_mwh", "billed", "site, n", "MWh", "energy billed, of sites with a minimum bill"),
    Variable("net_charged", "charged_net", "site, n", "0 or 1", "hosts draw more than power units carry", "whole",
             lambda d, *key: 1, "1"),
    Variable("none_charged", "charged_net", "site, n", "0 or 1", "power units carry all", "whole",
             lambda d, *key: 1, "1"),
    Variable("billed_by_use", "paid_for_billed", "site, n", "0 or 1", "grid energy is billed, the minimum is less",
             "whole", lambda d, *key: 1, "1"),
    Variable("billed_by_least", "paid_for_billed", "site, n", "0 or 1", "the minimum is billed", "whole",
             lambda d, *key: 1, "1"),
    # Utilities
    Variable("took_curtailable", "utility.takes", "site, u", "0 or 1", "load may be curtailed from then on", "whole",
             lambda d, site, u: 1, "1"),
    Variable("curtailed_mw", "utility.curtailed", "chip, place, n", "MW", "switched off by the utility, mean"),
    Variable("discounted_mwh", "utility.discounted", "site, n", "MWh", "grid energy at the discount"),
    Variable("contracted_mw", "utility.contracts", "site, u", "facility MW", "contracted with the utility"),
    Variable("contracted_blocks", "contracted_in_blocks", "site, u", "blocks", "the same in blocks", "whole"),
    Variable("dropped_mw", "utility.drops", "site, u, n", "facility MW", "contracted at u and dropped at n"),
    # Service
    Variable(
        "served_mw", "served", "workload, chip, region, control, n", "MW", "capacity that serves a workload",
        "at least 0",
        lambda d, w, chip, region, control, n: _all_demand_mw(d, w, (chip, region, control), n), "all of the demand",
    ),
    Variable(
        "shortfall_mw", "workload_nodes", "workload, n", "MW of the reference fleet", "demand not served", "at least 0",
        lambda d, w, n: d.service.most_work[w, n] / d.service.reference_work[w, n], "all of the demand",
    ),
    Variable("source", "service.sources", "workload, place, n", "0 or 1", "the place serves the demand region", "whole",
             lambda d, *key: 1, "1"),
    Variable("pulse_work_mw", "service.shift.pulses", "workload, n", "MW of work",
             "work of a pulse that may shift, done in the period"),
    Variable(
        "borrowed_mw", "service.shift.loans", "workload, lender, n", "MW of the reference fleet",
        "not served when asked for, for the pulse of a workload", "at least 0",
        lambda d, *key: d.service.shift.loan_most_mw[key], "most share of the lender's demand",
    ),
    Variable("returned_mw", "service.shift.returns", "workload, lender, n", "MW of the reference fleet",
             "served later"),
    Variable(
        "sublet_mw", "sublets.most_mw", "offer, chip, n", "MW", "let to others, mean of the period", "at least 0",
        lambda d, *key: d.sublets.most_mw[key], "all that can be had",
    ),
    Variable("lets", "sublets.most_mw", "offer, chip, n", "0 or 1", "MW may be let, nobody is short", "whole",
             lambda d, *key: 1, "1"),
    # Money
    Variable("paid_usd_m", "line_nodes", "line, n", "USD m", "what decisions pay in a line", "free"),
    Variable("cash_usd_m", "nodes", "n", "USD m", "net balance, last day", "free"),
    Variable(
        "overdraft_usd_m", "money.overdraft_nodes", "n", "USD m", "below a soft floor", "at least 0",
        lambda d, n: d.money.overdraft_most_usd_m[n], "largest overdraft",
    ),
    Variable("largest_overdraft_usd_m", "overdraft_plan", "plan", "USD m", "largest overdraft, where none is stated"),
    Variable("took", "money.rounds", "round, u", "0 or 1", "an optional round is taken", "whole", lambda d, *_: 1, "1"),
    Variable("draw_usd_m", "money.draws", "facility, n", "USD m", "debt drawn"),
    Variable("draw_line_usd_m", "money.draw_lines", "facility, line, n", "USD m", "debt drawn on an eligible line"),
    Variable("balance_usd_m", "facility_nodes", "facility, n", "USD m", "debt outstanding, last day"),
    Variable("repaid_usd_m", "revolver_nodes", "facility, n", "USD m", "repayment of a revolver"),
    Variable("owed_usd_m", "payables", "vendor, n", "USD m", "invoices of decisions not yet paid, last day"),
    Variable("paid_early_usd_m", "payables", "vendor, n", "USD m", "stock of what was paid before it was due"),
    # Limits
    Variable("broken", "soft_limits", "limit, member, n", "of the limit", "amount by which a soft limit is broken"),
    Variable("chosen", "logic.chosen", "thing, n", "0 or 1", "a thing of a choice has been chosen", "whole",
             lambda d, *key: 1, "1"),
)  # fmt: skip


def _all_demand_mw(d: Given, workload: str, pool: Pool, n: str) -> float:
    """MW that serve the whole demand; none where the chip does not exist yet."""
    work = d.service.work[workload, pool, n]
    return d.service.most_work[workload, n] / work if work > 0.0 else 0.0


def _whole_blocks(d: Given, offer: str, u: str) -> int:
    given = d.contracts
    # A millionth of a block of rounding must not lose a block.
    return int(given.binary[offer, u] * given.max_mw[offer, u] / given.block_mw[offer] + 1e-6)
