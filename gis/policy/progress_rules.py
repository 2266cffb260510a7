"""[progress] and [sampling] of policy.toml: whose acceptance counts, the random checks of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gis.layers.toml_model import Day
from gis.policy.section import AtLeastOne, Count, Section, SomeShare

Author = Literal[
    "village", "township", "county", "third_party", "heating_centre", "housing_bureau", "unnamed"
]
OUTSIDE_BODIES: tuple[Author, ...] = (
    "township", "county", "third_party", "heating_centre", "housing_bureau", "unnamed",
)  # fmt: skip
Mode = Literal["electric", "central", "gas", "biomass", "solar"]


class ProgressRules(BaseModel):
    """Whose acceptance the programme recognises, by mode, and which day must be in time.

    recognised           by mode, the bodies whose acceptance counts; "unnamed": a blank author
                         counts too. A mode that the policy leaves out keeps the shipped bodies
    deadline_applies_to  the step that must be done by the deadline
    lot_passes           "all": a home that its own township accepted passes with its lot, once a
                         recognised sample of the lot passed and none failed; "sampled": only the
                         homes that were sampled
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recognised: Mapping[Mode, Annotated[tuple[Author, ...], Field(min_length=1)]]
    deadline_applies_to: Literal["energised_on", "accepted_on"]
    lot_passes: Literal["all", "sampled"]

    def bodies(self, mode: str | None) -> frozenset[str]:
        """The bodies whose acceptance counts for a mode; None: for any mode."""
        return frozenset(
            body
            for own, bodies in self.recognised.items()
            if mode in (own, None)
            for body in bodies
        )

    @property
    def author_needed(self) -> bool:
        """Whether an acceptance without a named author does not count for some mode."""
        return any("unnamed" not in bodies for bodies in self.recognised.values())


class SamplingRules(Section):
    """The random draw for third-party checks, in each township and of each contractor.

    share     of the homes that are drawn, rounded up
    at_least  homes that are drawn, or all where there are fewer
    seed      of the draw; a draw with the same seed from the same homes is the same
    frame_on  homes finished by this day are drawn from; without one, by the day of the run
    """

    share: SomeShare
    at_least: AtLeastOne
    seed: Count
    frame_on: Day | None = None
