"""[scenario.NAME] of policy.toml: a title, and what it changes of the plan."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from gis.errors import Text
from gis.policy.section import Section, Words


class ScenarioTitle(Section):
    """What a scenario is called; without an English title the Chinese stands for both."""

    zh: Words
    en: Words | None = None


class Scenario(BaseModel):
    """[scenario.NAME]: a title, and the keys of the plan that it changes."""

    model_config = ConfigDict(frozen=True, extra="allow")

    title: Words | ScenarioTitle | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """The keys that it changes, as they are written."""
        return dict(self.model_extra or {})

    @property
    def name(self) -> Text | None:
        """Its title; None: it has none."""
        if isinstance(self.title, ScenarioTitle):
            return Text(self.title.zh, self.title.en or self.title.zh)
        return Text(self.title, self.title) if self.title else None
