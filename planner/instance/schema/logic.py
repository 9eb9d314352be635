"""Logical limits: things that are chosen together, apart, one after the other, or so many of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from planner.instance.schema.base import Part
from planner.instance.schema.types import Count, Flag, Months, OneOrMany, Text

ThingId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}(\.[a-z][a-z0-9_]{0,62})?$")]
Things = Annotated[tuple[ThingId, ...], OneOrMany]


class Choice(Part):
    """A logical limit over things that are chosen or not: offers signed, blocks or power units started, rounds taken.

    A thing is named by its id: `vendor.offer`, `site.build`, `site.project`, or the id of an optional round. It is
    chosen from the period of its first decision on; what runs or stands on the first day is chosen from the start.
    """

    name: Text | None = None
    of: Things = Field((), description="things counted by at_most and at_least")
    at_most: Count | None = Field(None, description="most of them ever chosen; 1 excludes one another")
    at_least: Count | None = Field(None, description="least of them chosen by the end of the calendar")
    choosing: ThingId | None = Field(None, description="a thing that may be chosen only where its needs are")
    needs: Things = Field((), description="all of them chosen in the same period or before")
    months_before: Months | None = Field(None, description="and so many months earlier; default 0")
    active: Flag = True
    source: Text | None = None
