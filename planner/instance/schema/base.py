"""What all parts of the instance schema share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from planner.instance.schema.types import When


class Part(BaseModel):
    """A part of an instance: frozen, strict about unknown keys, built when first used."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True)


class Window(Part):
    """Dates between which something may be decided, both named periods included."""

    from_: When | None = Field(
        None, alias="from", description="first date; default the start of the calendar"
    )
    to: When | None = Field(None, description="last date, included; default the end of the calendar")
