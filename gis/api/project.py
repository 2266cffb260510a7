"""A project to be asked: from a folder, or from (Geo)DataFrames."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Unpack
from weakref import finalize

from gis import i18n
from gis.api.office_record import ProjectRecord
from gis.api.plan import Plan
from gis.api.plan_tables import zone_frame
from gis.api.problem_groups import Group, group_table, grouped
from gis.api.project_files import (
    check_frame,
    check_zones,
    frame_tables,
    policy_path,
    row_label,
    save_project,
    working_crs,
    write_settings,
)
from gis.api.run import Run
from gis.audit.conversion_stage import REPORTED, conversion_stages
from gis.editions.run_results import PublishOptions
from gis.errors import InputError, Text
from gis.facts.problems import places_that_fit
from gis.inputs import Inputs, Settings, read_settings
from gis.layers.crs import epsg
from gis.pipeline import Pipeline, same_facts
from gis.policy import read_policy
from gis.publish.filesystem import volumes_in
from gis.record import record_of
from gis.report.answers import AnswerNeeds, answers
from gis.report.metadata import about_project
from gis.report.problem_books import problem_books

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Self

    import geopandas as gpd
    import pandas as pd

    from gis.api.frame_layers import OptionalLayers
    from gis.editions.run_results import Results
    from gis.errors import Problem
    from gis.facts import Facts
    from gis.layers.reader_process import ReaderProcess


class Project:
    """One city on one day: its layers, its policy, and what follows from them."""

    def __init__(  # noqa: PLR0913  # every key of a project
        self,
        households: pd.DataFrame | None = None,
        villages: pd.DataFrame | None = None,
        coal_ban_zones: pd.DataFrame | None = None,
        *,
        policy: str | Path,
        as_of: date | str,
        zones: Sequence[Mapping[str, object]] = (),
        names: Mapping[str, str] | None = None,
        crs: str | int | None = None,
        name: str = "project",
        title: str | Mapping[str, str] | None = None,
        settings: Mapping[str, object] | None = None,
        **layers: Unpack[OptionalLayers],
    ) -> None:
        """Make a project of frames.

        The frames are not changed. They may be in any CRS, and each may be in another; columns may
        have their English names or the usual Chinese headings. What is wrong with them is listed in
        `problems` and refused by `decide`.

        Args:
            households: One row a household: household_id, heating; points, or no geometry.
            villages: Polygons: village_code, village, township_code, township.
            coal_ban_zones: Polygons: zone_id, zone, effective_on.
            policy: The policy.toml of the plan.
            as_of: The day that everything is judged on; a text is YYYY-MM-DD.
            zones: Coal-ban zones described in words, as in [[zones]] of project.toml.
            names: What a name means where it is doubtful: "township/village" → code.
            crs: Metric CRS to work in, EPSG:n or n; None: that of the villages if it is metric,
                else the 3-degree Gauss-Krüger zone of CGCS2000 that they lie in.
            name: Short name without blanks.
            title: Title, or {"zh": …, "en": …}; None: the name.
            settings: Other keys of [project] in project.toml, which problems of the ledger as a
                whole name: accept, may_lose, demonstration …
            **layers: The other layers by name, such as heat_pipes=…; None: not there.

        Raises:
            InputError: The policy or a setting has a mistake in it, a layer is no frame, or there
                is no layer of that name.
        """
        given = {
            "households": households, "villages": villages, "coal_ban_zones": coal_ban_zones,
            **layers,
        }  # fmt: skip
        frames = {
            layer: check_frame(layer, frame) for layer, frame in given.items() if frame is not None
        }
        plan = policy_path(policy)
        read_policy(plan)  # its mistakes are told under its own name
        tables = frame_tables(frames)
        folder = Path(mkdtemp(prefix="nuantu-"))  # of project.toml, policy and targets alone
        finalize(self, rmtree, folder, ignore_errors=True)
        title = title or name
        table: dict[str, object] = {
            "name": name,
            "title": {"zh": title, "en": title} if isinstance(title, str) else dict(title),
            "crs": working_crs(tables) if crs is None else epsg(crs),
            "as_of": day_of(as_of),
            **({"targets": "targets.csv"} if "targets" in frames else {}),
            **(settings or {}),
        }
        settled = {name: str(code) for name, code in (names or {}).items()}
        write_settings(
            folder, {"project": table, "names": settled}, check_zones(zones), tables, plan
        )
        read = read_settings(folder)
        self._begin(Settings(read.project, read.policy, None, tables), Pipeline(), None)

    @classmethod
    def of_settings(
        cls, settings: Settings, stages: Pipeline, reader: ReaderProcess | None = None
    ) -> Self:
        """A project of settings that were read before.

        Args:
            settings: The project, its policy and scenario.
            stages: What works everything out, and whom it tells.
            reader: Process to read with, which is ended then; None: a new one.
        """
        project = cls.__new__(cls)
        project._begin(settings, stages, reader)  # noqa: SLF001  of this class
        return project

    def _begin(self, settings: Settings, stages: Pipeline, reader: ReaderProcess | None) -> None:
        self._settings, self._stages, self._reader = settings, stages, reader
        self._read: dict[frozenset[str], Inputs] = {}
        self._runs: dict[str | None, Run] = {}

    def __repr__(self) -> str:
        project = self._settings.project
        return f"Project({project.name!r}, as of {project.as_of}, {len(project.layers)} layers)"

    @property
    def name(self) -> str:
        """The short name of the project."""
        return self._settings.project.name

    @property
    def as_of(self) -> date:
        """The day that everything is judged on."""
        return self._settings.project.as_of

    @property
    def crs(self) -> str:
        """The metric CRS of all results."""
        return self._settings.project.crs

    @property
    def record(self) -> ProjectRecord:
        """What the office itself records: rulings, visits, corrections, payments, drawn zones.

        Raises:
            InputError: The project is made of frames and has no folder; save it first.
        """
        if self._settings.frames is not None:
            zh = "这个项目由数据表组成，没有办公记录；请先 save 到文件夹再打开。"
            raise InputError(
                Text(zh, "made of frames: save it to a folder and open that to record.")
            )
        own = self._settings.project
        return ProjectRecord(record_of(own.folder, own.record_env), self.inputs, own.folder)

    @property
    def problems(self) -> pd.DataFrame:
        """What is wrong with the layers, and how to mend it.

        Returns:
            One row a layer and cause, blocking ones first within their layer: layer, code, rows
            (how many problems), message and remedy (in Chinese and English; of rows, of the first),
            blocking, and
            row_labels: the index labels of the frame's rows, or the row numbers of the file.
        """
        return group_table(self.problem_groups(), partial(row_label, self._settings))

    def problem_groups(self) -> list[Group]:
        """The problems by layer and cause, before anything is decided."""
        return grouped(self._problems)

    def problem_list(self) -> list[Problem]:
        """The problems one by one, before anything is decided."""
        return list(self._problems)

    def problem_books(self) -> dict[str, bytes]:
        """File name → a workbook of the problems of each township; city.xlsx has the others."""
        inputs = self.inputs()
        return problem_books(self._problems, inputs.tables, about_project(inputs.project))

    def answers(self) -> tuple[AnswerNeeds, ...]:
        """What each answer needs of the layers, and what of it is missing."""
        inputs = self.inputs()
        return answers(inputs.tables, author_needed=inputs.policy.progress.author_needed)

    @cached_property
    def _problems(self) -> list[Problem]:
        return self._checked[0]

    @cached_property
    def _checked(self) -> tuple[list[Problem], Facts | None]:
        return self._stages.checked(self.inputs())

    @property
    def facts(self) -> Facts | None:
        """Where every household stands, as the problems were found; None where a layer blocks."""
        return self._checked[1]

    def fits(self) -> list[Text]:
        """What is right with the places of each file of households, and what it reports as done."""
        facts, inputs = self._checked[1], self.inputs()
        if facts is None:
            return []
        stages = conversion_stages(facts.households, inputs.policy, inputs.as_of)
        count, said = int(stages[REPORTED].sum()), i18n.messages("report")["task"]
        told = [i18n.format_message(said, "reported", n=count)] if count else []
        return places_that_fit(facts.households) + told

    def decide(self, scenario: str | None = None) -> Plan:
        """A heating route for every village.

        Args:
            scenario: A scenario of the policy; None: the plan itself.

        Raises:
            InputError: A problem of the layers is blocking, or the policy has no such scenario.
        """
        run = self.run(scenario)
        run.plan  # noqa: B018  # decided now, so that what is wrong is told here
        return Plan(run)

    def audit(self, scenario: str | None = None) -> gpd.GeoDataFrame:
        """Whether each coal-ban zone is clear.

        Args:
            scenario: A scenario of the policy; None: the plan itself.

        Returns:
            One row a zone in force, by zone_id, as `Plan.zones`.

        Raises:
            InputError: A problem of the layers is blocking, or the policy has no such scenario.
        """
        return zone_frame(self.run(scenario))

    def run(self, scenario: str | None = None) -> Run:
        """The stages under a scenario, each worked out when it is first asked for.

        Raises:
            InputError: A problem of the layers is blocking, or the policy has no such scenario.
        """
        if scenario not in self._runs:
            checked = self._stages.check(self.inputs(scenario))
            self._runs[scenario] = Run(self._stages, checked, self, self._known_facts(checked))
        return self._runs[scenario]

    def _known_facts(self, inputs: Inputs) -> Facts | None:
        """The facts as the problems were found, where they are those of these inputs, too."""
        if "_checked" not in self.__dict__:
            return None
        own = self.inputs()
        return self.facts if inputs.layers is own.layers and same_facts(own, inputs) else None

    def inputs(self, scenario: str | None = None) -> Inputs:
        """The layers as they came, problems and all; read once for all scenarios.

        A scenario that adds devices reads them again, because ledgers may name its devices.

        Raises:
            InputError: The policy has no such scenario, or a mistake in it.
        """
        settings = self._settings
        if scenario != settings.scenario:
            settings = settings.with_scenario(scenario)
        devices = frozenset(settings.policy.devices)
        if devices not in self._read:
            reader, self._reader = self._reader, None
            self._read[devices] = self._stages.read(settings, reader)
        known = self._read[devices]
        return known if known.scenario == scenario else known.with_scenario(scenario)

    def publish(
        self, out: str | Path, scenario: str | None = None, options: PublishOptions | None = None
    ) -> Results | dict[str, Any]:
        """Check, decide, audit and publish: public/, planner/ and townships/ below `out`.

        Args:
            out: Output folder; all of the publication is written, or none of it.
            scenario: A scenario of the policy; None: the plan itself.
            options: How to publish; None: unsigned, after the edition that stands in `out`.

        Returns:
            The results; where memory asks for volumes their sums, and why in `divided`.

        Raises:
            InputError: A problem of the layers is blocking, or the edition before is unusable.
            PublicationError: Something personal would have become public, or the disk refused.
        """
        settings = self._settings
        if scenario != settings.scenario:
            settings = settings.with_scenario(scenario)
        options = options or PublishOptions()
        settings = settings.published_on(options.published_on)
        reader, self._reader = self._reader, None
        divided = settings.why_divided(volumes_stand=volumes_in(Path(out)))
        if divided:
            from gis.province import publish_province  # noqa: PLC0415  # 0.3 s

            self._stages.say(divided)
            told = publish_province(self._stages, settings, Path(out), options, reader)
            return told | {"divided": divided._asdict()}
        return self._stages.publish(settings, Path(out), options, reader)

    def save(self, folder: str | Path) -> None:
        """Write a project made of frames as a folder that the command line runs.

        project.toml, policy.toml, targets.csv, and a GeoPackage for each layer with all columns of
        its frame.

        Args:
            folder: A new or empty folder.

        Raises:
            InputError: There is something in the folder, it cannot be written, the project came
                from a folder, or two columns of a frame differ in case alone.
        """
        project, frames = self._settings.project, self._settings.frames
        if frames is None:
            zh = f"这个项目来自文件夹 {project.folder}，请直接复制它。"
            en = f"this project came from the folder {project.folder}; copy that."
            raise InputError(Text(zh, en))
        save_project(project.folder, frames, Path(folder))


def open_project(
    folder: str | Path,
    as_of: date | str | None = None,
    *,
    stages: Pipeline | None = None,
    reader: ReaderProcess | None = None,
) -> Project:
    """The project of a folder with a project.toml.

    Args:
        folder: The project folder.
        as_of: The day to judge on; None: that of project.toml.
        stages: What works everything out, and whom it tells; None: silently, on all cores.
        reader: Process to read with, which is ended then; None: a new one.

    Raises:
        InputError: project.toml or policy.toml is missing or has a mistake in it.
    """
    day = None if as_of is None else day_of(as_of)
    settings = read_settings(Path(folder), day)
    return Project.of_settings(settings, stages or Pipeline(), reader)


def day_of(as_of: date | str) -> date:
    """The day that was given.

    Raises:
        InputError: It is no day.
    """
    try:
        if isinstance(as_of, datetime):
            return date.fromisoformat(as_of.strftime("%Y-%m-%d"))  # pandas.NaT is no day
        return as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except (TypeError, ValueError) as error:
        zh = f'as_of 应为日期，如 "2024-10-31"，这里是 {as_of!r}。'
        en = f'as_of: expected a day such as "2024-10-31", found {as_of!r}.'
        raise InputError(Text(zh, en)) from error
