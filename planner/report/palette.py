"""Colours: few, told apart in grey print and by colour-blind readers, the same for a vendor or chip in every chart."""

from __future__ import annotations

from collections.abc import Iterable

from planner.instance.schema import Spec

INK = "#1f2933"
FAINT = "#7b8794"
RULE = "#d9dde2"
BEYOND = "#f3f4f6"
NAVY = "#1d3557"
BLUE = "#3f78b5"
PALE = "#a9c8e6"
SAND = "#e3c16f"
BRICK = "#9c3d2e"
TEAL = "#2a8c82"
GREY = "#b8bec6"

_ORDER = (
    "#1d3557", "#e3c16f", "#3f78b5", "#9c3d2e", "#a9c8e6", "#2a8c82", "#d98b5f", "#5b4a86", "#b9cf9c", "#6b7280",
    "#c78fb0", "#7a5c2e",
)  # fmt: skip
"""Dark and light take turns, so that neighbours in a stack differ in grey too."""
_FAMILIES = (
    ("#16432f", "#2f7d57", "#6fb08c", "#a9d3bb", "#d7ecdf"),
    ("#7a2e12", "#c9622f", "#e59d70", "#f2cdb3", "#fae6d8"),
    ("#1d3557", "#3f78b5", "#7ea9d4", "#a9c8e6", "#d4e4f3"),
    ("#4a3a73", "#7f6bb0", "#ab9dd0", "#cfc6e6", "#e7e2f2"),
    ("#6b5413", "#b8932f", "#e3c16f", "#efdcaa", "#f7eed5"),
    ("#374151", "#6b7280", "#9ca3af", "#c5cad1", "#e2e5e9"),
)
"""One family of shades a maker, dark to light by generation."""
TENURE = {"own": NAVY, "shell": "#7ea9d4", "cloud": SAND}
LINE = {
    "cloud_rent": SAND, "chips": "#2f7d57", "construction": NAVY, "shell_rent": "#7ea9d4", "power_projects": "#9c3d2e",
    "energy": "#d98b5f", "own_operating": "#5b4a86", "financing": "#6b7280", "shortfall": "#c9cdd3",
    "soft_limits": "#b8bec6", "resale": "#b9cf9c", "set_up": "#c78fb0",
}  # fmt: skip


def vendor_colours(spec: Spec) -> dict[str, str]:
    """A colour for `own` and each vendor, in the order of the file; they repeat after twelve."""
    ids = ("own", *spec.vendors)
    return {id_: _ORDER[number % len(_ORDER)] for number, id_ in enumerate(ids)}


def chip_colours(spec: Spec) -> dict[str, str]:
    """A shade for each chip: one family a maker, later generations lighter."""
    makers: dict[str, list[str]] = {}
    for id_, chip in spec.chips.items():
        makers.setdefault(chip.maker, []).append(id_)
    found = {"none": GREY}
    for number, chips in enumerate(makers.values()):
        found |= dict(zip(chips, _shades(number, len(chips)), strict=True))
    return found


def _shades(family: int, wanted: int) -> Iterable[str]:
    shades = _FAMILIES[family % len(_FAMILIES)]
    if wanted <= 1:
        return [shades[1]]
    last = len(shades) - 1
    return [shades[round(place * last / max(wanted - 1, last))] for place in range(wanted)]


def on(colour: str) -> str:
    """Black or white, whichever is read better on a colour."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 150 else "#ffffff"
