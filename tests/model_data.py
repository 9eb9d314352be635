"""Prepared data made by hand: three periods with every feature of the model once, small enough to read.

Periods n1 (months 0-3), n2 (3-6), n3 (6-18). Site `s` has own build `s.own` (lead 4 months), units `s.gas` and the
shell `v.shell`; `w.cloud` brings chips a and b at take-or-pay 0.8; `w.spot` is on demand.
"""

from __future__ import annotations

from datetime import date

from model_building import exits, stages, utility

from planner.data.types import (
    Chips,
    Clauses,
    Construction,
    Consumption,
    Contracts,
    Data,
    Entry,
    Facility,
    LimitRow,
    Logic,
    Money,
    MwColumn,
    Pool,
    Power,
    Service,
    Shift,
    SoldChips,
    SpendRow,
    Sublets,
    Term,
    Tiers,
)
from planner.timeline import Period, Timeline
from planner.tree import Tree

N = ("n1", "n2", "n3")
YEARS = {"n1": 0.25, "n2": 0.25, "n3": 1.0}
OWN, VENDOR, B = ("a", "any", "own"), ("a", "any", "vendor"), ("b", "any", "vendor")
ANY = "any"
MOVED = {
    ("train", "n1"): 20.0, ("train", "n2"): 20.0, ("research", "n2"): 6.0, ("research", "n3"): 1.5,
}  # fmt: skip
"""Work of a pulse, or of what it borrowed, that may be done here."""


def path_tree(nodes: tuple[str, ...] = N) -> Tree:
    """Return the tree without scenarios."""
    return Tree(
        nodes=nodes,
        parent=dict(zip(nodes, (None, *nodes[:-1]), strict=True)),
        period={n: i for i, n in enumerate(nodes)},
        probability=dict.fromkeys(nodes, 1.0),
        leaf=dict.fromkeys(nodes, "path"),
        path={n: nodes[: i + 1] for i, n in enumerate(nodes)},
        descendants={n: nodes[i:] for i, n in enumerate(nodes)},
    )


def timeline() -> Timeline:
    """Return two quarters and a year."""
    periods = (Period("n1", 0, 3, True), Period("n2", 3, 6, True), Period("n3", 6, 18, False))
    return Timeline(date(2026, 7, 1), periods)


def construction() -> Construction:
    """Return blocks of 50 MW with a crew of 2, and units of 80 facility MW."""
    own, gas = "s.own", "s.gas"
    return Construction(
        builds=(own,),
        starts=((own, "n1"), (own, "n2")),
        block_mw={own: 50.0},
        most_blocks={own: 3},
        most_starts={(own, "n1"): 2, (own, "n2"): 2},
        opening_cost=(own,),
        crew={(own, "n1"): (("n1",), 2), (own, "n2"): (("n1", "n2"), 2)},
        share={(own, "n1", "n2"): 2 / 3, (own, "n1", "n3"): 1.0, (own, "n2", "n3"): 11 / 12},
        end_share={(own, "n1", "n2"): 1.0, (own, "n1", "n3"): 1.0, (own, "n2", "n3"): 1.0},
        given_mw={(own, n): mw for n, mw in zip(N, (10.0, 12.5, 15.0), strict=True)},
        given_end_mw={(own, n): mw for n, mw in zip(N, (10.0, 15.0, 15.0), strict=True)},
        given_secured_mw={(own, n): 15.0 for n in N},
        secured=frozenset((own, N[u], n) for u in range(2) for n in N[u:]),
        projects=(gas,),
        project_starts=((gas, "n1"),),
        unit_facility_mw={gas: 80.0},
        most_units={gas: 2},
        project_share={(gas, "n1", "n2"): 0.5, (gas, "n1", "n3"): 1.0},
        project_end_share={(gas, "n1", "n2"): 1.0, (gas, "n1", "n3"): 1.0},
    )


