"""Nodes in order with what leads every row over time; the frames of periods and of decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from planner.audit.book import PARTS
from planner.audit.claimed.table import Row, Table
from planner.audit.ladder import Standing, standings
from planner.audit.walk import Walk
from planner.plan.columns import DECISIONS
from planner.timeline import Period
from planner.tree import Node

COLUMN_OF = {
    "chip": "chip", "host": "host", "standing": "host", "signing": "signing", "order": "signing", "number": "signing",
    "node": "node",
}  # fmt: skip
"""Column of the frame of decisions by what a part of an index names; any other first part is its id."""


@dataclass(frozen=True)
class Nodes:
    """The nodes of all walks, each with the scenario whose terms hold at it."""

    walks: Sequence[Walk]

    @cached_property
    def order(self) -> dict[Node, int]:
        """Position of each node: by period, then by scenario."""
        paths = [walk.scene.path for walk in self.walks]
        nodes = dict.fromkeys(node for step in zip(*paths, strict=True) for node in step)
        return {node: place for place, node in enumerate(nodes)}

    @cached_property
    def owner(self) -> dict[Node, Walk]:
        """The walk that judges a node."""
        found = {node: walk for walk in self.walks for node in walk.scene.owned}
        return {node: found[node] for node in self.order}

    @cached_property
    def time(self) -> dict[Node, Row]:
        """Leading columns of a node."""
        chance: dict[Node, float] = defaultdict(float)
        for walk in self.walks:
            for node in walk.scene.path:
                chance[node] += walk.scene.probability
        return {
            node: {
                "node": node,
                "period": self.period(node).label,
                "reported": self.period(node).reported,
                "probability": chance[node],
                "_position": place,
            }
            for node, place in self.order.items()
        }

    @cached_property
    def standings(self) -> dict[Node, list[Standing]]:
        """What stands at the end of each node."""
        return {
            node: standings(walk.scene, walk.world, node, self.period(node))
            for node, walk in self.owner.items()
        }

    def period(self, node: Node) -> Period:
        """The period of a node."""
        return self.owner[node].scene.period(node)

    def steps(self) -> Iterator[tuple[Node, Walk, Row]]:
        """(node, the walk that judges it, its leading columns), in order."""
        for node, walk in self.owner.items():
            yield node, walk, self.time[node]


def periods(nodes: Nodes) -> Table:
    """The calendar and the tree."""
    table = Table()
    for node, walk, time in nodes.steps():
        period = nodes.period(node)
        table.add(
            time
            | {
                "parent": walk.scene.before(node) or "",
                "leaf": walk.scene.leaf,
                "start": period.start,
                "last_day": period.last_day,
                "years": period.years,
            }
        )
    return table


def decisions(nodes: Nodes, frame: pd.DataFrame) -> Table:
    """What follows from the variable and the index of each row; the amounts are what is audited."""
    table = Table()
    for variable, text in zip(frame["variable"].tolist(), frame["index"].tolist(), strict=True):
        parts = str(text).split("|")
        if variable not in DECISIONS or len(parts) != len(PARTS[variable]):
            continue  # no such decision: the book has said so
        word, unit = DECISIONS[variable]
        row: Row = {"variable": variable, "index": text, "decision": word, "unit": unit}
        row |= dict.fromkeys(("id", "chip", "host", "signing", "node"), "")
        for place, (part, value) in enumerate(zip(PARTS[variable], parts, strict=True)):
            column = COLUMN_OF.get(part, "" if place else "id")
            if column:
                row[column] = value
        row |= _dates(nodes, row["node"])
        table.add(row)
    return table


def _dates(nodes: Nodes, node: Node) -> Row:
    """Period, first day and whether it is reported; a decision of no period is always reported."""
    if node not in nodes.order:
        return {"period": "", "date": None, "reported": True}
    period = nodes.period(node)
    return {"period": period.label, "date": period.start, "reported": period.reported}
