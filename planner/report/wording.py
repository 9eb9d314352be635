"""Words of the report: lines, columns of the cash statement, and display names of the ids of an instance."""

from __future__ import annotations

from functools import cached_property

from planner.instance.schema import Spec
from planner.numbers import short

LINES = {
    "construction": "Own construction",
    "power_projects": "Power projects",
    "shell_rent": "Shell rent",
    "cloud_rent": "Cloud rent",
    "chips": "Chips",
    "own_operating": "Operation of own sites",
    "energy": "Energy",
    "resale": "Resale",
    "set_up": "Set-up",
    "financing": "Financing",
    "shortfall": "Unserved demand (value)",
    "soft_limits": "Broken soft limits (price)",
}
STATEMENT = {
    "operating_usd_m": "Operating cash before compute",
    "margin_usd_m": "Margin of all demand",
    "lost_margin_usd_m": "Margin lost on unserved demand",
    "yield_usd_m": "Yield on cash",
    "opening_payables_usd_m": "Invoices from before the first day",
    "rounds_usd_m": "Firm equity rounds",
    "optional_rounds_usd_m": "Optional equity rounds",
    "draws_usd_m": "Debt drawn",
    "repayment_usd_m": "Debt repaid",
    "interest_usd_m": "Interest",
    "fees_usd_m": "Lenders' fees",
    "opening_debt_usd_m": "Service of debt from before the first day",
}
TENURES = {"own": "Own build", "shell": "Leased shell", "cloud": "Cloud"}
RUNGS = {
    "secured": "Secured",
    "powered": "Powered",
    "installed": "Chips installed",
    "operating": "Operating",
    "under_construction": "Under construction",
    "on_demand": "On demand",
    "demand": "Demand (reference fleet)",
}
LONGEST_NAME = 60


def words(id_: str) -> str:
    """An id as words: `own_operating` is `Own operating`."""
    text = id_.replace("_", " ")
    return text[:1].upper() + text[1:]


class Names:
    """Display names by id; an id without a name is written as words. All are cut to a sensible length."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def vendor(self, id_: str) -> str:
        """Name of a vendor; `own` is the lab itself."""
        if id_ == "own":
            return "Own build"
        vendor = self._spec.vendors.get(id_)
        return self._cut(vendor.name if vendor is not None else None, id_)

    def site(self, id_: str) -> str:
        """Name of a site."""
        site = self._spec.sites.get(id_)
        return self._cut(site.name if site is not None else None, id_)

    def region(self, id_: str) -> str:
        """Name of a region."""
        region = self._spec.regions.get(id_)
        return self._cut(region.name if region is not None else None, id_)

    def chip(self, id_: str) -> str:
        """Name of a chip; `none` stands for a shell without chips."""
        if id_ in ("none", ""):
            return "No chips yet" if id_ else ""
        chip = self._spec.chips.get(id_)
        return self._cut(chip.name if chip is not None else None, id_)

    def maker(self, id_: str) -> str:
        """Name of a maker of chips."""
        return self._cut(self._spec.makers.get(id_), id_)

    def workload(self, id_: str) -> str:
        """Name of a workload."""
        workload = self._spec.workloads.get(id_)
        return self._cut(workload.name if workload is not None else None, id_)

    def demand_region(self, workload: str, id_: str) -> str:
        """Name of a demand region; empty where a workload has none."""
        terms = self._spec.workloads.get(workload)
        region = terms.regions.get(id_) if terms is not None else None
        return self._cut(region.name if region is not None else None, id_) if id_ else ""

    def place(self, id_: str) -> str:
        """Name of the place of a pool: a site or a region."""
        return (
            self.site(id_) if id_ in self._spec.sites and id_ not in self._spec.regions else self.region(id_)
        )

    def facility(self, id_: str) -> str:
        """Name of a debt facility."""
        facility = self._spec.money.debt.get(id_)
        return self._cut(facility.name if facility is not None else None, id_)

    def round(self, id_: str) -> str:
        """Name of an equity round."""
        one = self._spec.money.rounds.get(id_)
        return self._cut(one.name if one is not None else None, id_)

    def limit(self, id_: str) -> str:
        """Name of a limit."""
        limit = self._spec.limits.get(id_)
        return self._cut(limit.name if limit is not None else None, id_)

    def line(self, id_: str) -> str:
        """Name of a cost line."""
        return LINES[id_] if id_ in LINES else words(id_)

    def member(self, id_: str) -> str:
        """Name of a build, offer, power project or chip terms, `site.build` or `vendor.offer`."""
        found = self._members.get(id_)
        return found if found is not None else short(id_, LONGEST_NAME)

    def offer_alone(self, id_: str) -> str:
        """Name of an offer without its vendor."""
        vendor, _, offer = id_.partition(".")
        held = self._spec.vendors[vendor].offers.get(offer) if vendor in self._spec.vendors else None
        return self._cut(held.name if held is not None else None, offer or id_)

    @cached_property
    def _members(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for vendor_id, vendor in self._spec.vendors.items():
            for offer_id in vendor.offers:
                id_ = f"{vendor_id}.{offer_id}"
                both = (self.vendor(vendor_id), self.offer_alone(id_))
                found[id_] = short(": ".join(dict.fromkeys(both)), LONGEST_NAME)
        for site_id, site in self._spec.sites.items():
            parts: dict[str, str | None] = {key: build.name for key, build in site.build.items()}
            parts |= {key: project.name for key, project in site.power_projects.items()}
            for key, name in parts.items():
                full = name or f"{short(self.site(site_id), 28)}: {words(key).lower()}"
                found[f"{site_id}.{key}"] = short(full, LONGEST_NAME)
        for chip_id, chip in self._spec.chips.items():
            for key, terms in chip.terms.items():
                found[f"{chip_id}.{key}"] = short(terms.name or self.chip(chip_id), LONGEST_NAME)
        return {id_: self._told_apart(id_, name, found) for id_, name in found.items()}

    def _told_apart(self, id_: str, name: str, found: dict[str, str]) -> str:
        """The name, with the place or id where two things of one name would be mixed up."""
        if sum(other == name for other in found.values()) < 2:
            return name
        site = self._spec.sites.get(id_.partition(".")[0])
        return short(
            f"{short(name, 30)}, {site.name if site is not None and site.name else id_}", LONGEST_NAME
        )

    def _cut(self, name: str | None, id_: str) -> str:
        return short(name or words(id_), LONGEST_NAME)