def contracts() -> Contracts:
    """Return a shell in blocks of 25 MW, a cloud offer that continues after six months, and one on demand."""
    shell, cloud, spot = "v.shell", "w.cloud", "w.spot"
    keys = [(shell, "none"), (cloud, "a"), (cloud, "b")]
    given = {(*key, n): 0.0 for key in keys for n in N} | {(cloud, "a", "n1"): 20.0}
    kept: dict[tuple[str, str, str, str], str | None] = {
        (cloud, "a", "n1", "n3"): None,
        (cloud, "b", "n1", "n3"): None,
        (cloud, "a", "g1", "n2"): None,
        (cloud, "a", "g1", "n3"): "n2",
    }
    tiered = [(cloud, "a", "1", "n1"), (cloud, "b", "1", "n1"), (cloud, "b", "2", "n2")]
    return Contracts(
        offers=(shell, cloud),
        on_demand=(spot,),
        chips_of={shell: ("none",), cloud: ("a", "b"), spot: ("a",)},
        signings=((shell, "n1"), (cloud, "n1"), (cloud, "n2")),
        signed_chips={(shell, "n1"): ("none",), (cloud, "n1"): ("a", "b"), (cloud, "n2"): ("b",)},
        binary={(shell, "n1"): 1, (cloud, "n1"): 1, (cloud, "n2"): 2},
        min_mw={(shell, "n1"): 0.0, (cloud, "n1"): 40.0, (cloud, "n2"): 40.0},
        max_mw={(shell, "n1"): 110.0, (cloud, "n1"): 100.0, (cloud, "n2"): 100.0},
        block_mw={shell: 25.0},
        most_signings={shell: 1, cloud: 2},
        most_total_mw={cloud: 150.0},
        share={
            (shell, "n1", "n1"): 0.5,
            (shell, "n1", "n2"): 1.0,
            (shell, "n1", "n3"): 1.0,
            (cloud, "n1", "n1"): 1.0,
            (cloud, "n1", "n2"): 1.0,
            (cloud, "n2", "n2"): 1.0,
            (cloud, "n2", "n3"): 0.25,
        },
        end_share={
            (shell, "n1", "n1"): 1.0,
            (shell, "n1", "n2"): 1.0,
            (shell, "n1", "n3"): 1.0,
            (cloud, "n1", "n1"): 1.0,
            (cloud, "n1", "n2"): 1.0,
            (cloud, "n2", "n2"): 1.0,
        },
        given_mw=given,
        given_end_mw=given,
        given_secured_mw=given,
        secured=frozenset(),
        kept=tuple(kept),
        kept_before=kept,
        kept_given_mw={(cloud, "a", "g1", "n2"): 20.0},
        take_or_pay={cloud: 0.8},
        on_demand_most_mw={(spot, n): 30.0 for n in N},
        availability={shell: 1.0, cloud: 0.9, spot: 1.0},
        vendor={"s.own": "own", shell: "v", cloud: "w", spot: "w"},
        kind={"s.own": "own", shell: "shell", cloud: "cloud", spot: "on_demand"},
        site={"s.own": "s", shell: "s", cloud: None, spot: None},
        region=dict.fromkeys(("s.own", shell, cloud, spot), "us"),
        facility_per_it={"s.own": 1.25, shell: 1.25, cloud: 1.3, spot: 1.3},
        columns=(
            *(
                MwColumn(
                    "kept_mw", key, {key[-1]: 0.75 if key[2:] == ("g1", "n2") else 1.0}, {key[-1]: 1.0}, {}
                )
                for key in kept
            ),
            *clause_columns(),
            *(MwColumn("tier_mw", key, {}, {}, {}) for key in tiered),
        ),
        consumption=consumption(),
        tiers=Tiers(
            reached={
                (cloud, "1", "n1"): (tuple(("tier_mw", key, 1.0) for key in tiered[:2]), 80.0),
                (cloud, "2", "n2"): ((("signed_mw", (cloud, "b", "n2"), 1.0),), 60.0),
            },
            at={(cloud, "n1"): ("1",), (cloud, "n2"): ("2",)},
        ),
        deposits={("construction", "n1"): (("signed_mw", (cloud, "a", "n1"), 2.0),)},
        clauses=clauses(),
        not_yet=frozenset({(spot, "a", "n1")}),
    )


