"""Index lists of the logical limits."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from planner.data.types import Var
from planner.model.given.base import Base
from planner.tree import Node


class Logic(Base):
    """What is chosen, and where choices are counted."""

    @cached_property
    def deciding(self) -> dict[tuple[str, Node], tuple[Var, ...]]:
        """(thing, node): the variable that chooses it there, or none."""
        found = self.logic.decisions
        return {key: (found[key][0],) if key in found else () for key in self.logic.chosen}

    @cached_property
    def chosen_at_most(self) -> tuple[tuple[str, Node], ...]:
        """(choice, last node) of choices with a most that could be passed."""
        at_most = self.logic.at_most.items()
        return tuple(key for key, (things, rounds, most) in at_most if len(things) + len(rounds) > most)

    @cached_property
    def chosen_at_least(self) -> tuple[tuple[str, Node], ...]:
        """(choice, last node) of choices with a least that is not there from the start."""
        return tuple(key for key, (_, _, least) in self.logic.at_least.items() if least > 0)

    def chosen_by(self, m: Any, thing: str, by_when: Node | None) -> Any:
        """Whether a thing is chosen by a node; 0 where it never can be."""
        return 0.0 if by_when is None or thing not in self.logic.things else m.chosen[thing, by_when]
