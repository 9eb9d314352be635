"""Names that must exist: sites, regions, vendors, chips, hosts, workloads."""

from __future__ import annotations

from planner.instance.check.report import Report
from planner.instance.schema import Spec


def hosts_of(spec: Spec) -> set[str]:
    """Own builds and shells, as site.build and vendor.offer."""
    builds = {f"{site_id}.{id_}" for site_id, site in spec.sites.items() for id_ in site.build}
    shells = {
        f"{vendor_id}.{id_}"
        for vendor_id, vendor in spec.vendors.items()
        for id_, offer in vendor.offers.items()
        if offer.kind == "shell"
    }
    return builds | shells


def reference_findings(report: Report) -> None:
    """Everything named exists."""
    spec = report.spec
    for id_, site in spec.sites.items():
        report.known(f"sites.{id_}.region", "region", [site.region], spec.regions)
    for id_, workload in spec.workloads.items():
        if workload.region is not None:
            report.known(f"workloads.{id_}.region", "region", [workload.region], spec.regions)
    _offers(report)
    _chips(report)
    _money(report)
    _limits(report)
    _logic(report)


def _offers(report: Report) -> None:
    spec = report.spec
    for vendor_id, vendor in spec.vendors.items():
        if vendor_id == "own":
            report.error("bad_id", "vendors.own", "`own` means own construction", "choose another id")
        for id_, offer in vendor.offers.items():
            path = f"vendors.{vendor_id}.offers.{id_}"
            if offer.site is not None:
                report.known(f"{path}.site", "site", [offer.site], spec.sites)
            if offer.region is not None:
                report.known(f"{path}.region", "region", [offer.region], spec.regions)
            report.known(f"{path}.chips", "chip", offer.chips, spec.chips)
            priced = f"{path}.price_by_chip_usd_per_kw_month"
            for chip in offer.price_by_chip_usd_per_kw_month:
                report.known(f"{priced}.{chip}", "chip of this offer", [chip], offer.chips)
            for given_id, given in offer.signed.items():
                if given.chip is not None:
                    report.known(f"{path}.signed.{given_id}.chip", "chip", [given.chip], spec.chips)


def _chips(report: Report) -> None:
    spec = report.spec
    hosts = hosts_of(spec)
    for id_, chip in spec.chips.items():
        for workload in chip.work:
            report.known(f"chips.{id_}.work.{workload}", "workload", [workload], spec.workloads)
        if chip.hosts != "any":
            report.known(f"chips.{id_}.hosts", "own build or shell", chip.hosts, hosts)
        if spec.makers:
            report.known(f"chips.{id_}.maker", "maker", [chip.maker], spec.makers)
    makers = {chip.maker for chip in spec.chips.values()}
    for id_, supply in spec.supply.items():
        report.known(f"supply.{id_}.makers", "maker of a chip", supply.makers, makers)
        report.known(f"supply.{id_}.chips", "chip", supply.chips, spec.chips)
        report.known(f"supply.{id_}.channels", "channel", supply.channels, {"own", *spec.vendors})


def _money(report: Report) -> None:
    spec = report.spec
    opening = spec.money.opening
    hosts = hosts_of(spec)
    builds = {f"{site_id}.{id_}" for site_id, site in spec.sites.items() for id_ in site.build}
    for position, payable in enumerate(opening.payables):
        report.known(f"money.opening.payables.{position}.vendor", "vendor", [payable.vendor], spec.vendors)
    for position, chips in enumerate(opening.chips):
        report.known(f"money.opening.chips.{position}.chip", "chip", [chips.chip], spec.chips)
        report.known(f"money.opening.chips.{position}.host", "own build or shell", [chips.host], hosts)
    for position, blocks in enumerate(opening.construction):
        report.known(f"money.opening.construction.{position}.build", "own build", [blocks.build], builds)
    for position, spend in enumerate(opening.past_spend):
        if spend.vendor is not None:
            known = {"own", *spec.vendors}
            report.known(f"money.opening.past_spend.{position}.vendor", "vendor", [spend.vendor], known)


def _limits(report: Report) -> None:
    spec = report.spec
    groups = {vendor.group or id_ for id_, vendor in spec.vendors.items()} | {"own"}
    known: dict[str, set[str]] = {
        "site": set(spec.sites),
        "region": set(spec.regions),
        "vendor": {"own", *spec.vendors},
        "group": groups,
        "maker": {chip.maker for chip in spec.chips.values()},
        "chip": set(spec.chips),
        "workload": set(spec.workloads),
    }
    for id_, limit in spec.limits.items():
        for filter_, names in known.items():
            report.known(f"limits.{id_}.{filter_}", filter_, getattr(limit, filter_), names)


def _logic(report: Report) -> None:
    """Things of logical limits: offers, builds, power projects, optional rounds."""
    spec = report.spec
    offers = {f"{vendor_id}.{id_}" for vendor_id, vendor in spec.vendors.items() for id_ in vendor.offers}
    builds = {f"{site_id}.{id_}" for site_id, site in spec.sites.items() for id_ in site.build}
    projects = {f"{site_id}.{id_}" for site_id, site in spec.sites.items() for id_ in site.power_projects}
    things = offers | builds | projects
    for id_, choice in spec.logic.items():
        path = f"logic.{id_}"
        report.known(
            f"{path}.of", "offer, build, project or round", choice.of, things | set(spec.money.rounds)
        )
        if choice.choosing is not None:
            report.known(f"{path}.choosing", "offer, build or project", [choice.choosing], things)
        report.known(f"{path}.needs", "offer, build or project", choice.needs, things)
        counts = choice.at_most is not None or choice.at_least is not None
        if not counts and not choice.needs:
            report.error("missing", path, "a choice that asks for nothing", "add at_most, at_least, or needs")
        if counts and not choice.of:
            report.error("missing", path, "nothing to count", "add `of: [vendor.offer, site.build]`")
        if bool(choice.needs) != (choice.choosing is not None):
            report.error("missing", path, "`choosing` and `needs` belong together", "give both, or neither")
        if choice.at_least is not None and choice.at_least.constant > len(choice.of):
            report.error(
                "range",
                f"{path}.at_least",
                f"{choice.at_least.constant:g} of {len(choice.of)} things",
                "lower it",
            )