def consumption() -> Consumption:
    """Return a commitment signed with the cloud offer in n1 (600 to spend by n3, 150 by n2), and a given one of 300."""
    signed, given = ("w.spend", "b", "n1"), ("w.spend", "a", "g2")
    columns = [(*signed, "n2"), (*signed, "n3"), (*given, "n1")]
    use = [("drawn_mw", key, usd_m) for key, usd_m in zip(columns, (3.0, 6.0, 3.0), strict=True)]
    years = [("w.spend", "n1", "1", "n2"), ("w.spend", "n1", "2", "n3"), ("w.spend", "g2", "1", "n1")]
    topped = [("topped_up_usd_m", key, 1.0) for key in years]
    sign = ("signed", ("w.cloud", "n1"))
    return Consumption(
        chips={"w.spend": ("a", "b")},
        drawn=tuple(columns),
        most_mw=dict(zip(columns, (40.0, 80.0, 50.0), strict=True)),
        ramp={
            ("w.spend", "n1", "n2"): SpendRow((("drawn_mw", columns[0], -1.0), (*sign, 40.0)), 0.0),
            ("w.spend", "g2", "n1"): SpendRow((("drawn_mw", columns[2], -1.0),), -50.0),
        },
        least={years[0]: SpendRow((use[0], topped[0], (*sign, -150.0)), 0.0)},
        total={
            ("w.spend", "n1", "n3"): SpendRow((*use[:2], *topped[:2], (*sign, -600.0)), 0.0),
            ("w.spend", "g2", "n1"): SpendRow((use[2], topped[2]), 300.0),
        },
        topped_up=tuple(years),
        spend={("w.spend", "n1"): ((*sign, 600.0), 0.0), ("w.spend", "g2"): (None, 300.0)},
        peaks={columns[0]: (None, 3.0), columns[1]: (columns[0], 6.0)},
        paid={
            ("w.spend", "n1", "n2"): (use[0],),
            ("w.spend", "n1", "n3"): (use[1], topped[0]),
            ("w.spend", "g2", "n1"): (use[2],),
        },
        counted=(("w.spend", "n1", "n2"), ("w.spend", "n1", "n3"), ("w.spend", "g2", "n1")),
    )


def clause_columns() -> tuple[MwColumn, ...]:
    """Return columns of the shell: half its MW may leave in n2 or n3, or renew twice; it may grow with a right."""
    contract = ("v.shell", "none", "n1")
    return (
        MwColumn(
            "exited_mw", (*contract, "early", "n2"), {"n2": -0.5, "n3": -1.0}, {"n2": -1.0, "n3": -1.0}, {}
        ),
        MwColumn("assigned_mw", (*contract, "late", "n2"), {"n3": -0.25}, {"n3": -1.0}, {}),
        MwColumn("cancelled_mw", (*contract, "n2"), {"n2": -1.0, "n3": -1.0}, {"n2": -1.0, "n3": -1.0}, {}),
        MwColumn("renewed_mw", (*contract, "1", "n2"), {"n3": 0.5}, {}, {}),
        MwColumn("renewed_mw", (*contract, "2", "n3"), {"n3": 0.5}, {"n3": 1.0}, {}),
        MwColumn("renewed_mw", ("w.cloud", "a", "g1", "1", "n2"), {"n2": 0.5, "n3": 1.0}, {"n3": 1.0}, {}),
        MwColumn("expanded_mw", (*contract, "n2"), {"n3": 1.0}, {"n3": 1.0}, {}),
        MwColumn("expansion_right_mw", contract, {}, {}, {}),
    )


def clauses() -> Clauses:
    """Return how these columns hang together."""
    contract, given = ("v.shell", "none", "n1"), ("w.cloud", "a", "g1")
    leaving: tuple[Term, ...] = (
        ("exited_mw", (*contract, "early", "n2"), 1.0),
        ("assigned_mw", (*contract, "late", "n2"), 1.0),
        ("cancelled_mw", (*contract, "n2"), 1.0),
    )
    return Clauses(
        one_way={
            (*contract, "n3"): (*leaving, ("renewed_mw", (*contract, "1", "n2"), 1.0)),
            (*given, "n3"): (
                ("renewed_mw", (*given, "1", "n2"), 1.0),
                ("kept_mw", (*given, "n2"), 1.0),
            ),
        },
        given_mw={given: 20.0},
        renewed_before={(*contract, "2", "n3"): (*contract, "1", "n2")},
        expanded={(*contract, "n3"): (("expanded_mw", (*contract, "n2"), 1.0),)},
        left={(*contract, "n3"): leaving},
        most_expanded_share={"v.shell": 0.5},
        rights=(contract,),
    )


