"""Where owning beats leasing: an own block and a leased shell beside each other, and the rent and rate of equal cost.

Level costs as in `planner.level_cost`: present value of what is paid over present value of the MW-years that are had,
a block over its life, a lease over its term, both delivered on the same day, with energy and without chips (which are
the same in both). What is left of them at the end of a plan's calendar is counted in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.errors import UsageError
from planner.instance.parse import ParseError, parse_when
from planner.level_cost import LevelBook, life_worth, number, paid_at
from planner.timeline import HOURS_PER_YEAR, Timeline, curve, make_timeline

if TYPE_CHECKING:
    from planner.instance.instance import Instance
    from planner.instance.quantity import When
    from planner.instance.schema.contracts import Offer
    from planner.instance.schema.sites import BuildOption, PowerProject, Site
    from planner.instance.schema.spec import Spec

GRID = "grid"
LARGEST_RATE = 0.5
"""Break-even rates are looked for between 0 and this."""


@dataclass(frozen=True)
class Breakeven:
    """An own block (`site.build`) on grid power or a power project of its site, beside a shell (`vendor.offer`).

    `same_site`: a site that nobody leases is compared with the shells elsewhere. `delivered` is the month, as
    YYYY-MM. Costs are USD m per MW of IT load and year (= USD bn per GW-year); `_at_line` at the discount rates of the
    cost lines, `_at_company` at the company rate. Rents are those of the date of signing: `rent` is asked, at the
    break-even rent both cost the same. `breakeven_rate` is the one rate a year at which they do: owning is cheaper
    below it. None: owning is cheaper, or dearer, at all rates from 0 to 50 %.
    """

    build: str
    power: str
    shell: str
    same_site: bool
    delivered: str
    own_at_line: float
    lease_at_line: float
    own_at_company: float
    lease_at_company: float
    rent_usd_per_kw_month: float
    breakeven_rent_at_line: float
    breakeven_rent_at_company: float
    breakeven_rate: float | None


def breakeven(instance: Instance, delivered: str | None = None) -> tuple[Breakeven, ...]:
    """Return a row for every own block, its power (grid, and each project of the site) and shell it competes with.

    `delivered` is a date such as `2029Q3`; by default the first on which both can be there, with power. Raises
    `UsageError` for a date that is none.
    """
    try:
        wanted = None if delivered is None else parse_when(delivered)
    except ParseError as error:
        raise UsageError(f"delivered={delivered!r}: {error}", hint="write 2029Q3 or 2029-09") from error
    pairs = _Pairs(instance.spec)
    day = None if wanted is None else pairs.time.first(wanted)
    return tuple(row for pair in pairs.all() if (row := pair.row(day)) is not None)


class _Pairs:
    """The blocks and shells of an instance."""

    def __init__(self, spec: Spec) -> None:
        calendar = spec.calendar
        coarsen = calendar.coarsen and (calendar.coarsen.after, calendar.coarsen.step)
        self.spec = spec
        self.time: Timeline = make_timeline(
            calendar.start, calendar.end, calendar.step, calendar.report_to, coarsen or None
        )
        self.shells = {
            f"{vendor_id}.{offer_id}": offer
            for vendor_id, vendor in spec.vendors.items()
            for offer_id, offer in vendor.offers.items()
            if offer.kind == "shell" and offer.sign is not None and offer.term_months is not None
        }

    def all(self) -> Iterator[_Pair]:
        """Yield every block with its ways of power and the shells at its site, or all shells where there is none."""
        for site_id, site in self.spec.sites.items():
            here = {name: offer for name, offer in self.shells.items() if offer.site == site_id}
            for build_id, build in site.build.items():
                for power_id, project in {GRID: None, **site.power_projects}.items():
                    for shell, offer in (here or self.shells).items():
                        own = _Own(f"{site_id}.{build_id}", site, build, power_id, project)
                        yield _Pair(self, own, shell, offer, bool(here))

    def powered_from(self, site: Site) -> float | None:
        """First month of the calendar with grid power at a site."""
        path = curve(site.facility_power_mw, self.time)
        months = range(int(self.time.end))
        return next((float(x) for x in months if x >= path.start and path.at(x) > 0.0), None)

    def opens(self, window_from: When | None) -> float:
        """First month of a window that may have no beginning."""
        return 0.0 if window_from is None else max(0.0, self.time.first(window_from))


@dataclass(frozen=True)
class _Own:
    """A block with its way of power."""

    name: str
    site: Site
    build: BuildOption
    power: str
    project: PowerProject | None


@dataclass(frozen=True)
class _Pair:
    """A block and a shell."""

    pairs: _Pairs
    own: _Own
    shell: str
    offer: Offer
    same_site: bool

    def row(self, delivered: float | None) -> Breakeven | None:
        """Compare both on a day, the first possible by default; None where the site never has power."""
        first = self._first_day()
        if first is None:
            return None
        day = first if delivered is None else delivered
        line, company = LevelBook(self.pairs.spec), self._book(self.pairs.spec.discount.rate.constant)
        asked = self._asked(day)
        own_line, own_company = self._own(line, day), self._own(company, day)
        lease_line, lease_company = self._lease(line, day), self._lease(company, day)
        rent_line, rent_company = self._rent(line, day), self._rent(company, day)
        return Breakeven(
            build=self.own.name,
            power=self.own.power,
            shell=self.shell,
            same_site=self.same_site,
            delivered=_month_name(self.pairs.time, day),
            own_at_line=own_line,
            lease_at_line=lease_line,
            own_at_company=own_company,
            lease_at_company=lease_company,
            rent_usd_per_kw_month=asked,
            breakeven_rent_at_line=asked * (rent_line + own_line - lease_line) / rent_line,
            breakeven_rent_at_company=asked * (rent_company + own_company - lease_company) / rent_company,
            breakeven_rate=root(lambda rate: self._difference(rate, day), 0.0, LARGEST_RATE),
        )

    def _first_day(self) -> float | None:
        """First month on which both can be there and have power."""
        build, offer = self.own.build, self.offer
        assert offer.sign is not None and offer.site is not None
        lease_power = self.pairs.powered_from(self.pairs.spec.sites[offer.site])
        project = self.own.project
        own_power = (
            self.pairs.powered_from(self.own.site)
            if project is None
            else self.pairs.opens(project.start.from_) + project.lead_months.constant
        )
        if lease_power is None or own_power is None:
            return None
        built = self.pairs.opens(build.start.from_) + build.lead_months.constant
        leased = self.pairs.opens(offer.sign.from_) + number(offer.delivery_months, 0.0)
        # A shell elsewhere lends its terms, not its date of power.
        return max(built, leased, own_power, lease_power if self.same_site else 0.0)

    def _book(self, rate: float) -> LevelBook:
        return LevelBook(self.pairs.spec, rate)

    def _difference(self, rate: float, day: float) -> float:
        book = self._book(rate)
        return self._own(book, day) - self._lease(book, day)

    def _own(self, book: LevelBook, day: float) -> float:
        own = self.own
        block = book.block(own.build, day - own.build.lead_months.constant)
        if own.project is None:
            return block + book.energy(own.site, day)
        return block + _own_power(book, own.site, own.project, self.pairs.time, day)

    def _lease(self, book: LevelBook, day: float) -> float:
        assert self.offer.site is not None
        return self._rent(book, day) + book.energy(self.pairs.spec.sites[self.offer.site], day)

    def _rent(self, book: LevelBook, day: float) -> float:
        return book.rent(self.offer, None, self._signing(day))

    def _signing(self, day: float) -> float:
        return day - number(self.offer.delivery_months, 0.0)

    def _asked(self, day: float) -> float:
        assert self.offer.price_usd_per_kw_month is not None
        path = curve(self.offer.price_usd_per_kw_month, self.pairs.time)
        return path.at(max(self._signing(day), path.start))


def _own_power(book: LevelBook, site: Site, project: PowerProject, time: Timeline, day: float) -> float:
    """Level cost of a power project with energy, USD m per MW of IT load and year; what it cannot make is bought."""
    lead, rate = project.lead_months.constant, book.rate("power_projects")
    price = curve(project.capex_usd_per_kw, time)
    capex = price.at(max(day - lead, price.start)) / 1000.0 * site.facility_per_it.constant
    at_delivery = capex * paid_at(project.payments, lead, lead, rate)
    per_year = at_delivery / life_worth(project.life_years.constant, rate)
    if project.energy_usd_per_mwh is None or project.availability_share is None:
        return per_year + book.energy(site, day)  # more from the utility, as the grid is
    made = min(1.0, project.availability_share.constant / site.load_factor.constant)
    mwh = HOURS_PER_YEAR * site.load_factor.constant * site.facility_per_it.constant
    fuel, bought = curve(project.energy_usd_per_mwh, time), curve(site.energy_usd_per_mwh, time)
    price_usd = made * fuel.at(max(day, fuel.start)) + (1.0 - made) * bought.at(max(day, bought.start))
    return per_year + mwh * price_usd / 1e6


def root(function: Callable[[float], float], low: float, high: float) -> float | None:
    """Return where a continuous function changes its sign between two ends, None where it does not."""
    at_low, at_high = function(low), function(high)
    if at_low == 0.0:
        return low
    if at_low * at_high > 0.0:
        return None
    while high - low > 1e-10:
        middle = (low + high) / 2.0
        at_middle = function(middle)
        if at_low * at_middle <= 0.0:
            high = middle
        else:
            low, at_low = middle, at_middle
    return (low + high) / 2.0


def _month_name(time: Timeline, x: float) -> str:
    index = time.origin.year * 12 + time.origin.month - 1 + int(x + 1e-9)
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
