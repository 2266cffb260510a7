"""What every section of policy.toml is made of: its base, and the kinds of numbers in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# ASSUME: every quantity of a plan is within these in its unit; outside, it is a typing error
MIN, MAX = 1e-6, 1e9
Positive = Annotated[float, Field(ge=MIN, le=MAX, allow_inf_nan=False, strict=True)]
NonNegative = Annotated[float, Field(ge=0, le=MAX, allow_inf_nan=False, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
SomeShare = Annotated[float, Field(ge=MIN, le=1, allow_inf_nan=False, strict=True)]
Count = Annotated[int, Field(ge=0, le=int(MAX), strict=True)]
AtLeastOne = Annotated[int, Field(ge=1, le=int(MAX), strict=True)]
Words = Annotated[str, Field(strict=True, min_length=1)]
KeyPart = Annotated[str, Field(strict=True, pattern=r"^[^\s.]+$")]  # used in dotted keys


class Section(BaseModel):
    """A section of policy.toml, frozen; an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