def chips() -> Chips:
    """Return chip a on both hosts, installed a month after the order; 5 MW retire in month 4."""
    own, shell = ("a", "s.own"), ("a", "v.shell")
    pairs = (own, shell)
    first, second = ("a.buy", "n1"), ("a.buy", "n2")
    empty = {(*pair, n): () for pair in pairs for n in N}
    supplied = ("all", "n1", 0), ("all", "n2", 0), ("all", "n2", 1)
    sold_own = ("a.buy", "s.own", "n1", "3", "n2")
    sold_shell = ("a.buy", "v.shell", "n1", "9", "n3")
    return Chips(
        chips=("a",),
        hosts=("s.own", "v.shell"),
        pairs=pairs,
        orders=(("a.buy", "s.own", "n1"), ("a.buy", "v.shell", "n1"), ("a.buy", "v.shell", "n2")),
        chip_of={"a.buy": "a"},
        arriving={
            **empty,
            (*own, "n1"): ((*first, 2 / 3),),
            (*shell, "n1"): ((*first, 2 / 3),),
            (*shell, "n2"): ((*second, 2 / 3),),
        },
        in_life={
            **empty,
            (*own, "n1"): ((*first, 2 / 3, 1.0),),
            (*own, "n2"): ((*first, 1.0, 1.0),),
            (*own, "n3"): ((*first, 1 / 12, 0.0),),
            (*shell, "n1"): ((*first, 2 / 3, 1.0),),
            (*shell, "n2"): ((*first, 1.0, 1.0), (*second, 2 / 3, 1.0)),
            (*shell, "n3"): ((*first, 1.0, 1.0), (*second, 1.0, 1.0)),
        },
        opening_mw={own: 5.0, shell: 3.0},
        opening_in_life={
            **{(*shell, n): (3.0, 3.0) for n in N},
            (*own, "n1"): (5.0, 5.0),
            (*own, "n2"): (5 / 3, 0.0),
            (*own, "n3"): (0.0, 0.0),
        },
        valued=(("a.buy", "v.shell", "n1", "n3"), ("a.buy", "v.shell", "n2", "n3")),
        opening_valued=(("0", "a", "v.shell", "n3"),),
        opening_valued_most_mw={("0", "a", "v.shell", "n3"): 3.0},
        supplies=supplied,
        supply_before={supplied[0]: None, supplied[1]: (supplied[0], 0.9), supplied[2]: (supplied[1], 0.95)},
        supply_arrivals={
            supplied[0]: (
                ("ordered_mw", ("a.buy", "s.own", "n1"), 1.0),
                ("ordered_mw", ("a.buy", "v.shell", "n1"), 1.0),
            ),
            supplied[1]: (("signed_mw", ("w.cloud", "b", "n2"), 1.0),),
            supplied[2]: (("ordered_mw", ("a.buy", "v.shell", "n2"), 1.0),),
        },
        supply_cap_mw={supplied[0]: 100.0, supplied[1]: 180.0, supplied[2]: 200.0},
        sold=SoldChips(
            columns=(sold_own, sold_shell),
            leaving={(*own, "n2"): ((sold_own, 0.5),), (*shell, "n3"): ((sold_shell, 0.25),)},
            out_of_life={
                (*own, "n2"): ((sold_own, 0.5, 1.0),),
                (*own, "n3"): ((sold_own, 1 / 12, 0.0),),
                (*shell, "n3"): ((sold_shell, 0.25, 1.0),),
            },
            of_order={
                ("a.buy", "s.own", "n1", "n3"): (sold_own,),
                ("a.buy", "v.shell", "n1", "n3"): (sold_shell,),
            },
        ),
    )


