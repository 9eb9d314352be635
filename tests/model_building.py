"""Prepared data made by hand, continued: stages of building, blocks that leave, and what a utility asks for."""

from __future__ import annotations

from planner.data.types import Exits, Stages, Utility

N = ("n1", "n2", "n3")
OWN = "s.own"


def stages() -> Stages:
    """Return a site secured a period ahead, rights that lapse after n2, a crew of 60 MW, a fixed cost of a start."""
    starts = ((OWN, "n1"), (OWN, "n2"))
    return Stages(
        additions=starts,
        least_blocks={(OWN, "n2"): 1.2},
        most_held={OWN: 2.0},
        securings=(("s", "n1"), ("s", "n2")),
        ready={("s", "n2"): ("n1",)},
        releases=(("s", "n2"), ("s", "n3")),
        gated=dict.fromkeys(starts, "s"),
        rights=((OWN, "n1"),),
        usable={(OWN, "n1"): (), (OWN, "n2"): ("n1",)},
        lapsing={(OWN, "n3"): ("n1",)},
        crew={
            ("texas", "n1"): (("blocks", (OWN, "n1"), 50.0),),
            ("texas", "n2"): tuple(("blocks", start, 50.0) for start in starts),
        },
        crew_most_mw={("texas", "n1"): 60.0, ("texas", "n2"): 80.0},
        empty=(OWN,),
    )


def exits() -> Exits:
    """Return blocks of n1 that may leave in n2 or n3, at most one in n3."""
    return Exits(sales=((OWN, "n1", "n2"), (OWN, "n1", "n3")), most={(OWN, "n3"): 1.0})


def utility() -> Utility:
    """Return load at s that may be curtailed from n2 on, and a contract at t in blocks that may be dropped."""
    held, date = ("contracted_mw", ("t", "n1")), ("t", "n2", 0)
    return Utility(
        takes=(("s", "n2"),),
        lost={("s", "n2"): 0.01, ("s", "n3"): 0.005},
        most_it_mw={("s", "n2"): 240.0, ("s", "n3"): 250.0},
        curtailed=tuple(("a", place, n) for place in (OWN, "v.shell") for n in N[1:]),
        discounted=(("s", "n3"),),
        grid=(("s", "n2"), ("s", "n3")),
        extra_mean_mw={("s", "n2"): 20.0, ("s", "n3"): 10.0},
        upgrades_at={"s": ("s.gas",)},
        contracts=(("t", "n1"),),
        contract_sites=("t",),
        contract_block_mw={"t": 40.0},
        contract_most_mw={"t": 160.0},
        drops=(("t", "n1", "n2"),),
        in_force={date: ((*held, 1.0), ("dropped_mw", ("t", "n1", "n2"), -1.0))},
        running_mw={date: 15.0},
        mean_in_force={("t", "n2"): ((*held, 0.75), ("dropped_mw", ("t", "n1", "n2"), -0.75))},
        mean_running_mw={("t", "n2"): 12.0},
    )
