"""One MW of a contract in its fixed term, signed in the plan or given: what clauses end, renew and expand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from planner.data.context import EPS, Context, Scenario
from planner.data.delivery import Delivery, GivenContract, given_contracts, offer_terms, promised, signing
from planner.data.rent import (
    Rent,
    given_rent,
    level_cost,
    line_of,
    signing_price,
    unit_rent,
)
from planner.data.types import TermKey
from planner.tree import Node


@dataclass(frozen=True)
class Term:
    """A contract of one chip; money is per MW."""

    context: Context
    offer: str
    chip: str
    signing: str
    """Node of the signing, or the id of a given one."""
    given_mw: float | None = None

    @property
    def key(self) -> TermKey:
        """Its name in an index."""
        return self.offer, self.chip, self.signing

    @property
    def given(self) -> bool:
        """Whether no decision signs it."""
        return self.given_mw is not None

    @property
    def since(self) -> float:
        """Date from which anything about it may be decided."""
        if self.given:
            return max(0.0, self._contract(self.context.first).delivery.decided)
        return self.context.period(self.signing).start

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Nodes at which anything about it may be decided, parents first."""
        tree = self.context.tree
        return tree.nodes if self.given else tree.descendants[self.signing]

    def line(self) -> str:
        """Line of its rent."""
        return line_of(offer_terms(self.context.first, self.offer))

    def delivery(self, scenario: Scenario) -> Delivery:
        """As it is really delivered."""
        if self.given:
            return self._contract(scenario).delivery
        return signing(scenario, self.offer, self.since)

    def promised(self, scenario: Scenario) -> Delivery:
        """As it was contracted."""
        return self._contract(scenario).promised if self.given else promised(scenario, self.offer, self.since)

    def rent(self, scenario: Scenario) -> Rent:
        """Rent of 1 MW."""
        return scenario.once(("rent of term", self.key), lambda: self._rent(scenario))

    def cost(self, scenario: Scenario) -> tuple[float, float]:
        """Its level cost up to the end of the calendar, from the first day on: (paid, at_end)."""
        return scenario.once(
            ("cost of term", self.key),
            lambda: level_cost(scenario, self.line(), self.rent(scenario), self.delivery(scenario)),
        )

    def _rent(self, scenario: Scenario) -> Rent:
        if self.given_mw is not None:
            contract = self._contract(scenario)
            return given_rent(scenario, contract).scaled(1.0 / contract.mw)
        price = signing_price(scenario, self.offer, self.chip, self.since)
        return unit_rent(scenario, self.offer, self.since).scaled(price)

    def _contract(self, scenario: Scenario) -> GivenContract:
        return next(c for c in given_contracts(scenario, self.offer) if c.id == self.signing)

    # Decisions about it

    def decided_by(self, scenario: Scenario, date: float) -> Node | None:
        """The last node of a scenario that starts by a date, at or after the signing; None where there is none."""
        starts = [p for p, period in enumerate(self.context.periods) if period.start <= date + EPS]
        return self._node(scenario, starts[-1]) if starts else None

    def decided_from(self, scenario: Scenario, date: float) -> Node | None:
        """The first node of a scenario that starts on a date or after it."""
        starts = [p for p, period in enumerate(self.context.periods) if period.start >= date - EPS]
        return self._node(scenario, starts[0]) if starts else None

    def _node(self, scenario: Scenario, position: int) -> Node | None:
        node = self.context.path(scenario)[position]
        return node if self.context.periods[position].start >= self.since - EPS else None

    def by_node(
        self, decided: Callable[[Scenario], Node | None], what: str
    ) -> Mapping[Node, tuple[Scenario, ...]]:
        """Scenarios by the node of a decision; an error where it hangs on what is not yet known there."""
        found: dict[Node, list[Scenario]] = {}
        roots = self.context.scenarios.values() if self.given else self.context.below(self.signing)
        for scenario in roots:
            node = decided(scenario)
            if node is not None:
                found.setdefault(node, []).append(scenario)
        for node, scenarios in found.items():
            missing = [scenario for scenario in self.context.below(node) if scenario not in scenarios]
            if missing:
                self.context.refuse(f"{what} of {self.offer}", node, scenarios[0], missing[0])
        return {node: tuple(scenarios) for node, scenarios in found.items()}


def contract_terms(
    context: Context, signed_chips: Mapping[tuple[str, Node], tuple[str, ...]], offer: str
) -> list[Term]:
    """Contracts of an offer: those that may be signed, and given ones that still run on the first day."""
    terms = [
        Term(context, offer, chip, node)
        for (each, node), chips in signed_chips.items()
        if each == offer
        for chip in chips
    ]
    for given in given_contracts(context.first, offer):
        if given.mw > 0.0 and given.delivery.end > EPS:
            terms.append(Term(context, offer, given.chip, given.id, given.mw))
    return terms