def power() -> Power:
    """Return a site whose grid carries 200 facility MW, with a demand charge and a minimum bill, and two empty ones.

    In n3 the first is paid for its energy; the others are paid for MW charged.
    """
    site, empty, paid = "s", ("t", "n2"), ("p", "n2")
    dates = ((site, "n1", 0), (site, "n1", 1), (site, "n2", 0), (site, "n3", 0))
    shell = ("signed_mw", ("v.shell", "none", "n1"))
    one, two = ("blocks", ("s.own", "n1")), ("blocks", ("s.own", "n2"))
    return Power(
        sites=(site, "t", "p"),
        dates=(*dates, (*empty, 0)),
        load={
            (*empty, 0): (),
            dates[0]: ((*shell, 0.625),),
            dates[1]: ((*shell, 1.25),),
            dates[2]: ((*shell, 1.25), (*one, 62.5)),
            dates[3]: ((*shell, 1.25), (*one, 62.5), (*two, 62.5)),
        },
        given_facility_mw={
            dates[0]: 12.5,
            dates[1]: 12.5,
            dates[2]: 18.75,
            dates[3]: 18.75,
            (*empty, 0): 0.0,
        },
        relief={
            (*empty, 0): (),
            dates[0]: (),
            dates[1]: (),
            dates[2]: (("units", ("s.gas", "n1"), 80.0),),
            dates[3]: (("units", ("s.gas", "n1"), 80.0),),
        },
        grid_facility_mw={**dict.fromkeys(dates, 200.0), (*empty, 0): 90.0},
        energy_nodes=(*((site, n) for n in N), empty, paid),
        energy_hosts={site: ("s.own", "v.shell"), "t": (), "p": ()},
        mwh_per_mw={(site, n): 8760.0 * YEARS[n] for site in ("s", "t", "p") for n in N},
        mean_grid_mw={**{(site, n): 200.0 for n in N}, empty: 80.0, paid: 70.0},
        projects_at={site: ("s.gas",), "t": (), "p": ()},
        project_hours={("s.gas", n): 8000.0 * YEARS[n] for n in N},
        grid_usd_m_per_mwh={**{(site, n): 5e-5 for n in N}, (site, "n3"): -1e-5, empty: 6e-5, paid: 6e-5},
        project_usd_m_per_mwh={("s.gas", n): 4e-5 for n in N},
        hours={n: 8760.0 * YEARS[n] for n in N},
        minimum_bill={site: 0.7, "t": 0.8},
        demand_charge={**{(site, n): 0.012 * YEARS[n] for n in N}, empty: -0.002, paid: -0.003},
        charged_sites=(site, "t", "p"),
        gross={site: False, "t": False, "p": False},
        facility_per_it={site: 1.25, "t": 1.25, "p": 1.25},
    )


def service() -> Service:
    """Return training anywhere and research on own capacity alone."""
    serves: tuple[tuple[str, Pool], ...] = (
        ("train", OWN),
        ("train", VENDOR),
        ("train", B),
        ("research", OWN),
    )
    both = [(w, n) for w in ("train", "research") for n in N]
    work = {"a": 1.0, "b": 1.6}
    return Service(
        workloads=("train", "research"),
        pools=(OWN, VENDOR, B),
        pool_installed={OWN: (("a", "s.own"), ("a", "v.shell")), VENDOR: (), B: ()},
        pool_offers={OWN: (), VENDOR: (("w.cloud", "a"), ("w.spot", "a")), B: (("w.cloud", "b"),)},
        serves=serves,
        work={(w, pool, n): work[pool[0]] for w, pool in serves for n in N},
        demand_work={(w, n): 120.0 if w == "train" else 24.0 for w, n in both},
        reference_work=dict.fromkeys(both, 1.2),
        demand_mw={(w, n): 100.0 if w == "train" else 20.0 for w, n in both},
        margin_usd_m_per_mw={(w, n): (10.0 if w == "train" else 0.0) * YEARS[n] for w, n in both},
        shortfall_usd_m_per_mw={(w, n): 15.0 * YEARS[n] for w, n in both},
        most_work={(w, n): (120.0 if w == "train" else 24.0) + MOVED.get((w, n), 0.0) for w, n in both},
        workload_of={"train": "train", "research": "research"},
        demand_region={"train": "eu", "research": ""},
        own_share={("train", "n2"): 0.3},
        sources=(("research", ANY, "n2"), ("research", ANY, "n3")),
        opens={(ANY, "n2"): (("opened", ("s.own", "n1"), 1.0), ("signed", ("v.shell", "n1"), 1.0))},
        shift=shift(),
    )


