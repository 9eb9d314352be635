"""The places that the path of an override means, each `*` in it replaced by every child of what stands there."""

from __future__ import annotations

from typing import NamedTuple

from planner.instance.document import Node
from planner.instance.walk import Shape, child, spec_shape

Path = tuple[str, ...]
MAX_REACHED = 100_000
"""How many places the overrides of one layer may reach by `*` together."""


class TooMany(Exception):
    """The overrides reach more places than are looked at."""


class Place(NamedTuple):
    """A path, the node that stands there (None: nothing does), its shape (None: unknown), and whether it is a field."""

    path: Path
    node: Node | None
    shape: Shape | None
    is_field: bool

    @property
    def keys(self) -> list[str]:
        """The keys of the map that stands there, or the numbers of the list."""
        value = self.node.value if self.node is not None else None
        if isinstance(value, dict):
            return list(value)
        return [str(index) for index in range(len(value))] if isinstance(value, list) else []

    def below(self, step: str) -> Place:
        """Return the place one step further."""
        node = self.node.at((step,)) if self.node is not None else None
        shape = child(self.shape, step) if self.shape is not None else None
        is_field = shape is not None and self.shape is not None and self.shape.kind == "part"
        return Place((*self.path, step), node, shape, is_field)


class Reach:
    """Finds places in one tree; overrides that share the way up to their last `*` share the walk."""

    def __init__(self, root: Node) -> None:
        self._root = Place((), root, spec_shape(), False)
        self._walked: dict[tuple[Path, int], tuple[list[Place], Path | None]] = {}
        self._left = MAX_REACHED

    def of(self, path: Path, known: int) -> tuple[list[Place], Path | None]:
        """Return the places that a path means, or none and the first path at which a step before `known` fails.

        Raises `TooMany` where the paths with a `*` reach too many places.
        """
        stars = max((at for at, step in enumerate(path, 1) if step == "*"), default=0)
        if not stars:
            return self._along([self._root], path, 0, len(path), known)
        shared = path[:stars], min(known, stars)
        if shared not in self._walked:
            self._walked[shared] = self._along([self._root], path, 0, stars, known)
        places, missing = self._walked[shared]
        if missing is None:
            places, missing = self._along(places, path, stars, len(path), known)
            self._left -= len(places)
        if self._left < 0:
            raise TooMany
        return places, missing

    def _along(
        self, places: list[Place], path: Path, first: int, end: int, known: int
    ) -> tuple[list[Place], Path | None]:
        for index in range(first, end):
            step = path[index]
            if step == "*":
                places = [place.below(key) for place in places for key in place.keys]
                self._left -= len(places)
                if self._left < 0:
                    raise TooMany
                continue
            further = [place.below(step) for place in places]
            if index < known:
                further = [place for place in further if place.node is not None or place.is_field]
                if not further and places:
                    return [], (*places[0].path, step)
            places = further
        return places, None
