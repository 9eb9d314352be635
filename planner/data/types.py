"""What the model needs, prepared: index lists, floats by node, and tables of what each decision delivers and pays.

Units: MW of IT load unless a name says facility, USD m, months, years. Index order: site, vendor, offer, chip, host,
node. Ids: build `site.build`, offer `vendor.offer`, host = a build or a shell offer, project `site.project`,
terms `chip.terms`. Nodes are strings (planner.tree). Dicts hold exactly the listed keys: a missing key is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from planner.timeline import Timeline
from planner.tree import Node, Tree

if TYPE_CHECKING:
    from planner.data.delivery import Delivery
    from planner.data.rent import Rent

Var = str
"""Name of a model variable."""
Index = tuple[str, ...]
Term = tuple[Var, Index, float]
"""coefficient x variable[index]; the unit is that of the row it stands in."""
Pool = tuple[str, str, str]
"""chip, place (region, a site that is told apart, or `any` where nobody asks), control (`own` or `vendor`)."""


@dataclass(frozen=True)
class Entry:
    """What one unit of a decision pays and accrues in a line at a node, USD m."""

    var: Var
    index: Index
    line: str
    vendor: str
    """Vendor owed, `own` where nobody in particular."""
    node: Node
    paid_usd_m: float
    accrued_usd_m: float


@dataclass(frozen=True)
class MwColumn:
    """What one unit of a decision adds to the MW that an offer delivers, or takes from them (then negative).

    Everything that counts contracted MW sums over signings, given contracts and these: a clause of a contract only
    yields its columns and its own rules (planner.data.columns makes them). Dicts by scenario hold those below the node
    of the decision.
    """

    var: Var
    index: Index
    """Offer, chip, ..., node of the decision."""
    share: dict[Node, float]
    """Mean MW per unit; nonzero only."""
    end_share: dict[Node, float]
    """On the last day."""
    secured: dict[Node, float]
    """Counted as secured on the last day."""
    delivery: Mapping[str, Delivery] = field(default_factory=dict)
    """By scenario: when what it adds or takes stands."""
    sign: float = 1.0
    """-1 where it takes away."""
    arrivals: Mapping[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)
    """By scenario: (date, MW) that come new, or no longer come: on these dates power is checked and supply taken."""
    rent: Mapping[str, Rent] = field(default_factory=dict)
    """By scenario: the change of what is paid."""
    cost: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By scenario: (paid up to the end, at_end balance), at the rate of the offer's line."""
    running: bool = False
    """Changes a contract that runs already: left out where a limit does not include given ones."""
    committed: bool = True
    """Whether its payments are open commitments from the decision on."""

    @property
    def offer(self) -> str:
        """Offer."""
        return self.index[0]

    @property
    def chip(self) -> str:
        """Chip, `none` for a shell."""
        return self.index[1]

    @property
    def decided(self) -> Node:
        """Node of the decision."""
        return self.index[-1]


@dataclass(frozen=True)
class Construction:
    """Own construction and power projects."""

    builds: tuple[str, ...]
    starts: tuple[tuple[str, Node], ...]
    """(build, node) where a block may start."""
    block_mw: dict[str, float]
    most_blocks: dict[str, int]
    most_starts: dict[tuple[str, Node], float]
    """Blocks in a period; a whole number unless the build is continuous."""
    opening_cost: tuple[str, ...]
    """Builds with a site cost: only these have `opened`."""
    crew: dict[tuple[str, Node], tuple[tuple[Node, ...], int]]
    """Nodes whose starts are under construction, and most blocks; only builds with a crew limit."""
    share: dict[tuple[str, Node, Node], float]
    """(build, start node, node): mean share delivered; nonzero ones only."""
    end_share: dict[tuple[str, Node, Node], float]
    given_mw: dict[tuple[str, Node], float]
    """(build, node): mean MW of the opening position; all (build, node)."""
    given_end_mw: dict[tuple[str, Node], float]
    given_secured_mw: dict[tuple[str, Node], float]
    """The same on the last day, with what is still under construction."""
    secured: frozenset[tuple[str, Node, Node]]
    """(build, start node, node): started, and its life not over on the last day."""
    projects: tuple[str, ...]
    project_starts: tuple[tuple[str, Node], ...]
    unit_facility_mw: dict[str, float]
    most_units: dict[str, int]
    project_share: dict[tuple[str, Node, Node], float]
    project_end_share: dict[tuple[str, Node, Node], float]