def shift() -> Shift:
    """Return a pulse of training in n1 or n2 that borrows from research in n1, half of it served by n3."""
    loan = "train", "research", "n1"
    returns = ("train", "research", "n2"), ("train", "research", "n3")
    return Shift(
        pulses=(("train", "n1"), ("train", "n2")),
        pulse_work={("train", "n2"): 60.0},
        pulse_window={("train", "n2"): (("train", "n1"), ("train", "n2"))},
        loans=(loan,),
        loan_most_mw={loan: 5.0},
        pulse_mw={("train", "n1"): 2.0},
        returns=returns,
        return_ends=returns[1:],
        lost_margin_usd_m_per_mw={loan: 1.5},
    )


def money() -> Money:
    """Return a floor that is soft in n1, a round, two loans on construction, a revolver, and a cap on payables."""
    loans = {
        "loan": Facility("amortising", ("construction",), 0.7, 0.08, 0.01),
        "club": Facility("amortising", ("construction",), 0.5, 0.07, 0.0),
        "bank": Facility("revolver", (), 1.0, 0.06, 0.0),
    }
    at = [(facility, n) for facility in loans for n in N]
    return Money(
        opening_cash_usd_m=2000.0,
        fixed_cash_usd_m=dict(zip(N, (100.0, 150.0, 900.0), strict=True)),
        cash_yield={n: 0.04 * YEARS[n] for n in N},
        floor_usd_m=dict(zip(N, (300.0, 400.0, 500.0), strict=True)),
        overdraft_nodes=("n1",),
        overdraft_most_usd_m={"n1": None},
        overdraft_price={"n1": 0.0425},
        rounds=(("ipo", "n2"),),
        round_usd_m={("ipo", "n2", "n2"): 700.0, ("ipo", "n2", "n3"): 300.0},
        facilities=loans,
        draws=(
            ("loan", "n1"),
            ("loan", "n2"),
            ("club", "n2"),
            ("bank", "n1"),
            ("bank", "n2"),
            ("bank", "n3"),
        ),
        draw_lines=(
            ("loan", "construction", "n1"),
            ("loan", "construction", "n2"),
            ("club", "construction", "n2"),
        ),
        line_share={("construction", "n1"): 0.7, ("construction", "n2"): 0.7},
        repaid_share={("loan", "n1", "n3"): 0.5, ("loan", "n2", "n3"): 0.4, ("club", "n2", "n3"): 1.0},
        limit_usd_m=dict.fromkeys(at, 500.0),
        interest_rate={(facility, n): loans[facility].rate * YEARS[n] for facility, n in at},
        commitment_fee={key: 0.005 * YEARS[key[1]] if key[0] == "bank" else 0.0 for key in at},
        mean_limit_usd_m=dict.fromkeys(at, 500.0),
        payables_cap_usd_m={"w": dict.fromkeys(N, 60.0)},
        owed={
            ("w", "n1"): (
                ("signed_mw", ("w.cloud", "a", "n1"), 1.5),
                ("signed_mw", ("w.cloud", "b", "n1"), 2.0),
            ),
            ("w", "n2"): (
                ("signed_mw", ("w.cloud", "a", "n1"), 1.5),
                ("signed_mw", ("w.cloud", "b", "n1"), 2.0),
                ("signed_mw", ("w.cloud", "b", "n2"), 2.0),
            ),
            ("w", "n3"): (),
        },
        owed_given_usd_m={("w", n): 5.0 for n in N},
        payables_line={"w": "cloud_rent"},
    )


def limits() -> tuple[LimitRow, ...]:
    """Return a hard cap, a soft minimum and a share."""
    cloud = tuple(("delivered_end_mw", ("w.cloud", chip, "n2"), 1.0) for chip in ("a", "b"))
    built = (("built_end_mw", ("s.own", "n2"), 1.0),)
    shell = (("delivered_end_mw", ("v.shell", "none", "n2"), 1.0),)
    spend = tuple(("paid_usd_m", (line, n), 1.0) for line in ("construction", "cloud_rent") for n in N)
    return (
        LimitRow("spend_cap", "", "n3", "max", spend, 40.0, 5000.0, None, (), 0.0, None, "USD m"),
        LimitRow("cloud_least", "w", "n2", "min", cloud, 0.0, 30.0, None, (), 0.0, 2.5, "MW"),
        LimitRow(
            "v_share", "v", "n2", "max", shell, 0.0, 0.0, 0.4, (*cloud, *built, *shell), 20.0, None, "MW"
        ),
    )


def ledger() -> tuple[Entry, ...]:
    """Return level rents by length of the period, block payments, and payments of period variables."""
    paid: list[tuple[str, tuple[str, ...], str, str, dict[str, float]]] = [
        ("blocks", ("s.own", "n1"), "construction", "own", {"n1": 300.0, "n2": 200.0}),
        ("blocks", ("s.own", "n2"), "construction", "own", {"n2": 310.0, "n3": 210.0}),
        ("opened", ("s.own", "n1"), "construction", "own", {"n1": 20.0}),
        ("opened", ("s.own", "n2"), "construction", "own", {"n2": -20.0}),
        ("additions", ("s.own", "n1"), "construction", "own", {"n1": -5.0}),
        ("units", ("s.gas", "n1"), "power_projects", "own", {"n1": 90.0}),
        ("signed_mw", ("v.shell", "none", "n1"), "shell_rent", "v", {"n1": 0.2, "n2": 0.4, "n3": 1.6}),
        ("signed_mw", ("w.cloud", "a", "n1"), "cloud_rent", "w", {"n1": 2.0, "n2": 2.0}),
        ("signed_mw", ("w.cloud", "b", "n1"), "cloud_rent", "w", {"n1": 2.5, "n2": 2.5}),
        ("signed_mw", ("w.cloud", "b", "n2"), "cloud_rent", "w", {"n2": 2.4, "n3": 2.4}),
        ("ordered_mw", ("a.buy", "s.own", "n1"), "chips", "own", {"n1": 15.0, "n2": 15.0}),
        ("ordered_mw", ("a.buy", "v.shell", "n1"), "chips", "own", {"n1": 15.0, "n2": 15.0}),
        ("ordered_mw", ("a.buy", "v.shell", "n2"), "chips", "own", {"n2": 14.0, "n3": 14.0}),
        ("took", ("ipo", "n2"), "financing", "own", {"n2": 21.0, "n3": 9.0}),
        ("paid_early_usd_m", ("w", "n1"), "cloud_rent", "w", {"n1": 1.0, "n2": -1.0}),
        ("paid_early_usd_m", ("w", "n2"), "cloud_rent", "w", {"n2": 1.0, "n3": -1.0}),
        ("paid_early_usd_m", ("w", "n3"), "cloud_rent", "w", {"n3": 1.0}),
    ]
    for n in N:
        paid += [
            ("extra_mw", ("w.cloud", "a", n), "cloud_rent", "w", {n: 9.0 * YEARS[n]}),
            ("extra_mw", ("w.cloud", "b", n), "cloud_rent", "w", {n: 11.0 * YEARS[n]}),
            ("on_demand_mw", ("w.spot", "a", n), "cloud_rent", "w", {n: 14.0 * YEARS[n]}),
            ("billed_mwh", ("s", n), "energy", "own", {n: 5e-5}),
            ("project_mwh", ("s.gas", n), "energy", "own", {n: 4e-5}),
            ("charged_mw", ("s", n), "energy", "own", {n: 0.012 * YEARS[n]}),
            ("installed_mw", ("a", "s.own", n), "own_operating", "own", {n: 0.3 * YEARS[n]}),
            ("installed_mw", ("a", "v.shell", n), "own_operating", "own", {n: 0.3 * YEARS[n]}),
        ]
    paid += [
        ("kept_mw", ("w.cloud", chip, signing, n), "cloud_rent", "w", {n: 8.0 * YEARS[n]})
        for chip, signing, n in (("a", "n1", "n3"), ("b", "n1", "n3"), ("a", "g1", "n2"), ("a", "g1", "n3"))
    ]
    paid += [(column.var, column.index, "shell_rent", "v", {"n3": 3.0}) for column in clause_columns()]
    return tuple(
        Entry(var, index, line, vendor, n, usd_m, usd_m)
        for var, index, line, vendor, by_node in paid
        for n, usd_m in by_node.items()
    )