TermKey = tuple[str, str, str]
"""A contract: offer, chip, and the node of its signing or the id of a given one."""


@dataclass(frozen=True)
class Clauses:
    """Which columns of clauses hang together; empty where no offer has any."""

    one_way: dict[tuple[str, str, str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """(contract, last node): columns on the path that end or follow its term; each MW goes one way."""
    given_mw: dict[TermKey, float] = field(default_factory=dict)
    """MW of given contracts among them."""
    renewed_before: dict[Index, Index] = field(default_factory=dict)
    """Second and later renewals: the column of the term before."""
    expanded: dict[tuple[str, str, str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """(contract, last node): expansions on the path."""
    left: dict[tuple[str, str, str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """The same index: what leaves the term early."""
    most_expanded_share: dict[str, float] = field(default_factory=dict)
    """By offer."""
    rights: tuple[tuple[str, str, Node], ...] = ()
    """(offer, chip, signing node) where the right to expand is bought."""


@dataclass(frozen=True)
class Tiers:
    """Volume tiers; empty where no offer has any. `tier_mw` are columns of the contracts."""

    reached: dict[tuple[str, str, Node], tuple[tuple[Term, ...], float]] = field(default_factory=dict)
    """(offer, tier, signing node): MW that count, and how many it asks for."""
    at: dict[tuple[str, Node], tuple[str, ...]] = field(default_factory=dict)
    """(offer, signing node): its tiers."""


@dataclass(frozen=True)
class SpendRow:
    """Terms whose sum is at least an amount."""

    terms: tuple[Term, ...]
    least: float


@dataclass(frozen=True)
class Consumption:
    """Commitments to spend; a signing is the node at which it is signed, or the id of a given contract."""

    chips: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Chips that may be drawn, by offer."""
    drawn: tuple[tuple[str, str, str, Node], ...] = ()
    """(offer, chip, signing, node)."""
    most_mw: dict[tuple[str, str, str, Node], float] = field(default_factory=dict)
    """Mean MW that may be drawn, by the same index."""
    ramp: dict[tuple[str, str, Node], SpendRow] = field(default_factory=dict)
    """(offer, signing, node): all that is drawn stays within what may be drawn (MW)."""
    topped_up: tuple[tuple[str, str, str, Node], ...] = ()
    """(offer, signing, contract year, node in which it ends)."""
    least: dict[tuple[str, str, str, Node], SpendRow] = field(default_factory=dict)
    """Least spend of contract years, USD m."""
    total: dict[tuple[str, str, Node], SpendRow] = field(default_factory=dict)
    """(offer, signing, node): what is spent by the end of the term or of the calendar, USD m."""
    spend: dict[tuple[str, str], tuple[Term | None, float]] = field(default_factory=dict)
    """(offer, signing): the total still to be spent on the first day, as a term of the signing or a number."""
    peaks: dict[tuple[str, str, str, Node], tuple[tuple[str, str, str, Node] | None, float]] = field(
        default_factory=dict
    )
    """Most MW drawn so far of chips that a supply counts: the index before, and the date of the increase."""
    paid: dict[tuple[str, str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """(offer, signing, node): what is paid in the period."""
    counted: tuple[tuple[str, str, Node], ...] = ()
    """(offer, signing, node) of `counted_usd_m`; only where a limit measures open commitments."""


@dataclass(frozen=True)
class Contracts:
    """Offers and signings."""

    offers: tuple[str, ...]
    """Shell and cloud offers that can deliver, given signings included."""
    on_demand: tuple[str, ...]
    chips_of: dict[str, tuple[str, ...]]
    """Chips of an offer; a shell has the one pseudo-chip `none`."""
    signings: tuple[tuple[str, Node], ...]
    """(offer, node) where it may be signed."""
    signed_chips: dict[tuple[str, Node], tuple[str, ...]]
    """Chips that a signing at the node may choose (`none` for a shell)."""
    binary: dict[tuple[str, Node], int]
    """Most signings in the period: 1 makes `signed` binary, more an integer."""
    min_mw: dict[tuple[str, Node], float]
    max_mw: dict[tuple[str, Node], float]
    block_mw: dict[str, float]
    """Offers sold in blocks: MW of a signing at (offer, chip, node) = block x integer `signed_blocks`."""
    most_signings: dict[str, int]
    most_total_mw: dict[str, float]
    """Only offers with a total."""
    share: dict[tuple[str, Node, Node], float]
    """(offer, signing node, node): mean MW delivered in the fixed term per signed MW; nonzero only."""
    end_share: dict[tuple[str, Node, Node], float]
    given_mw: dict[tuple[str, str, Node], float]
    """(offer, chip, node): mean MW of given signings in their fixed term; all offers, chips, nodes."""
    given_end_mw: dict[tuple[str, str, Node], float]
    given_secured_mw: dict[tuple[str, str, Node], float]
    secured: frozenset[tuple[str, Node, Node]]
    """(offer, signing node, node): signed, and its term not over on the last day."""
    kept: tuple[tuple[str, str, str, Node], ...]
    """(offer, chip, signing, node): `signing` is the signing node, or the id of a given one."""
    kept_before: dict[tuple[str, str, str, Node], Node | None]
    """Node of the column it must not exceed; None: the signing itself."""
    kept_given_mw: dict[tuple[str, str, str, Node], float]
    """First columns of given signings: most MW."""
    take_or_pay: dict[str, float]
    """Only offers with a share below 1: these have `used_mw` and `extra_mw`."""
    on_demand_most_mw: dict[tuple[str, Node], float]
    """(offer, node): most MW, all chips together."""
    availability: dict[str, float]
    vendor: dict[str, str]
    kind: dict[str, str]
    """own | shell | cloud | consumption | on_demand, by build or offer."""
    site: dict[str, str | None]
    region: dict[str, str]
    facility_per_it: dict[str, float]
    """By build or offer: the site's, else the region's."""
    columns: tuple[MwColumn, ...] = ()
    """What adds to the fixed terms or takes from them: MW kept, and those of other clauses."""
    consumption: Consumption = Consumption()
    tiers: Tiers = Tiers()
    deposits: dict[tuple[str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """(rent line, node): deposits paid, and returned (negative); nobody lends on them."""
    clauses: Clauses = Clauses()
    not_yet: frozenset[tuple[str, str, Node]] = frozenset()
    """(offer, chip, node) on demand before the chip exists."""


@dataclass(frozen=True)
class SoldChips:
    """Chips sold at listed ages; empty where no terms allow it. An index is (terms, host, order node, months, node)."""

    columns: tuple[tuple[str, str, Node, str, Node], ...] = ()
    leaving: dict[tuple[str, str, Node], tuple[tuple[Index, float], ...]] = field(default_factory=dict)
    """(chip, host, node): what is sold in it, and the share of the period that is left then."""
    out_of_life: dict[tuple[str, str, Node], tuple[tuple[Index, float, float], ...]] = field(
        default_factory=dict
    )
    """(chip, host, node): what is sold and would be in life: mean share, end share."""
    of_order: dict[tuple[str, str, Node, Node], tuple[Index, ...]] = field(default_factory=dict)
    """(terms, host, order node, last node): what is sold of an order in a scenario."""


@dataclass(frozen=True)
class Chips:
    """Chips for own and leased hosts."""

    chips: tuple[str, ...]
    hosts: tuple[str, ...]
    """Builds and shell offers."""
    pairs: tuple[tuple[str, str], ...]
    """(chip, host) that can ever be installed."""
    orders: tuple[tuple[str, str, Node], ...]
    """(terms, host, order node)."""
    chip_of: dict[str, str]
    """By terms."""
    arriving: dict[tuple[str, str, Node], tuple[tuple[str, Node, float], ...]]
    """(chip, host, node): (terms, order node, share of the node's period left after arrival) arriving in it."""
    in_life: dict[tuple[str, str, Node], tuple[tuple[str, Node, float, float], ...]]
    """(chip, host, node): (terms, order node, mean share, end share) of orders in life."""
    opening_mw: dict[tuple[str, str], float]
    """Before the first day, by (chip, host); all pairs."""
    opening_in_life: dict[tuple[str, str, Node], tuple[float, float]]
    """(chip, host, node): MW of opening chips still in life (mean, end); all pairs and nodes."""
    valued: tuple[tuple[str, str, Node, Node], ...]
    """(terms, host, order node, last node) in place and in life at the end."""
    opening_valued: tuple[tuple[str, str, str, Node], ...]
    """(opening chip number, chip, host, last node): `opening_valued_mw` up to opening_valued_mw."""
    opening_valued_most_mw: dict[tuple[str, str, str, Node], float]
    supplies: tuple[tuple[str, Node, int], ...]
    """(supply, node, step): dates in a node's period at which the cap holds, in order of date."""
    supply_before: dict[tuple[str, Node, int], tuple[tuple[str, Node, int], float] | None]
    """The step before on the path and the share of its taken MW still counted (carry)."""
    supply_arrivals: dict[tuple[str, Node, int], tuple[Term, ...]]
    """MW first arriving since the step before, at weight 1 or carried to this date."""
    supply_cap_mw: dict[tuple[str, Node, int], float]
    sold: SoldChips = SoldChips()


@dataclass(frozen=True)
class Power:
    """Site power and energy; only sites that something can use."""

    sites: tuple[str, ...]
    dates: tuple[tuple[str, Node, int], ...]
    """(site, node, step): dates at which power is checked, in order; the last one of a node is its last day."""
    load: dict[tuple[str, Node, int], tuple[Term, ...]]
    """Facility MW drawn on the date by decisions: blocks, signed_mw and the columns of clauses."""
    given_facility_mw: dict[tuple[str, Node, int], float]
    relief: dict[tuple[str, Node, int], tuple[Term, ...]]
    """Facility MW of finished projects, and of curtailable load, on the date."""
    grid_facility_mw: dict[tuple[str, Node, int], float]
    energy_nodes: tuple[tuple[str, Node], ...]
    """Sites with own or shell hosts x nodes."""
    energy_hosts: dict[str, tuple[str, ...]]
    mwh_per_mw: dict[tuple[str, Node], float]
    """Facility MWh in the period per installed IT MW."""
    mean_grid_mw: dict[tuple[str, Node], float]
    projects_at: dict[str, tuple[str, ...]]
    project_hours: dict[tuple[str, Node], float]
    """(project, node): hours x availability."""
    grid_usd_m_per_mwh: dict[tuple[str, Node], float]
    project_usd_m_per_mwh: dict[tuple[str, Node], float]
    hours: dict[Node, float]
    minimum_bill: dict[str, float]
    """Only sites with a minimum bill."""
    demand_charge: dict[tuple[str, Node], float]
    """USD m per facility MW and period; only sites with a charge."""
    charged_sites: tuple[str, ...]
    """Sites with either."""
    gross: dict[str, bool]
    facility_per_it: dict[str, float]
    months: dict[tuple[str, Node, int], float] = field(default_factory=dict)
    """Month of each of `dates`."""


@dataclass(frozen=True)
class Shift:
    """Work done at another date than it was asked for: pulses with a window, and what workloads lend to a pulse."""

    pulses: tuple[tuple[str, Node], ...] = ()
    """(demand, node) at which work of a pulse may be done."""
    pulse_work: dict[tuple[str, Node], float] = field(default_factory=dict)
    """(demand, node that ends a window): work of the pulse, MW-months."""
    pulse_window: dict[tuple[str, Node], tuple[tuple[str, Node], ...]] = field(default_factory=dict)
    """(demand, node that ends a window): the pulses at its nodes."""
    loans: tuple[tuple[str, str, Node], ...] = ()
    """(workload that borrows, demand that lends, node)."""
    loan_most_mw: dict[tuple[str, str, Node], float] = field(default_factory=dict)
    pulse_mw: dict[tuple[str, Node], float] = field(default_factory=dict)
    """(workload that borrows, node): mean MW of its pulse, but what shifts."""
    returns: tuple[tuple[str, str, Node], ...] = ()
    """The same index, where work lent may be done."""
    return_ends: tuple[tuple[str, str, Node], ...] = ()
    """Where all of it must be done."""
    lost_margin_usd_m_per_mw: dict[tuple[str, str, Node], float] = field(default_factory=dict)
    """Of loans; 0 where the work is done later."""


@dataclass(frozen=True)
class Service:
    """Pools and demands: a demand is a workload, or `workload.region` where it has demand regions."""

    workloads: tuple[str, ...]
    """All demands."""
    pools: tuple[Pool, ...]
    pool_installed: dict[Pool, tuple[tuple[str, str], ...]]
    """(chip, host) pairs in a pool."""
    pool_offers: dict[Pool, tuple[tuple[str, str], ...]]
    """(offer, chip) in a pool, on_demand too."""
    serves: tuple[tuple[str, Pool], ...]
    """(demand, pool) that may serve."""
    work: dict[tuple[str, Pool, Node], float]
    demand_work: dict[tuple[str, Node], float]
    """Mean MW of reference-chip work; without a pulse that may shift."""
    reference_work: dict[tuple[str, Node], float]
    demand_mw: dict[tuple[str, Node], float]
    """Mean MW of the reference fleet, pulse included unless it may shift."""
    margin_usd_m_per_mw: dict[tuple[str, Node], float]
    """For the whole period, per mean MW."""
    shortfall_usd_m_per_mw: dict[tuple[str, Node], float]
    """Lost margin and unserved value for the whole period, per mean MW."""
    most_work: dict[tuple[str, Node], float]
    """Most work that a plan may do for a demand: what is asked for, with what may be shifted here."""
    workload_of: dict[str, str]
    """By demand."""
    demand_region: dict[str, str]
    """By demand; empty where the workload has no demand regions."""
    place_site: dict[str, str | None] = field(default_factory=dict)
    """Site of a pool's place (its region part); None where it is a region."""
    place_region: dict[str, str] = field(default_factory=dict)
    own_share: dict[tuple[str, Node], float] = field(default_factory=dict)
    """(workload, node): least share of the work served that own-controlled pools do."""
    sources: tuple[tuple[str, str, Node], ...] = ()
    """(demand, place, node) of demands that one place serves."""
    opens: dict[tuple[str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """(place, node) that has nothing without a decision: whole numbers whose sum is 0 where it has no capacity."""
    shift: Shift = Shift()


@dataclass(frozen=True)
class Facility:
    """A debt facility."""

    kind: str
    lines: tuple[str, ...]
    """Eligible lines; empty: general purpose."""
    share: float
    rate: float
    draw_fee_share: float


@dataclass(frozen=True)
class Money:
    """Cash, rounds, debt."""

    opening_cash_usd_m: float
    fixed_cash_usd_m: dict[Node, float]
    """Operating cash (fixed part), margin of the whole demand, firm rounds, opening payables and debt service,
    payments of given contracts and opening construction: all that no decision changes."""
    cash_yield: dict[Node, float]
    """For the period."""
    floor_usd_m: dict[Node, float]
    """Only nodes with a floor."""
    overdraft_nodes: tuple[Node, ...]
    overdraft_most_usd_m: dict[Node, float | None]
    """Largest overdraft by node at which one is allowed; None: to be found."""
    overdraft_price: dict[Node, float]
    """USD m of cost per USD m at the node, discounted and weighted."""
    rounds: tuple[tuple[str, Node], ...]
    """(optional round, node): it is taken or not in the period in which its first money comes."""
    round_usd_m: dict[tuple[str, Node, Node], float]
    """(optional round, node at which it is taken, node): what comes in."""
    facilities: dict[str, Facility]
    draws: tuple[tuple[str, Node], ...]
    draw_lines: tuple[tuple[str, str, Node], ...]
    """(facility, line, node) for facilities with eligible lines."""
    line_share: dict[tuple[str, Node], float]
    """Largest share of any facility on a line; lines with facilities only."""
    repaid_share: dict[tuple[str, Node, Node], float]
    """Amortising: (facility, draw node, node)."""
    limit_usd_m: dict[tuple[str, Node], float]
    interest_rate: dict[tuple[str, Node], float]
    """For the period, on the opening balance."""
    commitment_fee: dict[tuple[str, Node], float]
    """For the period, per USD m undrawn; 0 outside the window."""
    mean_limit_usd_m: dict[tuple[str, Node], float]
    payables_cap_usd_m: dict[str, dict[Node, float]]
    """Vendors with a cap: the most on the last day, by node."""
    owed: dict[tuple[str, Node], tuple[Term, ...]]
    """(vendor with cap, node): unpaid accrued invoices on the last day, by decision."""
    owed_given_usd_m: dict[tuple[str, Node], float]
    payables_line: dict[str, str]


Counted = tuple[tuple[str, ...], tuple[tuple[str, Node], ...], float]
"""Things, rounds with the node at which they may be taken, and how many."""


@dataclass(frozen=True)
class Logic:
    """Logical limits: things that are chosen or not; all empty where the instance has none."""

    things: tuple[str, ...] = ()
    """Things named by a choice that a decision chooses, neither standing nor rounds."""
    chosen: tuple[tuple[str, Node], ...] = ()
    """(thing, node) of all things and nodes."""
    decisions: dict[tuple[str, Node], tuple[Var, float]] = field(default_factory=dict)
    """(thing, node) where it may be decided: the variable of the decision, and the most of it."""
    at_most: dict[tuple[str, Node], Counted] = field(default_factory=dict)
    """(choice, last node): its things, its rounds, and the most of them, what stands taken off."""
    at_least: dict[tuple[str, Node], Counted] = field(default_factory=dict)
    needs: dict[tuple[str, str, Node], tuple[str, Node | None]] = field(default_factory=dict)
    """(choice, needed thing, node): the thing that needs it, the node by which it must be chosen; None: too early."""


@dataclass(frozen=True)
class Stages:
    """What comes before blocks and limits their starts; empty where the instance says nothing of it."""

    continuous: frozenset[str] = frozenset()
    """Builds whose blocks may be started in parts."""
    additions: tuple[tuple[str, Node], ...] = ()
    """(build, node) with a fixed cost of a start, or a least size."""
    least_blocks: dict[tuple[str, Node], float] = field(default_factory=dict)
    """Least size of an addition, in blocks; those that have one."""
    most_held: dict[str, float] = field(default_factory=dict)
    """Most blocks of decisions standing, by build; those that have one."""
    securings: tuple[tuple[str, Node], ...] = ()
    """(site, node) where it may be secured."""
    ready: dict[tuple[str, Node], tuple[Node, ...]] = field(default_factory=dict)
    """(site, node) where its first block may start: securings that are ready by then; without the empty ones."""
    releases: tuple[tuple[str, Node], ...] = ()
    gated: dict[tuple[str, Node], str] = field(default_factory=dict)
    """Starts that wait for a site to be secured: its id by (build, node)."""
    rights: tuple[tuple[str, Node], ...] = ()
    """(build, node) where rights to start may be bought."""
    usable: dict[tuple[str, Node], tuple[Node, ...]] = field(default_factory=dict)
    """(build, node) where a start needs a right: purchases usable by then."""
    lapsing: dict[tuple[str, Node], tuple[Node, ...]] = field(default_factory=dict)
    """(build, node): purchases whose rights must be used or lapsed by then; where that grows."""
    crew: dict[tuple[str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """MW under construction by (crew, node), where anything can be."""
    crew_most_mw: dict[tuple[str, Node], float] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    """Builds where MW without chips cost more."""


@dataclass(frozen=True)
class Exits:
    """Blocks that are sold or cancelled."""

    sales: tuple[tuple[str, Node, Node], ...] = ()
    """(build, start node, node of the exit)."""
    most: dict[tuple[str, Node], float] = field(default_factory=dict)
    """Most blocks that leave, by (build, node); those that have a limit."""


@dataclass(frozen=True)
class Utility:
    """Curtailable load, grid upgrades, and contracts with utilities."""

    takes: tuple[tuple[str, Node], ...] = ()
    """(site, node) where curtailable load may be taken."""
    lost: dict[tuple[str, Node], float] = field(default_factory=dict)
    """Share of the period lost by (site, node) at which it can be in force."""
    most_it_mw: dict[tuple[str, Node], float] = field(default_factory=dict)
    """MW of IT load that can stand there at most, same index."""
    curtailed: tuple[tuple[str, str, Node], ...] = ()
    """(chip, place, node); a place is an own build, a shell or a cloud offer at the site."""
    discounted: tuple[tuple[str, Node], ...] = ()
    """(site, node) with a discount."""
    grid: tuple[tuple[str, Node], ...] = ()
    """(site, node) where grid energy depends on decisions."""
    extra_mean_mw: dict[tuple[str, Node], float] = field(default_factory=dict)
    """Facility MW that curtailable load brings, mean; all of `grid`."""
    upgrades_at: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Grid upgrades by site; sites of `grid`."""
    contracts: tuple[tuple[str, Node], ...] = ()
    """(site, node) where MW may be contracted."""
    contract_sites: tuple[str, ...] = ()
    contract_block_mw: dict[str, float] = field(default_factory=dict)
    contract_most_mw: dict[str, float] = field(default_factory=dict)
    drops: tuple[tuple[str, Node, Node], ...] = ()
    """(site, contracting node, node)."""
    in_force: dict[tuple[str, Node, int], tuple[Term, ...]] = field(default_factory=dict)
    """Contracted MW less dropped ones and finished generation, on dates of the power of contract sites."""
    running_mw: dict[tuple[str, Node, int], float] = field(default_factory=dict)
    mean_in_force: dict[tuple[str, Node], tuple[Term, ...]] = field(default_factory=dict)
    """Contracted MW less dropped ones, mean, by (contract site, node)."""
    mean_running_mw: dict[tuple[str, Node], float] = field(default_factory=dict)


NO_STAGES, NO_EXITS, NO_UTILITY = Stages(), Exits(), Utility()
"""Of an instance that says nothing of them."""


@dataclass(frozen=True)
class Sublets:
    """MW let to others, by (offer, chip, node); empty where no offer says so."""

    most_share: dict[str, float] = field(default_factory=dict)
    """Of the MW paid for, by offer."""
    most_mw: dict[tuple[str, str, Node], float] = field(default_factory=dict)
    """No plan has more."""
    before: dict[tuple[str, str, Node], tuple[Node | None, float]] = field(default_factory=dict)
    """Where a lead is stated: the node on whose last day the MW must have stood, or what was given then."""
    own_first: tuple[tuple[str, str, Node, str], ...] = ()
    """(offer, chip, node, demand that it could serve)."""


@dataclass(frozen=True)
class LimitRow:
    """One row of a limit: terms + given (in unit) against amount, or against share x the total's terms."""

    limit: str
    member: str
    """Of group_by, else empty."""
    node: Node
    """Node at whose date it is read; a window's last node."""
    sense: str
    """min | max."""
    terms: tuple[Term, ...]
    given: float
    amount: float
    share: float | None
    total_terms: tuple[Term, ...]
    total_given: float
    soft_usd_m: float | None
    """Cost per unit broken, discounted and weighted; None: hard."""
    unit: str


@dataclass(frozen=True)
class Data:
    """An instance, prepared for the model."""

    timeline: Timeline
    tree: Tree
    years: dict[Node, float]
    construction: Construction
    contracts: Contracts
    chips: Chips
    power: Power
    service: Service
    money: Money
    limits: tuple[LimitRow, ...]
    ledger: tuple[Entry, ...]
    """Payments of every decision by line, vendor and node: signings, blocks, units, orders, and period variables too
    (energy, operating cost, use beyond take-or-pay, on demand, kept MW, issue cost): `paid_usd_m` sums only these."""
    lines: tuple[str, ...]
    """Lines that anything pays."""
    given_paid_usd_m: dict[tuple[str, Node], float]
    """(line, node): payments that no decision changes (already inside fixed_cash_usd_m)."""
    given_accrued_usd_m: dict[tuple[str, Node], float]
    cost: dict[tuple[Var, Index], dict[str, tuple[float, float]]]
    """Expected discounted cost per unit of a variable, by line: (paid up to the end, at_end balance), USD m."""
    given_ledger: tuple[Entry, ...] = ()
    """The same for what no decision changes, in USD m: variable `given`, index (offer, signing id) or (build, number);
    sums to given_paid_usd_m and given_accrued_usd_m."""
    logic: Logic = Logic()
    sublets: Sublets = Sublets()
    memo_usd_m: dict[str, float] = field(default_factory=dict)
    """Present values that no decision changes, by name."""
    supplier_credit_usd_m: dict[tuple[Var, Index], float] = field(default_factory=dict)
    """Expected present value of rent at service less that at payment, per unit; shown, no line. Nonzero only; that of
    given contracts is memo `given_supplier_credit`."""
    stages: Stages = NO_STAGES
    exits: Exits = NO_EXITS
    utility: Utility = NO_UTILITY