def cost(entries: tuple[Entry, ...]) -> dict[tuple[str, tuple[str, ...]], dict[str, tuple[float, float]]]:
    """Return undiscounted payments as cost, with the value of what is unserved, credited, owed or broken."""
    found: dict[tuple[str, tuple[str, ...]], dict[str, tuple[float, float]]] = {}
    for entry in entries:
        lines = found.setdefault((entry.var, entry.index), {})
        paid, _ = lines.get(entry.line, (0.0, 0.0))
        lines[entry.line] = (paid + entry.paid_usd_m, 0.0)
    for w in ("train", "research"):
        for n in N:
            found["shortfall_mw", (w, n)] = {"shortfall": (15.0 * YEARS[n], 0.0)}
    found["valued_mw", ("a.buy", "v.shell", "n1", "n3")] = {"chips": (0.0, -12.0)}
    found["valued_mw", ("a.buy", "v.shell", "n2", "n3")] = {"chips": (0.0, -13.0)}
    found["opening_valued_mw", ("0", "a", "v.shell", "n3")] = {"chips": (0.0, -5.0)}
    found["overdraft_usd_m", ("n1",)] = {"soft_limits": (0.0425, 0.0)}
    found["broken", ("cloud_least", "w", "n2")] = {"soft_limits": (2.5, 0.0)}
    return found


def logic() -> Logic:
    """Two things apart, one of two at least, the cloud after the shell: choices over what the data decide."""
    decided = {
        ("v.shell", "n1"): ("signed", 1),
        ("w.cloud", "n1"): ("signed", 1),
        ("w.cloud", "n2"): ("signed", 2),
    }
    things = ("v.shell", "w.cloud")
    return Logic(
        things=things,
        chosen=tuple((thing, n) for thing in things for n in N),
        decisions=decided,
        at_most={("apart", "n3"): (things, (("ipo", "n2"),), 2.0)},
        at_least={("one", "n3"): (things, (), 1.0)},
        needs={
            ("order", "v.shell", "n1"): ("w.cloud", None),
            ("order", "v.shell", "n2"): ("w.cloud", "n1"),
            ("order", "v.shell", "n3"): ("w.cloud", "n2"),
        },
    )


def every_feature() -> Data:
    """Return the data with every feature."""
    entries = ledger()
    return Data(
        timeline=timeline(),
        tree=path_tree(),
        years=YEARS,
        construction=construction(),
        contracts=contracts(),
        chips=chips(),
        power=power(),
        service=service(),
        money=money(),
        limits=limits(),
        ledger=entries,
        lines=tuple(dict.fromkeys(entry.line for entry in entries)),
        given_paid_usd_m={("construction", "n1"): 30.0},
        given_accrued_usd_m={("construction", "n1"): 30.0},
        cost=cost(entries),
        stages=stages(),
        exits=exits(),
        utility=utility(),
        logic=logic(),
        sublets=Sublets(
            most_share={"v.shell": 0.5, "w.cloud": 1.0},
            most_mw={("v.shell", "none", "n3"): 55.0, ("w.cloud", "a", "n2"): 100.0},
            before={("v.shell", "none", "n3"): ("n1", 0.0), ("w.cloud", "a", "n2"): (None, 20.0)},
            own_first=(("v.shell", "none", "n3", "train"), ("w.cloud", "a", "n2", "research")),
        ),
    )
